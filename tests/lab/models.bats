#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The same for every security model: the same documents, the same verbs, and an emulator that was taken over
# (vmm.c), started by svirt as any other, as the guest's user and without a capability. What the kernel of each model
# answers it stands in SECURITY.md too (tests/lab/hostile-MODEL.expected). What only one model has is in a file of
# its own.
# lab: models=selinux,smack,apparmor,landlock enforcing=1 timeout=900

bats_require_minimum_version 1.5.0
load helper
load guest
load crash
load hostile
load steps
quick_guests

setup_file() {
  local name
  # this machine's kernel may run another model as well
  [[ $LAB_LSM != landlock ]] || { mkdir -p /etc/svirt && echo 'models = landlock' >/etc/svirt/svirt.conf; }
  for name in a b ro shared; do make_disk "$IMG/$name.img" 1M; done
  # a model that keeps owners of what guests share leaves it to the mode
  chmod 666 "$IMG/shared.img"
  inode_of "$IMG"/*.img >"$LAB_SCRATCH/before"
}

# guests stay from test to test
setup() { lab_setup; }
teardown() { lab_teardown; }
teardown_file() { forget_guests; }

# pair ACCESS ANSWER: two guests that both have one more disk, with this access; what each of them finds out of it
pair() {
  local name
  for name in a b; do
    svirt -q start "$(write_domain $name --disk "$IMG/$name.img:virtio" --disk "$IMG/$1.img:virtio:$1" --serial \
      --devices "<channel type='unix'><source mode='bind'/><target type='virtio' name='x'/></channel>")"
  done
  for name in a b; do
    run wait_halted "$name"
    assert_line "D0 R+W+"
    assert_line "D1 $2"
    [[ -n $(disk_mark "$IMG/$name.img") ]]
    run svirt dominfo "$name"
    assert_line "Security model: $LAB_LSM"
  done
}

# as_it_was: labels, owners and modes of the images are those from before
as_it_was() {
  run inode_of "$IMG"/*.img
  assert_output "$(cat "$LAB_SCRATCH/before")"
}

# rules: what the kernel has of svirt's rules for single guests
rules() {
  case $LAB_LSM in
  smack) cat /sys/fs/smackfs/load2 ;;
  apparmor) grep '^svirt-' /sys/kernel/security/apparmor/profiles || : ;;
  esac
}

@test "two guests run: each one's own disk works, and what both of them read" {
  pair ro R+W-
  # guests have different labels, but in a model that labels no process; no guest has a capability
  [[ $LAB_LSM == landlock ]] || assert_not_equal "$(domain_of "$(guest_pid a)")" "$(domain_of "$(guest_pid b)")"
  run awk '/^Cap...:/ { print $2 }' "/proc/$(guest_pid a)/status"
  assert_equal "$(sort -u <<<"$output")" 0000000000000000
}

@test "the end puts everything back, and the kernel has no rules left" {
  local name
  for name in a b; do svirt -q destroy "$name"; done
  as_it_was
  assert_equal "$(rules)" ""
  nothing_left
}

@test "what both of them write works, and is as it was afterwards" {
  pair shared R+W+
  for name in a b; do svirt -q destroy "$name"; done
  as_it_was
  nothing_left
}

@test "an emulator that was taken over gets the answers of the table" {
  export TABLE=$LAB_SCRATCH/table
  : >"$TABLE"
  start_two >/dev/null
  # shellcheck disable=SC2086 # words
  rows a descriptors $REACH $HOST
  rows b offer
  forget_guests
  case $LAB_LSM in
  selinux) ;; # hostile.bats compares more of them
  # what the host itself answers depends on how its kernel was made
  landlock) diff "$LAB_TESTS/lab/hostile-landlock.expected" <(grep -E "^\\| (${REACH// /|}) \\|" "$TABLE") ;;
  *) diff "$LAB_TESTS/lab/hostile-$LAB_LSM.expected" "$TABLE" ;;
  esac
}

@test "what a start changes: killed at each step, one command finds the way back" {
  no_pwrites
  rm -rf "${IMG:?}"/*
  make_disk "$IMG/a.img" 1M
  write_domain a --disk "$IMG/a.img" >/dev/null
  state_now >"$LAB_SCRATCH/idle"
  every_step fresh_start die repaired
  assert [ "$STEPS_THERE" -gt 8 ]
}
fresh_start() { svirt -q destroy a 2>/dev/null || :; }
die() { killed_at "$1" "$2" svirt -q start --paused "$LAB_SCRATCH/a.xml"; }
repaired() {
  svirt -q restore --stale || return
  # the manager ended where a guest runs and is watched already, or before
  if svirt -q dominfo a >/dev/null 2>&1; then svirt -q destroy a || return; fi
  one_of "$1" "$(<"$LAB_SCRATCH/idle")" || return
  [[ -z $(rules) ]] || { echo "rules after $1: $(rules)"; return 1; }
}
