#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The reference: libvirt starts a guest, svirt labels the same domain, and every file is compared, by class
# (rw: image label and the guest's level; shared: without categories; ro: the content label; -: as it was).
# What differs on purpose stands below, and with its reason in svirt-resources(7).
# lab: with=libvirt timeout=2400 context=system_u:system_r:initrc_t:s0-s0:c0.c1023

load helper
load guest
load libvirt

# where libvirt may reach it: its daemon is confined
IMG=/var/lib/libvirt/images
# Made once; each side gets a copy that has never been labelled.
SEED=/srv/seed

file() { echo "<disk type='file' device='${4:-disk}'><driver name='qemu' type='${3:-raw}'/><source file='$IMG/$1'>${6-}</source><target dev='$2'/>${5-}</disk>"; }
block() { echo "<disk type='block' device='disk'><driver name='qemu' type='${3:-raw}'/><source dev='$1'/><target dev='$2'/>${4-}</disk>"; }
store() { echo "<backingStore type='file'><format type='$2'/><source file='$IMG/$1'/>${3-}</backingStore>"; }
seclabel() { echo "<seclabel type='$1' model='selinux' relabel='${3:-yes}'>${2-}</seclabel>"; }
own() { echo "<seclabel model='selinux' relabel='${2:-yes}'>${1:+<label>$1</label>}</seclabel>"; }
static='<label>system_u:system_r:svirt_t:s0:c1,c2</label>'
# a label that every guest may use: a guest has to start with what it is given
open=system_u:object_r:svirt_image_t:s0

seed() {
  mkdir -p "$SEED" "$IMG" && cd "$SEED" || return
  truncate -s 1M a.img b.img base.img cd.iso fda.img initrd open.img
  # a multiboot kernel that halts: QEMU reads its header before the guest runs
  printf '\x02\xb0\xad\x1b\0\0\x01\0\xfe\x4f\x51\xe4\0\0\x10\0\0\0\x10\0\0\0\0\0\0\0\0\0\x20\0\x10\0\xfa\xf4' >kernel
  touch serial.txt
  qemu-img create -q -f qcow2 -b open.img -F raw open.qcow2
  qemu-img create -q -f qcow2 -b base.img -F raw mid.qcow2
  qemu-img create -q -f qcow2 -b mid.qcow2 -F qcow2 top.qcow2
  qemu-img create -q -f qcow2 alone.qcow2 1M
  qemu-img create -q -f qcow2 -o data_file="$IMG/data.raw",data_file_raw=on ext.qcow2 1M
  mv "$IMG/data.raw" "$SEED/"
  qemu-img create -q -f vmdk -o subformat=monolithicFlat flat.vmdk 1M
  # the tools for that are confined too, and may not touch files like these
  truncate -s 1M /srv/loop.img
  setenforce 0
  modprobe loop >/dev/null 2>&1 3>&-
  losetup /dev/loop3 /srv/loop.img 3>&-
  setenforce 1
}

# reset: the files as they were, and nobody's
reset() {
  rm -rf "${IMG:?}"/*
  cp -R "$SEED/." "$IMG/"
  restorecon -RF "$IMG" </dev/null >/dev/null 2>&1
  chcon "$open" "$IMG"/open.*
  chcon system_u:object_r:fixed_disk_device_t:s0 /dev/loop3
  chown root:disk /dev/loop3
}

look() { { find "$IMG" -mindepth 1 -printf '%P %Z\n'; stat -c '%n %C' /dev/loop3; } | sort >"$1"; }

# classes BEFORE AFTER LABEL: "PATH CLASS" for each file
classes() {
  join "$1" "$2" | awk -v level="$(level_of "$3")" '
    { class = $3; if ($2 == $3) class = "-"
      else if ($3 ~ /:svirt_image_t:/) { sub(/.*:svirt_image_t:/, "", class); class = class == level ? "rw" : class == "s0" ? "shared" : $3 }
      else if ($3 ~ /:virt_content_t:s0$/) class = "ro"
      print $1, class }'
}

# domain NAME DEVICES [CHILDREN OF DOMAIN [OF OS]]
domain() {
  local file=$LAB_SCRATCH/$1.xml
  printf "<domain type='qemu'>\n  <name>%s</name>\n  <memory unit='MiB'>32</memory>\n" "$1" >"$file"
  printf "  <os><type arch='x86_64' machine='pc'>hvm</type>%s</os>\n  <devices>\n%s\n  </devices>\n%s\n</domain>\n" \
    "${4-}" "$2" "${3-}" >>"$file"
  echo "$file"
}

# compare NAME DEVICES...: a line "NAME PATH LIBVIRT SVIRT" for each file, a word for a side that refused
compare() {
  local file name=$1 label theirs=refused ours=refused
  file=$(domain "$@")
  n=$((n + 1))
  reset
  look "$LAB_SCRATCH/before"
  if libvirt_start "$name" "$file" 2>"$LAB_SCRATCH/$name.libvirt"; then
    theirs=$LAB_SCRATCH/theirs
    look "$LAB_SCRATCH/after"
    classes "$LAB_SCRATCH/before" "$LAB_SCRATCH/after" "$(libvirt_label "$name")" >"$theirs"
    virsh destroy "$name" >/dev/null
  fi
  reset
  look "$LAB_SCRATCH/before"
  if label=$(svirt --json label --unconfined "$file" 2>"$LAB_SCRATCH/$name.svirt"); then
    ours=$LAB_SCRATCH/ours
    look "$LAB_SCRATCH/after"
    classes "$LAB_SCRATCH/before" "$LAB_SCRATCH/after" "$(jq -r '.results[0].label.text' <<<"$label")" >"$ours"
    svirt -q restore "$name" >/dev/null
  fi
  if [[ $theirs == refused || $ours == refused ]]; then
    [[ $theirs == "$ours" ]] || echo "$name * $([[ $theirs == refused ]] && echo refused || echo started) $([[ $ours == refused ]] && echo refused || echo labelled)"
    return
  fi
  join "$theirs" "$ours" | awk -v name="$name" '$2 != $3 { print name, $1, $2, $3 }'
  grep -cv ' -$' "$ours" | sed "s/^/# $name: labelled files: /" >&3
}

# All domains, one after the other. sets n
all() {
  local disk
  disk=$(file a.img vda)
  compare raw "$disk"
  compare ide "$(file a.img hda)"
  compare sata "<controller type='sata'/>$(file a.img sda raw disk '<address type="drive" controller="0" bus="0" target="0" unit="0"/>')"
  compare two "$disk $(file b.img vdb)"
  compare readonly "$(file a.img vda raw disk '<readonly/>')"
  compare shareable "$(file a.img vda raw disk '<shareable/>')"
  compare shared-readonly "$(file a.img vda raw disk '<shareable/><readonly/>')"
  compare cdrom "$(file cd.iso hdc raw cdrom '<readonly/>')"
  compare cdrom-unsaid "$(file cd.iso hdc raw cdrom)"
  compare cdrom-empty "$disk <disk type='file' device='cdrom'><target dev='hdc'/><readonly/></disk>"
  compare floppy "$(file fda.img fda raw floppy)"
  compare noformat "<disk type='file'><source file='$IMG/a.img'/><target dev='vda'/></disk>"
  compare cache "<disk type='file'><driver name='qemu' type='raw' cache='none'/><source file='$IMG/a.img'/><target dev='vda'/></disk>"
  compare block "$(block /dev/loop3 vda)"
  compare block-readonly "$(block /dev/loop3 vda raw '<readonly/>')"
  compare block-shared "$(block /dev/loop3 vda raw '<shareable/>')"
  compare qcow2 "$(file alone.qcow2 vda qcow2)"
  compare chain "$(file top.qcow2 vda qcow2)"
  compare chain-given "$(file top.qcow2 vda qcow2 disk "$(store mid.qcow2 qcow2 "$(store base.img raw '<backingStore/>')")")"
  compare chain-half "$(file top.qcow2 vda qcow2 disk "$(store mid.qcow2 qcow2)")"
  compare chain-ended "$(file top.qcow2 vda qcow2 disk '<backingStore/>')"
  compare chain-raw "$(file top.qcow2 vda raw)"
  compare chain-readonly "$(file top.qcow2 vda qcow2 disk '<readonly/>')"
  compare chain-shared "$(file top.qcow2 vda qcow2 disk '<shareable/>')"
  compare chain-twice "$(file mid.qcow2 vda qcow2) $(file alone.qcow2 vdb qcow2 disk "$(store base.img raw '<backingStore/>')")"
  compare datafile "$(file ext.qcow2 vda qcow2)"
  compare vmdk "$(file flat.vmdk hda vmdk)"
  compare own-label "$(file a.img vda raw disk '' "$(own $open)")"
  compare own-none "$(file open.img vda raw disk '' "$(own '' no)") $(file b.img vdb)"
  compare own-chain "$(file open.qcow2 vda qcow2 disk '' "$(own '' no)")"
  compare kernel '' '' "<kernel>$IMG/kernel</kernel><initrd>$IMG/initrd</initrd><cmdline>x</cmdline>"
  compare serial-file "<serial type='file'><source path='$IMG/serial.txt'/></serial>"
  compare serial-new "<serial type='file'><source path='$IMG/new.txt'/></serial>"
  compare serial-own "<serial type='file'><source path='$IMG/serial.txt'>$(own '' no)</source></serial>"
  compare console-file "<console type='file'><source path='$IMG/serial.txt'/><target type='serial'/></console>"
  compare serial-pty "$disk <serial type='pty'/>"
  compare network "$disk <interface type='user'/>"
  compare vnc "$disk <graphics type='vnc' autoport='yes' listen='127.0.0.1'/>"
  compare rng "$disk <rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>"
  compare dynamic "$disk" "$(seclabel dynamic)"
  compare baselabel "$disk" "$(seclabel dynamic '<baselabel>system_u:system_r:svirt_t:s0</baselabel>')"
  compare static-yes "$disk" "$(seclabel static "$static" yes)"
  compare static-no "$(file open.img vda)" "$(seclabel static "$static" no)"
  compare static-chain "$(file top.qcow2 vda qcow2)" "$(seclabel static "$static" yes)"
  compare static-readonly "$(file a.img vda raw disk '<readonly/>')" "$(seclabel static "$static" yes)"
  compare many "$disk $(file b.img vdb raw disk '<readonly/>') $(file top.qcow2 vdc qcow2) $(file cd.iso hdc raw cdrom)"
}

@test "the same class of label on every file, but where svirt is better" {
  seed
  libvirt_up
  n=0
  all >"$LAB_SCRATCH/differences"
  echo "# $n domains" >&3
  ((n >= 40))
  run diff "$(dirname "$BATS_TEST_FILENAME")/differential.expected" "$LAB_SCRATCH/differences"
  [[ $status == 0 ]] || tail -n 3 /var/log/libvirt/qemu/*.log
  assert_success
}
