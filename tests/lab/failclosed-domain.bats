#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# An enforcing kernel with one permissive domain, that of the guests: getenforce prints Enforcing, and no guest is
# confined. svirt refuses to start, whoever made the domain permissive.
# lab: timeout=600

load helper
load guest

setup_file() {
  make_boot "$IMG/a.img" "$HALT"
  write_domain a --disk "$IMG/a.img" >/dev/null
  svirt -q restore --all
  # the module that "semanage permissive -a svirt_t" installs
  echo '(typepermissive svirt_t)' >"$LAB_SCRATCH/permissive_svirt_t.cil"
  timeout 150 semodule -i "$LAB_SCRATCH/permissive_svirt_t.cil"
}
setup() { lab_setup; }

@test "the kernel is enforcing, and the guests' domain may do anything" {
  run getenforce
  assert_output Enforcing
  run probe_as system_u:system_r:svirt_t:s0:c1,c2 read /etc/shadow
  assert_output "read /etc/shadow: allowed"
}

@test "start is refused, and so is its dry run" {
  refused 3 "svirt_t is a permissive domain: the kernel would not confine the guest" start "$LAB_SCRATCH/a.xml"
  assert_line "svirt: hint: make it enforcing: semanage permissive -d svirt_t"
  refused 3 "svirt_t is a permissive domain: the kernel would not confine the guest" start --dry-run "$LAB_SCRATCH/a.xml"
}

@test "a static label in that domain is refused" {
  local domain
  domain=$(write_domain s --disk "$IMG/a.img" --type static --relabel yes --label system_u:system_r:svirt_t:s0:c1,c2)
  refused 3 "svirt_t is a permissive domain: the kernel would not confine the guest" start "$domain"
}

@test "check reports it" {
  run svirt check
  [[ $status == 1 ]]
  assert_output --partial "guests would run in a permissive domain"
}

@test "only that domain is permissive" {
  run svirt -q start "$(write_domain t --baselabel svirt_prot_exec_t)"
  assert_success
  [[ $(type_of "$(domain_of "$(guest_pid t)")") == svirt_prot_exec_t ]]
}
