#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# svirt start --join, killed at each step: after the next command the guest runs or everything is as it was, and
# the guest that it joined has run on all the time.
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
  # its label is known beforehand, and is one that a guest is ended for
  write_domain a --disk "$IMG/a.img" --disk "$IMG/b.img:virtio:ro"
  svirt -q start --paused --level s0:c11,c22 "$(write_domain joined)"
  wait_for 10 watched joined
  JOINED=$(guest_pid joined)
  BEFORE=$(state_now)
  svirt -q start --paused --join joined "$file"
  wait_for 10 watched a
  AFTER=$(state_now)
  export BEFORE AFTER JOINED
}
setup() { lab_setup; }

stopped() { [[ $(guest_state a) == null ]] || svirt -q destroy a; }
die_joining() { killed_at "$1" "$2" svirt -q start --paused --join joined "$file"; }

joined_or_not() {
  svirt -q restore --stale || { echo "$1: restore --stale ended with $?"; return 1; }
  [[ $(guest_pid joined) == "$JOINED" && -e /proc/$JOINED ]] || { echo "$1: the joined guest has ended"; return 1; }
  one_of "$1" "$BEFORE" "$AFTER" || return
  # a guest that is there is a whole one
  [[ $(state_now) == "$BEFORE" ]] || wait_for 10 watched a || return
  [[ $(state_now) == "$AFTER" || $(emulators) == 1 ]] || { echo "$1 left an emulator"; return 1; }
}

@test "start of a guest that joins another one" {
  every_step stopped die_joining joined_or_not
  assert [ "$STEPS_THERE" -ge 15 ]
  # the last step that was taken left it or did not
  stopped
  svirt -q destroy joined
  nothing_left
}
