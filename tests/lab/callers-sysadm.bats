#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The administrator's domain of policies without unconfined_t: what it may do with svirt. What it started runs in the
# manager's domain and in the guest's.
# lab: context=root:sysadm_r:sysadm_t:s0-s0:c0.c1023 timeout=600

bats_require_minimum_version 1.5.0
load helper
load guest
load crash

@test "sysadm_t starts a guest, looks at it and ends it" {
  make_disk "$IMG/a.img" 1M
  before=$(inode_of "$IMG/a.img")
  run id -Z
  assert_output root:sysadm_r:sysadm_t:s0-s0:c0.c1023
  run -0 svirt start "$(write_domain a --disk "$IMG/a.img")"
  assert_output --regexp 'Guest a started: system_u:system_r:svirt_t:s0:c[0-9]+,c[0-9]+'
  assert_equal "$(domain_of "$(monitor_of a)")" root:system_r:svirt_monitor_t:s0-s0:c0.c1023
  assert_equal "$(domain_of "$(guest_pid a)")" "$(guest_label a)"
  run -0 svirt list
  assert_line --regexp 'a +running'
  run -0 svirt dominfo a
  assert_line --regexp '^Security label: +system_u:system_r:svirt_t:s0:c[0-9]+,c[0-9]+ \(selinux/default/enforcing\)$'
  run -0 svirt list --levels
  assert_line --partial "guest 'a'"
  run -0 svirt suspend a
  assert_equal "$(guest_state a)" paused
  run -0 svirt resume a
  run -0 svirt destroy a
  assert_equal "$(inode_of "$IMG/a.img")" "$before"
  nothing_left
}

@test "sysadm_t checks, labels and restores" {
  make_disk "$IMG/a.img" 1M
  before=$(inode_of "$IMG/a.img")
  file=$(write_domain a --disk "$IMG/a.img")
  run -0 svirt info
  assert_line --regexp '^State: +enforcing$'
  run -0 svirt check
  run -0 svirt check "$file"
  run -0 svirt label "$file"
  run -0 svirt restore a
  assert_equal "$(inode_of "$IMG/a.img")" "$before"
  nothing_left
}

@test "the kernel logged no denial in these tests" {
  run denials
  refute_output --partial svirt
}
