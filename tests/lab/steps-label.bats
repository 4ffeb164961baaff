#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# svirt label and svirt restore, killed at each step: after "svirt restore --stale" everything is as it was before
# the command, or as it is after it.
# lab: timeout=900

load helper
load guest
load crash
load steps
quick_guests

file=$LAB_SCRATCH/a.xml

setup_file() {
  two_disks
  svirt -q label "$file"
  AFTER=$(state_now)
  svirt -q restore a
  export AFTER
}
setup() { lab_setup; }

unlabelled() { svirt -q restore --all; }
labelled() { unlabelled && svirt -q label "$file"; }
die_labelling() { killed_at "$1" "$2" svirt -q label "$file"; }
die_restoring() { killed_at "$1" "$2" svirt -q restore a; }

found_back() {
  svirt -q restore --stale || { echo "$1: restore --stale ended with $?"; return 1; }
  one_of "$1" "$BEFORE" "$AFTER"
}

@test "label" {
  every_step unlabelled die_labelling found_back
  assert [ "$STEPS_THERE" -ge 20 ]
}

@test "restore" {
  every_step labelled die_restoring found_back
  assert [ "$STEPS_THERE" -ge 20 ]
}
