#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A compromised emulator (vmm.c), started by svirt as any other, as the guest's user and without capabilities: what
# each of its modes tries, and how the kernel or svirt answers. The answers are printed as a table, which is also in
# SECURITY.md (tests/lab/hostile.expected). Modes that send without end do so for $FLOOD_S seconds (default 5).
# lab: timeout=900
# shellcheck disable=SC2030,SC2031

bats_require_minimum_version 1.5.0
load helper
load guest
load hostile

setup_file() { export TABLE=$LAB_SCRATCH/table; : >"$TABLE"; }

@test "the control group: an emulator that behaves is a normal guest" {
  svirt -q start "$(make_hostile a behave)"
  played a behave
  assert_equal "$(domain_of "$(guest_pid a)")" "$(guest_label a)"
  assert_equal "$(guest_state a)" running
  svirt -q suspend a
  assert_equal "$(guest_state a)" paused
  svirt -q resume a
  assert_equal "$(guest_state a)" running
  svirt -q stop a
  gone a
  assert_equal "$(hostiles) $(type_of "$(label_of "$IMG/a.img")")" "0 var_t"
  svirt -q start "$(make_hostile a behave)"
  svirt -q destroy a
  gone a
  row behave "a guest like any other"
}

# untouched NAME LABEL: its emulator runs, and its disk has this label
untouched() {
  [[ -d /proc/$(guest_pid "$1") ]]
  assert_equal "$(label_of "$IMG/$1.img")" "$2"
}

@test "the answers to all tries are those of the table" {
  local report image
  report=$(start_two)
  image=$(guest_image b)
  # shellcheck disable=SC2086 # words
  rows a descriptors $REACH $HOST
  rows b offer
  [[ $report != *": not a "* ]]
  untouched b "$image"
}

@test "an emulator that ignores all requests to end is killed, and its disk is restored" {
  svirt -q start "$(make_hostile a ignore-quit)"
  svirt -q destroy a
  wait_for 20 gone a
  assert_equal "$(hostiles) $(type_of "$(label_of "$IMG/a.img")")" "0 var_t"
  row ignore-quit "destroy: ended, its disk as it was"
}

@test "a dead emulator is cleaned up after; a silent one is ended when its start is interrupted" {
  svirt -q start "$(make_hostile a die-by-signal)"
  wait_for 20 gone a
  run timeout --foreground -s TERM 3 svirt -q start "$(make_hostile b silent)"
  assert_failure
  wait_for 20 gone b
  assert_equal "$(hostiles) $(type_of "$(label_of "$IMG/a.img")") $(type_of "$(label_of "$IMG/b.img")")" "0 var_t var_t"
  row die-by-signal "put away, its disk as it was"
  row silent "start interrupted: ended, its disk as it was"
}

@test "terminal escapes and forged lines as last words are escaped, and printed as one line" {
  run -3 svirt -q start "$(make_hostile a last-words)"
  refute_output --partial $'\033'
  refute_line "svirt: all clear"
  assert_equal "${#lines[@]}" 1
  row last-words "start: exit 3, one line, escaped"
}

FLOOD_S=${FLOOD_S:-5}

# Of a process: its peak memory in KiB, its proportional share of memory, and the clock ticks (100 a second) that it
# used. They print nothing when the process is gone.
peak_of() { awk '/^VmHWM:/ { print $2 }' "/proc/$1/status" 2>/dev/null; }
pss_of() { awk '/^Pss:/ { print $2 }' "/proc/$1/smaps_rollup" 2>/dev/null; }
cpu_of() { awk '{ print $14 + $15 }' "/proc/$1/stat" 2>/dev/null; }

# small NAME MONITOR: the monitor has used at most 4 MiB
declare -gA most=() peak=()
small() {
  local pss now
  # the process may have ended
  pss=$(pss_of "$2") || :
  now=$(peak_of "$2") || :
  ((${pss:-0} <= ${most[$1]:-0})) || most[$1]=$pss
  ((${now:-0} <= ${peak[$1]:-0})) || peak[$1]=$now
  ((${most[$1]:-0} <= 4096))
}

# flooded NAME: the kernel's log has the record of its end
flooded() { dmesg | grep -q "op=stop reason=flooded vm=\"$1\""; }

@test "more messages than any emulator sends: it is ended, and the audit record has the reason" {
  local mode monitor start
  auditctl -e 1 >/dev/null
  for mode in flood-states flood-unknown; do
    svirt -q start "$(make_hostile $mode $mode "after start")"
    monitor=$(monitor_of $mode)
    go $mode
    start=${EPOCHREALTIME/./}
    while [[ -d /proc/$monitor ]]; do
      small $mode "$monitor"
      sleep 0.1
    done
    gone $mode
    echo "# $mode: ended after $(((${EPOCHREALTIME/./} - start) / 1000)) ms, monitor Pss ${most[$mode]} kB (VmHWM ${peak[$mode]})" >&3
    wait_for 10 flooded $mode
    assert_equal "$(hostiles) $(type_of "$(label_of "$IMG/$mode.img")")" "0 var_t"
    row $mode "ended, reason=flooded"
  done
  # the flood began before the start was over: the start fails, or the guest ends as the others do
  run svirt -q start "$(make_hostile early flood-states)"
  wait_for 20 gone early
  assert_equal "$(hostiles) $(type_of "$(label_of "$IMG/early.img")")" "0 var_t"
  auditctl -e 0 >/dev/null
}

# timed NAME: destroys it, and prints how long that took
timed() {
  local start=${EPOCHREALTIME/./} rc=0
  svirt -q destroy "$1" || rc=$?
  echo "$1 $rc $(((${EPOCHREALTIME/./} - start) / 1000))"
}

@test "fewer messages, nonsense, half a line, no message at all: the monitor never blocks, and destroy takes less than ten seconds" {
  local quiet="flood-nonsense huge-reply half-line hang-up deaf" all name rc ms end
  local -A monitor=() before=() took=()
  all="flood-states flood-stderr $quiet"
  for name in $all; do
    svirt -q start "$(make_hostile "$name" "$name" "after start" "slow yes")"
    monitor[$name]=$(monitor_of "$name")
  done
  # shellcheck disable=SC2086 # words
  go $all
  sleep 1
  for name in $all; do before[$name]=$(cpu_of "${monitor[$name]}"); done
  end=$((SECONDS + FLOOD_S))
  while ((SECONDS < end)); do
    for name in $all; do small "$name" "${monitor[$name]}"; done
    sleep 0.2
  done
  for name in $all; do took[$name]=$(($(cpu_of "${monitor[$name]}") - before[$name])); done
  run -0 svirt -q suspend flood-states
  for name in flood-nonsense huge-reply hang-up; do
    run -9 svirt -q suspend "$name"
    # the emulator has been given up, or is given up now
    assert_output --regexp "the emulator of guest '$name' does not answer|no answer to 'stop'"
  done
  # the other floods go on in the meantime
  for name in $quiet flood-stderr flood-states; do timed "$name"; done >"$LAB_SCRATCH/times"
  while read -r name rc ms; do
    echo "# $name: monitor Pss ${most[$name]} kB (VmHWM ${peak[$name]}), ${took[$name]} ticks in $FLOOD_S s, destroyed with $rc in $ms ms" >&3
    assert_equal "$rc $(type_of "$(label_of "$IMG/$name.img")")" "0 var_t"
    ((ms < 10000))
  done <"$LAB_SCRATCH/times"
  assert_equal "$(wc -l <"$LAB_SCRATCH/times") $(hostiles)" "7 0"
  # ticks are sampled; a busy loop would use every one
  for name in $quiet; do ((took[$name] < 15 * FLOOD_S)); done
  ((took[flood-stderr] < 50 * FLOOD_S))
  for name in flood-stderr $quiet; do row "$name" "destroyed within ten seconds"; done
}

@test "an emulator that does not power off: stop gives up, destroy does not" {
  svirt -q start "$(make_hostile a ignore-powerdown)"
  run -5 svirt -q stop --timeout 1 a
  assert_equal "$(guest_state a)" running
  svirt -q destroy a
  gone a
  row ignore-powerdown "stop: exit 5; destroy: ended"
}

# deeper MODE LEAST MOST KEY DIR: a guest nests directories in DIR; after its end nothing of it is left
deeper() {
  local levels
  svirt -q start "$(make_hostile a "$1" "$4 $5")"
  run -0 played a "$1"
  levels=$(sed -n 's/ levels$//p' <<<"$output")
  ((levels >= $2 && levels <= $3))
  svirt -q destroy a
  gone a
  assert_not_exists /run/svirt/a
  assert_equal "$(type_of "$(label_of "$IMG/a.img")")" var_t
}

@test "nested directories of any depth are removed, and labels are restored" {
  local tree=/srv/tree before odd DEVICES
  # since Linux 6.6 the label of each counts as a part of an inode
  deeper deep-directories 900 1023 own-run /run/svirt/a/guest
  row deep-directories "about 1000, then ENOSPC; removed with the rest"
  mkdir -p $tree/sub
  chmod 777 $tree/sub
  before=$(inode_of $tree $tree/sub)
  # shellcheck disable=SC2034 # of make_hostile
  DEVICES="<filesystem type='mount' accessmode='mapped'><source dir='$tree'/><target dir='t'/></filesystem>"
  deeper deep-tree 3000 3000 own-tree $tree/sub
  assert_equal "$(inode_of $tree $tree/sub)" "$before"
  odd=$(find $tree -context '*:s0:c*')
  assert_equal "$odd" ""
  rm -rf $tree
  row deep-tree "put back, to the last one"
}

@test "a full run directory: the guest fills only its own filesystem, and all files are removed" {
  local own=/run/svirt/a/guest size=16384 before
  before=$(df --output=iused,used /run | tail -n 1)
  svirt -q start "$(make_hostile a fill-run "own-run $own")"
  played a fill-run >"$LAB_SCRATCH/filled"
  assert_equal "$(df --output=target,used,size $own | tail -n 1 | xargs)" "$own $size $size"
  assert_equal "$(df --output=iavail $own | tail -n 1 | xargs) $(df --output=itotal $own | tail -n 1 | xargs)" "0 1024"
  assert_equal "$(findmnt -n -o FSTYPE,OPTIONS $own | grep -o 'tmpfs\|nosuid\|nodev\|noexec' | paste -sd' ')" "tmpfs nosuid nodev noexec"
  rows a fill-run
  svirt -q start "$(make_hostile b behave)"
  svirt -q destroy b
  svirt -q destroy a
  gone a
  assert_equal "$(df --output=iused,used /run | tail -n 1)" "$before"
  assert_not_exists /run/svirt/a
  assert_equal "$(ls -A /run/svirt/.ended)$(grep -c ' /run/svirt/' /proc/mounts)" 0
}

@test "an emulator that ends by itself leaves files in its directory: the files are removed, and the mount with the next command" {
  svirt -q start "$(make_hostile a "fill-run die-by-signal" "own-run /run/svirt/a/guest")"
  wait_for 20 gone a
  wait_for 20 test ! -e /run/svirt/a
  assert_equal "$(stat -c '%a %u' /run/svirt/.ended) $(find /run/svirt/.ended/a -mindepth 1)" "700 0 /run/svirt/.ended/a/guest"
  assert_equal "$(df --output=used /run/svirt/.ended/a/guest | tail -n 1 | xargs)" 0
  # the next guest of that name is not affected
  svirt -q start "$(make_hostile a behave)"
  assert_equal "$(ls -A /run/svirt/.ended) $(label_of /run/svirt/a/guest)" " $(guest_image a)"
  svirt -q destroy a
  run -0 denials
  refute_output --regexp 'svirt_(mgr|monitor)_t'
}

@test "mounts in its directory are removed; a mount that the manager may not unmount is inaccessible, holds no lease, and is removed later" {
  local own=/run/svirt/a/guest
  svirt -q start "$(make_hostile a behave)"
  mkdir $own/mnt
  mount -t tmpfs tmpfs $own/mnt
  run -0 svirt destroy a
  assert_output "Guest a destroyed"
  assert_not_exists /run/svirt/a
  assert_equal "$(grep -c ' /run/svirt/' /proc/mounts)" 0
  svirt -q start "$(make_hostile a behave)"
  mount -t tmpfs tmpfs $own
  touch $own/file
  run -0 svirt destroy a
  assert_output --partial "cannot unmount /run/svirt/.ended/a/guest: Permission denied; it is closed to all but root until a command of svirt has removed it"
  gone a
  assert_equal "$(stat -c %a /run/svirt/.ended) $(type_of "$(label_of "$IMG/a.img")")" "700 var_t"
  umount /run/svirt/.ended/a/guest
  svirt -q restore --stale
  assert_equal "$(ls -A /run/svirt/.ended)$(grep -c ' /run/svirt/' /proc/mounts)" 0
}

@test "SECURITY.md has the same table" {
  diff <(sort "$LAB_TESTS/lab/hostile.expected") <(sort "$TABLE")
}
