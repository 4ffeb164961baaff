#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# AppArmor: each guest runs in a profile of its own. The tests judge by what the kernel allowed and denied. All guests
# have the same user, except in the first test, so the owner of a file never separates them.
# lab: lsm=apparmor enforcing=1 timeout=600

bats_require_minimum_version 1.5.0
load helper
load guest

AA=/sys/kernel/security/apparmor
RULES=/usr/share/svirt/apparmor/svirt-qemu
PARSER=/usr/sbin/apparmor_parser

one_user() { mkdir -p /etc/svirt/svirt.conf.d && echo 'uid_range = none' >/etc/svirt/svirt.conf.d/users.conf; }

setup() {
  guest_setup
  one_user
  rm -rf "${IMG:?}"/*
}

# uuid N: the UUID of guest number N
uuid() { printf '%08d-1111-4222-8333-444455556666' "$1"; }

# guest NAME N [OPTION...]: write_domain for a guest with its UUID and its disk
guest() {
  local name=$1 n=$2
  shift 2
  make_disk "$IMG/$name.img" 1M
  write_domain "$name" --extra "<uuid>$(uuid "$n")</uuid>" --disk "$IMG/$name.img" --serial "$@"
}

# profile_of PID: the profile of a process, as the kernel reports it
# loaded: the svirt profiles that the kernel has loaded
profile_of() { cat "/proc/$1/attr/apparmor/current"; }
loaded() { sed -n 's/^\(svirt-.*\) (\(.*\))$/\1 \2/p' $AA/profiles; }

# as_guest NAME WORDS...: one try of the probe in the profile of a running guest, as the guest's user
# as_root_guest: the same as root, for tries that the user's permissions would refuse anyway
as_guest() {
  local as=(setpriv --reuid=65534 --regid=65534 --clear-groups --no-new-privs) label
  [[ $1 != -r ]] || { as=() && shift; }
  label=$(profile_of "$(guest_pid "$1")")
  shift
  # shellcheck disable=SC2016 # the inner shell's
  "${as[@]}" /bin/bash -c 'printf "exec %s" "$0" >/proc/self/attr/apparmor/exec && exec "$@"' "${label% (enforce)}" "$LAB_TOOLS/probe" "$@"
}
as_root_guest() { as_guest -r "$@"; }

# said_denied PROFILE TEXT: the kernel has logged the denial in this test; prints the record
said_denied() {
  local line
  line=$(denials | grep -F "profile=\"$1\"" | grep -F -- "$2" | head -n 1)
  [[ -n $line ]] || { denials && return 1; }
  echo "# $line" >&3
}

@test "guests have users of their own: the kernel does not protect a socket from processes of the same user" {
  local sockets="<channel type='unix'><source mode='bind'/><target type='virtio' name='x'/></channel>" a b socket
  rm /etc/svirt/svirt.conf.d/users.conf
  run svirt info
  assert_line --regexp '^Own users: +1879048192-1879113727$'
  svirt -q start "$(guest a 1 --devices "$sockets")"
  svirt -q start "$(guest b 2 --devices "$sockets")"
  a=$(stat -c %u "/proc/$(guest_pid a)") b=$(stat -c %u "/proc/$(guest_pid b)")
  assert_not_equal "$a" "$b"
  ((a >= 1879048192 && b >= 1879048192))
  assert_equal "$(stat -c '%u %g' "$IMG/a.img")" "$a $a"
  socket=$(find /run/svirt/b/guest -type s | head -n 1)
  [[ -S $socket ]]
  run setpriv --reuid="$a" --regid=65534 --clear-groups "$LAB_TOOLS/probe" connect "$socket"
  echo "# $output" >&3
  assert_output --partial ': denied EACCES'
  # the socket exists and works: its own user can connect to it
  run setpriv --reuid="$b" --regid=65534 --clear-groups "$LAB_TOOLS/probe" connect "$socket"
  assert_output --partial ': allowed'
  svirt -q destroy a
  svirt -q destroy b
  assert_equal "$(stat -c '%u %g' "$IMG/a.img")" '0 0'
}

@test "a guest runs in a profile of its own: its disk works, nothing is denied, and its end removes everything" {
  run -0 svirt start "$(guest a 1)"
  assert_line "Guest a started: svirt-$(uuid 1)"
  wait_halted a
  run -0 profile_of "$(guest_pid a)"
  assert_output "svirt-$(uuid 1) (enforce)"
  run -0 loaded
  assert_output "svirt-$(uuid 1) enforce"
  assert [ -n "$(disk_mark "$IMG/a.img")" ]
  assert_equal "$(denials)" ''
  run -0 svirt dominfo a
  assert_line "Security model: apparmor"
  assert_line --regexp "^Security label: svirt-$(uuid 1) \(apparmor/.*enforcing\)$"
  run -0 svirt destroy a
  run -0 loaded
  assert_output ''
}

@test "another guest's disk, process and memory are denied by the kernel" {
  svirt -q start "$(guest a 1)"
  svirt -q start "$(guest b 2)"
  local b a me
  me=svirt-$(uuid 1) b=$(guest_pid b) a=$(guest_pid a)
  # both disks have the same owner, so the mode does not decide
  assert_equal "$(stat -c %u "$IMG/a.img" "$IMG/b.img" | sort -u | wc -l)" 1
  run as_guest a write "$IMG/a.img"
  assert_output "write $IMG/a.img: allowed"
  local try
  for try in "read $IMG/b.img" "write $IMG/b.img" "read $(serial_of b)" "kill $b 0" "kill $b 9" "ptrace $b" "proc-mem $b" "proc-read $b maps" "kill $(monitor_of a) 9"; do
    # shellcheck disable=SC2086 # words
    run as_guest a $try
    assert_output --regexp 'denied (EACCES|EPERM)$'
    echo "# $output" >&3
  done
  said_denied "$me" "name=\"$IMG/b.img\""
  said_denied "$me" 'operation="signal"'
  said_denied "$me" 'operation="ptrace"'
  run as_guest a kill "$a" 0
  assert_output --partial ': allowed'
}

@test "a guest is denied secrets, devices, svirt's own files, another profile and raw packets" {
  svirt -q start "$(guest a 1)"
  local me try
  me=svirt-$(uuid 1)
  for try in 'read /etc/shadow' 'read /dev/mem' 'write /dev/kmsg' 'read /var/lib/svirt/state.db' 'read /run/svirt/a/lock' \
    "write $AA/.replace" 'list /srv' 'create /etc/new' 'write /proc/sys/kernel/core_pattern' \
    'setexec unconfined' 'setcon unconfined' packet-socket; do
    # shellcheck disable=SC2086 # words
    run as_root_guest a $try
    assert_output --regexp 'denied (EACCES|EPERM)$'
    echo "# $output" >&3
  done
  # these denials are logged even where a rule from the document would allow the access
  said_denied "$me" 'name="/etc/shadow"'
  said_denied "$me" 'name="/var/lib/svirt/state.db"'
  said_denied "$me" 'name="/run/svirt/a/lock"'
}

@test "only a guest whose document asks for /dev/kvm gets it" {
  [[ -e /dev/kvm ]] || mknod -m 666 /dev/kvm c 10 232
  svirt -q start "$(guest a 1)"
  run as_guest a write /dev/kvm
  assert_output 'write /dev/kvm: denied EACCES'
  said_denied "svirt-$(uuid 1)" 'name="/dev/kvm"'
  # this kernel has no KVM, so the error is not a denial
  run svirt start "$(guest b 2 --virt kvm)"
  refute_output --partial 'ermission denied'
  assert_output --partial 'No such device'
  [[ $(denials) != *'profile="svirt-'$(uuid 2)* ]]
}

@test "the second start of a guest compiles nothing, and a changed document is compiled again" {
  local domain
  domain=$(guest a 1)
  mv $PARSER $PARSER.real
  printf '#!/bin/sh\necho >>/run/compiled\nexec %s.real "$@"\n' $PARSER >$PARSER
  chmod 755 $PARSER
  # compiled DOMAIN: how often a start of it runs the parser
  compiled() { : >/run/compiled && svirt -q start "$1" >&2 && wc -l </run/compiled; }
  assert_equal "$(compiled "$domain")" 1
  svirt -q destroy a
  assert_equal "$(compiled "$domain")" 0
  run -0 profile_of "$(guest_pid a)"
  assert_output "svirt-$(uuid 1) (enforce)"
  svirt -q destroy a
  make_disk "$IMG/c.img" 1M
  domain=$(guest a 1 --disk "$IMG/c.img")
  assert_equal "$(compiled "$domain")" 1
  run as_guest a write "$IMG/c.img"
  assert_output "write $IMG/c.img: allowed"
  svirt -q destroy a
  # a damaged compiled profile is not used, and does no harm
  truncate -s 2000 "/var/lib/svirt/apparmor/svirt-$(uuid 1)"
  assert_equal "$(compiled "$domain")" 1
  mv $PARSER.real $PARSER
}

@test "a killed monitor leaves a profile loaded, and the next command removes it" {
  svirt -q start "$(guest a 1)"
  local pid
  pid=$(guest_pid a)
  kill -9 "$(monitor_of a)"
  kill -9 "$pid"
  wait_for 10 test ! -e "/proc/$pid"
  run -0 loaded
  assert_output "svirt-$(uuid 1) enforce"
  run -0 svirt restore --stale
  run -0 loaded
  assert_output ''
  assert_equal "$(stat -c %u "$IMG/a.img")" 0
}

@test "the profile of a guest that the store does not know is removed when no process is in it" {
  svirt -q start "$(guest a 1)"
  svirt -q start "$(guest b 2)"
  local pid left
  pid=$(guest_pid a)
  left=$(guest_pid b)
  kill -9 "$(monitor_of a)" "$pid" "$(monitor_of b)"
  wait_for 10 test ! -e "/proc/$pid"
  # the store is lost
  rm -f /var/lib/svirt/state.db*
  run svirt restore --stale
  assert_success
  assert_output --partial "guest 'b' runs, and the state does not know it"
  run -0 loaded
  assert_output "svirt-$(uuid 2) enforce"
  kill -9 "$left"
  wait_for 10 test ! -e "/proc/$left"
  run -0 svirt restore --stale
  run -0 loaded
  assert_output ''
}

@test "a profile with a process in it stays: without the profile the process would be unconfined" {
  svirt -q start "$(guest a 1)"
  # a process outside of the guest's control group enters its profile
  /bin/bash -c 'printf "exec %s" "$0" >/proc/self/attr/apparmor/exec && exec sleep 60' "svirt-$(uuid 1)" 3>&- &
  local stray=$!
  wait_for 10 grep -q svirt- "/proc/$stray/attr/apparmor/current"
  svirt destroy a || :
  run -0 loaded
  assert_output "svirt-$(uuid 1) enforce"
  run -0 profile_of "$stray"
  assert_output "svirt-$(uuid 1) (enforce)"
  # another guest with that UUID does not get the profile
  run svirt start "$(guest b 1)"
  assert_failure
  assert_output --partial 'two guests with one UUID are not kept apart'
  kill -9 "$stray"
  wait "$stray" || :
  svirt -q restore --all
  run -0 loaded
  assert_output ''
}

@test "special characters in a file name mean nothing in a profile" {
  # shellcheck disable=SC1003 # it ends in a backslash
  local evil='/srv/img/x" rwk, {a,b}[^c]* @{HOME} #\' domain text
  make_disk "$evil" 1M
  make_disk /srv/img/other.img 1M
  chmod 666 /srv/img/other.img
  domain=$(guest a 1 --disk /srv/img/PLACE)
  text=$(<"$domain")
  printf '%s\n' "${text//\/srv\/img\/PLACE/"$evil"}" >"$domain"
  run -0 svirt start "$domain" || { echo "$output" && return 1; }
  run as_guest a write "$evil"
  assert_output --partial ': allowed'
  run as_guest a read /srv/img/other.img
  assert_output 'read /srv/img/other.img: denied EACCES'
}

@test "without the parser, svirt's own rules or enforcing mode a start is refused with the reason, and changes nothing" {
  local domain
  domain=$(guest a 1)
  mv $PARSER $PARSER.away
  refused 3 "*AppArmor's parser $PARSER*" start "$domain"
  mv $PARSER.away $PARSER
  mv $RULES $RULES.away
  # a dry run and a check use the same rules that a start loads
  for verb in start 'start -n' check; do
    # shellcheck disable=SC2086
    run svirt $verb "$domain"
    assert_failure
    assert_output --partial 'the rules for QEMU'
  done
  mv $RULES.away $RULES
  run -0 loaded
  assert_output ''
  printf complain >/sys/module/apparmor/parameters/mode
  refused 3 '*apparmor is not enforcing (permissive)*' start --require-enforcing "$domain"
  printf enforce >/sys/module/apparmor/parameters/mode
  run -0 svirt start --require-enforcing "$domain"
}

# without RULE: writes svirt's rules without the line that starts with RULE
without() { sed "\\|^  $1|d" "$LAB_SCRATCH/rules" >$RULES; cmp -s "$LAB_SCRATCH/rules" $RULES && return 1; return 0; }

@test "QEMU needs every rule of the base profile" {
  local domain net tcp pty time
  cp $RULES "$LAB_SCRATCH/rules"
  pty="<serial type='pty'/>" net="<interface type='user'><model type='virtio'/></interface>"
  tcp="<serial type='tcp'><source mode='bind' host='localhost' service='4444'/><protocol type='raw'/></serial>"
  time="<clock offset='localtime'/>"
  # RULE, OPTION, VALUE, and the text that is printed or logged
  while IFS='|' read -r rule option value words; do
    without "$rule" || { echo "no such rule: $rule" && return 1; }
    [[ $rule != unix* ]] || sed -i '/^  unix/d' $RULES
    lab_mark
    run svirt start "$(guest a 1 --devices "$net" "$option" "$value")"
    echo "# without $rule: $status ${lines[0]} $(denials | head -n 1)" >&3
    [[ "$output $(denials)" == *"$words"* ]] || { echo "without $rule: $output $(denials)" && return 1; }
    svirt -q destroy a || :
  done <<END
/{usr/,}lib{,32,64}/{,\*\*/}\*.so\* mr|--extra||error while loading shared libraries
/usr/share/{qemu,sea|--extra||could not load PC BIOS
unix (create|--extra||operation="
/etc/ld.so.cache|--extra||name="/etc/ld.so.cache"
/usr/share/zoneinfo|--extra|$time|name="/usr/share/zoneinfo
/sys/devices/system/cpu|--extra||name="/sys/devices/system/cpu/
/dev/null|--extra||name="/dev/null"
network inet stream|--devices|$tcp|family="inet" sock_type="stream"
/etc/{hosts|--devices|$tcp|name="/etc/hosts"
/dev/ptmx|--devices|$pty|Failed to create PTY
owner /dev/pts|--devices|$pty|Failed to create PTY
/dev/{random|--extra||name="/dev/urandom"
/usr/lib/ipxe|--os|<boot dev='network'/>|name="/usr/lib/ipxe
END
  cp "$LAB_SCRATCH/rules" $RULES
}

@test "an emulated TPM, a directory, a display: no access that they need is denied" {
  mkdir -m 777 /srv/img/tree
  mkdir -p "/var/lib/libvirt/swtpm/$(uuid 1)/tpm2"
  run -0 svirt start "$(guest a 1 --devices "<tpm model='tpm-tis'><backend type='emulator' version='2.0'/></tpm>" \
    --devices "<filesystem type='mount' accessmode='mapped'><source dir='/srv/img/tree'/><target dir='t'/></filesystem>" \
    --devices "<graphics type='spice'><listen type='socket'/></graphics>" --devices "<video><model type='vga'/></video>" \
    --devices "<channel type='unix'><source mode='bind'/><target type='virtio' name='org.qemu.guest_agent.0'/></channel>")"
  assert_equal "$(denials)" ''
  local tpm
  tpm=$(pgrep -x swtpm)
  run -0 profile_of "$tpm"
  assert_output "svirt-$(uuid 1) (enforce)"
  run as_guest a create /srv/img/tree/new
  assert_output --partial ': allowed'
}

@test "a directory in which another filesystem is mounted is refused: the rules would reach into it" {
  mkdir -p /srv/img/tree/other
  mount -t tmpfs none /srv/img/tree/other
  local file
  file=$(guest a 1 --devices "<filesystem type='mount' accessmode='mapped'><source dir='/srv/img/tree'/><target dir='t'/></filesystem>")
  for verb in 'start -n' start check; do
    # shellcheck disable=SC2086
    run svirt $verb "$file"
    assert_failure
    assert_output --partial '/srv/img/tree: another filesystem is mounted at /srv/img/tree/other, and apparmor would let the guest use it'
  done
  umount /srv/img/tree/other
  # a device in it is left as it is
  mknod /srv/img/tree/null c 1 3
  run -0 svirt start "$file"
}

@test "a state that was lost: --rebuild finds the guests that run, by their profiles" {
  svirt -q start "$(guest a 1)"
  rm -r /var/lib/svirt/state.db*
  run -0 svirt restore --rebuild
  assert_output --partial "guest 'a' runs and its lease was lost"
  run -0 svirt --json list
  assert_equal "$(jq -r '.results[] | .name + " " + .label.text' <<<"$output")" "a svirt-$(uuid 1)"
  # another one with its UUID would have its profile
  run svirt start "$(guest b 1)"
  assert_failure
  assert_output --partial "the label 'svirt-$(uuid 1)' is that of guest 'a'"
  run -0 svirt destroy a
}

@test "a user that a document names is nobody else's" {
  local b user
  rm /etc/svirt/svirt.conf.d/users.conf
  svirt -q start "$(guest a 1)"
  user=$(stat -c %u "/proc/$(guest_pid a)")
  b=$(guest b 2 --extra "<seclabel type='static' model='dac' relabel='yes'><label>+$user:+$user</label></seclabel>")
  run svirt start "$b"
  assert_failure
  assert_output --partial "the user $user is that of guest 'a'"
  # a process that is no guest's, and root
  setpriv --reuid=4242 --clear-groups sleep 60 3>&- &
  local other=$!
  run svirt start "$(guest b 2 --extra "<seclabel type='static' model='dac' relabel='yes'><label>+4242:+4242</label></seclabel>")"
  assert_output --partial "the user 4242 is that of process $other"
  kill "$other"
  run svirt start "$(guest b 2 --extra "<seclabel type='static' model='dac' relabel='yes'><label>+0:+0</label></seclabel>")"
  assert_output --partial "the user 0 is that of the host's administrator"
  run -0 svirt start "$(guest b 2 --extra "<seclabel type='static' model='dac' relabel='yes'><label>+4242:+4242</label></seclabel>")"
}
