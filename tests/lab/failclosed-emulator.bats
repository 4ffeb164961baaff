#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Emulators that are missing, have a type that no guest may execute, die, or are other programs. Each case has its
# exit code and message, no process is left, and labels and owners are what they were.
# lab: timeout=600

load helper
load guest

FAKE=/usr/local/bin/fake-vmm

# Labels may have been set and restored, so change times are left out of the comparison.
everything() {
  inode_of "$IMG"/*
  find /run/svirt /var/lib/svirt -path /run/svirt/.ended -prune -o -printf '%p %Z %U:%G %m\n' | sort
  sqlite3 -readonly /var/lib/svirt/state.db 'SELECT * FROM guest; SELECT * FROM object; SELECT * FROM hold'
}
emulators() { pgrep -c -f '^/usr/(bin/qemu-system|local/bin/fake)' || :; }

setup_file() {
  make_boot "$IMG/a.img" "$HALT"
  svirt -q restore --all
}
setup() { lab_setup; }

# with_emulator PATH: prints the domain file of a guest with this emulator
with_emulator() { write_domain a --disk "$IMG/a.img" --devices "<emulator>$1</emulator>"; }

# fake PROGRAM [TYPE]: a copy of PROGRAM is the emulator
fake() {
  install -m 755 "$1" $FAKE
  chcon -t "${2-qemu_exec_t}" $FAKE
}

@test "missing" {
  refused 6 "emulator /usr/bin/nowhere: No such file or directory" start "$(with_emulator /usr/bin/nowhere)"
  assert_line "svirt: hint: install it, name another in <emulator>, or set emulator= in svirt.conf(5)"
}

@test "not executable" {
  fake /bin/true
  chmod 644 $FAKE
  refused 4 "emulator $FAKE: Permission denied" start "$(with_emulator $FAKE)"
}

@test "of a type without entrypoint for guests" {
  fake /bin/true bin_t
  refused 4 "*" start "$(with_emulator $FAKE)"
  assert_output --partial "$FAKE"
  # the manager may execute its monitor, but the monitor is not an entrypoint of a guest
  refused 4 "/usr/libexec/svirt/svirt-monitor: svirt_t may not { entrypoint * } on svirt_monitor_exec_t (file)" \
    start "$(with_emulator /usr/libexec/svirt/svirt-monitor)"
}

@test "dies at once without a message" {
  fake /bin/false
  refused 3 "the emulator ended with status 1 and said nothing" start "$(with_emulator $FAKE)"
}

@test "dies with a message: its last line without the program's name is reported" {
  fake /usr/bin/qemu-system-x86_64
  # the emulator's hint, "Use -machine help ...", is not reported as the reason
  refused 3 "the emulator says: unsupported machine type" \
    start "$(write_domain a --disk "$IMG/a.img" --devices "<emulator>$FAKE</emulator>" --machine pc-i440fx-0.1)"
}

@test "not a program" {
  echo garbage >"$LAB_SCRATCH/garbage"
  fake "$LAB_SCRATCH/garbage"
  refused 3 "cannot execute $FAKE as system_u:system_r:svirt_t:s0:c*: Exec format error" start "$(with_emulator $FAKE)"
}

@test "a script: its interpreter is not an entrypoint of a guest" {
  printf '#!/bin/sh\nexec /usr/bin/qemu-system-x86_64 "$@"\n' >"$LAB_SCRATCH/script"
  fake "$LAB_SCRATCH/script"
  refused 4 "cannot execute $FAKE as system_u:system_r:svirt_t:s0:c*: Permission denied" start "$(with_emulator $FAKE)"
  run denials
  assert_line --regexp "denied +\{ execute \} .*tcontext=system_u:object_r:shell_exec_t:s0 tclass=file permissive=0"
}

@test "does not speak QMP" {
  # it writes its arguments to standard output, which is not the QMP socket, and ends
  fake /bin/echo
  refused 3 "the emulator says: *" start "$(with_emulator $FAKE)"
}

@test "may not open its disk: the start is refused, and the message names the disk" {
  local domain
  domain=$(write_domain a --disk "$IMG/a.img" --type static --model selinux --relabel no --label system_u:system_r:svirt_t:s0:c1,c2 \
    --extra "<seclabel type='none' model='dac'/>")
  refused 4 "*the guest's user (*) may not write $IMG/a.img" start "$domain"
  refute_line --partial "the emulator says"
}

@test "after all of this a guest starts" {
  run svirt -q start "$(with_emulator /usr/bin/qemu-system-x86_64)"
  assert_success
  assert_equal "$(domain_of "$(guest_pid a)")" "$(guest_label a)"
}
