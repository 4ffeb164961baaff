#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# NFS from this machine. With labels (4.2) a guest's disk is labelled on the server and restored. Without them (4.1)
# all files have one label, and a boolean opens them to every guest.
# lab: timeout=600

load helper
load guest
load mounts

setup_file() {
  svirt -q restore --all
  nfs_server
  make_disk /srv/exp/a.img 1M
}

teardown() {
  guest_teardown
  setsebool virt_use_nfs off >/dev/null 2>&1 </dev/null
  unmount
}

disk() { write_domain n --disk /mnt/m/a.img:virtio; }

@test "NFS 4.2 with labels: labelled on the server, and restored" {
  nfs_mount 4.2
  local before
  before=$(inode_of /srv/exp/a.img)
  svirt -q start "$(disk)"
  assert_equal "$(label_of /mnt/m/a.img)" "$(guest_image n)"
  assert_equal "$(label_of /srv/exp/a.img)" "$(guest_image n)"
  svirt -q destroy n
  assert_equal "$(inode_of /srv/exp/a.img)" "$before"
}

@test "NFS without labels: refused, and the message names the boolean" {
  nfs_mount 4.1
  refused 3 "*the filesystem of /mnt/m/a.img (nfs4 on /mnt/m) holds no selinux labels: all its files have system_u:object_r:nfs_t:s0" label "$(disk)"
  assert_line --partial "setsebool -P virt_use_nfs on, which lets every guest use every file of every NFS mount"
  setsebool virt_use_nfs on >/dev/null 2>&1
  run svirt --json label "$(disk)"
  assert_success
  assert_output --partial "one label for all files of its mount, which every guest may use"
}
