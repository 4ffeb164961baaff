#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Callers of svirt: a service, cron, a pipeline; standard descriptors that are closed, pipes or files. The manager
# always gets its own domain and the guest its own label, and neither keeps a descriptor of the caller.
# callers-sysadm.bats has the administrator's own domain.
# lab: timeout=600

bats_require_minimum_version 1.5.0
load helper
load guest
load crash
quick_guests

service=system_u:system_r:initrc_t:s0

setup() {
  guest_setup
  rm -rf "${IMG:?}"/*
  make_disk "$IMG/a.img" 1M
  before=$(inode_of "$IMG/a.img")
  file=$(write_domain a --disk "$IMG/a.img")
}

# as CONTEXT SCRIPT: runs a shell in that context with descriptors of its own. Prints its output and returns its
# status.
as() {
  local rc=0
  cat >"$IMG/script" <<<"exec </dev/null >$IMG/said 2>&1; $2"
  chcon -t usr_t "$IMG/script"
  : >"$IMG/said"
  chcon -t var_log_t "$IMG/said"
  runcon "$1" /bin/bash "$IMG/script" </dev/null >/dev/null 2>&1 3>&- || rc=$?
  cat "$IMG/said"
  return $rc
}

# confined: guest a runs with its own label, under a monitor in the monitor's domain
confined() {
  local monitor
  monitor=$(monitor_of a)
  assert_equal "$(type_of "$(domain_of "$monitor")")" svirt_monitor_t
  assert_equal "$(type_of "$(domain_of "$(guest_pid a)")")" svirt_t
  assert_equal "$(level_of "$(domain_of "$(guest_pid a)")")" "$(level_of "$(label_of "$IMG/a.img")")"
  # the monitor has no terminal, pipe or directory of the caller
  assert_equal "$(readlink "/proc/$monitor/fd/0" "/proc/$monitor/fd/1" "/proc/$monitor/fd/2" | sort -u)" /dev/null
  assert_equal "$(readlink "/proc/$monitor/cwd")" /
}

@test "a service starts and ends a guest: from s0 the manager gets the categories that it assigns" {
  run -0 as "$service" "svirt start $file"
  assert_line --partial 'Guest a started'
  confined
  assert_equal "$(level_of "$(domain_of "$(monitor_of a)")")" s0-s0:c0.c1023
  run -0 as "$service" 'svirt list && svirt dominfo a && svirt -q destroy a'
  assert_line --regexp 'a +running'
  assert_equal "$(inode_of "$IMG/a.img")" "$before"
  nothing_left
}

@test "closed standard descriptors" {
  local try fds wanted
  # without a standard output the answer is lost: the status tells, and the guest runs
  for try in '<&- 0' '>&- 9' '2>&- 0' '<&-2>&- 0' '<&->&-2>&- 9'; do
    read -r fds wanted <<<"$try"
    run as "$LAB_CONTEXT" "svirt -q start $file $fds"
    assert_equal "$fds $status" "$fds $wanted"
    confined
    assert_equal "$(sqlite3 -readonly /var/lib/svirt/state.db 'PRAGMA integrity_check')" ok
    svirt -q destroy a
    assert_equal "$(inode_of "$IMG/a.img")" "$before"
  done
  nothing_left
}

@test "a pipeline does not wait for the guest" {
  run -0 bash -c "svirt start $file | cat"
  assert_output --partial 'Guest a started'
  confined
  run -0 bash -c 'svirt --json list | jq -r ".results[0].name"'
  assert_output a
  # a reader that exits early
  run -0 bash -c 'set -o pipefail; svirt list | head -c 1 >/dev/null || [[ $? == 141 ]]'
  run -0 bash -c "echo | svirt -q destroy a"
  nothing_left
}

@test "a domain from standard input" {
  run -0 bash -c "svirt start - <$file"
  confined
  run -0 bash -c "cat $file | svirt -q destroy -"
  nothing_left
}

@test "cron: an empty environment, another directory, a file mode mask" {
  run -0 env -i PATH=/usr/bin:/bin SHELL=/bin/sh HOME=/nowhere bash -c "cd /tmp && umask 0 && svirt start $file"
  confined
  [[ $(stat -c %a /run/svirt/a/lock) == 600 && $(stat -c %a /run/svirt/a) == 711 && $(stat -c %a /run/svirt/a/guest) == 700 && $(stat -c %a /var/lib/svirt/state.db) == 600 ]]
  run -0 env -i PATH= /usr/bin/svirt -q destroy a
  nothing_left
}

@test "limits and settings of the caller do not reach the guest" {
  run -0 env LD_PRELOAD=/nonexistent.so LD_LIBRARY_PATH=/tmp QEMU_AUDIO_DRV=x BASH_ENV=/x nice -n 5 \
    bash -c "ulimit -S -n 123 -c 5; svirt start $file"
  run -0 bash -c "tr '\\0' '\\n' <\"/proc/$(guest_pid a)/environ\""
  refute_output --partial LD_PRELOAD
  refute_output --partial QEMU_AUDIO
  refute_output --partial BASH_ENV
  # shellcheck disable=SC2016 # awk's
  run -0 awk '/^Max (open|core)/ { print $(NF - 2) }' "/proc/$(guest_pid a)/limits"
  assert_output "$(printf '0\n1024')"
}

@test "a caller who is not root gets an error" {
  run setpriv --reuid=65534 --regid=65534 --clear-groups svirt start "$file"
  assert_failure 4
  assert_equal "$(inode_of "$IMG/a.img")" "$before"
}
