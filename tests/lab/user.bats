#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# svirt --user: a user who is not root starts guests with files of their own. The guests run as that user. Landlock
# keeps them from the user's other files, and a filter of system calls covers what Landlock does not check.
# lab: lsm=landlock kernel=host timeout=300

# bats sets status and output
# shellcheck disable=SC2030,SC2031

bats_require_minimum_version 1.5.0
load helper
load guest
load hostile

USER_HOME=/srv/anna
IMG=$USER_HOME/img

as_anna() {
  local runtime=${RUNTIME-XDG_RUNTIME_DIR=/run/user/$(id -u anna)}
  (cd / && env -i PATH="$PATH" TERM=dumb HOME="$USER_HOME" ${runtime:+"$runtime"} \
    setpriv --reuid=anna --regid=anna --init-groups -- "$@")
}

# the functions of guest.bash run svirt as anna, too
svirt() { as_anna svirt --user "$@"; }

setup_file() {
  local uid
  useradd -M -d "$USER_HOME" -s /bin/bash anna
  groupadd -f friends
  usermod -a -G friends anna
  uid=$(id -u anna)
  mkdir -p "/run/user/$uid" "$IMG" "$USER_HOME/.ssh"
  echo secret >"$USER_HOME/.ssh/id"
  # as the first guest of the system makes it: anna may not look into it
  mkdir -m 700 /sys/fs/cgroup/svirt 2>/dev/null || :
  make_disk "$IMG/a.img" 1M
  make_disk "$IMG/b.img" 1M
  chown -R anna:anna "/run/user/$uid" "$USER_HOME"
  chmod 700 "/run/user/$uid" "$USER_HOME" "$USER_HOME/.ssh"
  chmod 600 "$USER_HOME/.ssh/id"
}

setup() {
  lab_setup
  export RUN_DIR
  RUN_DIR=/run/user/$(id -u anna)/svirt
}
teardown() {
  lab_teardown
  forget_guests
  pkill -u anna perl || :
}

# hers FILE...: prints the files, and makes anna the owner of those that were written for her
hers() {
  chown -R anna:anna "$IMG"
  chmod go+r "$@"
  echo "$@"
}

nic() { echo "<interface type='user'><model type='virtio'/></interface>"; }
agent() {
  echo "<channel type='unix'><source mode='bind'/><target type='virtio' name='org.qemu.guest_agent.0'/></channel>"
}

# plain NAME: a guest with a disk, a serial port, a network of its own and the socket of an agent
plain() { hers "$(write_domain "$1" --disk "$IMG/$1.img" --serial --devices "$(nic)" --devices "$(agent)")"; }

# left: the files of her run directory
left() { find "/run/user/$(id -u anna)/svirt" -mindepth 1 -not -name .ended; }

@test "a guest in her home runs as her user, its disk works, and its end leaves nothing behind" {
  local pid
  svirt -q start "$(plain a)"
  run wait_halted a
  assert_line "D0 R+W+"
  [[ -n $(disk_mark "$IMG/a.img") ]]
  pid=$(guest_pid a)
  assert_equal "$(stat -c %U "/proc/$pid")" anna
  run awk '/^(NoNewPrivs|Seccomp|CapEff):/ { print $2 }' "/proc/$pid/status"
  assert_output $'0000000000000000\n1\n2'
  run svirt dominfo a
  assert_line "Security model: landlock"
  run svirt list
  assert_line --regexp ' a +running '
  # the system's svirt does not know it
  run "$(type -P svirt)" --json list
  assert_equal "$(jq '.results | length' <<<"$output")" 0
  svirt -q destroy a
  assert_equal "$(left)" ""
  assert_equal "$(stat -c %U:%a "$USER_HOME/.local/state/svirt")" anna:700
  assert [ ! -e /var/lib/svirt/state.db ]
}

@test "suspend, resume and stop; a guest after a killed monitor is repaired" {
  local pid
  make_boot "$IMG/p.img" "$POWER_BUTTON"
  svirt -q start "$(hers "$(write_domain p --disk "$IMG/p.img")")"
  svirt -q suspend p
  assert_equal "$(guest_state p)" paused
  svirt -q resume p
  assert_equal "$(guest_state p)" running
  svirt -q stop p
  assert gone p
  svirt -q start "$(plain a)"
  pid=$(guest_pid a)
  kill -9 "$(monitor_of a)"
  wait_for 5 test "$(guest_state a)" = crashed
  run as_anna svirt --user restore --stale
  assert_success
  assert gone a
  assert [ ! -e "/proc/$pid" ]
  assert_equal "$(left)" ""
  # her other processes are still alive
  svirt -q start "$(plain a)"
  svirt -q destroy a
}

@test "svirt makes the agent's socket, and the guest serves it" {
  # shellcheck disable=SC2016 # perl's
  local socket reach='socket(S, PF_UNIX, SOCK_STREAM, 0) && connect(S, sockaddr_un($ARGV[0])) || die'
  socket=/run/user/$(id -u anna)/svirt/a/guest/org.qemu.guest_agent.0.sock
  svirt -q start "$(plain a)"
  assert_equal "$(stat -c %U "$socket")" anna
  # it works a second time: the guest keeps listening
  as_anna perl -MSocket -e "$reach" "$socket"
  as_anna perl -MSocket -e "$reach" "$socket"
}

@test "a pseudoterminal becomes a socket, and the emulator may open no terminal of hers" {
  local pts
  # shellcheck disable=SC2016 # perl's
  local reach='socket(S, PF_UNIX, SOCK_STREAM, 0) && connect(S, sockaddr_un($ARGV[0])) || die'
  run -0 svirt start "$(hers "$(write_domain a --disk "$IMG/a.img" --devices "<console type='pty'/>")")"
  assert_line "svirt: warning: a guest of a user gets a socket in place of a pseudoterminal: serial0.sock"
  as_anna perl -MSocket -e "$reach" "$RUN_DIR/a/guest/serial0.sock"
  svirt -q destroy a
  # a terminal of hers
  as_anna script -qfc "tty >$USER_HOME/pts; sleep 100" /dev/null </dev/null >/dev/null 2>&1 3>&- &
  wait_for 5 grep -q /dev/pts/ "$USER_HOME/pts"
  pts=$(tr -d '\r' <"$USER_HOME/pts")
  run -0 as_anna test -w "$pts"
  DEVICES="<serial type='pty'/>"
  svirt -q start "$(hers "$(make_hostile a tries "try read $pts" "try write $pts")")"
  run played a tries
  assert_line "read $pts: denied EACCES"
  assert_line "write $pts: denied EACCES"
  svirt -q destroy a
  pkill -u anna script
  rm "$USER_HOME/pts"
  run svirt start "$(hers "$(write_domain a --extra "<qemu:commandline xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'><qemu:arg value='-chardev'/><qemu:arg value='pty,id=x'/></qemu:commandline>")")"
  assert_equal "$status" 2
  assert_line --partial "'pty,id=x' of <qemu:commandline>: a guest of a user has no pseudoterminal"
}

@test "a compromised emulator reaches nothing of hers" {
  local socket datagrams shell line
  socket=/run/user/$(id -u anna)/bus datagrams=/run/user/$(id -u anna)/notify
  # shellcheck disable=SC2016 # perl's
  as_anna perl -MSocket -e 'socket(S, PF_UNIX, SOCK_STREAM, 0) && bind(S, sockaddr_un($ARGV[0])) && listen(S, 5) &&
    socket(D, PF_UNIX, SOCK_DGRAM, 0) && bind(D, sockaddr_un($ARGV[1])) && sleep 120' "$socket" "$datagrams" >/dev/null 3>&- &
  wait_for 10 test -S "$datagrams"
  shell=$(pgrep -u anna perl)
  local tries=("read $USER_HOME/.ssh/id" "list $USER_HOME" "read $IMG/b.img" "write $IMG/b.img" "create $USER_HOME/new"
    "read $USER_HOME/.local/state/svirt/state.db" "connect $socket" "reconnect $datagrams" wide-socket "chmod $IMG/b.img"
    "chmod $USER_HOME/.ssh/id" "touch $USER_HOME/.ssh/id" "attribute $USER_HOME/.ssh/id" "kill $shell 0" "kill $shell 15"
    "ptrace $shell" "proc-mem $shell" "proc-read $shell environ" "limit $shell" fork ring shared-memory network-socket)
  local orders=()
  for line in "${tries[@]}"; do orders+=("try $line"); done
  svirt -q start "$(hers "$(make_hostile a tries "${orders[@]}" "try read $IMG/a.img")")"
  run played a tries
  assert_line "read $IMG/a.img: allowed"
  for line in "${tries[@]}"; do assert_line --regexp "^$line: denied (EACCES|EPERM)\$"; done
  assert_equal "$(grep -c ': allowed$' <<<"$output")" 1
  # she herself may do all of it
  run as_anna "$LAB_TOOLS/probe" batch < <(printf '%s\n' "${tries[@]}" | grep -v ' 15$')
  refute_output --partial denied
}

@test "a log that does not exist yet opens no directory: start, check and dry run refuse it until it is made" {
  local file log=$USER_HOME/guest.log verb
  # shellcheck disable=SC2034 # make_hostile's
  DEVICES="<serial type='file'><source path='$log'/></serial>"
  file=$(hers "$(make_hostile a tries "try read $USER_HOME/.ssh/id" "try create $USER_HOME/new")")
  for verb in start 'start -n'; do
    # shellcheck disable=SC2086 # words
    run svirt $verb "$file"
    assert_equal "$status" 2
    assert_line --partial "serial0: $log is not there, and a guest that only Landlock confines makes nothing outside its own directory"
    assert_line "svirt: hint: make it before: touch '$log'"
  done
  run svirt check "$file"
  assert_equal "$status" 1
  assert_line --partial "serial0: $log is not there"
  assert [ ! -e "$log" ]
  as_anna touch "$log"
  run svirt check "$file"
  assert_success
  svirt -q start "$file"
  run played a tries
  assert_line "read $USER_HOME/.ssh/id: denied EACCES"
  assert_line "create $USER_HOME/new: denied EACCES"
  rm "$log"
}

# refused STATUS WORDS [OPTION...]: starts a domain file that is written with these options of write_domain. The start
# ends with STATUS, and names the line of the element in front of WORDS, a regular expression.
refused() {
  local file
  file=$(hers "$(write_domain c "${@:3}")")
  run svirt start "$file"
  assert_equal "$status $output" "$1 $output"
  assert_line --regexp "^svirt: $file:[0-9]+: $2\$"
}

@test "a device that a guest of hers cannot have is refused with its line" {
  local file
  file=$(write_domain c --disk "$IMG/b.img" --devices "<serial type='unix'><source mode='connect' path='/run/x'/></serial>")
  run svirt start "$(hers "$file")"
  assert_equal "$status" 2
  assert_line "svirt: $file:$(grep -n '<serial' "$file" | cut -d: -f1): serial0: a guest of a user has no UNIX socket with a path"
  refused 2 ".*: a guest of a user has no UNIX socket with a path" --devices "<graphics type='vnc'><listen type='socket'/></graphics>"
  refused 4 "a bridge needs root" --devices "<interface type='bridge'><source bridge='br0'/></interface>"
  refused 4 "the bridge of network 'default' needs root" --devices "<interface type='network'><source network='default'/></interface>"
  refused 4 "this <interface> needs root" --devices "<interface type='vdpa'><source dev='/dev/vhost-vdpa-0'/></interface>"
  refused 2 "<seclabel model='dac'>: a guest of a user runs as that user, and its files keep their owners" \
    --type static --model dac --label +0:+0
  file=$(hers "$(write_domain c --disk "$IMG/b.img")")
  sed -i "s|<driver name='qemu'|& io='io_uring'|" "$file"
  run svirt start "$file"
  assert_equal "$status" 2
  assert_line --regexp "^svirt: $file:[0-9]+: io='io_uring' is not for a guest of a user\$"
  run svirt start --unconfined "$(hers "$(write_domain c)")"
  assert_equal "$status" 2
  assert_line "svirt: --unconfined and --user exclude each other"
  assert_equal "$(left)" ""
}

@test "a TPM of hers: swtpm runs behind the same filter, has its state and nothing else, and ends with the guest" {
  local pid state=$USER_HOME/tpm
  make_disk "$IMG/t.img" 1M
  as_anna mkdir -m 700 "$state"
  svirt -q start "$(hers "$(write_domain t --disk "$IMG/t.img" --serial --devices \
    "<tpm model='tpm-crb'><backend type='emulator' version='2.0'><source type='dir' path='$state'/></backend></tpm>")")"
  run wait_halted t
  assert_line "D0 R+W+"
  pid=$(pgrep -u anna -x swtpm)
  run awk '/^(NoNewPrivs|Seccomp|CapEff):/ { print $2 }' "/proc/$pid/status"
  assert_output $'0000000000000000\n1\n2'
  assert [ -s "$state/tpm2-00.permall" ]
  svirt -q destroy t
  assert [ ! -e "/proc/$pid" ]
  assert_equal "$(left)" ""
  assert_equal "$(find "$state" -not -user anna)" ""
}

@test "her svirt.conf can choose neither the model nor another user; a group of hers can open an image" {
  mkdir -p "$USER_HOME/.config/svirt"
  printf '%s\n' 'models = apparmor smack selinux' 'landlock = off' 'user = root' 'uid_range = 100000-165535' >"$USER_HOME/.config/svirt/svirt.conf"
  chown -R anna: "$USER_HOME/.config"
  chown root:friends "$IMG/b.img"
  chmod 660 "$IMG/b.img"
  local file
  file=$(write_domain b --disk "$IMG/b.img")
  chmod go+r "$file"
  svirt -q start "$file"
  assert_equal "$(stat -c %U "/proc/$(guest_pid b)")" anna
  run svirt dominfo b
  assert_line "Security model: landlock"
  rm "$USER_HOME/.config/svirt/svirt.conf"
}

@test "users who may not start guests, and hosts where it is impossible, get a reason" {
  run "$(type -P svirt)" --user list
  assert_equal "$status" 2
  assert_line 'svirt: --user is not for root'
  run "$(type -P svirt)" --user start "$(write_domain c)"
  assert_equal "$status" 2
  run svirt --root / list
  assert_equal "$status" 2
  assert_line --partial 'svirt: --user and --root exclude each other'
  RUNTIME='' run svirt list
  assert_equal "$status" 3
  assert_line "svirt: XDG_RUNTIME_DIR is not set: a user's guests run in a session"
  RUNTIME=XDG_RUNTIME_DIR=/run/nowhere run svirt list
  assert_equal "$status" 3
  assert_line 'svirt: XDG_RUNTIME_DIR /run/nowhere is not a directory'
  RUNTIME=XDG_RUNTIME_DIR=/run run svirt list
  assert_equal "$status" 4
  assert_line 'svirt: XDG_RUNTIME_DIR /run is not yours'
  chmod 750 "/run/user/$(id -u anna)"
  run svirt list
  chmod 700 "/run/user/$(id -u anna)"
  assert_equal "$status" 4
  assert_line "svirt: XDG_RUNTIME_DIR /run/user/$(id -u anna) is open to other users"
}
