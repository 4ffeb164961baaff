#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# An MLS policy: the module loads, guests keep the requested sensitivity, and the kernel denies access to levels above
# a guest's and to those not comparable with it.
# lab: policy=mls context=system_u:system_r:initrc_t:s0-s15:c0.c1023 timeout=600

bats_require_minimum_version 1.5.0
load helper
load guest
load crash
quick_guests

setup() {
  guest_setup
  rm -rf "${IMG:?}"/*
}

label=system_u:system_r:svirt_t:s3:c5

@test "the kernel enforces an MLS policy with the module" {
  run getenforce
  assert_output Enforcing
  run -0 svirt info
  assert_line --regexp '^Policy: +mls \(with levels\)$'
  assert_line --regexp '^Policy module: +loaded$'
  run -0 svirt check
}

@test "a dynamic guest gets the low sensitivity and two categories" {
  make_disk "$IMG/a.img" 1M
  before=$(inode_of "$IMG/a.img")
  svirt -q start "$(write_domain a --disk "$IMG/a.img" --serial)"
  run domain_of "$(guest_pid a)"
  assert_output --regexp '^system_u:system_r:svirt_t:s0:c[0-9]+,c[0-9]+$'
  assert_equal "$(label_of "$IMG/a.img")" "system_u:object_r:svirt_image_t:$(level_of "$output")"
  wait_halted a
  assert_equal "$(disk_mark "$IMG/a.img")" SEEN-a.img
  svirt -q destroy a
  assert_equal "$(inode_of "$IMG/a.img")" "$before"
  nothing_left
}

@test "a static guest keeps its sensitivity" {
  make_disk "$IMG/a.img" 1M
  before=$(inode_of "$IMG/a.img")
  svirt -q start "$(write_domain a --type static --label "$label" --relabel yes --disk "$IMG/a.img" --serial)"
  assert_equal "$(domain_of "$(guest_pid a)")" "$label"
  assert_equal "$(label_of "$IMG/a.img")" system_u:object_r:svirt_image_t:s3:c5
  run svirt dominfo a
  assert_line --regexp "^Security label: +$label \(selinux/mls/enforcing\)$"
  wait_halted a
  assert_equal "$(disk_mark "$IMG/a.img")" SEEN-a.img
  svirt -q destroy a
  assert_equal "$(inode_of "$IMG/a.img")" "$before"
  nothing_left
}

@test "no read up, no write down, no access to a level that is not comparable" {
  local level
  for level in s2:c5 s3 s3:c5 s3:c5,c6 s3:c6 s4:c5; do
    echo secret >"$IMG/$level"
    chcon "system_u:object_r:svirt_image_t:$level" "$IMG/$level"
  done
  run probe_as "$label" read "$IMG/s3:c5"
  assert_output --partial allowed
  run probe_as "$label" write "$IMG/s3:c5"
  assert_output --partial allowed
  for level in s3:c5,c6 s3:c6 s4:c5; do
    run probe_as "$label" read "$IMG/$level"
    assert_output --partial denied
  done
  for level in s2:c5 s3 s3:c6; do
    run probe_as "$label" write "$IMG/$level"
    assert_output --partial denied
  done
  run denials
  assert_output --regexp "\{ read \}.*scontext=$label tcontext=system_u:object_r:svirt_image_t:s4:c5"
}

@test "two guests at two sensitivities cannot use each other's images" {
  make_disk "$IMG/a.img" 1M
  make_disk "$IMG/b.img" 1M
  svirt -q start --paused "$(write_domain a --type static --label "$label" --relabel yes --disk "$IMG/a.img")"
  svirt -q start --paused "$(write_domain b --disk "$IMG/b.img")"
  b=$(domain_of "$(guest_pid b)")
  run probe_as "$label" read "$IMG/b.img"
  assert_output --partial denied
  run probe_as "$b" read "$IMG/a.img"
  assert_output --partial denied
  run probe_as "$label" read "$IMG/a.img"
  assert_output --partial allowed
}

@test "an emulated TPM: swtpm runs at the guest's sensitivity, and its state is restored" {
  restorecon /usr/bin/swtpm
  install -d -m 700 "$IMG/tpm"
  before=$(inode_of "$IMG/tpm")
  svirt -q start "$(write_domain a --type static --label "$label" --relabel yes --devices \
    "<tpm><backend type='emulator'><source type='dir' path='$IMG/tpm'/></backend></tpm>")"
  assert_equal "$(domain_of "$(pgrep -x swtpm)")" "$label"
  assert_equal "$(label_of "$IMG/tpm") $(label_of "$IMG/tpm/tpm2-00.permall")" \
    "system_u:object_r:svirt_image_t:s3:c5 system_u:object_r:svirt_image_t:s3:c5"
  svirt -q destroy a
  assert_equal "$(inode_of "$IMG/tpm")" "$before"
  nothing_left
}
