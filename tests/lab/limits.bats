#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Limits of a document hold: in the guest's control group before its first process, in the VMM for its disks. What this
# host cannot set is refused before a label changes, with the place of it. A guest that forks without end is stopped.
# lab: timeout=600

bats_require_minimum_version 1.5.0
load helper
load guest
load crash
load hostile
quick_guests

GROUPS_AT=/sys/fs/cgroup
CONF=/etc/svirt/svirt.conf.d/limits.conf

setup() {
  guest_setup
  rm -rf "${IMG:?}"/*
  mkdir -p "${CONF%/*}"
}
teardown() {
  rm -f "$CONF"
  mountpoint -q "$GROUPS_AT" || mount -t cgroup2 cgroup2 "$GROUPS_AT"
  guest_teardown
}

value() { cat "$GROUPS_AT/svirt/$1/$2"; }
has() { grep -qw "$1" "$GROUPS_AT/cgroup.controllers"; }

# limited XML: a guest "a" with a disk and these children of <domain>, from line 6 on; prints its file
limited() {
  [[ -e $IMG/a.img ]] || make_disk "$IMG/a.img" 1M
  write_domain a --disk "$IMG/a.img" --extra "$1"
}

# cannot STATUS MESSAGE FILE: each verb says so, nothing changes, and check has it as a finding
cannot() {
  refused "$1" "$2" start -n "$3"
  refused "$1" "$2" label "$3"
  refused "$1" "$2" start "$3"
  run svirt check "$3"
  assert_equal "$status" 1
  assert_line --regexp '^FAIL +svirt-limits +domain a'
}

@test "the group has the limits of the document, and dominfo shows what is in force" {
  real_guests
  local file
  file=$(limited "<vcpu>2</vcpu>
  <cputune><shares>512</shares><quota>50000</quota></cputune>
  <memtune><hard_limit unit='MiB'>512</hard_limit><soft_limit unit='MiB'>400</soft_limit>
  <swap_hard_limit unit='MiB'>612</swap_hard_limit></memtune>")
  svirt -q start -n "$file"
  run -0 svirt check "$file"
  assert_line --regexp '^PASS +svirt-limits +domain a'
  svirt -q start "$file"
  assert_equal "$(value a cpu.weight)" 512
  assert_equal "$(value a cpu.max)" "100000 100000"
  assert_equal "$(value a memory.max)" 536870912
  assert_equal "$(value a memory.high)" 419430400
  assert_equal "$(value a memory.swap.max)" 104857600
  assert_equal "$(value a pids.max)" 1026
  grep -qx "$(guest_pid a)" "$GROUPS_AT/svirt/a/cgroup.procs"
  (($(value a memory.current) > 1000000))
  run svirt dominfo a
  assert_line --regexp '^Limit: +cpu.max 100000 100000$'
  assert_line --regexp '^Limit: +memory.max 536870912$'
  assert_equal "$(svirt --json dominfo a | jq -r '.results[0].limits[] | select(.file == "pids.max").value')" 1026
  # the caller's answer is the kernel's
  echo max >"$GROUPS_AT/svirt/a/memory.high"
  run svirt dominfo a
  refute_line --partial memory.high
  svirt -q destroy a
  wait_for 10 idle
  nothing_left
  refute [ -e "$GROUPS_AT/svirt/a" ]
}

@test "a disk of the host: its reads and writes have a limit, by its number" {
  local disk
  disk=$(find /dev -maxdepth 1 -type b \( -name ubda -o -name vda -o -name sda \) | head -1)
  svirt -q start "$(limited "<blkiotune><device><path>$disk</path><read_bytes_sec>1000000</read_bytes_sec></device></blkiotune>")"
  assert_equal "$(value a io.max)" "$((0x$(stat -c %t "$disk"))):$((0x$(stat -c %T "$disk"))) rbps=1000000 wbps=max riops=max wiops=max"
  svirt -q destroy a
  wait_for 10 idle
  # one disk by two names: a link that only root can change, and another node
  mkdir -p /dev/svirt-links
  ln -sfn "$disk" /dev/svirt-links/one
  svirt -q start "$(limited "<blkiotune><device><path>/dev/svirt-links/one</path><read_bytes_sec>1000000</read_bytes_sec></device></blkiotune>")"
  [[ $(value a io.max) == *" rbps=1000000 "* ]]
  svirt -q destroy a
  wait_for 10 idle
  mknod /dev/svirt-links/two b "$((0x$(stat -c %t "$disk")))" "$((0x$(stat -c %T "$disk")))"
  cannot 2 "*/a.xml:6: blkiotune/device: /dev/svirt-links/two is the disk $disk, which has a <device> in line 6" \
    "$(limited "<blkiotune><device><path>$disk</path><read_bytes_sec>1000000</read_bytes_sec></device><device><path>/dev/svirt-links/two</path><read_bytes_sec>9000000</read_bytes_sec></device></blkiotune>")"
  rm -r /dev/svirt-links
  cannot 2 "*/a.xml:6: blkiotune/device: /dev/null is no block device" \
    "$(limited "<blkiotune><device><path>/dev/null</path><read_iops_sec>1</read_iops_sec></device></blkiotune>")"
  cannot 6 "*/a.xml:6: blkiotune/device: /dev/nosuch: No such file or directory" \
    "$(limited "<blkiotune><device><path>/dev/nosuch</path><read_iops_sec>1</read_iops_sec></device></blkiotune>")"
}

@test "what this kernel has not is refused, before anything has changed" {
  local file
  if has cpuset; then
    cannot 3 "*/a.xml:6: vcpu: this host has no CPU 1023 that runs" "$(limited "<vcpu cpuset='0,1023'>1</vcpu>")"
    svirt -q start "$(limited "<vcpu cpuset='0'>1</vcpu>")"
    assert_equal "$(value a cpuset.cpus)" 0
    svirt -q destroy a
    wait_for 10 idle
  else
    cannot 3 "*/a.xml:6: vcpu: this host's control groups have no controller 'cpuset', so svirt cannot set cpuset.cpus" \
      "$(limited "<vcpu cpuset='0'>1</vcpu>")"
    assert_output --partial "cgroup_no_v1=cpuset"
  fi
  # known as soon as any guest's group has the controller, which the guest of the test before had
  if [[ ! -e /sys/fs/cgroup/io.cost.qos && ! -d /sys/module/bfq ]]; then
    cannot 3 "*/a.xml:6: blkiotune/weight: control groups of this kernel have no file io.weight" \
      "$(limited "<blkiotune><weight>300</weight></blkiotune>")"
  fi
  file=$(limited "<memtune><hard_limit unit='MiB'>512</hard_limit></memtune>")
  umount "$GROUPS_AT"
  cannot 3 "*/a.xml:6: memtune/hard_limit: this host has no control groups of version 2 that svirt may write, so it cannot set memory.max" "$file"
  echo 'processes = 100' >"$CONF"
  cannot 3 "processes= of svirt.conf(5): this host has no control groups of version 2 that svirt may write, so it cannot set pids.max" \
    "$(limited '')"
  # svirt's own bound is none that anybody has asked for
  rm "$CONF"
  svirt -q start "$(limited '')"
  svirt -q destroy a
  wait_for 10 idle
}

@test "a guest that forks without end has as many processes as svirt.conf says, and ends" {
  echo 'processes = 64
memory_overhead = 1024' >"$CONF"
  svirt -q start "$(make_hostile a fork-bomb)"
  assert_equal "$(value a pids.max)" 65
  assert_equal "$(value a memory.max)" $(((32 + 1024) * 1048576))
  run -0 played a fork-bomb
  assert_line "fork: denied EAGAIN"
  assert_line "forked 64"
  assert_equal "$(value a pids.current)" 65
  answered fork-bomb "as many children as it can get" "EAGAIN at pids.max"
  svirt -q destroy a
  wait_for 10 idle
  nothing_left
}

@test "QEMU keeps the limits of disks" {
  local file name
  for name in a b c; do make_disk "$IMG/$name.img" 1M; done
  file=$(write_domain a --disk "$IMG/a.img:virtio" --disk "$IMG/b.img:virtio" --disk "$IMG/c.img:sata:cdrom" --machine q35)
  sed -i "/target dev='vda'/a <iotune><total_iops_sec>100</total_iops_sec><total_iops_sec_max>200</total_iops_sec_max><total_iops_sec_max_length>5</total_iops_sec_max_length><group_name>g</group_name></iotune>
    /target dev='vdb'/a <iotune><group_name>g</group_name></iotune>
    /target dev='sda'/a <iotune><read_bytes_sec>100000</read_bytes_sec><write_bytes_sec>5</write_bytes_sec></iotune>" "$file"
  svirt -q start "$file"
  tr '\0' '\n' <"/proc/$(guest_pid a)/cmdline" >"$LAB_SCRATCH/argv"
  assert_equal "$(grep -c '"qom-type":"throttle-group"' "$LAB_SCRATCH/argv")" 2
  assert_equal "$(grep -c '"driver":"throttle"' "$LAB_SCRATCH/argv")" 3
  svirt -q destroy a
  wait_for 10 idle
  nothing_left
}
