#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Disks of more than one file. The files below an image come from its header or from the domain. Each gets the right
# label, is used by the guest under it, and is restored. A file that a header must not name is not touched.
# lab: timeout=600

load helper
load guest

content=$(sed -n 2p /etc/selinux/default/contexts/virtual_image_context)

teardown() {
  guest_teardown
  rm -rf "${IMG:?}"/*
}

# overlay TOP BASE FORMAT: makes an empty qcow2 above BASE; its header names BASE as written
overlay() { qemu-img create -q -f qcow2 -b "$2" -F "$3" "$IMG/$1"; }

# booted NAME: the test guest has read and written its first disk
booted() {
  run wait_halted "$1"
  assert_success
  assert_line "D0 R+W+"
}

# raw_of PATH: writes the guest's view of an image to a file
raw_of() { qemu-img convert -O raw "$1" "$LAB_SCRATCH/raw" && echo "$LAB_SCRATCH/raw"; }

@test "a chain of three: each image has its label, and the guest reads through all of them" {
  make_disk "$IMG/root.img" 1M
  mkdir "$IMG/base"
  # a relative name that enters a directory and leaves it again
  (cd "$IMG" && qemu-img create -q -f qcow2 -b ../root.img -F raw base/middle.qcow2)
  overlay top.qcow2 base/../base/middle.qcow2 qcow2
  local before sum
  before=$(inode_of "$IMG/root.img" "$IMG/base/middle.qcow2" "$IMG/top.qcow2")
  sum=$(cksum "$IMG/root.img" "$IMG/base/middle.qcow2")
  svirt -q start "$(write_domain a --disk "$IMG/top.qcow2:ide:rw:qcow2" --serial)"
  booted a
  assert_equal "$(label_of "$IMG/top.qcow2")" "$(guest_image a)"
  assert_equal "$(label_of "$IMG/base/middle.qcow2")" "$content"
  assert_equal "$(label_of "$IMG/root.img")" "$content"
  # a compromised guest may write its own image and none below it; the modes allow everything
  chmod 666 "$IMG/top.qcow2" "$IMG/base/middle.qcow2" "$IMG/root.img"
  run probe_as "$(domain_of "$(guest_pid a)")" batch <<<"write $IMG/top.qcow2
read $IMG/root.img
write $IMG/root.img
append $IMG/base/middle.qcow2"
  assert_line "write $IMG/top.qcow2: allowed"
  assert_line "read $IMG/root.img: allowed"
  assert_line "write $IMG/root.img: denied EACCES"
  assert_line "append $IMG/base/middle.qcow2: denied EACCES"
  svirt -q destroy a
  chmod 644 "$IMG/top.qcow2" "$IMG/base/middle.qcow2" "$IMG/root.img"
  assert_equal "$(inode_of "$IMG/root.img" "$IMG/base/middle.qcow2" "$IMG/top.qcow2")" "$before"
  assert_equal "$(cksum "$IMG/root.img" "$IMG/base/middle.qcow2")" "$sum"
  assert_equal "$(disk_mark "$(raw_of "$IMG/top.qcow2")")" SEEN-root.img
}

@test "two guests on one base image: the last one restores it" {
  make_disk "$IMG/base.img" 1M
  overlay a.qcow2 base.img raw
  overlay b.qcow2 "$IMG/base.img" raw
  local before
  before=$(inode_of "$IMG/base.img")
  svirt -q start "$(write_domain a --disk "$IMG/a.qcow2:ide:rw:qcow2" --serial)"
  svirt -q start "$(write_domain b --disk "$IMG/b.qcow2:ide:rw:qcow2" --serial)"
  booted a
  booted b
  svirt -q destroy a
  assert_equal "$(label_of "$IMG/base.img")" "$content"
  svirt -q destroy b
  assert_equal "$(inode_of "$IMG/base.img")" "$before"
}

@test "an external data file belongs to the guest alone" {
  make_disk "$IMG/seed.img" 1M
  (cd "$IMG" && qemu-img create -q -f qcow2 -o data_file="$IMG/data.raw" a.qcow2 1M &&
    qemu-img convert -n -O qcow2 seed.img a.qcow2)
  svirt -q start "$(write_domain a --disk "$IMG/a.qcow2:ide:rw:qcow2" --serial)"
  booted a
  assert_equal "$(label_of "$IMG/data.raw")" "$(guest_image a)"
  svirt -q destroy a
  assert_equal "$(disk_mark "$IMG/data.raw")" SEEN-seed.img
}

@test "the extent of a vmdk belongs to the guest alone" {
  make_disk "$IMG/seed.img" 1M
  (cd "$IMG" && qemu-img convert -O vmdk -o subformat=monolithicFlat seed.img a.vmdk)
  svirt -q start "$(write_domain a --disk "$IMG/a.vmdk:ide:rw:vmdk" --serial)"
  booted a
  assert_equal "$(label_of "$IMG/a-flat.vmdk")" "$(guest_image a)"
  svirt -q destroy a
  assert_equal "$(disk_mark "$IMG/a-flat.vmdk")" SEEN-seed.img
}

@test "a qcow2 on a block device, above another block device that the domain names" {
  make_disk "$IMG/base.img" 1M
  truncate -s 4M "$IMG/top.img"
  local base=/dev/loop3 top=/dev/loop4
  modprobe loop >/dev/null 2>&1 3>&-
  losetup "$base" "$IMG/base.img"
  losetup "$top" "$IMG/top.img"
  qemu-img create -q -f qcow2 -b "$base" -F raw "$top" 1M
  local before
  before=$(inode_of "$base" "$top")
  refused 5 "*: disk hda: image '$top': its header names the backing file '$base', which no header brings in: nothing tells who wrote what is in a block device" \
    start "$(write_domain a --disk "$top:ide:rw:qcow2")"
  svirt -q start "$(write_domain a --backing "<backingStore type='block'><format type='raw'/><source dev='$base'/></backingStore>" \
    --disk "$top:ide:rw:qcow2" --serial)"
  booted a
  assert_equal "$(label_of "$top")" "$(guest_image a)"
  assert_equal "$(label_of "$base")" "$content"
  svirt -q destroy a
  assert_equal "$(inode_of "$base" "$top")" "$before"
  losetup -d "$base"
  losetup -d "$top"
}

@test "json: file names are parsed" {
  make_disk "$IMG/base.img" 1M
  qemu-img create -q -f qcow2 -u -F raw "$IMG/a.qcow2" 1M \
    -b "json:{\"driver\":\"raw\",\"file\":{\"driver\":\"file\",\"filename\":\"$IMG/base.img\"}}"
  svirt -q start "$(write_domain a --disk "$IMG/a.qcow2:ide:rw:qcow2" --serial)"
  booted a
  assert_equal "$(label_of "$IMG/base.img")" "$content"
}

@test "a start is refused unless <backingStore> and the header name the same file" {
  make_disk "$IMG/old.img" 1M
  make_disk "$IMG/new.img" 1M
  overlay a.qcow2 old.img raw
  local domain
  domain=$(write_domain a --backing "<backingStore type='file'><format type='raw'/><source file='$IMG/new.img'/></backingStore>" \
    --disk "$IMG/a.qcow2:ide:rw:qcow2" --serial)
  refused 5 "$domain:*: disk hda: image '$IMG/a.qcow2': its header names the backing file '$IMG/old.img', and <backingStore> '$IMG/new.img'" start "$domain"
  assert_line "svirt: hint: a guest that writes an image writes its header: see who did, then correct <backingStore>, or the header: qemu-img rebase -u -F FORMAT -b FILE '$IMG/a.qcow2'"
  refused 5 "*: disk hda: image '$IMG/a.qcow2': its header names the backing file '$IMG/old.img', and <backingStore> none" \
    start "$(write_domain a --backing '<backingStore/>' --disk "$IMG/a.qcow2:ide:rw:qcow2")"
  domain=$(write_domain a --backing "<backingStore type='file'><format type='qcow2'/><source file='$IMG/old.img'/></backingStore>" \
    --disk "$IMG/a.qcow2:ide:rw:qcow2" --serial)
  refused 5 "*: disk hda: image '$IMG/a.qcow2': its header names the backing format 'raw', and <backingStore> 'qcow2'" start "$domain"
  domain=$(write_domain a --backing "<backingStore type='file'><format type='raw'/><source file='$IMG/old.img'/></backingStore>" \
    --disk "$IMG/a.qcow2:ide:rw:qcow2" --serial)
  svirt -q start "$domain"
  booted a
  assert_equal "$(label_of "$IMG/old.img")" "$content"
  svirt -q destroy a
  assert_equal "$(disk_mark "$(raw_of "$IMG/a.qcow2")")" SEEN-old.img
}

@test "a <seclabel> of a backing file, and of the whole disk" {
  make_disk "$IMG/base.img" 1M
  overlay a.qcow2 base.img raw
  local label=system_u:object_r:virt_image_t:s0 domain json
  domain=$(write_domain a --disk "$IMG/a.qcow2:ide:rw:qcow2" \
    --backing "<backingStore type='file'><source file='$IMG/base.img'><seclabel model='selinux'><label>$label</label></seclabel></source></backingStore>")
  # --backing applies to the disks that follow
  run svirt label -n --show-graph "$domain"
  assert_line --regexp "^hda\\[1\\] ro-base raw .* -> $content"
  domain=$(write_domain a \
    --backing "<backingStore type='file'><source file='$IMG/base.img'><seclabel model='selinux'><label>$label</label></seclabel></source></backingStore>" \
    --disk "$IMG/a.qcow2:ide:rw:qcow2")
  run svirt label -n --show-graph --shared-level "$domain"
  assert_success
  assert_line --regexp "^hda\\[1\\] ro-base raw .* -> $label"
  domain=$(write_domain a --source "<seclabel model='selinux' relabel='no'/>" --disk "$IMG/a.qcow2:ide:rw:qcow2")
  json=$(svirt --json label -n "$domain" 2>/dev/null)
  run jq -r '.results[0].steps[] | select(.driver == "selinux") | [.target, .action, .role, .format] | @tsv' <<<"$json"
  assert_line "$(printf 'hda\tleave\trw-top\tqcow2')"
  assert_line "$(printf 'hda[1]\tleave\tro-base\traw')"
}

@test "--show-graph: node, role, format, present and wanted label; nothing is changed" {
  make_disk "$IMG/base.img" 1M
  overlay a.qcow2 base.img raw
  truncate -s 1M "$IMG/shared.img" "$IMG/cd.iso"
  local before domain json
  before=$(everything)
  domain=$(write_domain a --disk "$IMG/a.qcow2:virtio:rw:qcow2" --disk "$IMG/shared.img:virtio:shared" \
    --disk "$IMG/cd.iso:sata:cdrom")
  run svirt label --show-graph --level s0:c1,c2 "$domain"
  assert_success
  local now image
  now=$(label_of "$IMG/a.qcow2")
  image=$(sed -n 1p /etc/selinux/default/contexts/virtual_image_context)
  assert_line --regexp "^NODE +ROLE +FORMAT +PATH +NOW +-> WANTED"
  assert_line --regexp "^vda +rw-top +qcow2 +$IMG/a.qcow2 +$now +-> $image:c1,c2"
  assert_line --regexp "^vda\\[1\\] +ro-base +raw +$IMG/base.img +$now +-> $content"
  assert_line --regexp "^vdb +shared-rw +raw +$IMG/shared.img +$now +-> $image *$"
  assert_line --regexp "^sda +ro +raw +$IMG/cd.iso +$now +-> $content"
  json=$(svirt --json label --show-graph --level s0:c1,c2 "$domain" 2>/dev/null)
  assert_equal "$(jq -c '[.results[0].graph[] | [.node, .role, .format, .path, .wanted.type]]' <<<"$json")" \
    "[[\"vda\",\"rw-top\",\"qcow2\",\"$IMG/a.qcow2\",\"svirt_image_t\"],[\"vda[1]\",\"ro-base\",\"raw\",\"$IMG/base.img\",\"virt_content_t\"],[\"vdb\",\"shared-rw\",\"raw\",\"$IMG/shared.img\",\"svirt_image_t\"],[\"sda\",\"ro\",\"raw\",\"$IMG/cd.iso\",\"virt_content_t\"]]"
  assert_equal "$(everything)" "$before"
}

@test "a broken chain is reported before anything has changed" {
  local domain
  make_disk "$IMG/base.img" 1M
  overlay a.qcow2 base.img raw
  domain=$(write_domain a --disk "$IMG/a.qcow2:ide:rw:qcow2")
  mv "$IMG/base.img" "$IMG/gone.img"
  refused 6 "$domain:7: disk hda: image '$IMG/a.qcow2' needs another file: $IMG/base.img: No such file or directory" start "$domain"
  assert_line "svirt: hint: put it back, or let the image name another one: qemu-img rebase -u -F FORMAT -b FILE '$IMG/a.qcow2'"
  ln -s gone.img "$IMG/base.img"
  refused 2 "$domain:7: disk hda: image '$IMG/a.qcow2' needs another file: $IMG/base.img: '$IMG/base.img' is a symbolic link" start "$domain"
  rm "$IMG/base.img"
  mkdir "$IMG/base.img"
  refused 5 "$domain:7: disk hda: image '$IMG/a.qcow2': its header names the backing file '$IMG/base.img', which no header brings in: $IMG/base.img is a directory, not a regular file or a block device" start "$domain"
  rmdir "$IMG/base.img"
  qemu-img rebase -u -b a.qcow2 -F qcow2 "$IMG/a.qcow2"
  refused 2 "$domain:7: disk hda: image '$IMG/a.qcow2': is needed twice by one disk, by itself and as '$IMG/a.qcow2'" start "$domain"
  qemu-img rebase -u -b nbd://127.0.0.1/x -F raw "$IMG/a.qcow2"
  refused 2 "$domain:7: disk hda: image '$IMG/a.qcow2' needs what is behind 'nbd:', and that has no label" start "$domain"
  assert_line "svirt: hint: svirt labels files of this host: copy it to one, then qemu-img rebase"
  # the document names no format for the base, and the base is an image that names another file
  overlay middle.qcow2 gone.img raw
  qemu-img create -q -f qcow2 -u -b middle.qcow2 -F qcow2 "$IMG/a.qcow2" 1M
  # makes the format's header extension an unknown one
  printf '\x11\x22\x33\x44' | dd of="$IMG/a.qcow2" bs=1 seek=112 conv=notrunc status=none
  refused 2 "$domain:7: disk hda: image '$IMG/middle.qcow2': looks like qcow2, nobody says so, and it names other files" start "$domain"
  printf 'no image' >"$IMG/a.qcow2"
  refused 2 "$domain:7: disk hda: image '$IMG/a.qcow2': qcow2: *" start "$domain"
}

@test "a header that a guest wrote gives no access to files of others" {
  make_disk "$IMG/other.img" 1M
  overlay a.qcow2 other.img raw
  svirt -q start "$(write_domain b --disk "$IMG/other.img:ide" --serial)"
  local domain
  domain=$(write_domain a --disk "$IMG/a.qcow2:ide:rw:qcow2" --serial)
  refused 5 "$domain:7: disk hda: image '$IMG/a.qcow2': its header names the backing file '$IMG/other.img', which no header brings in: guest 'b' has had it to write" start "$domain"
  svirt -q destroy b
  # a system file is not labelled, and the guest may not read it
  qemu-img rebase -u -b /etc/shadow -F raw "$IMG/a.qcow2"
  local before
  before=$(inode_of /etc/shadow)
  run svirt start "$domain"
  assert_failure
  assert_output --partial "/etc/shadow"
  assert_equal "$(inode_of /etc/shadow)" "$before"
  gone a
  # the same for a file of the manager that is not an image for the policy
  cp --preserve=context /etc/shadow "$IMG/secret"
  chcon -t shadow_t "$IMG/secret"
  qemu-img rebase -u -b secret -F raw "$IMG/a.qcow2"
  before=$(inode_of "$IMG/secret")
  run svirt start "$domain"
  assert_failure 4
  assert_equal "$(inode_of "$IMG/secret")" "$before"
  # svirt does not read it either
  qemu-img rebase -u -b secret -F qcow2 "$IMG/a.qcow2"
  refused 4 "$domain:7: disk hda: image '$IMG/secret': cannot read its header (it is labelled system_u:object_r:shadow_t:s0): Permission denied" start "$domain"
  assert_line "svirt: hint: the policy decides whose headers svirt reads: restorecon it, or keep it where the policy has images, such as /var/lib/libvirt/images; see HEADERS OF IMAGES in svirt-resources(7)"
}

@test "a read-only disk of unknown format is probed, a writable one is raw" {
  make_disk "$IMG/seed.img" 1M
  qemu-img convert -O qcow2 "$IMG/seed.img" "$IMG/a.qcow2"
  local domain json
  domain=$(write_domain a --disk "$IMG/a.qcow2:virtio:ro:raw" --disk "$IMG/seed.img:virtio")
  sed -i "s/ type='raw'//" "$domain"
  json=$(svirt --json label --show-graph "$domain" 2>/dev/null)
  assert_equal "$(jq -c '[.results[0].graph[] | [.node, .role, .format]]' <<<"$json")" \
    '[["vda","ro","qcow2"],["vdb","rw-top","raw"]]'
}

@test "svirt does not open a raw image, whatever its content" {
  make_disk "$IMG/a.img" 1M
  chcon -t etc_t "$IMG/a.img"
  local domain
  domain=$(write_domain a --source "<seclabel model='selinux' relabel='no'/>" --disk "$IMG/a.img:ide")
  run strace -f -y -e trace=open,openat,read,pread64 -o "$LAB_SCRATCH/trace" svirt label -n "$domain"
  assert_success
  run grep -c "a.img" "$LAB_SCRATCH/trace"
  assert_output 0
}
