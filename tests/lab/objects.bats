#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# One object has one holder, whatever its name: a directory, a bind mount or a label gives no access to a file that
# another guest or process holds, and nothing that is left behind keeps a level in use.
# lab: timeout=900

# bats sets status, output and stderr
# shellcheck disable=SC2154,SC2030,SC2031

bats_require_minimum_version 1.5.0
load helper
load guest
load mounts
quick_guests

TREE=$IMG/tree
FOREIGN=s0:c71,c72

setup_file() {
  modules loop
  svirt -q restore --all
}

setup() {
  guest_setup
  rm -rf "${IMG:?}"/*
  mkdir -p "$TREE/sub"
  echo one >"$TREE/one"
  echo two >"$TREE/sub/two"
  chmod -R go+rX "$TREE"
  make_disk "$IMG/a.img" 1M
  touch "$TREE/sub/name"
  stranger='' made=''
}

teardown() {
  [[ -z $made ]] || losetup -d "$made" || :
  [[ -z $stranger ]] || kill "$stranger" || :
  guest_teardown
  umount -q "$TREE/sub/name" "$IMG/other" || :
}

# export_xml DIR [FLAGS]: the <filesystem> element
export_xml() {
  printf "<filesystem type='mount' accessmode='mapped'><driver type='path'/>"
  printf "<source dir='%s'/><target dir='share'/>%s</filesystem>" "$1" "${2-}"
}

@test "a file that a running guest holds cannot be taken through a directory" {
  svirt -q start "$(write_domain a --disk "$IMG/a.img")"
  local before access
  before=$(inode_of "$IMG/a.img")
  mount --bind "$IMG/a.img" "$TREE/sub/name"
  for access in '' '<readonly/>'; do
    for verb in label start 'label -n'; do
      # shellcheck disable=SC2086 # a verb and its option
      refused 5 "$TREE/sub/name is the same file as $IMG/a.img, which guest a holds" \
        $verb "$(write_domain b --devices "$(export_xml "$TREE" "$access")")"
    done
  done
  assert_line --partial "hint: a label belongs to the file, whatever name it has: keep what other guests use elsewhere, or stop that guest, or run: svirt restore a"
  run -1 svirt check "$(write_domain b --devices "$(export_xml "$TREE")")"
  assert_line --partial "$TREE/sub/name is the same file as $IMG/a.img, which guest a holds"
  assert_line --partial held-elsewhere
  assert_equal "$(inode_of "$IMG/a.img")" "$before"
  # no level stays in use
  svirt -q destroy a
  wait_for 20 gone a
  svirt -q label "$(write_domain b --devices "$(export_xml "$TREE")")"
  assert_equal "$(label_of "$IMG/a.img")" "$(guest_image b)"
  svirt -q restore b
  assert_equal "$(level_of "$(label_of "$IMG/a.img")")" s0
}

@test "a file in a directory that one guest holds cannot be another one's disk" {
  make_disk "$TREE/sub/disk" 1M
  mkdir "$IMG/other"
  mount --bind "$TREE/sub" "$IMG/other"
  local access before
  for access in '' '<readonly/>'; do
    svirt -q label "$(write_domain a --devices "$(export_xml "$TREE" "$access")")"
    before=$(inode_of "$TREE/sub/disk")
    for verb in label start 'label -n'; do
      # shellcheck disable=SC2086
      refused 5 "$IMG/other/disk lies in the directory $TREE, which guest a holds" $verb "$(write_domain b --disk "$IMG/other/disk")"
      # shellcheck disable=SC2086
      refused 5 "$IMG/other lies in the directory $TREE, which guest a holds" $verb "$(write_domain b --devices "$(export_xml "$IMG/other")")"
    done
    refused 5 "$IMG/other/disk lies in the directory $TREE, which guest a holds" label "$(write_domain b --disk "$IMG/other/disk:virtio:ro")"
    assert_equal "$(inode_of "$TREE/sub/disk")" "$before"
    svirt -q restore a
  done
}

@test "a reused inode number is no conflict" {
  svirt -q label "$(write_domain a --devices "$(export_xml "$TREE")")"
  local ino
  ino=$(stat -c %i "$TREE/sub/two")
  sleep 1.1
  rm "$TREE/sub/two"
  # ext4 takes the lowest free inode number
  for i in {1..200}; do
    make_disk "$IMG/b$i.img" 1M
    [[ $(stat -c %i "$IMG/b$i.img") != "$ino" ]] || break
  done
  assert_equal "$(stat -c %i "$IMG/b$i.img")" "$ino"
  svirt -q label "$(write_domain b --disk "$IMG/b$i.img")"
  svirt -q restore b
  svirt -q restore a
}

@test "libvirt's attributes on a file in a directory" {
  setfattr -n trusted.libvirt.security.ref_dac -v 1 "$TREE/sub/two"
  for verb in label start 'label -n'; do
    # shellcheck disable=SC2086
    refused 5 "libvirt remembers another label of $TREE/sub/two, and would put it back one day; nobody uses it now" \
      $verb "$(write_domain b --devices "$(export_xml "$TREE")")"
  done
  assert_line "svirt: hint: svirt restore --stale '$TREE/sub/two'"
  chcon "system_u:object_r:svirt_image_t:$FOREIGN" "$TREE/sub/two"
  stranger $FOREIGN
  refused 5 "$TREE/sub/two is in use by process $stranger: libvirt remembers its label" label "$(write_domain b --devices "$(export_xml "$TREE")")"
  kill "$stranger" && wait "$stranger" || stranger=''
  svirt -q restore --stale "$TREE/sub/two"
  # the file of a loop device
  setfattr -n trusted.libvirt.security.ref_dac -v 1 "$IMG/a.img"
  made=$(losetup -f --show "$IMG/a.img")
  refused 5 "libvirt remembers another label of $IMG/a.img, and would put it back one day; nobody uses it now" label "$(write_domain b --disk "$made")"
  losetup -d "$made"
  made=''
  # a directory in the tree
  setfattr -n trusted.libvirt.security.selinux -v x "$TREE/sub"
  refused 5 "libvirt remembers another label of $TREE/sub, and would*" label "$(write_domain b --devices "$(export_xml "$TREE")")"
}

@test "a file at the level of a live process belongs to that process, also without libvirt's attributes" {
  chcon "system_u:object_r:svirt_image_t:$FOREIGN" "$IMG/a.img" "$TREE/sub/two"
  stranger $FOREIGN
  local said="is labelled system_u:object_r:svirt_image_t:$FOREIGN, a level of process $stranger (qemu-system-x86)"
  for verb in label start 'label -n'; do
    # shellcheck disable=SC2086
    refused 5 "$IMG/a.img $said" $verb "$(write_domain b --disk "$IMG/a.img")"
    # shellcheck disable=SC2086
    refused 5 "$TREE/sub/two $said" $verb "$(write_domain b --devices "$(export_xml "$TREE")")"
  done
  refused 5 "$IMG/a.img $said" label "$(write_domain b --disk "$IMG/a.img:virtio:ro")"
  run -1 svirt check "$(write_domain b --disk "$IMG/a.img")"
  assert_line --partial "$IMG/a.img $said"
  # a loop device on the file does not change that
  made=$(losetup -f --show "$IMG/a.img")
  refused 5 "$made lies on $IMG/a.img, which $said" label "$(write_domain b --disk "$made")"
  losetup -d "$made"
  made=''
  # a process whose level dominates the file's could use it as well
  kill "$stranger" && wait "$stranger" || :
  stranger s0:c71,c72,c80
  refused 5 "$IMG/a.img is labelled system_u:object_r:svirt_image_t:$FOREIGN, a level of process $stranger (qemu-system-x86)" label "$(write_domain b --disk "$IMG/a.img")"
  # so could a process whose range includes it: the kernel decides by the high level
  kill "$stranger" && wait "$stranger" || :
  stranger s0-$FOREIGN
  said="is labelled system_u:object_r:svirt_image_t:$FOREIGN, a level of process $stranger (qemu-system-x86)"
  refused 5 "$IMG/a.img $said" label "$(write_domain b --disk "$IMG/a.img")"
  refused 5 "$TREE/sub/two $said" label "$(write_domain b --devices "$(export_xml "$TREE")")"
  # no such process is left, and the file is restored
  kill "$stranger" && wait "$stranger" || :
  stranger=''
  svirt -q label "$(write_domain b --disk "$IMG/a.img")"
  svirt -q restore b
  assert_equal "$(label_of "$IMG/a.img")" "system_u:object_r:svirt_image_t:$FOREIGN"
}

@test "a label at the guest's own level that was left behind does not block the guest" {
  chcon "system_u:object_r:svirt_image_t:s0:c81,c82" "$IMG/a.img" "$TREE/sub/two"
  svirt -q label --level s0:c81,c82 "$(write_domain b --disk "$IMG/a.img" --devices "$(export_xml "$TREE")")"
  assert_equal "$(guest_image b)" system_u:object_r:svirt_image_t:s0:c81,c82
  svirt -q restore b
  assert_equal "$(label_of "$IMG/a.img")" "$(matchpathcon -n "$IMG/a.img")"
  assert_equal "$(label_of "$TREE/sub/two")" "$(label_of "$TREE")"
}

@test "comparable levels need an option, which a document cannot set" {
  make_disk "$IMG/b.img" 1M
  local bare
  bare=$(write_domain x --type static --relabel yes --model selinux --label system_u:system_r:svirt_t:s0 --disk "$IMG/a.img")
  for verb in label start 'label -n'; do
    # shellcheck disable=SC2086 # a verb and its option
    refused 5 "$bare:*: the static label 'system_u:system_r:svirt_t:s0' has no categories: the level of every guest is above it, so each may use its files" $verb "$bare"
  done
  assert_line --partial "hint: give it two categories; --shared-level, when it is meant so"
  run -1 svirt check "$bare"
  assert_line --regexp "^FAIL +svirt-label-unique .*has no categories"
  # the same without a category, labelled with the option
  svirt -q label --shared-level "$bare"
  assert_equal "$(label_of "$IMG/a.img")" system_u:object_r:svirt_image_t:s0
  refused 5 "*has no categories*" start "$(write_domain y --type static --relabel yes --model selinux \
    --label system_u:system_r:svirt_t:s0 --disk "$IMG/b.img")"
  svirt -q restore x
  # a level above one in use
  svirt -q label --level s0:c1010,c1011 "$(write_domain a --disk "$IMG/a.img")"
  local above device
  above=$(write_domain x --type static --relabel yes --model selinux --label system_u:system_r:svirt_t:s0:c1010.c1012 --disk "$IMG/b.img")
  refused 5 "the level of the static label 'system_u:system_r:svirt_t:s0:c1010.c1012' conflicts with guest 'a'" label "$above"
  svirt -q label --shared-level "$above"
  svirt -q restore x
  # a device's own label
  device=$(write_domain x --source "<seclabel model='selinux'><label>system_u:object_r:svirt_image_t:s0:c1010,c1011</label></seclabel>" --disk "$IMG/b.img")
  for verb in label start 'label -n'; do
    # shellcheck disable=SC2086
    refused 5 "$device:*: the label 'system_u:object_r:svirt_image_t:s0:c1010,c1011' of $IMG/b.img has a level of guest 'a'" $verb "$device"
  done
  run -1 svirt check "$device"
  assert_line --partial "of $IMG/b.img has a level of guest 'a'"
  svirt -q label --shared-level "$device"
  assert_equal "$(level_of "$(label_of "$IMG/b.img")")" s0:c1010,c1011
  svirt -q restore x
  svirt -q restore a
  # Labels that every guest may use, or the guest that draws the level later. A file that a guest reads may not be
  # writable for all guests either.
  local label access
  for label in svirt_image_t:s0 virt_image_t:s0 svirt_image_t:s0:c1010,c1011 svirt_image_t:s0:c5; do
    for access in rw ro shared; do
      device=$(write_domain x --source "<seclabel model='selinux'><label>system_u:object_r:$label</label></seclabel>" --disk "$IMG/b.img:virtio:$access")
      # <shareable/> means exactly this label
      [[ $access:$label != shared:svirt_image_t:s0 ]] || continue
      local has="a level that is not the guest's: another one may draw it"
      [[ $label == *:c* ]] || has="no categories: every guest may use it"
      refused 5 "$device:*: the label 'system_u:object_r:$label' of $IMG/b.img has $has" label "$device"
    done
  done
  assert_line --partial "hint: leave the <label> out: the guest's level is drawn; --shared-level, when others are to use it"
  # the label that svirt itself would set is accepted
  svirt -q label "$(write_domain x --source "<seclabel model='selinux'><label>system_u:object_r:svirt_image_t:s0</label></seclabel>" --disk "$IMG/b.img:virtio:shared")"
  svirt -q restore x
  svirt -q label "$(write_domain x --source "<seclabel model='selinux'><label>system_u:object_r:virt_content_t:s0</label></seclabel>" --disk "$IMG/b.img:virtio:ro")"
  svirt -q restore x
}

# as_owner FILE COMMAND...: runs it as the present owner of FILE
as_owner() { setpriv --reuid="$(stat -c %u "$1")" --regid="$(stat -c %g "$1")" --clear-groups "${@:2}"; }

@test "modes, ACLs and attributes that a guest sets on its disk are removed at its end" {
  local before said
  chmod 600 "$IMG/a.img"
  setfacl -m u:1234:r "$IMG/a.img"
  setfattr -n user.mine -v kept "$IMG/a.img"
  before=$(getfacl -cp "$IMG/a.img")$(stat -c %a "$IMG/a.img")
  for verb in label start; do
    svirt -q $verb "$(write_domain a --disk "$IMG/a.img")"
    as_owner "$IMG/a.img" chmod 4666 "$IMG/a.img"
    as_owner "$IMG/a.img" setfacl -b -m u:4321:rw "$IMG/a.img"
    as_owner "$IMG/a.img" setfattr -n user.evil -v x "$IMG/a.img"
    if [[ $verb == label ]]; then
      said="the guest left mode 4666 instead of 0640, another ACL, the attribute user.evil"
      run -0 svirt restore -n a
      assert_line --partial "$said"
      run -0 svirt restore a
      assert_line --regexp "^restored .*$said"
      # svirt does not write a guest's file: it names what it may not remove
      [[ $output == *"this stays: the attribute user.evil"* ]] || ! getfattr -n user.evil "$IMG/a.img" 2>/dev/null
    else
      svirt -q destroy a
      wait_for 20 gone a
    fi
    assert_equal "$(getfacl -cp "$IMG/a.img")$(stat -c %a "$IMG/a.img")" "$before"
    run getfattr -d "$IMG/a.img"
    assert_line 'user.mine="kept"'
    setfattr -x user.evil "$IMG/a.img" 2>/dev/null || :
  done
}
