#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Filesystems without labels, and filesystems that have labels although their policy rule suggests otherwise. The
# kernel's answer about the mount decides, before anything changes. The tests also try the remedies.
# lab: timeout=600

load helper
load guest
load mounts

setup_file() {
  modules loop vfat nls_cp437 nls_ascii nls_iso8859-1 nls_utf8
  svirt -q restore --all
}

teardown() {
  guest_teardown
  setsebool virt_use_usb off >/dev/null 2>&1 </dev/null
  unmount
  rm -f /etc/svirt/svirt.conf
}

disk() { write_domain m --disk "/mnt/m/a.img:virtio${1-}" --serial; }

# plan COMMAND FACTS [ACCESS]: FACTS of the first step of the disk
plan() {
  # shellcheck disable=SC2086 # words
  svirt --json $1 "$(disk "${3-}")" 2>/dev/null | jq -r ".results[0].steps[0] | $2"
}

@test "FAT has one label for all files: refused before anything changes, with the boolean that opens it" {
  fat_mount
  for verb in label start; do
    refused 3 "$LAB_SCRATCH/m.xml:*: the filesystem of /mnt/m/a.img (vfat on /mnt/m) holds no selinux labels: all its files have system_u:object_r:dosfs_t:s0" \
      $verb "$(disk)"
    assert_line "svirt: hint: move it to a filesystem with labels (ext4, xfs, btrfs), or: setsebool -P virt_use_usb on, which lets every guest use USB devices and every file of every FAT mount"
  done
}

@test "skip leaves the file as it is, and the kernel denies it to the guest; warn reports that" {
  fat_mount uid=64055,gid=64055
  chown 64055 /mnt/m
  assert_equal "$(plan 'label -n --on-unlabelled=skip' .action,.to.text,.why)" "leave
null
its mount gives it no label of its own, and the guest may not use it"
  # mounted with the guest's user as the owner
  umount /mnt/m
  fat_mount "$(svirt --json info 2>/dev/null | jq -r '.results[0] | "uid=\(.uid),gid=\(.gid),umask=0"')"
  for dry in -n -q; do
    refused 4 "*the policy keeps the guest from { * } on /mnt/m/a.img (file, system_u:object_r:dosfs_t:s0)" start "$dry" --on-unlabelled=skip "$(disk)"
    assert_line "svirt: hint: move the file to a filesystem with labels; or setsebool -P virt_use_usb on, which lets every guest use USB devices and every file of every FAT mount"
  done
  run svirt label --on-unlabelled=warn "$(disk)"
  assert_success
  assert_output --partial "warning: /mnt/m/a.img (selinux) is left as it is: its mount gives it no label of its own, and the guest may not use it"
  run svirt -q restore m
  # on_unlabelled in svirt.conf applies to every run, the option to one
  echo on_unlabelled = skip >/etc/svirt/svirt.conf
  run svirt label "$(disk)"
  assert_success
  refute_output --partial "left as it is"
  svirt -q restore m
  refused 3 "*holds no selinux labels*" label --on-unlabelled=fail "$(disk)"
}

@test "a file that the boolean opens is used as it is, by this guest and every other one" {
  fat_mount
  setsebool virt_use_usb on >/dev/null 2>&1
  # all files have one owner, too
  refused 3 "*the filesystem of /mnt/m/a.img (vfat on /mnt/m) holds no dac labels: all its files have +0:+0" start "$(disk)"
  assert_line --regexp "^svirt: hint: move it to a filesystem with owners .* with the uid= and gid= of \+[0-9]+:\+[0-9]+$"
  umount /mnt/m
  fat_mount "$(svirt --json info 2>/dev/null | jq -r '.results[0] | "uid=\(.uid),gid=\(.gid),umask=0"')"
  assert_equal "$(plan 'label -n' .action,.why)" "leave
one label for all files of its mount, which every guest may use"
  svirt -q start "$(disk)"
  run wait_halted m
  assert_line "D0 R+W+"
  assert_equal "$(disk_mark /mnt/m/a.img)" SEEN-a.img
  # the level of another guest
  run probe_as "system_u:system_r:svirt_t:s0:c900,c901" write /mnt/m/a.img
  assert_output --partial "allowed"
}

@test "a mount with context=: the same label is accepted, another one is refused" {
  ext4_with 'context="system_u:object_r:svirt_image_t:s0:c7,c8"'
  assert_equal "$(plan 'label -n --level s0:c7,c8' .action)" keep
  svirt -q start --level s0:c7,c8 "$(disk)"
  run wait_halted m
  assert_line "D0 R+W+"
  svirt -q destroy m
  refused 3 "*/mnt/m (ext4) was mounted with one label for all files: /mnt/m/a.img has system_u:object_r:svirt_image_t:s0:c7,c8" \
    start --level s0:c7,c9 "$(disk)"
  assert_line 'svirt: hint: mount it without context=, or with context="system_u:object_r:svirt_image_t:s0:c7,c9"'
}

@test "a read-only mount: a readable file is left as it is, a writable one is refused" {
  ext4_with defaults
  chown 64055 /mnt/m/a.img
  mount -o remount,ro /mnt/m
  refused 3 "*/mnt/m/a.img cannot be labelled: /mnt/m (ext4) is mounted read-only" label "$(disk)"
  assert_line --partial "hint: mount -o remount,rw /mnt/m; or copy the file"
  refused 3 "*/mnt/m/a.img cannot be labelled: /mnt/m (ext4) is mounted read-only" label "$(disk :ro)"
  mount -o remount,rw /mnt/m
  chcon -t virt_content_t -l s0 /mnt/m/a.img
  chcon -u unconfined_u /mnt/m/a.img
  mount -o remount,ro /mnt/m
  assert_equal "$(plan label .action,.why :ro)" "leave
it may be used, and its mount is read-only"
}

@test "a read-only bind mount of a writable filesystem" {
  ext4_with defaults
  mkdir -p /mnt/b
  mount --bind /mnt/m /mnt/b
  mount -o remount,bind,ro /mnt/b
  local file
  file=$(write_domain b --disk /mnt/b/a.img:virtio)
  run svirt label "$file"
  umount /mnt/b
  [[ $status == 3 ]]
  assert_output --partial "/mnt/b (ext4) is mounted read-only"
  run svirt label "$(disk)"
  assert_success
}

@test "tmpfs and ramfs have labels, whatever label the policy gives to new files" {
  local type
  for type in tmpfs ramfs; do
    mounted $type mode=755
    run svirt start "$(disk)"
    assert_success
    run wait_halted m
    assert_line "D0 R+W+"
    assert_equal "$(label_of /mnt/m/a.img)" "$(guest_image m)"
    svirt -q destroy m
    umount /mnt/m
  done
}
