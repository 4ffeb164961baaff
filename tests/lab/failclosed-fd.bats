#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A guest that may not use a descriptor of the manager is killed right after exec without a message, because its own
# program is such a descriptor. svirt refuses the start before that.
# lab: timeout=600 edit=s/^.allow.virt_domain.svirt_mgr_t..fd..use...$//

load helper
load guest

setup_file() {
  make_boot "$IMG/a.img" "$HALT"
  write_domain a --disk "$IMG/a.img" >/dev/null
  svirt -q restore --all
}
setup() { lab_setup; }

@test "start is refused" {
  refused 4 "svirt_t may not { use } on svirt_mgr_t (fd)" start "$LAB_SCRATCH/a.xml"
  run denials
  assert_output ""
}
