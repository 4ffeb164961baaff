#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Levels in use under an MLS policy: what list --levels shows and counts where there are sensitivities, and
# --level with one.
# lab: policy=mls context=system_u:system_r:initrc_t:s0-s15:c0.c1023 timeout=300

load helper
load guest

# levels: level and kind of each line, and the last line
levels() { svirt list --levels | awk '/ labels left$/ { print; next } NR > 1 { print $1, $2 }'; }

level_of_guest() { level_of "$(domain_of "$(guest_pid "$1")")"; }

@test "list --levels: the system's highest level is nobody's share" {
  run levels
  refute_line --partial s15:c0.c1023
  assert_line "523776 of 523776 labels left"
  run svirt check
  assert_line --partial "svirt-capacity host: 523776 of 523776 labels are free"
}

@test "list --levels: a level of any sensitivity takes its pair" {
  svirt -q start --paused --level s3:c1,c2 "$(write_domain a)"
  assert_equal "$(level_of_guest a)" s3:c1,c2
  run levels
  assert_line "s3:c1,c2 lease"
  assert_line "s3:c1,c2 process"
  assert_line "523775 of 523776 labels left"
  refused 5 "the level 's0:c1,c2' conflicts with guest 'a'" start --level s0:c1,c2 "$(write_domain b)"
  refused 5 "the level 's5:c1.c3' conflicts with guest 'a'" start --level s5:c1.c3 "$(write_domain b)"
}

@test "--level: above in sensitivity and below in categories is apart" {
  svirt -q start --paused --level s3:c1.c3 "$(write_domain a)"
  svirt -q start --paused --level s5:c1,c2 "$(write_domain b)" || return 1
  assert_equal "$(level_of_guest b)" s5:c1,c2
  run levels
  assert_line "s3:c1.c3 lease"
  assert_line "s5:c1,c2 lease"
}
