#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Host devices and input devices: each gets its guest's label, no other guest has anything of it, and it goes
# back. SCSI is real (scsi_debug); the lab has no USB, PCI or input, so those are nodes without a driver behind
# them, and what sysfs would say of them.
# lab: timeout=600

load helper
load guest

content=$(sed -n 2p /etc/selinux/default/contexts/virtual_image_context)
image=$(sed -n 1p /etc/selinux/default/contexts/virtual_image_context)

setup_file() {
  modprobe sg >/dev/null 2>&1
  modprobe scsi_debug dev_size_mb=8 max_luns=2 >/dev/null 2>&1
  wait_for 10 test -c /dev/sg1
  chcon -t scsi_generic_device_t /dev/sg0 /dev/sg1
  make_sysfs
  make_nodes
  svirt -q restore --all
}

teardown_file() {
  umount /sys/bus
  rmmod scsi_debug >/dev/null 2>&1
}

# What sysfs would say, in its own type, instead of /sys/bus; what it says of SCSI stays.
make_sysfs() {
  local unit first second
  first=$(readlink /sys/bus/scsi/devices/0:0:0:0)
  second=$(readlink /sys/bus/scsi/devices/0:0:0:1)
  mount -t tmpfs -o context=system_u:object_r:sysfs_t:s0 none /sys/bus
  mkdir -p /sys/bus/scsi/devices /sys/bus/usb/devices /sys/bus/pci/devices /sys/bus/mdev/devices /sys/bus/groups
  for unit in "$first" "$second"; do ln -s "$unit" /sys/bus/scsi/devices/; done
  usb_device 1-1 1 2 046d c31c 00
  usb_device 1-2 1 3 046d c31c 00
  usb_device 1-3 1 4 0951 1666 00
  pci_device 0000:06:00.0 12 vfio-pci 0x030000
  pci_device 0000:06:00.1 12 vfio-pci 0x040300
  pci_device 0000:00:01.0 12 pcieport 0x060400
  pci_device 0000:07:00.0 13 vfio-pci 0x020000
  pci_device 0000:07:00.1 13 e1000e 0x020000
  mkdir -p /sys/bus/mdev/devices/c2177883-f1bb-47f0-914d-32a22e3a8804 /sys/bus/groups/14
  ln -s ../../../groups/14 /sys/bus/mdev/devices/c2177883-f1bb-47f0-914d-32a22e3a8804/iommu_group
}

# usb_device NAME BUS DEVICE VENDOR PRODUCT CLASS
usb_device() {
  local dir=/sys/bus/usb/devices/$1
  mkdir "$dir"
  echo "$2" >"$dir/busnum"
  echo "$3" >"$dir/devnum"
  echo "$4" >"$dir/idVendor"
  echo "$5" >"$dir/idProduct"
  echo "$6" >"$dir/bDeviceClass"
}

# pci_device ADDRESS GROUP DRIVER CLASS
pci_device() {
  local dir=/sys/bus/pci/devices/$1
  mkdir -p "$dir" "/sys/bus/groups/$2/devices"
  ln -s "../../../groups/$2" "$dir/iommu_group"
  ln -s "../../../../pci/devices/$1" "/sys/bus/groups/$2/devices/$1"
  ln -s "../../drivers/$3" "$dir/driver"
  echo "$4" >"$dir/class"
}

make_nodes() {
  mkdir -p /dev/bus/usb/001 /dev/vfio /dev/input
  mknod /dev/bus/usb/001/002 c 189 1
  mknod /dev/bus/usb/001/004 c 189 3
  mknod /dev/vfio/12 c 244 0
  mknod /dev/vfio/14 c 244 1
  [[ -c /dev/vfio/vfio ]] || mknod -m 666 /dev/vfio/vfio c 10 196
  mknod /dev/input/event3 c 13 67
  mknod /dev/input/event4 c 13 68
  chcon -t usb_device_t /dev/bus/usb/001/*
  chcon -t vfio_device_t /dev/vfio/*
  chcon -t event_device_t /dev/input/event*
}

usb() { echo "<hostdev mode='subsystem' type='usb'><source>$1</source></hostdev>"; }
pci() {
  echo "<hostdev mode='subsystem' type='pci'><source><address bus='0x0$1' slot='0' function='$2'/></source></hostdev>"
}
mdev() {
  echo "<hostdev type='mdev'><source><address uuid='c2177883-f1bb-47f0-914d-32a22e3a8804'/></source></hostdev>"
}
# scsi LUN [FLAGS]
scsi() {
  echo "<hostdev mode='subsystem' type='scsi'><source><adapter name='scsi_host0'/>" \
    "<address bus='0' target='0' unit='$1'/></source>${2-}</hostdev>"
}

# labelled NODE...: svirt label gives them to guest a, guest b may not use them nor have them, and they go back
labelled() {
  local before other node label
  before=$(inode_of "$@")
  svirt -q label "$(write_domain a "${devices[@]}")"
  svirt -q label "$(write_domain b)"
  label=$(guest_label a)
  other=$(guest_label b)
  for node in "$@"; do
    assert_equal "$(label_of "$node")" "$(guest_image a)"
    # what is behind these nodes is not there: ENXIO and the like come after the kernel's yes
    run probe_as "$label" read "$node"
    refute_output --partial EACCES
    run probe_as "$other" read "$node"
    assert_output --partial "denied EACCES"
    run probe_as "$other" write "$node"
    assert_output --partial "denied EACCES"
  done
  svirt -q restore b
  refused 5 "$1 is held by guest a with another label" label "$(write_domain b "${devices[@]}")"
  svirt -q restore a
  assert_equal "$(inode_of "$@")" "$before"
}

@test "a SCSI device: QEMU opens the generic node under the guest's label" {
  local before
  before=$(inode_of /dev/sg0)
  svirt -q start "$(write_domain a --devices "$(scsi 0)")"
  assert_equal "$(label_of /dev/sg0)" "$(guest_image a)"
  run readlink "/proc/$(guest_pid a)/fd/"*
  assert_line /dev/sg0
  refused 5 "/dev/sg0 is held by guest a with another label" start "$(write_domain b --devices "$(scsi 0)")"
  svirt -q start "$(write_domain b --devices "$(scsi 1)")"
  run probe_as "$(domain_of "$(guest_pid b)")" batch <<<"read /dev/sg0
write /dev/sg0"
  assert_line "read /dev/sg0: denied EACCES"
  assert_line "write /dev/sg0: denied EACCES"
  svirt -q destroy a
  assert_equal "$(inode_of /dev/sg0)" "$before"
}

@test "a SCSI device that is shareable, and one that is read-only" {
  local before
  before=$(inode_of /dev/sg0 /dev/sg1)
  local both
  both="$(scsi 0 '<shareable/>')$(scsi 1 '<readonly/>')"
  svirt -q start "$(write_domain a --devices "$both")"
  svirt -q start "$(write_domain b --devices "$both")"
  assert_equal "$(label_of /dev/sg0)" "$image"
  assert_equal "$(label_of /dev/sg1)" "$content"
  run probe_as "$(domain_of "$(guest_pid a)")" write /dev/sg1
  assert_output "write /dev/sg1: denied EACCES"
  svirt -q destroy a
  assert_equal "$(label_of /dev/sg0)" "$image"
  svirt -q destroy b
  assert_equal "$(inode_of /dev/sg0 /dev/sg1)" "$before"
}

@test "USB by its id and by its address" {
  local devices=(--devices "$(usb "<vendor id='0x0951'/><product id='0x1666'/>")"
    --devices "$(usb "<address bus='1' device='2'/>")")
  labelled /dev/bus/usb/001/004 /dev/bus/usb/001/002
}

@test "USB: two of one id, one that is missing, and one that may be" {
  refused 2 "*a.xml:*: there are 2 of USB device 046d:c31c: 001/002, 001/003" \
    label "$(write_domain a --devices "$(usb "<vendor id='0x046d'/><product id='0xc31c'/>")")"
  assert_line --partial "put <address bus='1' device='3'/> into its <source>"
  refused 6 "*a.xml:*: there is no USB device at 002/009 on this host" \
    label "$(write_domain a --devices "$(usb "<address bus='2' device='9'/>")")"
  local optional
  optional=$(usb "<address bus='2' device='9'/>")
  run svirt label "$(write_domain a --devices "${optional/<source>/<source startupPolicy=\'optional\'>}")"
  assert_success
  assert_line --partial "there is no USB device at 002/009 on this host: the guest does without"
}

@test "PCI: the group of two functions is labelled once, the container never" {
  local container devices=(--devices "$(pci 6 0)" --devices "$(pci 6 1)")
  container=$(inode_of /dev/vfio/vfio)
  labelled /dev/vfio/12
  assert_equal "$(inode_of /dev/vfio/vfio)" "$container"
  run svirt label -n "$(write_domain a "${devices[@]}")"
  assert_success
  assert_equal "$(grep -c /dev/vfio/12 <<<"$output")" 2 # selinux and dac
}

@test "PCI: a group that still works for the host is refused" {
  refused 3 "*a.xml:*: PCI device 0000:07:00.1 of the same IOMMU group (13) has the driver e1000e" \
    label "$(write_domain a --devices "$(pci 7 0)")"
  assert_line --partial "driverctl set-override 0000:07:00.1 vfio-pci"
  refused 3 "*a.xml:*: PCI device 0000:07:00.1 has the driver e1000e, not vfio-pci" \
    label "$(write_domain a --devices "$(pci 7 1)")"
}

@test "check: each device by itself, and none of a tree at rest" {
  local there missing root=$LAB_SCRATCH/root
  there=$(usb "<vendor id='0x0951'/><product id='0x1666'/>")
  missing=$(usb "<vendor id='0x0951'/><product id='0x1667'/>")
  write_domain a --devices "$missing" --devices "$there" --devices "$(pci 6 0)" >/dev/null
  run svirt check "$LAB_SCRATCH/a.xml"
  assert_failure 1
  assert_line --regexp "^FAIL +svirt-resource-access .*there is no USB device 0951:1667 on this host"
  assert_line --regexp "^PASS +svirt-resource-access .*hostdev1 \(rw\) can be used"
  assert_line --regexp "^PASS +svirt-resource-access .*hostdev2 \(rw\) can be used"
  # without virt_use_vfio the policy opens the container to no guest
  assert_line --regexp "^FAIL +svirt-resource-access .*/dev/vfio/vfio: type-denied: .*vfio_device_t"
  # what a tree at rest has in /sys is no host's
  mkdir -p "$root/sys/bus" "$root/var/lib/svirt" "$root/run/svirt" "$root/etc/svirt"
  cp -r /sys/bus/usb "$root/sys/bus/"
  run svirt --root "$root" check "$LAB_SCRATCH/a.xml"
  assert_line --regexp "^N/A +svirt-resource-access .*only a running host can tell"
  refute_output --partial "can be used"
}

@test "a mediated device" {
  local devices=(--devices "$(mdev)")
  labelled /dev/vfio/14
}

@test "input devices, given away and read" {
  local devices=(--devices "<input type='passthrough' bus='virtio'><source evdev='/dev/input/event3'/></input>"
    --devices "<input type='evdev'><source dev='/dev/input/event4' grab='all'/></input>")
  labelled /dev/input/event3 /dev/input/event4
}

@test "a device by a name that root made for it; another link is refused" {
  local devices dir=/dev/input/by-id
  mkdir -p $dir /dev/disk/by-id /dev/vg0
  ln -sf ../event3 $dir/usb-kbd-event-kbd
  devices=(--devices "<input type='evdev'><source dev='$dir/usb-kbd-event-kbd'/></input>")
  labelled /dev/input/event3
  devices=(--devices "<input type='passthrough' bus='virtio'><source evdev='$dir/usb-kbd-event-kbd'/></input>")
  run svirt start -n -v "$(write_domain a "${devices[@]}")"
  assert_success
  assert_output --partial "evdev=/dev/input/event3"
  refute_output --partial "by-id"
  # two steps, somebody else's link, a directory that others may write, and a link that leaves /dev
  ln -sf usb-kbd-event-kbd $dir/twice
  refused 2 "*: /dev/input/by-id/usb-kbd-event-kbd: '/dev/input/by-id/usb-kbd-event-kbd' is a symbolic link" \
    label "$(write_domain a --devices "<input type='evdev'><source dev='$dir/twice'/></input>")"
  ln -sf ../event3 $dir/other
  chown -h nobody $dir/other
  refused 2 "*'$dir/other' is a symbolic link" \
    label "$(write_domain a --devices "<input type='evdev'><source dev='$dir/other'/></input>")"
  chmod o+w $dir
  refused 2 "*'$dir/usb-kbd-event-kbd' is a symbolic link" label "$(write_domain a "${devices[@]}")"
  chmod o-w $dir
  ln -sf /srv/img/a.img /dev/vg0/lv
  refused 2 "*'/dev/vg0/lv' is a symbolic link" label "$(write_domain a --disk /dev/vg0/lv)"
  rm -r $dir /dev/disk/by-id /dev/vg0
}

@test "an input device that is none" {
  local path
  for path in /dev/sg0 /dev/vfio/12; do
    refused 2 "*a.xml:*: $path is another device, not an input device" \
      label "$(write_domain a --devices "<input type='evdev'><source dev='$path'/></input>")"
  done
  refused 2 "*a.xml:*: /dev/null is another device, not an input device" \
    label "$(write_domain a --devices "<input type='evdev'><source dev='/dev/null'/></input>")"
}
