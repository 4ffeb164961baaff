#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Memory in files: persistent, anonymous, and shared between guests.
# lab: timeout=600

load helper
load guest
load files

# mib N [XML]: the <target> of a memory device of N MiB
mib() { echo "<target><size unit='MiB'>$1</size>${2-}</target>"; }

@test "persistent memory: the file is mapped, and belongs to the guest alone" {
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

# limit_of NAME: how much memory the guest may lock, in bytes
limit_of() { awk '/^Max locked memory/ { print $4, $5 }' "/proc/$(guest_pid "$1")/limits"; }

@test "locked memory: none of it is swapped out, and the limit of other guests does not change" {
  local usual locked
  start_guest a
  usual=$(limit_of a)
  start_guest b --mem 64 --extra "<memoryBacking><locked/></memoryBacking>"
  assert_equal "$(limit_of b)" "$(((64 + 1024) << 20)) $(((64 + 1024) << 20))"
  locked=$(awk '/^VmLck/ { print $2 }' "/proc/$(guest_pid b)/status")
  assert [ "$locked" -ge 65536 ]
  start_guest c
  assert_equal "$(limit_of c)" "$usual"
  refute [ "$usual" == "$(limit_of b)" ]
}

@test "shared memory: two guests use one file, which has no label of a guest when both have ended" {
  local before name shmem
  shmem="<shmem name='svirt-test'><model type='ivshmem-plain'/><size unit='M'>4</size></shmem>"
  refused 6 "*/dev/shm/svirt-test*" start "$(write_domain a --devices "$shmem")"
  truncate -s 4M /dev/shm/svirt-test
  before=$(inode_of /dev/shm/svirt-test)
  for name in a b; do
    start_guest $name --devices "$shmem"
    run grep -c /dev/shm/svirt-test "/proc/$(guest_pid $name)/maps"
    refute_output 0
    shared_writing $name /dev/shm/svirt-test
  done
  svirt -q destroy a
  svirt -q destroy b
  assert_equal "$(inode_of /dev/shm/svirt-test)" "$before"
  rm /dev/shm/svirt-test
}
