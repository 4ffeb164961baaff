#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What the manager's domain may do, counted in the compiled policy and compared with the list that a reviewer
# reads (tests/data/policy.sums); and that it still prints where its caller wants.
# lab: timeout=120

bats_require_minimum_version 1.5.0
load helper
load guest

sums() { "$LAB_TOOLS/sums" "/etc/selinux/$LAB_POLICY"/policy/policy.* svirt_mgr_t | LC_ALL=C sort -u; }
listed() { grep -v '^#' "$LAB_TESTS/data/policy.sums" | LC_ALL=C sort -u; }

# The kinds that the list has: the others are counted only.
kinds='open[+]write|open[+]append|create|unlink|relabelfrom|relabelto|transition|ptrace|execute-here|mount|mounton|capability'

@test "the manager has the rights of the list and no other" {
  sums >"$LAB_SCRATCH/all"
  grep -E "^svirt_mgr_t ($kinds) " "$LAB_SCRATCH/all" | grep -v ' tun_socket ' >"$LAB_SCRATCH/now"
  listed >"$LAB_SCRATCH/listed"
  diff "$LAB_SCRATCH/listed" "$LAB_SCRATCH/now"
  cut -d' ' -f1-3 "$LAB_SCRATCH/all" | uniq -c >&3
}

@test "it opens and writes no file but its own, the kernel's questions and its own entries of /proc" {
  run -0 sums
  refute_line --regexp 'open\+(write|append) file (etc_t|lib_t|ld_so_t|usr_t|qemu_exec_t|svirt_mgr_exec_t|file_context_t|selinux_config_t)$'
  run -0 bash -c "'$LAB_TOOLS/sums' /etc/selinux/$LAB_POLICY/policy/policy.* svirt_mgr_t | grep ' open+write file '"
  assert_equal "$(cut -d' ' -f4 <<<"$output" | sort | paste -sd' ')" \
    "security_t svirt_mgr_runtime_t svirt_mgr_t svirt_mgr_var_lib_t"
}

@test "output goes to files by > and by >>, to pipes; input comes from a here-document" {
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
  svirt start "$LAB_SCRATCH/a.xml" >"$LAB_SCRATCH/out" 2>>"$LAB_SCRATCH/log"
  svirt destroy a >>"$LAB_SCRATCH/out" 2>"$LAB_SCRATCH/log"
  run -0 denials
  refute_output --partial 'svirt_mgr_t'
}
