#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A swtpm that is another program, or that has another label than svirt asked for: it is ended before it gets its
# state, and no emulator is started. An enforcing kernel does not let this happen, so this kernel is permissive, and
# swtpm is a script.
# lab: timeout=600 enforcing=0

load helper
load guest

# outside of the directories that "refused" compares: the state is labelled before swtpm starts, and restored
STATE=/srv/tpm

setup_file() {
  mkdir -m 700 $STATE
  write_domain a --devices "<tpm><backend type='emulator'><source type='dir' path='$STATE'/></backend></tpm>" >/dev/null
  mv /usr/bin/swtpm /usr/bin/swtpm.away
  svirt -q restore --all
}
teardown_file() { mv /usr/bin/swtpm.away /usr/bin/swtpm; }
setup() { lab_setup; }

# becomes LINE...: the script that is swtpm; its control connection is descriptor 3
becomes() {
  printf '#!/bin/bash\n%s\n' "$*" >/usr/bin/swtpm
  chmod 755 /usr/bin/swtpm
  restorecon /usr/bin/swtpm
}

# ended STATUS MESSAGE: the start is refused with them, no swtpm is left, and it has made no file
ended() {
  refused "$1" "$2" start "$LAB_SCRATCH/a.xml"
  assert_equal "$(pgrep -c -f '/usr/bin/swtpm' || :)" 0
  assert_equal "$(ls -A $STATE)" ""
}

@test "another level: killed" {
  becomes 'exec runcon -l s0 /usr/bin/swtpm.away "$@"'
  ended 4 "swtpm runs as system_u:system_r:svirt_t:s0, not as system_u:system_r:svirt_t:s0:c*: it was ended"
}

@test "another type: killed" {
  becomes 'exec runcon -t svirt_prot_exec_t /usr/bin/swtpm.away "$@"'
  ended 4 "swtpm runs as system_u:system_r:svirt_prot_exec_t:s0:c*, not as system_u:system_r:svirt_t:s0:c*: it was ended"
}

@test "it ends without a message" {
  becomes 'exit 3'
  ended 3 "swtpm ended with status 3 and said nothing"
}

@test "it ends with messages: the first one is reported" {
  becomes 'printf "swtpm: the reason\nswtpm: what came of it\n" >&2; exit 1'
  ended 3 "swtpm says: the reason"
}

@test "it answers with an error" {
  becomes 'printf "\0\0\0\0\0\0\377\377\0\0\0\11" >&3; sleep 60'
  ended 9 "swtpm answers with error 0x9"
}

@test "it answers with an unknown message" {
  becomes 'printf "What?" >&3; sleep 60'
  ended 9 "swtpm gives half an answer"
}

@test "it does not answer" {
  becomes 'sleep 100'
  ended 9 "swtpm does not answer"
}

@test "messages of swtpm are not reported as last words of the emulator" {
  # shellcheck disable=SC2016
  becomes 'echo "swtpm: chatter" >&2; exec /usr/bin/swtpm.away "$@"'
  printf '#!/bin/sh\nexit 3\n' >/usr/local/bin/fake-vmm
  chmod 755 /usr/local/bin/fake-vmm
  chcon -t qemu_exec_t /usr/local/bin/fake-vmm
  sed -i 's|<devices>|&<emulator>/usr/local/bin/fake-vmm</emulator>|' "$LAB_SCRATCH/a.xml"
  refused 3 "the emulator ended with status 3 and said nothing" start "$LAB_SCRATCH/a.xml"
  assert_equal "$(pgrep -c -f '/usr/bin/swtpm' || :)" 0
}
