#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# svirt start, killed at each step: after the next command everything is as it was before, or the guest runs.
# lab: timeout=900

load helper
load guest
load crash
load steps
no_pwrites

file=$LAB_SCRATCH/a.xml

setup_file() {
  two_disks
  svirt -q start --paused "$file"
  wait_for 10 watched a
  AFTER=$(state_now)
  svirt -q destroy a
  export AFTER
}
setup() { lab_setup; }

stopped() {
  [[ $(guest_state a) == null ]] || svirt -q destroy a
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
  assert [ "$STEPS_DONE" -ge 15 ]
}
