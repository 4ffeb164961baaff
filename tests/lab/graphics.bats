#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Displays of guests: sockets in the guest's own directory, which no process at another level can reach, and the
# answer at the other end of a SPICE connection.
# lab: timeout=600

load helper
load guest

OTHER=system_u:system_r:svirt_t:s0:c5,c6
# RED_MAGIC: the first bytes of a SPICE client, and of the server's answer
MAGIC=REDQ

teardown() {
  guest_teardown
  rm -rf "${IMG:?}"/*
}

# only_for_a SOCKET: it has the guest's label, and another guest cannot connect
only_for_a() {
  assert_equal "$(label_of "$1")" "$(guest_image a)"
  run probe_as "$OTHER" connect "$1"
  assert_output "connect $1: denied EACCES"
}

# greet SOCKET: sends the first message of a SPICE client at the guest's level, and prints the start of the answer
greet() {
  # magic, version 2.2, 18 more bytes: no connection yet, the main channel, no capabilities
  printf '%s\2\0\0\0\2\0\0\0\x12\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0\x12\0' "$MAGIC" |
    runcon -l "$(level_of "$(guest_label a)")" socat -t 5 - "UNIX-CONNECT:$1" | head -c 4
}

@test "SPICE as libvirt writes it: a socket in the guest's own directory" {
  local socket=/run/svirt/a/guest/spice.sock file
  file=$(write_domain a --devices "<graphics type='spice' autoport='yes'><listen type='address'/><image compression='off'/></graphics>" \
    --devices "<channel type='spicevmc'><target type='virtio' name='com.redhat.spice.0'/></channel>" \
    --devices "<redirdev bus='usb' type='spicevmc'/>" --devices "<smartcard mode='passthrough' type='spicevmc'/>" \
    --devices "<serial type='spiceport'><source channel='org.qemu.console.serial.0'/></serial>" \
    --devices "<video><model type='qxl' ram='65536' vram='65536' vgamem='16384' heads='1'/></video><audio id='1' type='spice'/>")
  run jq -r '.results[0].steps[] | [.target, .path, .action] | join(" ")' <<<"$(svirt --json label -n "$file" 2>/dev/null)"
  assert_line "spice $socket create"
  # the start makes the directory of the socket
  svirt -q check "$file"
  svirt -q start "$file"
  only_for_a "$socket"
  assert_equal "$(greet "$socket")" "$MAGIC"
  run ss -Hltn
  refute_output --partial :59
  run denials
  refute_output --partial 'comm="qemu'
  svirt -q destroy a
  assert_not_exists /run/svirt/a
}

@test "SPICE at a port, beside VNC at a socket in the guest's own directory" {
  svirt -q start "$(write_domain a --devices "<graphics type='spice' port='5930' autoport='no'/>" \
    --devices "<graphics type='vnc'><listen type='socket'/></graphics>")"
  run ss -Hltn
  assert_output --partial 127.0.0.1:5930
  only_for_a /run/svirt/a/guest/vnc.sock
  svirt -q destroy a
}

@test "SPICE and VNC that nobody can connect to" {
  svirt -q start "$(write_domain a --devices "<graphics type='spice'><listen type='none'/></graphics>" \
    --devices "<graphics type='vnc'><listen type='none'/></graphics>")"
  run ss -Hltn
  refute_output --partial :59
  [[ -z $(find /run/svirt/a/guest -type s) ]]
}
