#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Resources behind a socket or a device node for which the lab's kernel has no driver: TPM, vsock, redirected USB
# devices, smart cards, network cards. The nodes are made with mknod. They have labels and modes like real ones, and
# open(2) fails.
# lab: timeout=600

load helper
load guest

OTHER=system_u:system_r:svirt_t:s0:c5,c6

teardown() {
  guest_teardown
  jobs -p | xargs -r kill 2>/dev/null || :
  rm -rf "${IMG:?}"/* /dev/tpm0 /dev/vhost-vsock /dev/vhost-vdpa-0
}

# node NAME MINOR TYPE: a device of the misc driver
node() {
  mknod "/dev/$1" c 10 "$2"
  chmod 666 "/dev/$1"
  chcon "system_u:object_r:$3:s0" "/dev/$1"
}

@test "the TPM of the host belongs to one guest, and its label is restored" {
  node tpm0 224 tpm_device_t
  local before file
  before=$(inode_of /dev/tpm0)
  file=$(write_domain a --devices "<tpm><backend type='passthrough'><device path='/dev/tpm0'/></backend></tpm>")
  svirt -q label "$file"
  assert_equal "$(label_of /dev/tpm0)" "$(guest_image a)"
  run probe_as "$OTHER" write /dev/tpm0
  assert_output "write /dev/tpm0: denied EACCES"
  run probe_as "$(guest_label a)" write /dev/tpm0
  assert_output "write /dev/tpm0: denied ENODEV"
  refused 5 "*/dev/tpm0 is held by guest a*" label "$(write_domain b --devices "<tpm><backend type='passthrough'/></tpm>")"
  svirt -q restore a
  assert_equal "$(inode_of /dev/tpm0)" "$before"
  # no file of sysfs and never the host's /dev/null is relabelled
  before=$(inode_of /dev/null)
  run svirt start "$file"
  assert_failure
  assert_equal "$(inode_of /dev/null)" "$before"
}

@test "another device of the host is not accepted as a TPM" {
  node tpm0 232 kvm_device_t
  refused 2 "*/dev/tpm0 is a device of the host itself" \
    start "$(write_domain a --devices "<tpm><backend type='passthrough'/></tpm>")"
}

@test "an external TPM: the guest connects to it with its own label" {
  # the fake swtpm logs the label of its peer and QEMU's first command (CMD_SET_DATAFD), and closes the connection
  runcon system_u:system_r:svirt_test_service_t:s0 socat "UNIX-LISTEN:$IMG/tpm.sock,fork,mode=666" \
    SYSTEM:"stat -c %C $IMG/tpm.sock >$IMG/label; head -c 4 | xxd -p >$IMG/command" </dev/null >"$LAB_SCRATCH/log" 2>&1 &
  wait_for 10 test -S "$IMG/tpm.sock"
  local before
  before=$(inode_of "$IMG/tpm.sock")
  run svirt start "$(write_domain a --devices \
    "<tpm><backend type='external'><source type='unix' mode='connect' path='$IMG/tpm.sock'/></backend></tpm>")"
  assert_failure
  assert_equal "$(type_of "$(cat "$IMG/label")")" svirt_image_t
  assert_equal "$(cat "$IMG/command")" 00000010
  assert_equal "$(inode_of "$IMG/tpm.sock")" "$before"
}

@test "vsock: the device is shared by all guests and keeps its label" {
  node vhost-vsock 241 vhost_device_t
  local before file
  before=$(inode_of /dev/vhost-vsock)
  file=$(write_domain a --devices "<vsock model='virtio'><cid auto='no' address='3'/></vsock>")
  run jq -r '.results[0].steps[] | [.path, .action, .why] | join(" ")' <<<"$(svirt --json label -n "$file" 2>/dev/null)"
  assert_line "/dev/vhost-vsock leave device that all guests share"
  svirt -q label "$file"
  svirt -q label "$(write_domain b --devices "<vsock><cid address='4'/></vsock>")"
  assert_equal "$(inode_of /dev/vhost-vsock)" "$before"
  # the guest may open the node: the open fails because there is no driver
  run probe_as "$(guest_label a)" write /dev/vhost-vsock
  assert_output "write /dev/vhost-vsock: denied ENODEV"
}

@test "redirected devices and a smart card: sockets in the guest's own directory" {
  local f
  svirt -q start "$(write_domain a --devices "<redirdev bus='usb' type='unix'><source mode='bind'/></redirdev>" \
    --devices "<smartcard mode='passthrough' type='unix'><source mode='bind'/></smartcard>")"
  for f in redirdev0 smartcard1; do
    assert_equal "$(label_of "/run/svirt/a/guest/$f.sock")" "$(guest_image a)"
    run probe_as "$OTHER" connect "/run/svirt/a/guest/$f.sock"
    assert_output "connect /run/svirt/a/guest/$f.sock: denied EACCES"
  done
  svirt -q destroy a
  assert_not_exists /run/svirt/a
}

@test "a disk that another process serves: its socket belongs to one guest, and its label is restored" {
  make_disk "$IMG/a.img" 1M
  runcon system_u:system_r:svirt_test_service_t:s0 qemu-storage-daemon --blockdev "file,node-name=f,filename=$IMG/a.img" \
    --export "vhost-user-blk,id=e,node-name=f,writable=on,addr.type=unix,addr.path=$IMG/blk.sock" </dev/null >"$LAB_SCRATCH/log" 2>&1 &
  wait_for 10 test -S "$IMG/blk.sock"
  # the socket's owner does not change
  chmod 666 "$IMG/blk.sock"
  local before file
  before=$(inode_of "$IMG/blk.sock" "$IMG/a.img")
  file=$(write_domain a --os "<boot dev='hd'/>" --devices \
    "<disk type='vhostuser'><source type='unix' path='$IMG/blk.sock'/><target dev='vda'/></disk>")
  svirt -q start "$file"
  assert_equal "$(label_of "$IMG/blk.sock")" "$(guest_image a)"
  run probe_as "$OTHER" connect "$IMG/blk.sock"
  assert_output "connect $IMG/blk.sock: denied EACCES"
  # the guest booted and wrote through the process that owns the image; the guest itself may not write the image
  wait_for 30 has_mark "$IMG/a.img"
  run probe_as "$(guest_label a)" write "$IMG/a.img"
  assert_output "write $IMG/a.img: denied EACCES"
  svirt -q destroy a
  assert_equal "$(inode_of "$IMG/blk.sock" "$IMG/a.img")" "$before"
}
has_mark() { [[ -n $(disk_mark "$1") ]]; }

@test "a vDPA device belongs to one guest, and its label is restored" {
  mknod /dev/vhost-vdpa-0 c 511 0
  chcon system_u:object_r:vhost_device_t:s0 /dev/vhost-vdpa-0
  local before net="<interface type='vdpa'><source dev='/dev/vhost-vdpa-0'/></interface>"
  before=$(inode_of /dev/vhost-vdpa-0)
  svirt -q label "$(write_domain a --devices "$net")"
  assert_equal "$(label_of /dev/vhost-vdpa-0)" "$(guest_image a)"
  run probe_as "$OTHER" write /dev/vhost-vdpa-0
  assert_output "write /dev/vhost-vdpa-0: denied EACCES"
  refused 5 "*/dev/vhost-vdpa-0 is held by guest a*" label "$(write_domain b --devices "$net")"
  svirt -q restore a
  assert_equal "$(inode_of /dev/vhost-vdpa-0)" "$before"
  rm /dev/vhost-vdpa-0
}

@test "two guests whose network cards are connected by a socket" {
  svirt -q start "$(write_domain a --devices "<interface type='server'><source address='127.0.0.1' port='5555'/></interface>")"
  svirt -q start "$(write_domain b --devices "<interface type='client'><source address='127.0.0.1' port='5555'/></interface>")"
  wait_for 10 connected
  assert_equal "$(guest_state a) $(guest_state b)" "running running"
  run denials
  refute_output --partial tcp_socket
}
connected() { ss -Htn state established '( dport = :5555 )' | grep -q .; }
