#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Files of several guests: a file that is only read has the policy's content label and is shared. A shareable file has
# the image label without categories. A file that one guest writes is for no other guest. The last holder restores.
# lab: timeout=600

load helper
load guest
quick_guests

content=$(sed -n 2p /etc/selinux/default/contexts/virtual_image_context)
image=$(sed -n 1p /etc/selinux/default/contexts/virtual_image_context)

setup_file() { svirt -q restore --all; }

# uses NAME ACCESS...: a guest with NAME.img of its own and base.img
uses() { write_domain "$1" --disk "$IMG/$1.img:virtio" --disk "$IMG/base.img:virtio:$2" --serial; }

setup() {
  guest_setup
  make_disk "$IMG/a.img" 1M
  make_disk "$IMG/b.img" 1M
  make_disk "$IMG/base.img" 1M
  before=$(inode_of "$IMG/base.img")
}

@test "a read-only disk has the content label, two guests read it, the last one restores it" {
  svirt -q start "$(uses a ro)"
  assert_equal "$(label_of "$IMG/base.img")" "$content"
  svirt -q start "$(uses b ro)"
  assert_equal "$(label_of "$IMG/base.img")" "$content"
  run wait_halted a
  assert_line "D0 R+W+"
  assert_line "D1 R+W-"
  run wait_halted b
  assert_line "D1 R+W-"
  assert_equal "$(disk_mark "$IMG/base.img")" ""
  run svirt destroy a
  assert_success
  assert_equal "$(label_of "$IMG/base.img")" "$content"
  run svirt destroy b
  assert_success
  assert_equal "$(inode_of "$IMG/base.img")" "$before"
}

@test "a compromised guest cannot write its read-only disk" {
  # world-writable, so the mode does not protect it
  chmod 666 "$IMG/base.img"
  svirt -q start "$(uses a ro)"
  run probe_as "$(domain_of "$(guest_pid a)")" batch <<<"read $IMG/base.img
write $IMG/base.img
append $IMG/base.img"
  assert_line "read $IMG/base.img: allowed"
  assert_line "write $IMG/base.img: denied EACCES"
  assert_line "append $IMG/base.img: denied EACCES"
}

@test "a shareable disk has the image label without categories, two guests write it" {
  svirt -q start "$(uses a shared)"
  svirt -q start "$(uses b shared)"
  assert_equal "$(label_of "$IMG/base.img")" "$image"
  assert_not_equal "$(label_of "$IMG/a.img")" "$(label_of "$IMG/b.img")"
  run wait_halted a
  assert_line "D1 R+W+"
  run wait_halted b
  assert_line "D1 R+W+"
  assert_equal "$(disk_mark "$IMG/base.img")" SEEN-base.img
  svirt -q destroy b
  assert_equal "$(label_of "$IMG/base.img")" "$image"
  svirt -q destroy a
  assert_equal "$(inode_of "$IMG/base.img")" "$before"
}

@test "one disk that two guests would write: refused, and the holder is named" {
  svirt -q start "$(uses a rw)"
  local access
  for access in rw ro shared; do
    refused 5 "$IMG/base.img is held by guest a with another label" start "$(uses b $access)"
  done
  assert_line --regexp "^svirt: hint: stop that guest, "
  # the disk is free after the end of a
  svirt -q destroy a
  run svirt start "$(uses b rw)"
  assert_success
}

@test "a file that others read or share cannot become one guest's to write" {
  svirt -q start "$(uses a ro)"
  refused 5 "$IMG/base.img is held by guest a with another label" start "$(uses b rw)"
  refused 5 "$IMG/base.img is held by guest a with another label" start "$(uses b shared)"
  svirt -q destroy a
  svirt -q start "$(uses a shared)"
  refused 5 "$IMG/base.img is held by guest a with another label" start "$(uses b rw)"
}

@test "a bind mount of the same disk is the same disk" {
  svirt -q start "$(uses a rw)"
  : >"$IMG/other.img"
  mount --bind "$IMG/base.img" "$IMG/other.img"
  run svirt start "$(write_domain b --disk "$IMG/other.img:virtio")"
  umount "$IMG/other.img"
  [[ $status == 5 ]]
  assert_line "svirt: $IMG/other.img is held by guest a with another label"
}
