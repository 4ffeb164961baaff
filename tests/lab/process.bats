#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Properties of a running guest and its monitor, read from the kernel and not from svirt: label, users, capabilities,
# filters, descriptors, environment. A compromised VMM has all that its process has, so every thread is searched for
# what must not be there.
# lab: timeout=600

load helper
load guest

# All tests use one guest. Its caller has a secret in the environment, a descriptor of a file that the guest must
# never see and another working directory. The caller ignores signals, has umask 0 and limits that are too small, and
# is exempt from the out-of-memory killer.
setup_file() {
  make_disk "$IMG/a.img" 1M
  make_disk "$IMG/b.img" 1M
  write_domain a --disk "$IMG/a.img" >/dev/null
  write_domain b --disk "$IMG/b.img" >/dev/null
  mkdir -p "$LAB_SCRATCH/callers"
  (
    cd "$LAB_SCRATCH/callers" || exit 1
    trap '' HUP INT USR1 TERM CHLD XFSZ
    umask 0777
    echo -900 >/proc/self/oom_score_adj
    ulimit -f 1 && ulimit -n 20 && ulimit -u 1 && ulimit -c 7 && ulimit -i 0 && ulimit -l 64 && ulimit -t 100 || exit 1
    SECRET=hunter2 LD_DEBUG=none QEMU_AUDIO_DRV=wav LC_SECRET=hunter2 TERM=hunter2 \
      svirt -q start "$LAB_SCRATCH/a.xml" 9</etc/shadow </etc/passwd
  ) || return 1
  A=$(guest_pid a)
  M=$(monitor_of a)
  export A M
}
teardown_file() { forget_guests; }
setup() { lab_setup; }
teardown() { lab_teardown; }

# field NAME FILE: the value of a field of a status file, with single blanks
field() { awk -v name="$1:" '$1 == name { $1 = ""; sub(/^ /, ""); gsub(/[ \t]+/, " "); print }' "$2"; }

# every_thread PID NAME: the values that the threads of a process have, each once
every_thread() {
  local t
  for t in /proc/"$1"/task/*/status; do field "$2" "$t"; done | sort -u
}

# descriptors PID: their targets, one per line, without the numbers of sockets
descriptors() {
  local fd
  for fd in /proc/"$1"/fd/*; do readlink "$fd"; done | sed 's/^socket:.*/socket/' | sort | uniq -c | sed 's/^ *//'
}

@test "guest: the kernel's label is that of dominfo, in every thread, in the guests' domain, with two categories" {
  run cat /proc/"$A"/task/*/attr/current
  [[ $(guest_label a) == system_u:system_r:svirt_t:s0:c*,c* ]]
  assert_equal "$(for t in /proc/"$A"/task/*; do tr -d '\0' <"$t/attr/current"; echo; done | sort -u)" "$(guest_label a)"
  (($(find /proc/"$A"/task -mindepth 1 -maxdepth 1 | wc -l) > 1))
  [[ $(guest_fact a .verified) == true ]]
}

@test "guest: no label is set for exec or for new files and sockets" {
  local attr
  for attr in exec fscreate sockcreate keycreate; do
    assert_equal "$attr $(tr -d '\0' <"/proc/$A/attr/$attr")" "$attr "
  done
}

@test "guest: a user and a group that are not root, in all four fields, and no supplementary groups" {
  local uid gid ids
  IFS=: read -r uid gid <<<"$(guest_fact a .owner)"
  uid=${uid#+} gid=${gid#+}
  ((uid > 0 && gid > 0))
  ids=$(every_thread "$A" Uid)
  assert_equal "$ids" "$uid $uid $uid $uid"
  ids=$(every_thread "$A" Gid)
  assert_equal "$ids" "$gid $gid $gid $gid"
  assert_equal "$(every_thread "$A" Groups)" ""
}

@test "guest: no capability in any set" {
  local set
  for set in CapInh CapPrm CapEff CapBnd CapAmb; do
    assert_equal "$set $(every_thread "$A" $set)" "$set 0000000000000000"
  done
}

@test "guest: no new privileges, and a filter of system calls in every thread" {
  assert_equal "$(every_thread "$A" NoNewPrivs)" 1
  assert_equal "$(every_thread "$A" Seccomp)" 2
}

@test "guest: every open descriptor is its own" {
  run descriptors "$A"
  refute_line --regexp ' (pipe|/etc|/var|/run|/proc|/dev/(kvm|tty|console|pts))'
  assert_line "1 /dev/null"
  assert_line "1 $IMG/a.img"
  # QMP once, output twice
  assert_line "3 socket"
  assert_equal "$(readlink /proc/"$A"/fd/* | grep '^socket:' | sort -u | wc -l)" 2
  refute_line --regexp '^[0-9]+ (socket|/dev/null|anon_inode:\[(eventpoll|eventfd|signalfd|timerfd)\]).+'
  # no other descriptors
  assert_equal "$(descriptors "$A" | grep -cEv "^[0-9]+ (socket|/dev/null|$IMG/a.img|anon_inode:\[(eventpoll|eventfd|signalfd|timerfd)\])$")" 0
}

@test "guest: its sockets have its own label" {
  local fd
  for fd in 1 2 3; do
    assert_equal "$(stat -L -c %C "/proc/$A/fd/$fd")" "$(guest_label a)"
  done
}

@test "guest: nothing of the caller: environment, directory, session, terminal, ignored signals" {
  run tr '\0' '\n' <"/proc/$A/environ"
  refute_output --partial hunter2
  assert_equal "$(sort <<<"$output")" $'LC_ALL=C\nPATH=/usr/sbin:/usr/bin:/sbin:/bin'
  assert_equal "$(readlink "/proc/$A/cwd") $(readlink "/proc/$A/root")" "/run/svirt/a/guest /"
  # it leads its own session and has no controlling terminal
  run awk '{ print $6 == $1, $7 }' "/proc/$A/stat"
  assert_output "1 0"
  # SIGHUP, SIGINT, SIGUSR1
  ((!(16#$(field SigIgn "/proc/$A/status") & 16#203)))
  assert_equal "$(field Umask "/proc/$A/status")" 0077
}

# limit PID WORDS: the soft and the hard limit
limit() { sed -n "s/^$2 *//p" "/proc/$1/limits" | awk '{ print $1, $2 }'; }

@test "guest: no limit of the caller, and no exemption from the out-of-memory killer" {
  assert_equal "$(limit "$A" "Max file size")" "unlimited unlimited"
  assert_equal "$(limit "$A" "Max cpu time")" "unlimited unlimited"
  assert_equal "$(limit "$A" "Max open files")" "1024 4096"
  assert_equal "$(limit "$A" "Max processes")" "16384 16384"
  assert_equal "$(limit "$A" "Max pending signals")" "4096 4096"
  assert_equal "$(limit "$A" "Max locked memory")" "8388608 8388608"
  # a crash writes no guest memory to the host's disk, and the guest cannot change that
  assert_equal "$(limit "$A" "Max core file size")" "0 0"
  assert_equal "$(limit "$A" "Max nice priority")" "0 0"
  assert_equal "$(limit "$A" "Max realtime priority")" "0 0"
  assert_equal "$(cat "/proc/$A/oom_score_adj")" 0
}

@test "monitor: no limit of the caller; a crash writes none of its memory to the host's disk" {
  assert_equal "$(limit "$M" "Max file size")" "unlimited unlimited"
  assert_equal "$(limit "$M" "Max cpu time")" "unlimited unlimited"
  assert_equal "$(limit "$M" "Max core file size")" "0 0"
  # HUP is ignored as by the caller; the monitor itself ignores XFSZ and PIPE
  assert_equal "$(field SigIgn "/proc/$M/status")" 0000000001001001
}

@test "a caller with a file size limit of 0: every command works, and svirt's files have their normal modes" {
  local verb
  for verb in suspend resume; do
    run bash -c "ulimit -f 0; ulimit -n 20; umask 0777; trap '' TERM CHLD; svirt -q $verb a"
    assert_success
  done
  run bash -c "ulimit -f 0; umask 0777; svirt -q label $LAB_SCRATCH/b.xml && svirt -q restore b"
  assert_success
  assert_equal "$(stat -c %a /run/svirt/a /run/svirt/a/lock /run/svirt/a/monitor /run/svirt/a/guest /var/lib/svirt/state.db | xargs)" \
    "711 600 600 700 600"
}

@test "a caller without the permission to mount: no guest starts, nothing is left, and the message names the permission" {
  write_domain c >/dev/null
  run setpriv --bounding-set -sys_admin svirt -q start "$LAB_SCRATCH/c.xml"
  assert_failure 4
  assert_output --partial "svirt: cannot mount a tmpfs at /run/svirt/c/guest: Operation not permitted
svirt: hint: it needs the capability CAP_SYS_ADMIN, and the policy module of this release: svirt policy install"
  assert_not_exists /run/svirt/c
  run -6 svirt dominfo c
}

@test "guest: it runs the emulator that dominfo names and no other program" {
  assert_equal "$(readlink "/proc/$A/exe")" /usr/bin/qemu-system-x86_64
  assert_equal "$(pgrep -c -P "$A" || :)" 0
  assert_equal "$(field PPid "/proc/$A/status")" 1
}

@test "monitor: in its own domain, without the caller's session" {
  [[ $(type_of "$(domain_of "$M")") == svirt_monitor_t ]]
  assert_equal "$(readlink "/proc/$M/exe")" /usr/libexec/svirt/svirt-monitor
  run awk '{ print $6 == $1, $7 }' "/proc/$M/stat"
  assert_output "1 0"
  assert_equal "$(readlink "/proc/$M/cwd")" /
  assert_equal "$(tr '\0' '\n' <"/proc/$M/environ")" ""
}

@test "monitor: only the capabilities that a restore needs" {
  # chown dac_override dac_read_search fowner kill audit_write
  local kept=000000002000002f
  assert_equal "$(field CapPrm "/proc/$M/status") $(field CapEff "/proc/$M/status")" "$kept $kept"
  assert_equal "$(field CapInh "/proc/$M/status") $(field CapAmb "/proc/$M/status")" "0000000000000000 0000000000000000"
}

@test "monitor: no new privileges, and a filter of system calls" {
  assert_equal "$(field NoNewPrivs "/proc/$M/status") $(field Seccomp "/proc/$M/status")" "1 2"
}

@test "monitor: its descriptors are the lock, the guest and its clients" {
  run descriptors "$M"
  assert_output "3 /dev/null
1 /run/svirt/a/lock
1 anon_inode:[pidfd]
1 anon_inode:[signalfd]
3 socket"
}

@test "monitor: uses little memory" {
  local pss
  pss=$(awk '/^Pss:/ { print $2 }' "/proc/$M/smaps_rollup")
  echo "Pss: $pss kB"
  ((pss <= 3072))
  # the libraries that parse documents are not loaded
  run -1 grep -E 'libxml2|libsemanage|libeconf' "/proc/$M/maps"
  assert_equal "$(field Threads "/proc/$M/status")" 1
}

@test "monitor and guest: only root can open the state" {
  assert_equal "$(stat -c '%a %U %F' /var/lib/svirt/state.db /run/svirt/a/monitor /run/svirt/a/lock)" \
    "600 root regular file
600 root socket
600 root regular file"
  assert_equal "$(stat -c '%a %u %C' /run/svirt/a/guest)" "700 $(guest_fact a .owner | sed 's/+//;s/:.*//') $(guest_image a)"
}
