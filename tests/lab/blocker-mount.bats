#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The first blocker of a guest's file when it is the file's mount or another guest. Each blocker is real, and check
# names it.
# lab: timeout=600

load helper
load guest
load mounts
load blocker
# shellcheck disable=SC2154 # uid is of blocker.bash
: "$uid"

setup_file() {
  modules loop vfat nls_cp437 nls_ascii nls_iso8859-1 nls_utf8
  svirt -q restore --all
}

@test "boolean-off: a file of FAT" {
  fat_mount
  blocked boolean-off:virt_use_usb "the filesystem of /mnt/m/a.img (vfat on /mnt/m) holds no selinux labels*" "$(disk /mnt/m/a.img)"
  setsebool virt_use_usb on >/dev/null 2>&1
  blocked fs-unlabelled "*holds no dac labels: all its files have +0:+0" "$(disk /mnt/m/a.img)"
  unmount
  fat_mount "uid=$uid,gid=$uid"
  free "$(disk /mnt/m/a.img)"
}

@test "fs-unlabelled: a mount with context=" {
  ext4_with 'context="system_u:object_r:mnt_t:s0"'
  blocked fs-unlabelled "/mnt/m (ext4) was mounted with one label for all files: /mnt/m/a.img has *:mnt_t:s0" "$(disk /mnt/m/a.img)"
}

@test "ro-mount: a file that is written, and one that is relabelled" {
  ext4_with defaults
  mount -o remount,ro /mnt/m
  blocked ro-mount "/mnt/m/a.img is to be written, and /mnt/m (ext4) is mounted read-only" "$(disk /mnt/m/a.img)"
  blocked ro-mount "/mnt/m/a.img cannot be labelled: /mnt/m (ext4) is mounted read-only" "$(disk /mnt/m/a.img ro)"
  mount -o remount,rw /mnt/m
  free "$(disk /mnt/m/a.img)"
}

@test "nodev: a device node on a mount without devices" {
  local loop
  mounted tmpfs nodev,mode=755
  loop=$(losetup -f --show "$IMG/dir/b.img")
  cp -a "$loop" /mnt/m/node
  chcon -t fixed_disk_device_t /mnt/m/node
  blocked nodev "/mnt/m/node is a device, and /mnt/m is mounted with nodev" "$(disk /mnt/m/node)"
  losetup -d "$loop"
}

@test "held-elsewhere and label-changed" {
  local other
  other=$(write_domain a --disk "$IMG/dir/b.img:virtio")
  svirt -q label "$other"
  blocked held-elsewhere "$IMG/dir/b.img is held by guest a with another label" "$(disk)"
  svirt -q restore a
  free "$(disk)"
  svirt -q label "$(disk)"
  free "$(disk)"
  chcon -t var_t -l s0 "$IMG/dir/b.img"
  blocked label-changed "$IMG/dir/b.img was relabelled since it was labelled for b" "$(disk)"
}
