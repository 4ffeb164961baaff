#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Levels in use under an MLS policy: what list --levels prints and counts with sensitivities, and --level and --join
# with one.
# lab: policy=mls context=system_u:system_r:initrc_t:s0-s15:c0.c1023 timeout=600

load helper
load guest
quick_guests

# levels: level and kind of each line, and the last line
levels() { svirt list --levels | awk '/ labels left$/ { print; next } NR > 1 { print $1, $2 }'; }

level_of_guest() { level_of "$(domain_of "$(guest_pid "$1")")"; }

@test "list --levels: the system's highest level takes no level from the pool" {
  run levels
  refute_line --partial s15:c0.c1023
  assert_line "523776 of 523776 labels left"
  run svirt check
  assert_line --partial "svirt-capacity host: 523776 of 523776 labels are free"
}

@test "list --levels: a level at any sensitivity takes its pair" {
  svirt -q start --paused --level s3:c1,c2 "$(write_domain a)"
  assert_equal "$(level_of_guest a)" s3:c1,c2
  run levels
  assert_line "s3:c1,c2 lease"
  assert_line "s3:c1,c2 process"
  assert_line "523775 of 523776 labels left"
  refused 5 "the level 's0:c1,c2' conflicts with guest 'a'" start --level s0:c1,c2 "$(write_domain b)"
  refused 5 "the level 's5:c1.c3' conflicts with guest 'a'" start --level s5:c1.c3 "$(write_domain b)"
}

@test "--level: a level with a higher sensitivity and fewer categories is no conflict" {
  svirt -q start --paused --level s3:c1.c3 "$(write_domain a)"
  svirt -q start --paused --level s5:c1,c2 "$(write_domain b)" || return 1
  assert_equal "$(level_of_guest b)" s5:c1,c2
  run levels
  assert_line "s3:c1.c3 lease"
  assert_line "s5:c1,c2 lease"
}

# based SENSITIVITY...: a domain a whose baselabel names this sensitivity
based() { write_domain a --type dynamic --baselabel "system_u:system_r:svirt_t:$1" --disk "$IMG/a.img" --serial; }

@test "a dynamic level is drawn at the sensitivity that baselabel names" {
  make_disk "$IMG/a.img" 1M
  svirt -q start "$(based s3)"
  [[ $(level_of_guest a) =~ ^s3:c[0-9]+,c[0-9]+$ ]]
  assert_equal "$(level_of "$(label_of "$IMG/a.img")")" "$(level_of_guest a)"
  run wait_halted a
  assert_line "D0 R+W+"
  run levels
  assert_line "523775 of 523776 labels left"
}

@test "--share-group: a guest may not write to a lower level, so it is refused" {
  make_disk "$IMG/a.img" 1M
  refused 3 "share group 'web': the loaded policy does not let a member use what the group shares (file { *write* })" \
    start --share-group web "$(write_domain a --disk "$IMG/a.img:virtio:shared")"
}

@test "--join: the whole level, whatever sensitivity a baselabel names" {
  make_disk "$IMG/a.img" 1M
  make_disk "$IMG/b.img" 1M
  svirt -q start --paused --level s3:c1,c2 "$(write_domain b --disk "$IMG/b.img")"
  svirt -q start --join b "$(based s5)"
  assert_equal "$(level_of_guest a)" s3:c1,c2
  run wait_halted a
  assert_line "D0 R+W+"
  chmod 666 "$IMG"/*.img
  run probe_as "$(domain_of "$(guest_pid a)")" batch <<<"read $IMG/b.img
write $IMG/b.img"
  assert_equal "$(grep -c ': allowed$' <<<"$output")" 2
}
