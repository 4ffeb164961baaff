#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The guest's view: the 512-byte test guest reads and writes its own disk through the VMM, under the label that svirt
# gave both. It cannot write a read-only disk, and its writes are on the disk.
# lab: timeout=600

load helper
load guest

teardown() {
  guest_teardown
  rm -f "$IMG"/*
}

# booted NAME LINE...: the guest has halted and printed these lines
booted() {
  local line name=$1
  shift
  run wait_halted "$name"
  assert_success
  for line in "svirt test guest" "$@" halted; do assert_line "$line"; done
  assert_equal "${#lines[@]}" $(($# + 2))
}

@test "a guest reads and writes its disk" {
  make_disk "$IMG/a.img" 1M
  svirt -q start "$(write_domain a --disk "$IMG/a.img" --serial)"
  booted a "D0 R+W+"
  assert_equal "$(disk_mark "$IMG/a.img")" SEEN-a.img
  # the file of the console also gets the guest's label and owner
  assert_equal "$(label_of "$(serial_of a)")" "$(guest_image a)"
  run denials
  assert_output ""
}

@test "two disks, on two buses" {
  make_disk "$IMG/a.img" 1M
  make_disk "$IMG/b.img" 2M
  svirt -q start "$(write_domain a --disk "$IMG/a.img:ide" --disk "$IMG/b.img:virtio" --serial)"
  booted a "D0 R+W+" "D1 R+W+"
  assert_equal "$(disk_mark "$IMG/a.img") $(disk_mark "$IMG/b.img")" "SEEN-a.img SEEN-b.img"
}

@test "a guest reads a read-only disk and cannot write it" {
  make_disk "$IMG/a.img" 1M
  make_disk "$IMG/b.img" 1M
  local before
  before=$(cksum <"$IMG/b.img")
  svirt -q start "$(write_domain a --disk "$IMG/a.img:virtio" --disk "$IMG/b.img:virtio:ro" --serial)"
  booted a "D0 R+W+" "D1 R+W-"
  assert_equal "$(disk_mark "$IMG/b.img")" ""
  assert_equal "$(cksum <"$IMG/b.img")" "$before"
}

@test "a guest boots a CD" {
  make_cdrom "$IMG/cd.iso"
  truncate -s 1M "$IMG/a.img"
  local before
  before=$(cksum <"$IMG/cd.iso")
  svirt -q start "$(write_domain a --disk "$IMG/cd.iso:ide:cdrom" --disk "$IMG/a.img:virtio" --serial)"
  booted a "D0 R+W+"
  assert_equal "$(type_of "$(label_of "$IMG/cd.iso")")" virt_content_t
  assert_equal "$(disk_mark "$IMG/a.img")" SEEN
  assert_equal "$(cksum <"$IMG/cd.iso")" "$before"
}

@test "a qcow2 disk" {
  make_disk "$LAB_SCRATCH/raw.img" 1M
  qemu-img convert -q -O qcow2 "$LAB_SCRATCH/raw.img" "$IMG/a.qcow2"
  svirt -q start "$(write_domain a --disk "$IMG/a.qcow2:ide:rw:qcow2" --serial)"
  booted a "D0 R+W+"
  svirt -q destroy a
  qemu-img convert -q -O raw "$IMG/a.qcow2" "$LAB_SCRATCH/back.img"
  assert_equal "$(disk_mark "$LAB_SCRATCH/back.img")" SEEN-raw.img
}

# The VMM opens the backing file that the header names. The kernel decides about it, whatever svirt knows.
@test "a qcow2 disk that names another guest's disk as its backing file does not open" {
  make_disk "$IMG/b.img" 1M
  svirt -q start "$(write_domain b --disk "$IMG/b.img")"
  qemu-img create -q -u -f qcow2 -F raw -b "$IMG/b.img" "$IMG/a.qcow2" 1M
  run svirt start "$(write_domain a --disk "$IMG/a.qcow2:ide:rw:qcow2")"
  assert_failure
  assert_equal "$(emulators)" 1
  assert_equal "$(type_of "$(label_of "$IMG/a.qcow2")")" var_t
}

# A multiboot kernel (GNU multiboot 0.6.96, with the addresses in its header). It writes its first module to COM1, up
# to a NUL byte, and halts.
make_kernel() {
  printf '\x02\xb0\xad\x1b\0\0\x01\0\xfe\x4f\x51\xe4\0\0\x10\0\0\0\x10\0\0\0\0\0\0\0\0\0\x20\0\x10\0' >"$1"
  printf '\x8b\x73\x18\x8b\x36\xac\x84\xc0\x74\x07\x66\xba\xf8\x03\xee\xeb\xf4\xfa\xf4' >>"$1"
}

@test "a kernel and an initrd: read by the guest, shared, and restored" {
  local f before
  make_kernel "$IMG/kernel"
  printf 'HELLO-INITRD\n\0' >"$IMG/initrd"
  before=$(inode_of "$IMG/kernel" "$IMG/initrd")
  local os="<kernel>$IMG/kernel</kernel><initrd>$IMG/initrd</initrd><cmdline>a=b,c</cmdline>"
  svirt -q start "$(write_domain a --os "$os" --serial)"
  svirt -q start "$(write_domain b --os "$os" --serial)"
  wait_for 30 grep -q HELLO-INITRD "$(serial_of a)"
  wait_for 30 grep -q HELLO-INITRD "$(serial_of b)"
  for f in kernel initrd; do assert_equal "$(type_of "$(label_of "$IMG/$f")")" virt_content_t; done
  run denials
  assert_output ""
  svirt -q destroy a
  assert_equal "$(type_of "$(label_of "$IMG/kernel")")" virt_content_t
  svirt -q destroy b
  assert_equal "$(inode_of "$IMG/kernel" "$IMG/initrd")" "$before"
}

@test "paused: the guest executes no instruction before resume" {
  make_disk "$IMG/a.img" 1M
  svirt -q start --paused "$(write_domain a --disk "$IMG/a.img" --serial)"
  assert_equal "$(guest_state a)" paused
  sleep 1
  assert_equal "$(cat "$(serial_of a)")" ""
  svirt -q resume a
  booted a "D0 R+W+"
  assert_equal "$(guest_state a)" running
}
