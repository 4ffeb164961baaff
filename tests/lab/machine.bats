#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Debian's own kernel with Debian's own defaults, on a processor with virtualisation: what User Mode Linux cannot
# show. Its answers to an emulator that was taken over stand in SECURITY.md too (tests/lab/hostile-debian.expected).
# lab: kernel=debian timeout=1200

load helper
load guest
load hostile

setup_file() {
  export TABLE=$LAB_SCRATCH/table
  : >"$TABLE"
  # as udev has it: for root and a group
  groupadd -f -r kvm
  chgrp kvm /dev/kvm
  chmod 660 /dev/kvm
  useradd -r -M -g kvm vmm
}

# refused_by_all WORDS FILE: check says it, the dry run and the start end with 4 for it, and nothing is changed
refused_by_all() {
  local dry before
  before=$(find "$IMG" -printf '%p %Z %U:%G %m\n' | sort)
  run svirt check "$2"
  assert_failure 1
  assert_output --partial "$1"
  for dry in -n ''; do
    # shellcheck disable=SC2086 # nothing, or an option
    run svirt start $dry "$2"
    assert_failure 4
    assert_line --partial "$1"
    refute_line --partial "the emulator says"
  done
  assert_equal "$(find "$IMG" -printf '%p %Z %U:%G %m\n' | sort)" "$before"
}

# seen FILE: its boot sector has run
seen() { dd if="$1" bs=512 skip=2 count=1 status=none | grep -q SEEN; }

@test "without KVM, by default: refused, and the boolean named; with it, the guest runs" {
  make_disk "$IMG/t.img" 1M
  run getsebool virt_use_execmem
  assert_output "virt_use_execmem --> off"
  refused_by_all "run code that it wrote (process { execmem })" "$(write_domain t --disk "$IMG/t.img")"
  run svirt start "$(write_domain t --disk "$IMG/t.img")"
  assert_line --partial "setsebool -P virt_use_execmem on"
  setsebool virt_use_execmem on
  svirt -q start "$(write_domain t --disk "$IMG/t.img")"
  wait_for 200 seen "$IMG/t.img"
  svirt -q destroy t
  setsebool virt_use_execmem off
}

@test "with KVM, as a user that may not open /dev/kvm: refused, and who may is said" {
  make_disk "$IMG/k.img" 1M
  refused_by_all "/dev/kvm" "$(write_domain k --virt kvm --disk "$IMG/k.img")"
}

@test "with KVM, as a user that may: the guest runs, without the boolean, and only what runs as it is a KVM guest" {
  local pid
  make_disk "$IMG/k.img" 1M
  echo 'user = vmm' >/etc/svirt/svirt.conf
  # the guest's user may not open these: it gets them as descriptors
  chmod 600 /dev/vhost-net /dev/vhost-vsock
  write_domain k --virt kvm --disk "$IMG/k.img" --devices "<vsock><cid address='3'/></vsock>" \
    --devices "<interface type='ethernet'><model type='virtio'/><driver name='vhost'/></interface>"
  run svirt check "$LAB_SCRATCH/k.xml"
  assert_success
  svirt -q start "$LAB_SCRATCH/k.xml"
  pid=$(guest_pid k)
  wait_for 200 seen "$IMG/k.img"
  run readlink "/proc/$pid/fd/"*
  assert_line "anon_inode:kvm-vm"
  assert_line /dev/vhost-net
  assert_line /dev/vhost-vsock
  assert_equal "$(domain_of "$pid")" "$(guest_label k)"
  svirt -q destroy k
  [[ ! -d /proc/$pid ]]
  assert_equal "$(type_of "$(label_of "$IMG/k.img")")" var_t
  rm /etc/svirt/svirt.conf
}

@test "what an emulator that was taken over reaches of this kernel" {
  local file
  file=$(make_hostile a "namespaces io-uring selinux mounts kernel own-code" "host-pid $$")
  sed -i "s/type='qemu'/type='kvm'/" "$file"
  echo 'user = vmm' >/etc/svirt/svirt.conf
  svirt -q start "$file"
  PATIENCE=60 played a own-code >/dev/null
  svirt -q destroy a
  rows a namespaces io-uring selinux
  run grep -vxFf "$LAB_TESTS/lab/hostile.expected" "$TABLE"
  assert_output ''
  : >"$TABLE"
  # Landlock, which this kernel has, is asked about mounts before SELinux is
  rows a mounts kernel own-code
  diff "$LAB_TESTS/lab/hostile-debian.expected" "$TABLE"
}
