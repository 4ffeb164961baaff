#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The monitor, killed at each step of a guest's end: after the next command everything is as it was before the
# guest.
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
}
setup() { lab_setup; }

running() { svirt -q start --paused "$file" 3>&-; }

traced() { [[ $(awk '/^TracerPid/ { print $2 }' "/proc/$1/status") != 0 ]]; }

# The tracer of the monitor ends as the monitor does.
die_ending() {
  local monitor tracer
  monitor=$(monitor_of a)
  steps_traced "$1" "$2"
  strace -o "$LAB_SCRATCH/trace" "${TRACED[@]}" -p "$monitor" 2>/dev/null 3>&- &
  tracer=$!
  wait_for 10 traced "$monitor"
  svirt -q destroy a 2>/dev/null || :
  wait "$tracer" || :
  grep -q 'killed by SIGKILL' "$LAB_SCRATCH/trace"
}

found_back() {
  svirt -q restore --stale || { echo "$1: restore --stale ended with $?"; return 1; }
  one_of "$1" "$BEFORE" || return
  nothing_left
}

@test "the end of a guest" {
  every_step running die_ending found_back
  assert [ "$STEPS_THERE" -ge 20 ]
}
