#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The reference: libvirt starts a guest, svirt labels the same domain, and the class of every file's label is
# compared. This file has disks and labels, differential-devices.bats the rest. Intended differences are in
# differential.expected, and their reasons in svirt-resources(7).
# lab: with=libvirt timeout=5400 context=system_u:system_r:initrc_t:s0-s0:c0.c1023

load helper
load guest
load libvirt
load differential

# shellcheck disable=SC2034 # differential.bash reads it
ELSEWHERE=(/dev/loop3)

seed() {
  mkdir -p "$SEED/sub" "$IMG" && cd "$SEED" || return
  truncate -s 1M a.img b.img base.img cd.iso fda.img open.img
  qemu-img create -q -f qcow2 -b open.img -F raw open.qcow2
  qemu-img create -q -f qcow2 -b base.img -F raw mid.qcow2
  qemu-img create -q -f qcow2 -b base.img -F raw mid2.qcow2
  qemu-img create -q -f qcow2 -b mid.qcow2 -F qcow2 top.qcow2
  qemu-img create -q -f qcow2 alone.qcow2 1M
  qemu-img create -q -f qcow2 -u -b "$IMG/base.img" -F raw abs.qcow2 1M
  qemu-img create -q -f qcow2 -u -b "json:{\"driver\":\"raw\",\"file\":{\"driver\":\"file\",\"filename\":\"$IMG/base.img\"}}" \
    -F raw json.qcow2 1M
  qemu-img create -q -f qcow2 -u -b ../base.img -F raw sub/relative.qcow2 1M
  # as older tools made it: the backing file's name without its format; the extension that has the format gets an
  # unused type
  qemu-img create -q -f qcow2 -u -b base.img -F raw noformat.qcow2 1M
  printf '\x12\x34\x56\x78' | dd of=noformat.qcow2 bs=1 conv=notrunc status=none \
    seek="$(LC_ALL=C grep -abo -P '\xe2\x79\x2a\xca' noformat.qcow2 | head -n 1 | cut -d: -f1)"
  qemu-img create -q -f qcow2 -o data_file="$IMG/data.raw",data_file_raw=on ext.qcow2 1M
  mv "$IMG/data.raw" "$SEED/"
  qemu-img create -q -f vmdk -o subformat=monolithicFlat flat.vmdk 1M
  qemu-img create -q -f vmdk -o subformat=twoGbMaxExtentSparse split.vmdk 1M
  qemu-img create -q -f vmdk sparse.vmdk 1M
  qemu-img create -q -f vmdk -b sparse.vmdk -F vmdk child.vmdk
  qemu-img create -q -f qed -b base.img -F raw child.qed
  qemu-img create -q -f vpc disk.vpc 1M
  qemu-img create -q -f vdi disk.vdi 1M
  qemu-img create -q -f vhdx disk.vhdx 1M
  # a link that the guest may read: either side labels only its target
  ln -s a.img open.link
  # the tools for loop devices are confined too, and may not touch files like these
  truncate -s 1M /srv/loop.img
  setenforce 0
  modprobe loop >/dev/null 2>&1 3>&-
  losetup /dev/loop3 /srv/loop.img 3>&-
  setenforce 1
}

reset_more() {
  chcon system_u:object_r:fixed_disk_device_t:s0 /dev/loop3
  chown root:disk /dev/loop3
}

disks() {
  local disk
  disk=$(file a.img vda)
  compare raw "$disk"
  compare ide "$(file a.img hda)"
  compare sata "<controller type='sata'/>$(file a.img sda raw disk '<address type="drive" controller="0" bus="0" target="0" unit="0"/>')"
  compare scsi "<controller type='scsi' model='virtio-scsi'/>$(file a.img sda)"
  compare usb "<disk type='file'><driver name='qemu' type='raw'/><source file='$IMG/a.img'/><target dev='sda' bus='usb'/></disk>"
  compare two "$disk $(file b.img vdb)"
  compare readonly "$(file a.img vda raw disk '<readonly/>')"
  compare shareable "$(file a.img vda raw disk '<shareable/>')"
  compare shareable-twice "$(file a.img vda raw disk '<shareable/>') $(file a.img vdb raw disk '<shareable/>')"
  compare shared-readonly "$(file a.img vda raw disk '<shareable/><readonly/>')"
  compare same-twice "$disk $(file a.img vdb)"
  compare same-readonly "$(file cd.iso vda raw disk '<readonly/>') $(file cd.iso hdc raw cdrom)"
  compare cdrom "$(file cd.iso hdc raw cdrom '<readonly/>')"
  compare cdrom-unsaid "$(file cd.iso hdc raw cdrom)"
  compare cdrom-empty "$disk <disk type='file' device='cdrom'><target dev='hdc'/><readonly/></disk>"
  compare cdrom-optional "$disk <disk type='file' device='cdrom'><driver name='qemu' type='raw'/><source file='$IMG/cd.iso' startupPolicy='optional'/><target dev='hdc'/></disk>"
  compare cdrom-missing "$disk <disk type='file' device='cdrom'><driver name='qemu' type='raw'/><source file='$IMG/no.iso' startupPolicy='optional'/><target dev='hdc'/></disk>"
  compare disk-missing "$disk <disk type='file'><driver name='qemu' type='raw'/><source file='$IMG/no.img' startupPolicy='optional'/><target dev='vdb'/></disk>"
  compare floppy "$(file fda.img fda raw floppy)"
  compare floppy-readonly "$(file fda.img fda raw floppy '<readonly/>')"
  compare floppy-empty "<disk type='file' device='floppy'><target dev='fda'/></disk>"
  compare noformat "<disk type='file'><source file='$IMG/a.img'/><target dev='vda'/></disk>"
  compare options "<disk type='file'><driver name='qemu' type='raw' cache='none' io='threads' discard='unmap' iothread='1'/><source file='$IMG/a.img'/><target dev='vda'/><serial>X1</serial><boot order='1'/><alias name='ua-x'/></disk>" "<iothreads>1</iothreads>"
  compare transient "$(file alone.qcow2 vda qcow2 disk '<transient/>')"
  compare link "$(file open.link vda)"
  compare block "$(block /dev/loop3 vda)"
  compare block-readonly "$(block /dev/loop3 vda raw '<readonly/>')"
  compare block-shared "$(block /dev/loop3 vda raw '<shareable/>')"
}

chains() {
  compare qcow2 "$(file alone.qcow2 vda qcow2)"
  compare chain "$(file top.qcow2 vda qcow2)"
  compare chain-given "$(file top.qcow2 vda qcow2 disk "$(store mid.qcow2 qcow2 "$(store base.img raw '<backingStore/>')")")"
  compare chain-half "$(file top.qcow2 vda qcow2 disk "$(store mid.qcow2 qcow2)")"
  compare chain-ended "$(file top.qcow2 vda qcow2 disk '<backingStore/>')"
  compare chain-raw "$(file top.qcow2 vda raw)"
  compare chain-readonly "$(file top.qcow2 vda qcow2 disk '<readonly/>')"
  compare chain-shared "$(file top.qcow2 vda qcow2 disk '<shareable/>')"
  compare chain-shared-readonly "$(file top.qcow2 vda qcow2 disk '<shareable/><readonly/>')"
  compare chain-twice "$(file mid.qcow2 vda qcow2) $(file mid2.qcow2 vdb qcow2 disk "$(store base.img raw '<backingStore/>')")"
  compare chain-absolute "$(file abs.qcow2 vda qcow2)"
  compare chain-relative "$(file sub/relative.qcow2 vda qcow2)"
  compare chain-json "$(file json.qcow2 vda qcow2)"
  compare chain-noformat "$(file noformat.qcow2 vda qcow2)"
  compare one-base "$(file mid.qcow2 vda qcow2) $(file mid2.qcow2 vdb qcow2)"
  compare base-of-another "$(file base.img vda) $(file mid.qcow2 vdb qcow2)"
  compare datafile "$(file ext.qcow2 vda qcow2)"
  compare vmdk "$(file flat.vmdk hda vmdk)"
  compare vmdk-split "$(file split.vmdk hda vmdk)"
  compare vmdk-sparse "$(file sparse.vmdk hda vmdk)"
  compare vmdk-child "$(file child.vmdk hda vmdk)"
  compare qed "$(file child.qed vda qed)"
  compare vpc "$(file disk.vpc vda vpc)"
  compare vdi "$(file disk.vdi vda vdi)"
  compare vhdx "$(file disk.vhdx vda vhdx)"
}

labels() {
  local disk
  disk=$(file a.img vda)
  compare own-label "$(file a.img vda raw disk '' "$(own "$OPEN")")"
  compare own-none "$(file open.img vda raw disk '' "$(own '' no)") $(file b.img vdb)"
  compare own-chain "$(file open.qcow2 vda qcow2 disk '' "$(own '' no)")"
  compare own-chain-top "$(file top.qcow2 vda qcow2 disk '' "$(own "$OPEN")")"
  compare own-chain-low "$(file top.qcow2 vda qcow2 disk "$(store mid.qcow2 qcow2 "$(store base.img raw '<backingStore/>')" "$(own "$OPEN")")")"
  compare own-chain-none "$(file open.qcow2 vda qcow2 disk "$(store open.img raw '<backingStore/>' "$(own '' no)")")"
  compare own-readonly "$(file a.img vda raw disk '<readonly/>' "$(own "$OPEN")")"
  compare own-shared "$(file a.img vda raw disk '<shareable/>' "$(own "$OPEN")")"
  compare own-cdrom "$(file cd.iso hdc raw cdrom '' "$(own "$OPEN")")"
  compare own-nothing "$(file a.img vda raw disk '' "$(own '' yes)")"
  compare own-dac "$(file a.img vda raw disk '' "$(own '' no dac)")"
  compare own-modelless "$(file open.img vda raw disk '' "<seclabel relabel='no'/>")"
  compare own-apparmor "$(file a.img vda raw disk '' "$(own '' no apparmor)")"
  compare dynamic "$disk" "$(seclabel dynamic)"
  compare dynamic-modelless "$disk" "<seclabel type='dynamic'/>"
  compare dynamic-label "$disk" "$(seclabel dynamic "$STATIC<imagelabel>system_u:object_r:svirt_image_t:s0:c1,c2</imagelabel>")"
  compare dynamic-no "$disk" "$(seclabel dynamic '' no)"
  compare typeless "$disk" "<seclabel model='selinux'/>"
  compare baselabel "$disk" "$(seclabel dynamic '<baselabel>system_u:system_r:svirt_t:s0</baselabel>')"
  compare static-yes "$disk" "$(seclabel static "$STATIC" yes)"
  compare static-no "$(file open.img vda)" "$(seclabel static "$STATIC" no)"
  compare static-own "$(file open.img vda) $(file b.img vdb raw disk '' "$(own "$OPEN")")" "$(seclabel static "$STATIC" no)"
  compare static-chain "$(file top.qcow2 vda qcow2)" "$(seclabel static "$STATIC" yes)"
  compare static-readonly "$(file a.img vda raw disk '<readonly/>')" "$(seclabel static "$STATIC" yes)"
  compare static-one "$disk" "$(seclabel static '<label>system_u:system_r:svirt_t:s0:c5</label>' yes)"
  compare static-none "$disk" "$(seclabel static '<label>system_u:system_r:svirt_t:s0</label>' yes)"
  compare static-many "$disk" "$(seclabel static '<label>system_u:system_r:svirt_t:s0:c1,c3.c5,c9</label>' yes)"
  compare static-range "$disk" "$(seclabel static '<label>system_u:system_r:svirt_t:s0-s0:c1,c3</label>' yes)"
  compare static-unknown "$disk" "$(seclabel static '<label>system_u:system_r:no_such_t:s0:c1,c2</label>' yes)"
  compare two-models "$disk" "$(seclabel dynamic) $(seclabel dynamic '' yes dac)"
  compare dac-static "$disk" "$(seclabel static '<label>+64055:+64055</label>' yes dac)"
  compare dac-static-no "$(file open.img vda)" "$(seclabel static '<label>+64055:+64055</label>' no dac)"
  compare type-none "$(file open.img vda)" "<seclabel type='none' model='selinux'/>"
  compare type-none-modelless "$(file open.img vda)" "<seclabel type='none'/>"
  compare model-none "$disk" "<seclabel model='none'/>"
  compare model-apparmor "$disk" "$(seclabel dynamic '' yes apparmor)"
  compare many "$disk $(file b.img vdb raw disk '<readonly/>') $(file top.qcow2 vdc qcow2) $(file cd.iso hdc raw cdrom)"
}

@test "the same class of label on every file behind a disk, except where svirt is better" {
  seed
  libvirt_up
  same_as differential.expected 90 disks chains labels
}
