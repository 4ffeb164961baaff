#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Tests of the lab itself. The other lab tests depend on an enforcing kernel, the stock policy's decisions, QEMU, the
# test guest, and boots that leave nothing behind.
# lab: timeout=600 module=0

load helper

svirt_guest=system_u:system_r:svirt_t:s0:c1,c2

@test "the kernel enforces" {
  run getenforce
  assert_output Enforcing
  grep -q selinux /sys/kernel/security/lsm
}

@test "the tests run in the requested context" {
  run id -Z
  assert_output "$LAB_CONTEXT"
}

@test "without svirt's module unconfined_t may not transition to a guest's domain" {
  run runcon "$svirt_guest" /usr/bin/qemu-system-x86_64 --version
  assert_failure
  run denials
  assert_output --partial "{ transition }"
}

@test "the configuration has its label" {
  [[ $(type_of "$(label_of /etc/selinux/config)") == selinux_config_t ]]
  [[ $(type_of "$(label_of /usr/bin/qemu-system-x86_64)") == qemu_exec_t ]]
  [[ $(type_of "$(label_of "$LAB_SCRATCH")") == tmp_t ]]
}

@test "QEMU starts" {
  run timeout 20 qemu-system-x86_64 -machine none -display none -nodefaults -qmp stdio <<<'{"execute":"qmp_capabilities"}{"execute":"quit"}'
  assert_success
  assert_output --partial '"QMP"'
}

@test "the test guest boots, reads and writes its disk, and halts" {
  make_disk "$LAB_SCRATCH/a.img" 1M
  qemu-system-x86_64 -display none -nodefaults -m 16 -serial "file:$LAB_SCRATCH/serial" \
    -drive "file=$LAB_SCRATCH/a.img,format=raw,if=ide" &
  wait_for 30 grep -q halted "$LAB_SCRATCH/serial"
  kill $!
  wait $! || true
  run cat "$LAB_SCRATCH/serial"
  assert_line --partial "svirt test guest"
  assert_line --partial "D0 R+W+"
  run disk_mark "$LAB_SCRATCH/a.img"
  assert_output "SEEN-a.img"
}

@test "the probe prints what is allowed and what is denied" {
  run "$LAB_TOOLS/probe" batch <<<$'read /etc/passwd\nread /nowhere\npacket-socket'
  assert_line "read /etc/passwd: allowed"
  assert_line "read /nowhere: denied ENOENT"
  assert_line "packet-socket: allowed"
}

@test "files that an earlier boot wrote are gone" {
  [ ! -e /var/svirt-lab-was-here ]
  touch /var/svirt-lab-was-here
}

@test "no other user may write to the scratch directory" {
  run setpriv --reuid=65534 --regid=65534 --clear-groups mktemp "$LAB_SCRATCH/XXXXXX"
  assert_success
}
