#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A guest is its control group: whatever its emulator forks, and whoever of it lives on when svirt was told that it
# has ended, is gone before a label is put back. The modes "outlive-..." of vmm.c have their disk mapped, and write
# the time into it as long as they live; the change time of the disk is that of the label that was put back.
# lab: timeout=900

bats_require_minimum_version 1.5.0
load helper
load guest
load crash
load hostile
quick_guests

GROUPS_AT=/sys/fs/cgroup

setup() {
  guest_setup
  rm -rf "${IMG:?}"/*
}
teardown() {
  ! mountpoint -q "$GROUPS_AT/svirt/.monitors" || umount "$GROUPS_AT/svirt/.monitors"
  mountpoint -q "$GROUPS_AT" || mount -t cgroup2 cgroup2 "$GROUPS_AT"
  guest_teardown
}

MODES=(leader fork twice stopped vfork moving)

# alive_at NAME: when the guest wrote last, in nanoseconds
alive_at() { od -An -td8 -j524288 -N8 "$IMG/$1.img" | tr -d ' '; }
writes() { local n; n=$(alive_at "$1"); sleep 0.05; [[ $(alive_at "$1") != "$n" ]]; }
# of an emulator that has ended the monitor may be done already
played_or_over() { [[ $(alive_at "$1") != 0 || ! -e /run/svirt/$1/lock ]]; }

# monitor_at NAME: its process, as its lock says
monitor_at() {
  local record
  read -r -a record <"/run/svirt/$1/lock"
  ((record[2] > 0)) && echo "${record[2]}"
}

# outlives MODE...: a guest of that name for each, which will play it; sets before and monitors
declare -gA before
outlives() {
  local name file
  monitors=()
  for name; do
    file=$(make_hostile "$name" "outlive-$name")
    before[$name]=$(inode_of "$IMG/$name.img")
    svirt -q start "$file"
    wait_for 10 monitor_at "$name"
    monitors+=("$(monitor_at "$name")")
  done
}

# no_more NAME...: nobody of these guests lives, the disks are as they were, and none was written after its label
# was put back
no_more() {
  local name last back
  [[ $(hostiles) == 0 ]] || { echo "lives: $(pgrep -a -f "^$VMM")"; return 1; }
  for name; do
    last=$(alive_at "$name") back=$(stat -c %.9Z "$IMG/$name.img")
    back=${back/./}
    ((last <= back)) || { echo "$name: written at $last, after its label was put back at $back"; return 1; }
    assert_equal "$(inode_of "$IMG/$name.img")" "${before[$name]}"
  done
  nothing_left
}

# all_play: each of them is at it
all_play() {
  local mode
  go "${MODES[@]}"
  for mode in "${MODES[@]}"; do wait_for 20 "$1" "$mode"; done
  # the emulator of "stopped", and its child
  pkill -STOP -f '^[^ ]*/vmm -name guest=stopped' || { pgrep -a -f "^$VMM"; return 1; }
}

# each_mode HOW: with the monitor alive, and killed before anything happens
each_mode() {
  local mode
  outlives "${MODES[@]}"
  all_play played_or_over
  # the first process of these lives
  for mode in leader stopped vfork; do svirt -q destroy "$mode" 3>&- & done
  wait
  wait_for 20 idle
  no_more "${MODES[@]}"
  outlives "${MODES[@]}"
  killed "${monitors[@]}"
  all_play writes
  svirt -q restore --stale
  no_more "${MODES[@]}"
  for mode in "${MODES[@]}"; do
    answered "outlive-$mode" "monitor alive, killed; $1" "ended before its label was put back"
  done
}

@test "whoever outlives the emulator is gone before the disk is anybody else's: with control groups" {
  each_mode "a control group"
}

@test "whoever outlives the emulator is gone before the disk is anybody else's: without" {
  umount "$GROUPS_AT"
  each_mode "no control group"
}

@test "the group is named, holds the guest and not the monitor, and the guest cannot leave it" {
  local dir=$GROUPS_AT/svirt/a
  svirt -q start "$(make_hostile a tries "try write $dir/cgroup.procs" "try write $GROUPS_AT/cgroup.procs" \
    "try write $GROUPS_AT/svirt/cgroup.procs" "try write $dir/cgroup.freeze" "try create $dir/x")"
  run -0 played a tries
  assert_equal "$(grep -cE ': denied (EACCES|EPERM)$' <<<"$output")" 5
  assert_equal "$(guest_fact a .cgroup)" /svirt/a
  run svirt dominfo a
  assert_line --regexp '^Control group: +/svirt/a$'
  assert_equal "$(cat "/proc/$(guest_pid a)/cgroup")" 0::/svirt/a
  refute [ "$(cat "/proc/$(monitor_of a)/cgroup")" = 0::/svirt/a ]
  # nor by the label alone, as root
  run probe_as "$(guest_label a)" batch <<<"write $dir/cgroup.procs
write $GROUPS_AT/cgroup.procs"
  assert_equal "$(grep -cE ': denied (EACCES|EPERM)$' <<<"$output")" 2
  svirt -q destroy a
  wait_for 10 idle
  nothing_left
}

@test "the end of the service or session that started it is not a guest's, nor its monitor's" {
  local monitor session=$GROUPS_AT/session apart=$GROUPS_AT/svirt/.monitors
  mkdir -p "$session"
  # shellcheck disable=SC2016
  bash -c 'echo 0 >"$1/cgroup.procs" && svirt -q start "$2"' _ "$session" "$(make_hostile a behave)" 3>&-
  monitor=$(monitor_of a)
  assert_equal "$(cat "/proc/$monitor/cgroup")" 0::/svirt/.monitors
  assert_equal "$(cat "$session/cgroup.procs")" ''
  rmdir "$session"
  svirt -q stop a
  wait_for 10 idle
  nothing_left
  # a group that takes nobody
  mount --bind "$apart" "$apart"
  mount -o remount,bind,ro "$apart"
  run -0 --separate-stderr svirt start "$(make_hostile a behave)"
  # shellcheck disable=SC2154
  assert_equal "${stderr##*$'\n'}" "svirt: warning: the monitor of a ends when the service or session of this command does: cannot move process $(monitor_of a) to $apart: Read-only file system"
  svirt -q destroy a
  wait_for 10 idle
  umount "$apart"
}

@test "a group that somebody else is in is not taken, and nobody in it is ended; an empty one is" {
  local other file before
  file=$(make_hostile a behave)
  mkdir -p "$GROUPS_AT/svirt/a"
  sleep 60 3>&- &
  other=$!
  echo "$other" >"$GROUPS_AT/svirt/a/cgroup.procs"
  before=$(inode_of "$IMG/a.img")
  run -5 svirt start "$file"
  assert_output --partial "the control group $GROUPS_AT/svirt/a is in use"
  assert_output --partial "echo 1 >$GROUPS_AT/svirt/a/cgroup.kill ends them"
  assert_equal "$(inode_of "$IMG/a.img")" "$before"
  kill -0 "$other"
  echo 1 >"$GROUPS_AT/svirt/a/cgroup.kill"
  wait "$other" || :
  # as a command that was killed leaves it
  echo 1 >"$GROUPS_AT/svirt/a/cgroup.freeze"
  svirt -q start "$file"
  svirt -q destroy a
  wait_for 10 idle
  nothing_left
}

@test "two guests of one level: each is ended alone, with what it has forked" {
  svirt -q start "$(make_hostile b behave)"
  svirt -q start --join b "$(make_hostile twice outlive-twice)"
  assert_equal "$(guest_label twice)" "$(guest_label b)"
  killed "$(monitor_of twice)"
  go twice
  wait_for 10 writes twice
  svirt -q restore --stale
  assert_equal "$(hostiles)" 1
  assert_equal "$(guest_state b)" running
  svirt -q destroy b
  wait_for 10 idle
  nothing_left
}

@test "destroy takes ten seconds at most: emulator stopped, monitor stopped, both" {
  local start who
  for who in vmm monitor both; do
    outlives fork
    [[ $who == monitor ]] || kill -STOP "$(guest_pid fork)"
    [[ $who == vmm ]] || kill -STOP "${monitors[0]}"
    start=$SECONDS
    run -0 svirt destroy fork
    [[ $who == vmm ]] || assert_output --partial "the monitor of guest 'fork' did not answer: it has been ended"
    echo "# $who stopped: $((SECONDS - start)) s" >&3
    assert [ $((SECONDS - start)) -le 10 ]
    wait_for 10 idle
    no_more fork
  done
}
