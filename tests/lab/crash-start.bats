#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Signals at many moments of a start. After a signal that can be caught the command restores everything itself. After
# kill -9 of the command, of the monitor, or of both, "svirt restore --stale" leaves nothing behind.
# lab: timeout=600

bats_require_minimum_version 1.5.0
load helper
load guest
load crash
load steps
quick_guests

file=$LAB_SCRATCH/a.xml

setup() {
  guest_setup
  rm -rf "${IMG:?}"/*
  make_disk "$IMG/a.img" 1M
  make_disk "$IMG/b.img" 1M
  write_domain a --disk "$IMG/a.img" --disk "$IMG/b.img:virtio:ro"
  before=$(inode_of "$IMG"/*.img)
}

# settled: no process works on the guest, or the guest runs
settled() { idle || [[ $(svirt --json list | jq -r '.results[0].state') == running ]]; }

# as_before MOMENT: after the repair nothing of the guest is left
as_before() {
  run -0 svirt restore --stale
  echo "killed at $1"
  assert_equal "$(inode_of "$IMG"/*.img)" "$before"
  nothing_left
}

@test "the command is killed: an interrupted start leaves nothing behind" {
  local moment rc unfinished=0
  for moment in 0.01 0.02 0.03 0.04 0.05 0.06 0.07 0.08 0.1 0.12 0.14 0.17 0.2 0.25 0.3 0.4 0.5; do
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
  # the number depends on the speed of the machine; steps-start.bats covers each step
  assert [ "$unfinished" -ge 6 ]
}

# start_and_signal CALL K SIGNAL [IGNORED]: sends SIGNAL at the K-th CALL of a start
start_and_signal() {
  run env "--ignore-signal=${4-USR1}" strace -o /dev/null -qq -e trace="$1" -e "inject=$1:signal=$3:when=$2" \
    svirt -q start "$file" 3>&-
}

# the moments: before the first label, between labels, when the emulator is executed
MOMENTS=("fdatasync 1" "setxattr 1" "setxattr 2" "vfork 1")

@test "an interrupted start restores everything before it ends" {
  local moment signal
  for signal in INT TERM HUP QUIT; do
    for moment in "${MOMENTS[@]}"; do
      # shellcheck disable=SC2086
      start_and_signal $moment "$signal"
      echo "$signal at $moment: $status"
      assert_equal "$status" $((128 + $(kill -l "$signal")))
      assert_equal "$(inode_of "$IMG"/*.img)" "$before"
      nothing_left
    done
  done
}

@test "an ignored signal interrupts nothing" {
  local moment
  for moment in "${MOMENTS[@]}"; do
    # shellcheck disable=SC2086
    start_and_signal $moment HUP HUP
    assert_success
    assert_equal "$(guest_state a)" running
    svirt -q destroy a
  done
}

monitored() { pgrep -x svirt-monitor; }

@test "the monitor is killed before it is ready" {
  for _ in 1 2 3 4 5; do
    svirt -q start "$file" 3>&-
    wait_for 10 monitored
    pkill -KILL -x svirt-monitor
    wait_for 10 idle
    assert_equal "$(guest_state a)" crashed
    assert_equal "$(emulators)" 1
    as_before "taking over"
  done
}

@test "manager and monitor are killed" {
  local moment
  for moment in 0.1 0.15 0.2 0.25 0.3 0.35 0.4 0.45 0.5 0.6; do
    svirt -q start "$file" 2>"$LAB_SCRATCH/talk" 3>&- &
    sleep "$moment"
    pkill -KILL -x 'svirt-m.*' || :
    wait $! || :
    wait_for 20 settled
    # the signal came too early or too late
    idle || svirt -q destroy a
    as_before "$moment"
  done
}

executed() { (($(emulators) == 1)); }

# executed_and_killed: the emulator runs, and the manager was killed while it waited for the emulator's first answer
executed_and_killed() {
  killed_at recvfrom 1 svirt -q start "$file"
  wait_for 10 executed
  assert_equal "$(guest_state a)" crashed
}

@test "the manager is killed right after it executed the emulator of a guest with a static label" {
  write_domain a --disk "$IMG/a.img" --type static --label system_u:system_r:svirt_t:s0:c11,c22 --relabel yes
  executed_and_killed
  as_before exec
}

@test "an unfinished guest is ended by the next command" {
  executed_and_killed
  run -0 svirt start "$(write_domain b)"
  assert_output --partial "guest 'a' was left behind by a command or monitor that was killed"
  assert_equal "$(emulators)" 1
  assert_equal "$(inode_of "$IMG"/*.img)" "$before"
  svirt -q destroy b
  nothing_left
}
