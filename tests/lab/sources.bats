#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Images with types that many other files of a system have (/srv, /opt, /var/lib, /tmp) are labelled for a guest only
# when a boolean allows it. A document cannot choose a domain that is not for confined guests.
# lab: timeout=240 sources=0

bats_require_minimum_version 1.5.0
load helper
load guest
load crash
quick_guests

@test "each place is refused and the boolean named, and nothing changes; with the boolean the image is labelled and restored" {
  local dir type
  for dir in /srv/img /opt/img /var/lib/img /tmp/img; do
    mkdir -p $dir
    make_disk $dir/a.img 1M
    case $dir in
    /srv/*) type=var_t ;;
    /opt/*) type=usr_t ;;
    /var/lib/*) type=var_lib_t ;;
    /tmp/*) type=tmp_t ;;
    esac
    chcon system_u:object_r:"$type":s0 $dir/a.img
    before=$(inode_of $dir/a.img)
    write_domain a --disk $dir/a.img
    run svirt label "$LAB_SCRATCH/a.xml"
    assert_failure 4
    assert_output --partial "may not relabel it from $type to svirt_image_t"
    assert_output --partial "setsebool -P svirt_use_$type on"
    assert_equal "$(inode_of $dir/a.img)" "$before"
    nothing_left
    setsebool svirt_use_"$type" on
    run -0 svirt label "$LAB_SCRATCH/a.xml"
    assert_equal "$(type_of "$(label_of $dir/a.img)")" svirt_image_t
    svirt -q restore a
    assert_equal "$(inode_of $dir/a.img)" "$before"
    setsebool svirt_use_"$type" off
    rm -r $dir
    mkdir -p "$IMG"
  done
  nothing_left
}

@test "other places need no boolean: below /var/lib/libvirt/images, in a home, below /mnt" {
  local type
  for type in virt_image_t user_home_t mnt_t; do
    make_disk "$IMG/a.img" 1M
    chcon system_u:object_r:"$type":s0 "$IMG/a.img"
    write_domain a --disk "$IMG/a.img"
    run -0 svirt label "$LAB_SCRATCH/a.xml"
    svirt -q restore a
    assert_equal "$(type_of "$(label_of "$IMG/a.img")")" $type
  done
}

@test "a document cannot choose a domain of virt_domain that is not for svirt's guests" {
  write_domain a --type static --relabel no --label system_u:system_r:qemu_t:s0:c1,c2
  run svirt start "$LAB_SCRATCH/a.xml"
  assert_failure
  assert_output --partial 'svirt_mgr_t may not { transition } on qemu_t (process)'
  assert_equal "$(emulators)" 0
}
