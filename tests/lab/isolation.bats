#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What could a compromised VMM reach? The attacker (probe.c) runs in guest a's context while guest b runs. First it is
# root with every capability, so that the label alone decides. Then it is the guest's own user, as a real attacker
# would be. A try counts as denied only with EACCES or EPERM. A path that does not exist proves nothing, so each try
# must be allowed at b's level. Accesses that the kernel allows are tested too, so that a change is noticed.
# lab: timeout=600

load helper
load guest

setup_file() {
  local name
  for name in a b; do
    make_disk "$IMG/$name.img" 1M
    write_domain $name --disk "$IMG/$name.img" >/dev/null
    svirt -q start "$LAB_SCRATCH/$name.xml" || return 1
  done
  A=$(guest_label a) B=$(guest_label b)
  PID_A=$(guest_pid a) PID_B=$(guest_pid b) MONITOR=$(monitor_of b)
  OWNER=$(guest_fact a .owner)
  export A B PID_A PID_B MONITOR OWNER
}
teardown_file() { forget_guests; }
setup() { lab_setup; }
teardown() { lab_teardown; }

# denied_to_a: reads one try per line from standard input. Each must fail for lack of permission, for root in a's
# context and for a's user.
denied_to_a() {
  local tries who bad
  tries=$(cat)
  for who in probe_as probe_as_guest; do
    if [[ $who == probe_as ]]; then run probe_as "$A" batch <<<"$tries"; else run probe_as_guest "$A" <<<"$tries"; fi
    assert_success
    assert_equal "${#lines[@]}" "$(wc -l <<<"$tries")"
    bad=$(grep -vE ': denied (EACCES|EPERM)$' <<<"$output" || :)
    [[ -z $bad ]] || fail "not denied ($who):
$bad"
  done
}

# allowed_to CONTEXT: reads tries from standard input. Each must succeed as the guest's user in CONTEXT.
allowed_to() {
  local tries bad
  tries=$(cat)
  run probe_as_guest "$1" <<<"$tries"
  assert_equal "${#lines[@]}" "$(wc -l <<<"$tries")"
  bad=$(grep -v ': allowed$' <<<"$output" || :)
  [[ -z $bad ]] || fail "not allowed:
$bad"
}

@test "two guests run at different levels" {
  assert_equal "$(domain_of "$PID_A") $(domain_of "$PID_B")" "$A $B"
  [[ $(level_of "$A") != "$(level_of "$B")" ]]
  assert_equal "$(emulators)" 2
}

@test "its own disk, directory and socket: allowed" {
  allowed_to "$A" <<<"read $IMG/a.img
write $IMG/a.img
append $IMG/a.img
list /run/svirt/a/guest
create /run/svirt/a/guest/new
read /etc/passwd"
}

@test "the other guest's disk: read, write, append, relabel denied" {
  denied_to_a <<<"read $IMG/b.img
write $IMG/b.img
append $IMG/b.img
relabel $IMG/b.img $(guest_image a)
relabel $IMG/b.img system_u:object_r:virt_content_t:s0"
  assert_equal "$(label_of "$IMG/b.img")" "$(guest_image b)"
  allowed_to "$B" <<<"read $IMG/b.img
write $IMG/b.img
append $IMG/b.img"
}

@test "the kernel's audit record of the denial has both contexts" {
  run probe_as "$A" read "$IMG/b.img"
  assert_output "read $IMG/b.img: denied EACCES"
  run denials
  assert_line --regexp "denied +\{ read \} .*name=\"b.img\".*scontext=$A tcontext=$(guest_image b) tclass=file permissive=0"
  run probe_as "$B" read "$IMG/a.img"
  assert_output "read $IMG/a.img: denied EACCES"
  run denials
  assert_line --regexp "denied +\{ read \} .*name=\"a.img\".*scontext=$B tcontext=$(guest_image a) tclass=file permissive=0"
}

@test "relabelling its own disk: denied" {
  denied_to_a <<<"relabel $IMG/a.img $(guest_image b)
relabel $IMG/a.img system_u:object_r:svirt_image_t:s0
relabel $IMG/a.img system_u:object_r:virt_content_t:s0"
  assert_equal "$(label_of "$IMG/a.img")" "$(guest_image a)"
}

# listen_at PATH LABEL: makes a socket with a listening process; prints its PID
listen_at() {
  perl -MSocket -e 'socket(S, PF_UNIX, SOCK_STREAM, 0) && bind(S, sockaddr_un($ARGV[0])) && listen(S, 5) && sleep 60' \
    "$1" >/dev/null 3>&- &
  wait_for 5 test -S "$1"
  chcon "$2" "$1"
  echo $!
}

@test "the other guest's directory and socket: denied" {
  local pid
  pid=$(listen_at /run/svirt/b/guest/com1 "$(guest_image b)")
  denied_to_a <<<"list /run/svirt/b/guest
create /run/svirt/b/guest/new
connect /run/svirt/b/guest/com1"
  kill "$pid"
  rm /run/svirt/b/guest/com1
  run denials
  assert_line --regexp "denied +\{ search \} .*name=\"/\".*scontext=$A tcontext=$(guest_image b) tclass=dir permissive=0"
  allowed_to "$B" <<<"list /run/svirt/b/guest
create /run/svirt/b/guest/new"
}

@test "the other guest's process: memory, environment, maps, command line, descriptors denied" {
  denied_to_a <<<"proc-mem $PID_B
proc-read $PID_B mem
proc-read $PID_B environ
proc-read $PID_B maps
proc-read $PID_B cmdline
proc-read $PID_B status
proc-read $PID_B attr/current
list /proc/$PID_B/fd
list /proc/$PID_B/task
ptrace $PID_B"
  allowed_to "$B" <<<"proc-read $PID_B cmdline
proc-read $PID_B status
list /proc/$PID_B/task"
}

@test "the other guest's process: signals denied" {
  denied_to_a <<<"kill $PID_B 9
kill $PID_B 15
kill $PID_B 19
kill $PID_B 10"
  assert_equal "$(domain_of "$PID_B")" "$B"
  # SIGCONT changes nothing
  allowed_to "$B" <<<"kill $PID_B 18"
}

@test "the monitors: signals, /proc, ptrace, control sockets denied" {
  denied_to_a <<<"kill $MONITOR 0
kill $MONITOR 9
kill $MONITOR 15
ptrace $MONITOR
proc-mem $MONITOR
proc-read $MONITOR environ
proc-read $MONITOR maps
proc-read $MONITOR cmdline
proc-read $MONITOR attr/current
list /proc/$MONITOR/fd
connect /run/svirt/b/monitor
connect /run/svirt/a/monitor"
  [[ $(type_of "$(domain_of "$MONITOR")") == svirt_monitor_t ]]
}

@test "svirt's state and configuration: denied" {
  svirt -q define "$LAB_SCRATCH/a.xml" 2>/dev/null || install -D -m 600 "$LAB_SCRATCH/a.xml" /etc/svirt/domains/a.xml
  restorecon -R /etc/svirt
  denied_to_a <<<"list /var/lib/svirt
read /var/lib/svirt/state.db
write /var/lib/svirt/state.db
create /var/lib/svirt/new
list /run/svirt
create /run/svirt/new
list /run/svirt/a
create /run/svirt/a/new
read /run/svirt/a/lock
write /run/svirt/a/lock
read /run/svirt/b/lock
write /run/svirt/b/lock
list /etc/svirt
list /etc/svirt/domains
read /etc/svirt/domains/a.xml
write /etc/svirt/domains/a.xml
create /etc/svirt/domains/new"
  rm -f /etc/svirt/domains/a.xml
}

@test "the host: secrets, users' processes, raw disks, policy denied" {
  denied_to_a <<<"read /etc/shadow
read /root/.bashrc
create /root/new
proc-read $$ environ
proc-read $$ cmdline
kill $$ 9
kill 1 9
ptrace 1
proc-read 1 environ
raw-disk /dev/ubda
read /dev/ubda
write /sys/fs/selinux/enforce
write /sys/fs/selinux/load
write /proc/sys/kernel/core_pattern
write /proc/sysrq-trigger
write /etc/passwd
create /etc/cron.d/new"
  assert_equal "$(getenforce)" Enforcing
}

@test "another label: a guest can neither request it nor get it by exec" {
  denied_to_a <<<"setcon $B
setcon unconfined_u:unconfined_r:unconfined_t:s0
setcon system_u:system_r:svirt_t:s0
setcon system_u:system_r:svirt_t:s0-s0:c0.c1023
setcon unconfined_u:system_r:svirt_mgr_t:s0-s0:c0.c1023
setcon unconfined_u:system_r:svirt_monitor_t:s0-s0:c0.c1023
setexec $B /usr/bin/qemu-system-x86_64
setexec unconfined_u:unconfined_r:unconfined_t:s0 /bin/true
setexec unconfined_u:system_r:svirt_mgr_t:s0 /usr/libexec/svirt/svirt-manager
packet-socket"
}

@test "known to be open: a guest can see that another guest's file and process exist" {
  # MCS does not constrain getattr and signal 0
  allowed_to "$A" <<<"stat $IMG/b.img
kill $PID_B 0"
}

@test "known to be open: names in the common directories, with the guest's own level" {
  run probe_as "$A" batch <<<"create /tmp/svirt-probe
create /dev/shm/svirt-probe
create /var/svirt-probe
create /run/svirt-probe"
  refute_output --partial denied
  assert_equal "${#lines[@]}" 4
  # the guest's user may do so only where everybody may
  run probe_as_guest "$A" <<<"create /tmp/svirt-probe
create /dev/shm/svirt-probe
create /var/svirt-probe
create /run/svirt-probe"
  assert_output "create /tmp/svirt-probe: allowed
create /dev/shm/svirt-probe: allowed
create /var/svirt-probe: denied EACCES
create /run/svirt-probe: denied EACCES"
}

@test "both guests still run" {
  assert_equal "$(domain_of "$PID_A") $(domain_of "$PID_B")" "$A $B"
  assert_equal "$(guest_state a) $(guest_state b)" "running running"
  assert_equal "$(monitor_of b)" "$MONITOR"
}
