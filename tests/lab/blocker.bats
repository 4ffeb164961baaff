#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The first thing in the way of a guest's file, by its name: each is made really, check names it, a start does not
# come up or the kernel keeps the guest out, and when it is taken away nothing is named any more.
# lab: timeout=600

load helper
load guest
load mounts
load blocker
# shellcheck disable=SC2154 # uid is of blocker.bash
: "$uid"

setup_file() {
  modules loop
  svirt -q restore --all
}

@test "nothing is in the way" {
  free "$(disk)"
  assert_output --partial '"blocker": null'
}

@test "missing: the file, or a directory on the way" {
  blocked missing "$IMG/dir/c.img: No such file or directory" "$(disk "$IMG/dir/c.img")"
  blocked missing "$IMG/no: No such file or directory" "$(disk "$IMG/no/c.img")"
  # the directory before it is in the way first
  chmod 700 "$IMG/dir"
  blocked dac-search "*may not search $IMG/dir" "$(disk "$IMG/dir/no/c.img")"
}

@test "link and hard-link" {
  ln -s b.img "$IMG/dir/link"
  blocked link "*is a symbolic link" "$(disk "$IMG/dir/link")"
  ln -s dir "$IMG/ln"
  blocked link "*'$IMG/ln' is a symbolic link" "$(disk "$IMG/ln/b.img")"
  rm "$IMG/ln"
  ln "$IMG/dir/b.img" "$IMG/dir/name"
  blocked hard-link "*has 2 names (hard links)" "$(disk)"
  rm "$IMG/dir/name"
  free "$(disk)"
}

@test "not-a-file and system-path" {
  blocked not-a-file "$IMG/dir is a directory, not a regular file or a block device" "$(disk "$IMG/dir")"
  blocked not-a-file "$IMG/dir/b.img is not a directory" "$(disk "$IMG/dir/b.img/c.img")"
  blocked system-path "/etc/passwd lies in the system directory /etc*" "$(disk /etc/passwd)"
}

@test "dac-search: the directory, and the cure" {
  chmod 700 "$IMG/dir"
  blocked dac-search "the guest's user (+$uid:+*) may not search $IMG/dir" "$(disk)"
  hinted dac-search "$(disk)"
  run svirt check -v "$(disk)"
  [[ $status == 1 ]]
  assert_line --partial "svirt-resource-access domain b: $IMG/dir/b.img: dac-search: the guest's user (+$uid:+$uid) may not search $IMG/dir"
  assert_line "        evidence: owner +0:+0, mode 0700"
  assert_line "        remedy: setfacl -m u:$uid:x $IMG/dir; or keep the file where everybody may search"
  # as it says: the kernel's answer knows of the list
  setfacl -m "u:$uid:x" "$IMG/dir"
  free "$(disk)"
  run svirt start "$(disk)"
  assert_success
}

@test "dac-search: a file that the guest makes itself" {
  local file
  file=$(write_domain b --devices "<serial type='file'><source path='$IMG/dir/log'/><target port='0'/></serial>")
  blocked dac-search "the guest's user (+$uid:+*) may not write $IMG/dir" "$file"
  setfacl -m "u:$uid:wx" "$IMG/dir"
  free "$file"
}

@test "dac-open: an owner that is left, and a list that helps" {
  chcon -t svirt_image_t -l s0:c5,c6 "$IMG/dir/b.img"
  chmod 600 "$IMG/dir/b.img"
  blocked dac-open "the guest's user (+$uid:+*) may not read write $IMG/dir/b.img" "$(as_it_is)"
  hinted dac-open "$(as_it_is)"
  setfacl -m "u:$uid:rw" "$IMG/dir/b.img"
  free "$(as_it_is)"
  run svirt start "$(as_it_is)"
  assert_success
}

@test "type-denied and category-mismatch: a label that is left" {
  chown "$uid" "$IMG/dir/b.img"
  blocked type-denied "the policy keeps the guest from { *write* } on $IMG/dir/b.img (file, *:var_t:s0)" "$(as_it_is)"
  hinted type-denied "$(as_it_is)"
  chcon -t svirt_image_t -l s0:c5,c7 "$IMG/dir/b.img"
  blocked category-mismatch "the policy keeps the guest from { *read write* } on $IMG/dir/b.img (file, *:svirt_image_t:s0:c5,c7)" "$(as_it_is)"
  hinted category-mismatch "$(as_it_is)"
  chcon -l s0:c5,c6 "$IMG/dir/b.img"
  free "$(as_it_is)"
}

@test "category-mismatch and type-denied: a directory that the guest may not search" {
  chcon -l s0:c900,c901 "$IMG/dir"
  blocked category-mismatch "the policy keeps the guest from { search } on $IMG/dir (dir, *:var_t:s0:c900,c901)" "$(disk)"
  hinted category-mismatch "$(disk)"
  # of a filesystem that was made just now, whose root has no label
  ext4_with barrier
  blocked type-denied "the policy keeps the guest from { search } on /mnt/m (dir, *:unlabeled_t:s0)" "$(disk /mnt/m/a.img)"
}
