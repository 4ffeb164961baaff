#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A module of another version, or a local one, does not let the manager start programs as a guest. svirt names the
# missing permission before anything has changed.
# lab: timeout=600 edit=s/(svirt_mgr_t.svirt_guest.\(process.\()transition./\1/

load helper
load guest

setup_file() {
  make_boot "$IMG/a.img" "$HALT"
  write_domain a --disk "$IMG/a.img" >/dev/null
  svirt -q restore --all
}
setup() { lab_setup; }

@test "start is refused" {
  refused 4 "svirt_mgr_t may not { transition } on svirt_t (process)" start "$LAB_SCRATCH/a.xml"
  assert_line --partial "svirt: hint: the installed module does not cover this guest: svirt policy install"
  run denials
  assert_output ""
}

@test "a static label with another of the guests' domains is refused too" {
  local domain
  domain=$(write_domain s --disk "$IMG/a.img" --type static --label system_u:system_r:svirt_prot_exec_t:s0:c1,c2)
  refused 4 "svirt_mgr_t may not { transition } on svirt_prot_exec_t (process)" start "$domain"
}
