#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# svirt start, killed at each step: after the next command everything is as it was before, or the guest runs. So it
# is when the guest was labelled before: then it is labelled again.
# lab: timeout=900

load helper
load guest
load crash
load steps
quick_guests
no_pwrites

file=$LAB_SCRATCH/a.xml

setup_file() {
  two_disks
  svirt -q start --paused "$file"
  wait_for 10 watched a
  AFTER=$(state_now)
  svirt -q destroy a
  svirt -q label "$file"
  LABELLED=$(state_now)
  svirt -q restore a
  export AFTER LABELLED
}
setup() { lab_setup; }

stopped() {
  [[ $(guest_state a) == @(null|labelled) ]] || svirt -q destroy a
}
labelled() {
  stopped
  svirt -q label "$file" || return
  [[ $(state_now) == "$LABELLED" ]] || { echo 'labelling does not lead to the same state'; return 1; }
}
die_starting() { killed_at "$1" "$2" svirt -q start --paused "$file"; }

started_or_not() {
  svirt -q restore --stale || { echo "$1: restore --stale ended with $?"; return 1; }
  one_of "$1" "$BEFORE" "$AFTER" || return
  # a guest that is there is a whole one
  [[ $(state_now) == "$BEFORE" ]] || wait_for 10 watched a || return
  [[ $(state_now) == "$AFTER" ]] || nothing_left
}

@test "start" {
  every_step stopped die_starting started_or_not
  assert [ "$STEPS_THERE" -ge 15 ]
}

labelled_or_started() {
  svirt -q restore --stale || { echo "$1: restore --stale ended with $?"; return 1; }
  one_of "$1" "$LABELLED" "$AFTER" || return
  [[ $(state_now) == "$LABELLED" ]] || wait_for 10 watched a || return
  [[ $(state_now) == "$AFTER" ]] || [[ $(emulators) == 0 ]] || { echo "$1 left an emulator"; return 1; }
}

@test "start of a guest that is labelled" {
  every_step labelled die_starting labelled_or_started
  assert [ "$STEPS_THERE" -ge 15 ]
  # what was labelled for a start is put back with it
  stopped
  svirt -q start --paused "$file"
  svirt -q destroy a
  assert_equal "$(state_now)" "$BEFORE"
}

die_labelling() { killed_at "$1" "$2" svirt -q label "$file"; }
die_noting() { killed_at "$1" "$2" svirt -q label "$LAB_SCRATCH/more.xml"; }
still_labelled() {
  svirt -q restore --stale || { echo "$1: restore --stale ended with $?"; return 1; }
  one_of "$1" "$LABELLED"
}

@test "label of a guest that is labelled" {
  every_step labelled die_labelling still_labelled
  # the lock and its record alone: nothing is noted
  assert [ "$STEPS_THERE" -ge 4 ]
  svirt -q restore a
}

@test "label of a guest that is labelled, and gets more memory" {
  sed "s|<memory unit='MiB'>32<|<memory unit='MiB'>48<|" "$file" >"$LAB_SCRATCH/more.xml"
  every_step labelled die_noting still_labelled
  assert [ "$STEPS_THERE" -ge 15 ]
  svirt -q restore a
}
