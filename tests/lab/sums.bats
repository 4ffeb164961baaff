#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The permissions of the manager's and the monitor's domains, counted in the compiled policy and compared with the
# list that a reviewer reads (tests/data/policy.sums). Also: the manager's output still reaches the caller.
# lab: timeout=600

bats_require_minimum_version 1.5.0
load helper
load guest

sums() {
  [[ -e $LAB_SCRATCH/sums ]] ||
    "$LAB_TOOLS/sums" "/etc/selinux/$LAB_POLICY"/policy/policy.* svirt_mgr_t svirt_monitor_t | LC_ALL=C sort -u >"$LAB_SCRATCH/sums"
  cat "$LAB_SCRATCH/sums"
}
listed() { grep -v '^#' "$LAB_TESTS/data/policy.sums" | LC_ALL=C sort -u; }

# The kinds that the list contains; other kinds are only counted.
kinds='open[+]write|open[+]append|create|unlink|relabelfrom|relabelto|transition|ptrace|execute|execute-here|mount|unmount|mounton|capability'

# types DOMAIN KIND CLASS: prints the types on one line
types() { sums | awk -v d="$1" -v k="$2" -v c="$3" '$1 == d && $2 == k && $3 == c { print $4 }' | paste -sd' '; }

@test "the two domains have exactly the permissions of the list" {
  sums | grep -E "^[a-z_]+ ($kinds)[?]? " | grep -v ' tun_socket ' >"$LAB_SCRATCH/now"
  listed >"$LAB_SCRATCH/listed"
  diff "$LAB_SCRATCH/listed" "$LAB_SCRATCH/now"
  # prints the numbers of the table in SECURITY.md
  sums | cut -d' ' -f1-3 | uniq -c >&3
}

@test "files: open and write only svirt's own, control groups, selinuxfs and own entries of /proc; append to none" {
  assert_equal "$(types svirt_mgr_t open+write file)" "cgroup_t security_t svirt_mgr_runtime_t svirt_mgr_t svirt_mgr_var_lib_t"
  assert_equal "$(types svirt_monitor_t open+write file)" "cgroup_t security_t svirt_mgr_runtime_t svirt_mgr_var_lib_t svirt_monitor_t"
  run -0 sums
  refute_line --regexp ' (open\+append|append|write) file '
}

@test "the monitor starts no program, opens no image and no device, and has the six capabilities of a restore" {
  run -0 sums
  refute_line --regexp '^svirt_monitor_t (transition|ptrace|mount|unmount|mounton|execute-here) '
  refute_line --regexp '^svirt_monitor_t open\+read blk_file '
  assert_equal "$(types svirt_monitor_t execute file | tr ' ' '\n' | grep -vE '^(ld_so_t|lib_t|textrel_shlib_t)$')" svirt_monitor_exec_t
  assert_equal "$(types svirt_monitor_t capability capability)" "audit_write chown dac_override dac_read_search fowner kill"
  assert_equal "$(types svirt_monitor_t relabelfrom tun_socket)" ''
}

@test "output goes to files by > and by >>, and to pipes; input comes from a here-document" {
  make_disk "$IMG/a.img" 1M
  write_domain a --disk "$IMG/a.img"
  svirt label -n --level s0:c1,c2 "$LAB_SCRATCH/a.xml" >"$LAB_SCRATCH/plan"
  assert_file_contains "$LAB_SCRATCH/plan" 'a.img'
  svirt label -n - >"$LAB_SCRATCH/plan2" <<<"$(<"$LAB_SCRATCH/a.xml")"
  assert_file_contains "$LAB_SCRATCH/plan2" 'a.img'
  { echo first; svirt label -n --level s0:c1,c2 "$LAB_SCRATCH/a.xml"; echo last; } >"$LAB_SCRATCH/plan3"
  assert_equal "$(head -n 1 "$LAB_SCRATCH/plan3") $(tail -n 1 "$LAB_SCRATCH/plan3")" "first last"
  assert_equal "$(sed '1d;$d' "$LAB_SCRATCH/plan3")" "$(<"$LAB_SCRATCH/plan")"
  assert_equal "$(svirt label -n --level s0:c1,c2 "$LAB_SCRATCH/a.xml" | cat)" "$(<"$LAB_SCRATCH/plan")"
  # a file of any type, because the caller opened it
  svirt label -n --level s0:c1,c2 "$LAB_SCRATCH/a.xml" >/etc/svirt-plan
  assert_equal "$(</etc/svirt-plan)" "$(<"$LAB_SCRATCH/plan")"
  svirt start "$LAB_SCRATCH/a.xml" >"$LAB_SCRATCH/out" 2>>"$LAB_SCRATCH/log"
  svirt destroy a >>"$LAB_SCRATCH/out" 2>"$LAB_SCRATCH/log"
  run -0 denials
  refute_output --regexp 'svirt_(mgr|monitor)_t'
}

@test "a file that cannot be written: 9, and the reason; the work of the verb stays done" {
  local rc=0
  mkdir -p "$LAB_SCRATCH/full"
  mount -t tmpfs -o size=4k none "$LAB_SCRATCH/full"
  head -c 4096 /dev/zero >"$LAB_SCRATCH/full/out"
  svirt label -n "$LAB_SCRATCH/a.xml" >>"$LAB_SCRATCH/full/out" 2>"$LAB_SCRATCH/log" || rc=$?
  umount "$LAB_SCRATCH/full"
  assert_equal "$rc" 9
  assert_file_contains "$LAB_SCRATCH/log" '^svirt: cannot write the output: No space left on device$'
}
