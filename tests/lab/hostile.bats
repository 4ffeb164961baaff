#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# An emulator that was taken over (vmm.c), started by svirt as any other: what each of its modes tries, and what the
# kernel or svirt answers. The answers are printed as a table.
# lab: timeout=300

bats_require_minimum_version 1.5.0
load helper
load guest
load hostile

@test "the control group: an emulator that behaves is a guest like any other" {
  svirt -q start "$(make_hostile a behave)"
  played a behave
  assert_equal "$(domain_of "$(guest_pid a)")" "$(guest_label a)"
  assert_equal "$(guest_state a)" running
  svirt -q suspend a
  assert_equal "$(guest_state a)" paused
  svirt -q resume a
  assert_equal "$(guest_state a)" running
  svirt -q stop a
  gone a
  assert_equal "$(hostiles) $(type_of "$(label_of "$IMG/a.img")")" "0 var_t"
  svirt -q start "$(make_hostile a behave)"
  svirt -q destroy a
  gone a
  answered behave "start, suspend, resume, stop, destroy" "as any guest"
}

@test "another guest's disk: denied by the kernel" {
  local try image=system_u:object_r:svirt_image_t:s0
  make_disk "$IMG/b.img" 1M
  svirt -q start --paused "$(write_domain b --disk "$IMG/b.img")"
  svirt -q start "$(make_hostile a "tries neighbour-disk" "neighbour-disk $IMG/b.img" "own-image $image" \
    "try read $IMG/a.img")"
  run played a neighbour-disk
  assert_success
  assert_line "read $IMG/a.img: allowed"
  for try in "read $IMG/b.img" "write $IMG/b.img" "append $IMG/b.img" "relabel $IMG/b.img $image"; do
    assert_line "$try: denied EACCES"
    answered neighbour-disk "$try" EACCES
  done
}

@test "terminal escapes and false lines as last words: escaped, in one line" {
  run -9 svirt -q start "$(make_hostile a last-words)"
  refute_output --partial $'\033'
  refute_line "svirt: all clear"
  answered last-words "escapes, a line that looks like svirt's own" "${lines[0]}"
}
