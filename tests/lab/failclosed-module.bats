#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Without svirt's policy module: the stock policy lets only libvirt start a guest. svirt reports the missing rule, and
# does not start the guest in another way.
# lab: timeout=600 module=0

load helper
load guest

install="svirt: hint: install the policy module: svirt policy install"

setup_file() {
  make_boot "$IMG/a.img" "$HALT"
  write_domain a --disk "$IMG/a.img" >/dev/null
  svirt -q restore --all
}
setup() { lab_setup; }

@test "start is refused before anything changes, and the message names the missing rule" {
  refused 4 "unconfined_t may not { transition } on svirt_t (process)" start "$LAB_SCRATCH/a.xml"
  assert_line "$install"
  # svirt asked the policy, and did not try the access
  run denials
  assert_output ""
}

@test "a dry run gives the same message" {
  refused 4 "unconfined_t may not { transition } on svirt_t (process)" start --dry-run "$LAB_SCRATCH/a.xml"
  assert_line "$install"
}

@test "--unconfined is for guests that ask for it: this guest is still refused" {
  refused 4 "unconfined_t may not { transition } on svirt_t (process)" start --unconfined "$LAB_SCRATCH/a.xml"
}

@test "a static label needs the module too" {
  local domain
  domain=$(write_domain s --disk "$IMG/a.img" --type static --label system_u:system_r:svirt_t:s0:c1,c2)
  refused 4 "unconfined_t may not { transition } on svirt_t (process)" start "$domain"
  assert_line "$install"
}

@test "check reports it, with the remedy" {
  run svirt check
  [[ $status == 1 ]]
  assert_line --regexp "^FAIL +svirt-policy-module host: svirt's policy module is not loaded$"
  assert_line --regexp "^ +remedy: svirt policy install$"
  assert_line --regexp "^FAIL +svirt-manager-transition host: unconfined_t may not \{ transition \} on svirt_t \(process\)$"
}
