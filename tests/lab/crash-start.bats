#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# kill -9 at many moments of a start: of the command, of the monitor, of both. Whatever had been done
# until then, nothing is left after "svirt restore --stale".
# lab: timeout=600

bats_require_minimum_version 1.5.0
load helper
load guest
load crash

file=$LAB_SCRATCH/a.xml

setup() {
  guest_setup
  rm -rf "${IMG:?}"/*
  make_disk "$IMG/a.img" 1M
  make_disk "$IMG/b.img" 1M
  write_domain a --disk "$IMG/a.img" --disk "$IMG/b.img:virtio:ro"
  before=$(inode_of "$IMG"/*.img)
}

# settled: nobody works on the guest, or it runs
settled() { idle || [[ $(svirt --json list | jq -r '.results[0].state') == running ]]; }

# as_before MOMENT: after the repair nothing of the guest is left
as_before() {
  run -0 svirt restore --stale
  echo "killed at $1"
  assert_equal "$(inode_of "$IMG"/*.img)" "$before"
  nothing_left
}

@test "the command is killed: a start that was interrupted has not happened" {
  local moment rc unfinished=0
  for moment in 0.04 0.08 0.12 0.16 0.2 0.25 0.3 0.35 0.4 0.45 0.5 0.55 0.6 0.7 0.8 0.9; do
    rc=0
    timeout -s KILL "$moment" svirt -q start "$file" || rc=$?
    wait_for 20 settled
    if idle; then
      assert_equal "$rc" 137
      unfinished=$((unfinished + 1))
    else
      # the report had been sent: the guest runs as if the command had ended by itself
      svirt -q destroy a
    fi
    as_before "$moment"
  done
  echo "interrupted: $unfinished"
  assert [ "$unfinished" -ge 10 ]
}

# start_and_kill MOMENT NAME: kills the processes of that name at that moment of a start
start_and_kill() {
  local rc=0
  svirt -q start "$file" 2>"$LAB_SCRATCH/talk" 3>&- &
  sleep "$1"
  pkill -KILL -x "$2" || :
  wait $! || rc=$?
  wait_for 20 settled
  # it was too early or too late
  idle || svirt -q destroy a
  return $rc
}

@test "the monitor is killed: the command puts everything back and says so" {
  local moment rc died=0
  for moment in 0.1 0.15 0.2 0.25 0.3 0.35 0.4 0.45 0.5 0.6; do
    rc=0
    start_and_kill "$moment" svirt-monitor || rc=$?
    if ((rc == 9)); then
      died=$((died + 1))
      run cat "$LAB_SCRATCH/talk"
      assert_output --partial "the monitor of guest 'a' died while starting it"
      assert_equal "$(inode_of "$IMG"/*.img)" "$before"
      assert_equal "$(emulators)" 0
    fi
    as_before "$moment"
  done
  echo "died: $died"
  assert [ "$died" -ge 3 ]
}

@test "both are killed" {
  local moment
  for moment in 0.1 0.15 0.2 0.25 0.3 0.35 0.4 0.45 0.5 0.6; do
    start_and_kill "$moment" 'svirt-m.*' || :
    as_before "$moment"
  done
}

executed() { (($(emulators) == 1)); }

@test "both are killed when the emulator of a guest with a static label has just been executed" {
  write_domain a --disk "$IMG/a.img" --type static --label system_u:system_r:svirt_t:s0:c11,c22 --relabel yes
  svirt -q start "$file" 2>/dev/null 3>&- &
  wait_for 10 executed
  pkill -KILL -x 'svirt-m.*'
  wait $! || :
  assert_equal "$(emulators)" 1
  assert_equal "$(guest_state a)" crashed
  as_before exec
}
