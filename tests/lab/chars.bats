#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Character devices: what each type opens on the host has the guest's label while the guest runs, is usable by the
# guest, is denied to a guest of another level, and is restored. The test guest prints "svirt test guest" on its first
# serial port.
# lab: timeout=600

load helper
load guest

OTHER=system_u:system_r:svirt_t:s0:c5,c6
SAYS="svirt test guest"

setup() {
  guest_setup
  make_disk "$IMG/a.img" 1M
}

teardown() {
  guest_teardown
  jobs -p | xargs -r kill 2>/dev/null || :
  rm -rf "${IMG:?}"/*
}

# a_with XML...: the domain file of guest a with these devices
a_with() {
  local args=() xml
  for xml in "$@"; do args+=(--devices "$xml"); done
  write_domain a --disk "$IMG/a.img" "${args[@]}"
}

# serial TYPE [SOURCE [REST]]: a first serial port
serial() { echo "<serial type='$1'>${2-}<target port='0'/>${3-}</serial>"; }

# only_for_a PATH: it has the guest's label, and another guest can neither read nor write it
only_for_a() {
  assert_equal "$(label_of "$1")" "$(guest_image a)"
  run probe_as "$OTHER" batch <<<"read $1
write $1"
  assert_line "read $1: denied EACCES"
  assert_line "write $1: denied EACCES"
}

# service COMMAND...: runs in the background, as a service of the host that guests may connect to
service() {
  runcon system_u:system_r:svirt_test_service_t:s0 "$@" </dev/null >"$LAB_SCRATCH/service.log" 2>&1 &
}

@test "the guest agent's channel: a socket in the guest's own directory" {
  local xml="<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>"
  local socket=/run/svirt/a/guest/org.qemu.guest_agent.0.sock
  # the plan is complete before the directory exists
  run jq -r '.results[0].steps[] | select(.target == "channel0") | [.path, .action] | join(" ")' \
    <<<"$(svirt --json label -n "$(a_with "$xml")" 2>/dev/null)"
  assert_line "$socket create"
  svirt -q start "$(a_with "$xml")"
  [[ -S $socket ]]
  assert_equal "$(label_of "$socket")" "$(guest_image a)"
  run probe_as "$OTHER" connect "$socket"
  assert_output "connect $socket: denied EACCES"
  run runcon -l "$(level_of "$(guest_label a)")" socat -u OPEN:/dev/null "UNIX-CONNECT:$socket"
  assert_success
  run denials
  refute_output --partial 'comm="qemu'
  svirt -q destroy a
  assert_not_exists /run/svirt/a
}

@test "a serial port that listens in the guest's own directory carries the guest's output" {
  svirt -q start --paused "$(a_with "$(serial unix "<source mode='bind'/>")")"
  local level
  level=$(level_of "$(guest_label a)")
  runcon -l "$level" socat -u UNIX-CONNECT:/run/svirt/a/guest/serial0.sock "OPEN:$LAB_SCRATCH/said,creat" &
  sleep 0.5
  svirt -q resume a
  wait_for 30 grep -q halted "$LAB_SCRATCH/said"
  grep -q "$SAYS" "$LAB_SCRATCH/said"
}

@test "remains of an earlier run are replaced" {
  # as after a power cut: the directory and a socket of the same name exist, with another guest's label
  local xml
  xml=$(serial unix "<source mode='bind' path='/run/svirt/a/guest/x.sock'/>")
  svirt -q start "$(a_with "$xml")"
  cp -a /run/svirt/a/guest "$LAB_SCRATCH/left"
  svirt -q destroy a
  mkdir -m 711 /run/svirt/a
  cp -a "$LAB_SCRATCH/left" /run/svirt/a/guest
  chcon -R system_u:object_r:svirt_image_t:s0:c7,c8 /run/svirt/a/guest
  run svirt start "$(a_with "$xml")"
  assert_success
  refute_output --partial "was deleted"
  assert_equal "$(label_of /run/svirt/a/guest/x.sock)" "$(guest_image a)"
}

@test "no other file of svirt's directories is accepted for a guest" {
  local place="*/a.xml:[0-9]*: "
  refused 2 "$place/run/svirt/b/lock lies in svirt's own directory /run/svirt" \
    start "$(a_with "$(serial file "<source path='/run/svirt/b/lock'/>")")"
  refused 2 "$place/run/svirt/b/guest/x.sock lies in svirt's own directory /run/svirt" \
    start "$(a_with "$(serial unix "<source mode='connect' path='/run/svirt/b/guest/x.sock'/>")")"
  refused 2 "$place/run/svirt/a/guest/a.img lies in svirt's own directory /run/svirt" \
    start "$(write_domain a --disk /run/svirt/a/guest/a.img)"
}

@test "a listening socket that exists already: the guest makes it anew, and it is not restored" {
  local xml socket=$IMG/s/x.sock
  mkdir "$IMG/s"
  chcon -t svirt_image_t "$IMG/s"
  chmod 777 "$IMG/s"
  perl -MSocket -e 'socket(S, PF_UNIX, SOCK_STREAM, 0); bind(S, sockaddr_un($ARGV[0])) or die' "$socket"
  local before
  before=$(stat -c %i "$socket")
  xml=$(serial unix "<source mode='bind' path='$socket'/>")
  run svirt start "$(a_with "$xml")"
  assert_success
  refute_output --partial "was deleted"
  assert_not_equal "$(stat -c %i "$socket")" "$before"
  assert_equal "$(level_of "$(label_of "$socket")")" "$(level_of "$(guest_label a)")"
  assert_equal "$(sqlite3 -readonly /var/lib/svirt/state.db "SELECT count(*) FROM hold WHERE path = '$socket'")" 0
  # after a kill the socket stays, with the label of an ended guest, and the next start removes it
  kill -9 "$(guest_pid a)"
  wait_for 10 gone a
  assert_exists "$socket"
  run svirt start "$(a_with "$xml")"
  assert_success
  run svirt destroy a
  assert_success
  refute_output --partial "was deleted"
}

@test "a directory that the guest may not write: the message has the remedy" {
  mkdir "$IMG/s"
  chcon -t etc_t "$IMG/s"
  chmod 777 "$IMG/s"
  run svirt start "$(a_with "$(serial unix "<source mode='bind' path='$IMG/s/x.sock'/>")")"
  assert_failure 4
  assert_line --partial "the policy keeps the guest from { write add_name } on $IMG/s (dir,"
  # an existing socket needs the same permissions, because QEMU removes it first
  perl -MSocket -e 'socket(S, PF_UNIX, SOCK_STREAM, 0); bind(S, sockaddr_un($ARGV[0])) or die' "$IMG/s/x.sock"
  chcon -t var_t "$IMG/s/x.sock"
  run svirt start "$(a_with "$(serial unix "<source mode='bind' path='$IMG/s/x.sock'/>")")"
  assert_failure 4
  assert_line --partial "the policy keeps the guest from { write add_name } on $IMG/s (dir,"
  run svirt list
  refute_output --partial a
}

@test "a file that the guest creates, and the log of a port" {
  mkdir "$IMG/s"
  : >"$IMG/log"
  local before
  before=$(inode_of "$IMG/log")
  svirt -q start "$(a_with "$(serial pty "" "<log file='$IMG/log' append='on'/>")" \
    "<parallel type='file'><source path='/run/svirt/a/guest/lpt'/></parallel>")"
  only_for_a "$IMG/log"
  assert_equal "$(label_of /run/svirt/a/guest/lpt)" "$(guest_image a)"
  wait_for 30 grep -q halted "$IMG/log"
  grep -q "$SAYS" "$IMG/log"
  svirt -q destroy a
  assert_equal "$(inode_of "$IMG/log")" "$before"
}

@test "a fifo" {
  mkfifo "$IMG/f"
  local before
  before=$(inode_of "$IMG/f")
  socat -u "OPEN:$IMG/f,rdonly" "OPEN:$LAB_SCRATCH/said,creat" &
  # QEMU tries several names; check covers only the one that QEMU will open
  svirt -q check "$(a_with "$(serial pipe "<source path='$IMG/f'/>")")"
  svirt -q start "$LAB_SCRATCH/a.xml"
  only_for_a "$IMG/f"
  svirt -q destroy a
  assert_equal "$(inode_of "$IMG/f")" "$before"
}

@test "a pair of fifos: the guest uses it, and a file with the bare name is not touched" {
  mkfifo "$IMG/f" "$IMG/f.in" "$IMG/f.out"
  local before
  before=$(inode_of "$IMG/f" "$IMG/f.in" "$IMG/f.out")
  socat -u "OPEN:$IMG/f.out,rdonly" "OPEN:$LAB_SCRATCH/said,creat" &
  sleep 0.5
  svirt -q start "$(a_with "$(serial pipe "<source path='$IMG/f'/>")")"
  only_for_a "$IMG/f.in"
  only_for_a "$IMG/f.out"
  assert_equal "$(inode_of "$IMG/f")" "$(head -1 <<<"$before")"
  wait_for 30 grep -q halted "$LAB_SCRATCH/said"
  grep -q "$SAYS" "$LAB_SCRATCH/said"
  svirt -q destroy a
  assert_equal "$(inode_of "$IMG/f" "$IMG/f.in" "$IMG/f.out")" "$before"
  rm "$IMG/f.in"
  refused 2 "*$IMG/f.out is there and $IMG/f.in is not" start "$(a_with "$(serial pipe "<source path='$IMG/f'/>")")"
}

@test "a serial port of the host" {
  chcon -t tty_device_t /dev/ttyS1
  local before
  before=$(inode_of /dev/ttyS1)
  svirt -q start "$(a_with "$(serial dev "<source path='/dev/ttyS1'/>")")"
  only_for_a /dev/ttyS1
  [[ $(readlink /proc/"$(guest_pid a)"/fd/*) == */dev/ttyS1* ]]
  svirt -q destroy a
  assert_equal "$(inode_of /dev/ttyS1)" "$before"
}

@test "a terminal of the host, a disk or a file is not accepted as a serial port" {
  refused 2 "*/dev/tty1 is a device of the host itself" start "$(a_with "$(serial dev "<source path='/dev/tty1'/>")")"
  refused 2 "*/dev/mem is a device of the host itself" start "$(a_with "$(serial dev "<source path='/dev/mem'/>")")"
  refused 2 "*$IMG/a.img is a regular file, not a character device" \
    start "$(write_domain b --devices "$(serial dev "<source path='$IMG/a.img'/>")")"
  refused 2 "*$IMG/a.img is a regular file, not a fifo" \
    start "$(write_domain b --devices "$(serial pipe "<source path='$IMG/a.img'/>")")"
}

@test "a socket to connect to" {
  service socat -u "UNIX-LISTEN:$IMG/x.sock,fork,mode=666" "OPEN:$IMG/said,creat,append"
  wait_for 10 test -S "$IMG/x.sock"
  local before
  before=$(inode_of "$IMG/x.sock")
  svirt -q start "$(a_with "$(serial unix "<source mode='connect' path='$IMG/x.sock'/>")")"
  assert_equal "$(label_of "$IMG/x.sock")" "$(guest_image a)"
  run probe_as "$OTHER" connect "$IMG/x.sock"
  assert_output "connect $IMG/x.sock: denied EACCES"
  wait_for 30 grep -q halted "$IMG/said"
  grep -q "$SAYS" "$IMG/said"
  svirt -q destroy a
  assert_equal "$(inode_of "$IMG/x.sock")" "$before"
}

@test "a socket of a process that guests may not connect to: the message names the permission" {
  socat -u "UNIX-LISTEN:$IMG/x.sock,mode=666" /dev/null &
  wait_for 10 test -S "$IMG/x.sock"
  local before
  before=$(inode_of "$IMG/x.sock")
  run svirt start "$(a_with "$(serial unix "<source mode='connect' path='$IMG/x.sock'/>")")"
  assert_failure 4
  assert_line --partial "hint: who listens at $IMG/x.sock has to be in a domain"
  assert_equal "$(inode_of "$IMG/x.sock")" "$before"
}

@test "a device's own <seclabel>: another label, or no label" {
  mkfifo "$IMG/f"
  local before
  before=$(inode_of "$IMG/f")
  svirt -q start --shared-level "$(a_with "$(serial pipe "<source path='$IMG/f'><seclabel model='selinux'><label>system_u:object_r:svirt_image_t:s0</label></seclabel></source>")")"
  assert_equal "$(label_of "$IMG/f")" system_u:object_r:svirt_image_t:s0
  svirt -q destroy a
  assert_equal "$(inode_of "$IMG/f")" "$before"
  run svirt start "$(a_with "$(serial pipe "<source path='$IMG/f'><seclabel model='selinux' relabel='no'/></source>")")"
  assert_failure 4
  assert_line --partial "the policy keeps the guest from { getattr open read write } on $IMG/f (fifo_file,"
  refused 2 "*what the guest makes does not get the label of its <seclabel>" start "$(a_with "$(serial unix \
    "<source mode='bind'><seclabel model='selinux'><label>system_u:object_r:svirt_image_t:s0</label></seclabel></source>")")"
}

@test "tcp: no file of the host is labelled" {
  socat -u TCP-LISTEN:2445,bind=127.0.0.1 "OPEN:$LAB_SCRATCH/said,creat" &
  sleep 0.5
  svirt -q start "$(a_with "$(serial tcp "<source mode='connect' host='127.0.0.1' service='2445'/>")" \
    "<serial type='tcp'><source mode='bind' host='127.0.0.1' service='2447'/><protocol type='telnet'/></serial>" \
    "<serial type='vc'/>")"
  wait_for 30 grep -q halted "$LAB_SCRATCH/said"
}
