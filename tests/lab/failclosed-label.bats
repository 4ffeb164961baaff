#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The label is verified: an emulator that answers, but whose process has another label than svirt asked for, is
# killed. An enforcing kernel does not let this happen, so this kernel is permissive, and the emulator is a script
# that changes its label before it executes QEMU.
# lab: timeout=600 enforcing=0

load helper
load guest

FAKE=/usr/local/bin/fake-vmm

everything() {
  inode_of "$IMG"/*
  find /run/svirt /var/lib/svirt -path /run/svirt/.ended -prune -o -printf '%p %Z %U:%G %m\n' | sort
  sqlite3 -readonly /var/lib/svirt/state.db 'SELECT * FROM guest; SELECT * FROM object; SELECT * FROM hold'
}

setup_file() {
  make_boot "$IMG/a.img" "$HALT"
  svirt -q restore --all
}
setup() { lab_setup; }

# moves RUNCON-OPTION...: a guest whose emulator changes its label with these options
moves() {
  printf '#!/bin/sh\nexec runcon %s /usr/bin/qemu-system-x86_64 "$@"\n' "$*" >$FAKE
  chmod 755 $FAKE
  chcon -t qemu_exec_t $FAKE
  write_domain a --disk "$IMG/a.img" --devices "<emulator>$FAKE</emulator>"
}

@test "the same script without a change of label: it starts" {
  run svirt -q start "$(moves -t svirt_t)"
  assert_success
  assert_equal "$(domain_of "$(guest_pid a)")" "$(guest_label a)"
}

@test "another type: killed" {
  refused 4 "the emulator runs as system_u:system_r:svirt_prot_exec_t:s0:c*, not as system_u:system_r:svirt_t:s0:c*: it was ended" \
    start "$(moves -t svirt_prot_exec_t)"
}

@test "another level: killed" {
  refused 4 "the emulator runs as system_u:system_r:svirt_t:s0, not as system_u:system_r:svirt_t:s0:c*: it was ended" \
    start "$(moves -l s0)"
}

@test "a range that begins with its level: killed" {
  refused 4 "the emulator runs as system_u:system_r:svirt_t:s0-s0:c0.c1023, not as system_u:system_r:svirt_t:s0:c*: it was ended" \
    start "$(moves -l s0-s0:c0.c1023)"
}

@test "another user: killed" {
  refused 4 "the emulator runs as unconfined_u:system_r:svirt_t:s0:c*, not as system_u:system_r:svirt_t:s0:c*: it was ended" \
    start "$(moves -u unconfined_u)"
}
