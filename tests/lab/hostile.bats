#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# An emulator that was taken over (vmm.c), started by svirt as any other, as the guest's user and without a capability:
# what each of its modes tries, and what the kernel or svirt answers. The answers are printed as a table, which stands in
# SECURITY.md too (tests/lab/hostile.expected).
# lab: timeout=900

bats_require_minimum_version 1.5.0
load helper
load guest
load hostile

setup_file() { export TABLE=$LAB_SCRATCH/table; : >"$TABLE"; }

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
  row behave "a guest like any other"
}

# untouched NAME LABEL: its emulator lives, and its disk has this label
untouched() {
  [[ -d /proc/$(guest_pid "$1") ]]
  assert_equal "$(label_of "$IMG/$1.img")" "$2"
}

@test "what it reaches: the answers are those of the table" {
  local report image
  report=$(start_two)
  image=$(guest_image b)
  # shellcheck disable=SC2086 # words
  rows a descriptors $REACH $HOST
  rows b offer
  [[ $report != *": not a "* ]]
  untouched b "$image"
}

@test "an emulator that ends for nothing that it is asked is ended, and its disk is as it was" {
  svirt -q start "$(make_hostile a ignore-quit)"
  svirt -q destroy a
  wait_for 20 gone a
  assert_equal "$(hostiles) $(type_of "$(label_of "$IMG/a.img")")" "0 var_t"
  row ignore-quit "destroy: ended, its disk as it was"
}

@test "an emulator that dies is put away; one that says nothing is, when the start is interrupted" {
  svirt -q start "$(make_hostile a die-by-signal)"
  wait_for 20 gone a
  run timeout --foreground -s TERM 3 svirt -q start "$(make_hostile b silent)"
  assert_failure
  wait_for 20 gone b
  assert_equal "$(hostiles) $(type_of "$(label_of "$IMG/a.img")") $(type_of "$(label_of "$IMG/b.img")")" "0 var_t var_t"
  row die-by-signal "put away, its disk as it was"
  row silent "start interrupted: ended, its disk as it was"
}

@test "terminal escapes and false lines as last words: escaped, in one line" {
  run -9 svirt -q start "$(make_hostile a last-words)"
  refute_output --partial $'\033'
  refute_line "svirt: all clear"
  assert_equal "${#lines[@]}" 1
  row last-words "start: exit 9, one line, escaped"
}

# deeper MODE KEY DIR: a guest that nests directories in DIR; at its end nothing is left of the guest
deeper() {
  svirt -q start "$(make_hostile a "$1" "$2 $3")"
  run -0 played a "$1"
  assert_line "3000 levels"
  svirt -q destroy a
  gone a
  assert_not_exists /run/svirt/a
  assert_equal "$(type_of "$(label_of "$IMG/a.img")")" var_t
}

@test "directories in each other, as deep as it likes: removed, and put back" {
  local tree=/srv/tree before odd DEVICES
  deeper deep-directories own-run /run/svirt/a/guest
  row deep-directories "removed with the rest"
  mkdir -p $tree/sub
  chmod 777 $tree/sub
  before=$(inode_of $tree $tree/sub)
  # shellcheck disable=SC2034 # of make_hostile
  DEVICES="<filesystem type='mount' accessmode='mapped'><source dir='$tree'/><target dir='t'/></filesystem>"
  deeper deep-tree own-tree $tree/sub
  assert_equal "$(inode_of $tree $tree/sub)" "$before"
  odd=$(find $tree -context '*:s0:c*')
  assert_equal "$odd" ""
  rm -rf $tree
  row deep-tree "put back, to the last one"
}

@test "what cannot be removed of its directory is closed, holds no lease, and goes with the next command that can" {
  local own=/run/svirt/a/guest
  svirt -q start "$(make_hostile a behave)"
  mkdir $own/mnt
  mount -t tmpfs tmpfs $own/mnt
  run -0 svirt destroy a
  assert_output --partial "cannot remove $own: Device or resource busy; it is closed to all but root until svirt restore --stale has removed it"
  gone a
  assert_equal "$(stat -c %a /run/svirt/a) $(type_of "$(label_of "$IMG/a.img")")" "700 var_t"
  umount $own/mnt
  svirt -q restore --stale
  assert_not_exists /run/svirt/a
}

@test "the table is that of SECURITY.md" {
  diff <(sort "$LAB_TESTS/lab/hostile.expected") <(sort "$TABLE")
}
