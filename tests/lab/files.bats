#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Files beside disks that a VMM opens: each is opened by the real QEMU under the label that it got, is out of
# another guest's reach while it is one guest's alone, and is what it was when the guests are gone.
# lab: timeout=280

load helper
load guest

teardown() {
  guest_teardown
  rm -rf "${IMG:?}"/*
}

# start_guest NAME OPTION...: of write_domain; nothing was denied
start_guest() {
  lab_mark
  svirt -q start "$(write_domain "$@")"
  run denials
  assert_output ""
}

# A level that no guest has here: every guest has one user, so only the label is in its way.
STRANGER=s0:c1022,c1023

# tries CONTEXT TRY... EXPECTED: each of them ends so, as the guest's user
tries() {
  local context=$1 expected=${*: -1} try
  for try in "${@:2:$#-2}"; do
    run probe_as_guest "$context" <<<"$try"
    assert_output "$try: $expected"
  done
}

# private GUEST PATH: it has the guest's own label; the guest reaches it and another one does not
private() {
  local label OWNER
  label=$(guest_label "$1") OWNER=$(guest_fact "$1" .owner)
  assert_equal "$(label_of "$2")" "$(guest_image "$1")"
  tries "$label" "read $2" "write $2" allowed
  tries "${label%:s0:*}:$STRANGER" "read $2" "write $2" "denied EACCES"
}

# shared_reading GUEST PATH: any guest may read it and none may write it, not even as its owner
shared_reading() {
  local label OWNER
  label=$(guest_label "$1") OWNER=$(guest_fact "$1" .owner)
  assert_equal "$(type_of "$(label_of "$2")") $(level_of "$(label_of "$2")")" "virt_content_t s0"
  tries "$label" "read $2" allowed
  chown "${OWNER//+/}" "$2"
  tries "$label" "write $2" "denied EACCES"
  chown 0:0 "$2"
}

@test "flash chips: the code is read, the variables are the guest's own" {
  cp /usr/share/seabios/bios-256k.bin "$IMG/code.fd"
  truncate -s 64K "$IMG/vars.fd"
  local before
  before=$(inode_of "$IMG/code.fd" "$IMG/vars.fd")
  start_guest a --os "<loader type='pflash'>$IMG/code.fd</loader><nvram>$IMG/vars.fd</nvram>"
  assert_equal "$(guest_state a)" running
  shared_reading a "$IMG/code.fd"
  private a "$IMG/vars.fd"
  # a second guest shares the code, with variables of its own
  truncate -s 64K "$IMG/vars-b.fd"
  start_guest b --os "<loader type='pflash'>$IMG/code.fd</loader><nvram>$IMG/vars-b.fd</nvram>"
  refused 5 "*$IMG/vars.fd*" start "$(write_domain c --os \
    "<loader type='pflash'>$IMG/code.fd</loader><nvram>$IMG/vars.fd</nvram>")"
  svirt -q destroy a
  assert_equal "$(type_of "$(label_of "$IMG/code.fd")")" virt_content_t
  svirt -q destroy b
  assert_equal "$(inode_of "$IMG/code.fd" "$IMG/vars.fd")" "$before"
}

@test "a flash chip that is written, and a ROM" {
  cp /usr/share/seabios/bios-256k.bin "$IMG/all.fd"
  start_guest a --os "<loader type='pflash' readonly='no'>$IMG/all.fd</loader>"
  private a "$IMG/all.fd"
  svirt -q destroy a
  make_disk "$IMG/b.img" 1M
  start_guest b --os "<loader type='rom'>$IMG/all.fd</loader>" --disk "$IMG/b.img" --serial
  shared_reading b "$IMG/all.fd"
  run wait_halted b
  assert_line "D0 R+W+"
}

@test "firmware of the system is left as it is" {
  local rom=/usr/share/seabios/bios-256k.bin before
  before=$(inode_of "$rom")
  start_guest a --os "<loader type='pflash'>$rom</loader>"
  assert_equal "$(inode_of "$rom")" "$before"
  refused 2 "*$rom lies in the system directory /usr, and the guest would write it" start \
    "$(write_domain b --os "<loader type='pflash' readonly='no'>$rom</loader>")"
}

@test "variables that are missing: the hint makes them" {
  local domain
  truncate -s 64K "$IMG/template.fd"
  domain=$(write_domain a --os "<loader type='pflash'>/usr/share/seabios/bios-256k.bin</loader><nvram \
template='$IMG/template.fd'>$IMG/vars.fd</nvram>")
  refused 6 "$domain:4: *$IMG/vars.fd*" start "$domain"
  assert_output --partial "make it: cp -- '$IMG/template.fd' '$IMG/vars.fd'"
  bash -c "$(sed -n 's/.*make it: //p' <<<"$output")"
  svirt -q start "$domain"
  private a "$IMG/vars.fd"
  assert_equal "$(type_of "$(label_of "$IMG/template.fd")")" var_t
}

@test "a SLIC table, a device tree and fw_cfg items" {
  local f before
  # a table: signature, length 36, revision, checksum and names
  printf 'SLIC\x24\0\0\0\x01\0SVIRT TEST    \x01\0\0\0TEST\x01\0\0\0' >"$IMG/slic"
  echo content >"$IMG/item"
  before=$(inode_of "$IMG/slic" "$IMG/item")
  start_guest a --os "<acpi><table type='slic'>$IMG/slic</table></acpi><smbios mode='sysinfo'/>" --extra \
    "<sysinfo type='fwcfg'><entry name='opt/com.example/a' file='$IMG/item'/><entry name='opt/b'>x,y</entry></sysinfo>
    <sysinfo type='smbios'><system><entry name='product'>svirt, test</entry></system></sysinfo>"
  for f in slic item; do shared_reading a "$IMG/$f"; done
  svirt -q destroy a
  assert_equal "$(inode_of "$IMG/slic" "$IMG/item")" "$before"
}

# mib: the <target> of a memory device of so many
mib() { echo "<target><size unit='MiB'>$1</size>${2-}</target>"; }

@test "persistent memory: the file is mapped, and is the guest's own" {
  local before memory
  truncate -s 16M "$IMG/nv" "$IMG/base" "$IMG/pmem"
  before=$(inode_of "$IMG/nv" "$IMG/base" "$IMG/pmem")
  memory="<memory model='nvdimm' access='shared'><source><path>$IMG/nv</path></source>$(mib 16)</memory>"
  memory+="<memory model='nvdimm'><source><path>$IMG/base</path></source>$(mib 16 "<readonly/>")</memory>"
  memory+="<memory model='virtio-pmem'><source><path>$IMG/pmem</path></source>$(mib 16)</memory>"
  start_guest a --mem 96 --extra "<maxMemory slots='4' unit='MiB'>512</maxMemory>" --devices "$memory"
  run grep -c "$IMG/\(nv\|base\|pmem\)$" "/proc/$(guest_pid a)/maps"
  assert_output 3
  private a "$IMG/nv"
  private a "$IMG/pmem"
  shared_reading a "$IMG/base"
  refused 5 "*$IMG/nv*" start "$(write_domain b --mem 96 --extra "<maxMemory slots='4' unit='MiB'>512</maxMemory>" \
    --devices "$memory")"
  svirt -q destroy a
  assert_equal "$(inode_of "$IMG/nv" "$IMG/base" "$IMG/pmem")" "$before"
}

@test "memory from a memfd, preallocated and shared" {
  start_guest a --extra "<memoryBacking><source type='memfd'/><access mode='shared'/><nosharepages/><allocation \
mode='immediate'/></memoryBacking>"
  run grep -c 'memfd:' "/proc/$(guest_pid a)/maps"
  refute_output 0
  start_guest b --extra "<memoryBacking><access mode='shared'/></memoryBacking>"
}

@test "shared memory: two guests have one file, which is nobody's when they are gone" {
  local before name shmem label
  shmem="<shmem name='svirt-test'><model type='ivshmem-plain'/><size unit='M'>4</size></shmem>"
  refused 6 "*/dev/shm/svirt-test*" start "$(write_domain a --devices "$shmem")"
  truncate -s 4M /dev/shm/svirt-test
  before=$(inode_of /dev/shm/svirt-test)
  for name in a b; do
    start_guest $name --devices "$shmem"
    run grep -c /dev/shm/svirt-test "/proc/$(guest_pid $name)/maps"
    refute_output 0
    local OWNER
    label=$(guest_label $name) OWNER=$(guest_fact $name .owner)
    tries "$label" "read /dev/shm/svirt-test" "write /dev/shm/svirt-test" allowed
  done
  assert_equal "$(type_of "$(label_of /dev/shm/svirt-test)") $(level_of "$(label_of /dev/shm/svirt-test)")" \
    "svirt_image_t s0"
  svirt -q destroy a
  svirt -q destroy b
  assert_equal "$(inode_of /dev/shm/svirt-test)" "$before"
  rm /dev/shm/svirt-test
}
