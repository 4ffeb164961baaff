#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# On a policy that is laid out as that of RHEL 9: /run is looked up as /var/run, guests that QEMU translates have a
# domain of their own, the second line of virtual_domain_context, and what systemd, cron and configuration tools
# start runs in domains that Debian has not.
# lab: timeout=600 cil=rhel

bats_require_minimum_version 1.5.0
load helper
load guest
load crash

contexts=/etc/selinux/default/contexts

setup_file() {
  echo 'system_u:system_r:svirt_tcg_t:s0' >>$contexts/virtual_domain_context
  sed -i '/^\/var\/run[[:space:]]/d' $contexts/files/file_contexts.subs_dist
  echo '/run /var/run' >>$contexts/files/file_contexts.subs_dist
}

setup() {
  guest_setup
  make_disk "$IMG/a.img" 1M
  before=$(inode_of "$IMG/a.img")
  file=$(write_domain a --disk "$IMG/a.img")
}

@test "restorecon gives /run/svirt its label, under both names" {
  assert_equal "$(type_of "$(matchpathcon -n /run/svirt)")" svirt_mgr_runtime_t
  assert_equal "$(type_of "$(matchpathcon -n /var/run/svirt)")" svirt_mgr_runtime_t
  mkdir -p /run/svirt
  restorecon -RF /run/svirt
  assert_equal "$(type_of "$(label_of /run/svirt)")" svirt_mgr_runtime_t
  # a guest's own directory keeps what it has
  run matchpathcon -n /run/svirt/a/guest
  assert_output '<<none>>'
}

@test "check, start, a guest in the second domain, stop, and everything back" {
  run -0 svirt check
  assert_line --regexp '^PASS +svirt-own-files .*/run/svirt$'
  assert_line --regexp '^PASS +svirt-policy-mcs .*svirt_t:'
  assert_line --regexp '^PASS +svirt-policy-mcs .*svirt_tcg_t:'
  assert_line --regexp '^PASS +svirt-domain-not-permissive .*svirt_tcg_t:'
  assert_line --regexp '^PASS +svirt-manager-transition .*svirt_tcg_t:'
  svirt -q start "$file"
  assert_equal "$(type_of "$(domain_of "$(guest_pid a)")")" svirt_tcg_t
  assert_equal "$(level_of "$(domain_of "$(guest_pid a)")")" "$(level_of "$(label_of "$IMG/a.img")")"
  svirt -q destroy a
  assert_equal "$(inode_of "$IMG/a.img")" "$before"
  nothing_left
}

@test "check sees a directory of its own that has another label, and the second domain made permissive" {
  chcon -t var_run_t /run/svirt
  run svirt check
  assert_failure 1
  assert_line --regexp '^FAIL +svirt-own-files .*/run/svirt is .*:var_run_t:s0, where the manager may make no file'
  assert_output --partial 'restorecon -RF /run/svirt'
  restorecon -F /run/svirt
  run -0 svirt check
  sed -i 's/^\/run \/var\/run$/\/run \/tmp/' $contexts/files/file_contexts.subs_dist
  run svirt check
  assert_failure 1
  assert_line --regexp '^FAIL +svirt-own-files .*the policy labels /run/svirt '
  sed -i 's/^\/run \/tmp$/\/run \/var\/run/' $contexts/files/file_contexts.subs_dist
  run -0 svirt check
}

@test "a service, a job of cron, and tools that configure a machine start and end a guest" {
  local domain
  for domain in unconfined_service_t system_cronjob_t cloud_init_t puppetagent_t; do
    run -0 runcon "system_u:system_r:$domain:s0" /bin/bash -c "svirt start '$file' </dev/null 2>&1 | cat"
    assert_output --partial 'Guest a started'
    assert_equal "$(type_of "$(domain_of "$(monitor_of a)")")" svirt_monitor_t
    assert_equal "$(level_of "$(domain_of "$(monitor_of a)")")" s0-s0:c0.c1023
    run -0 runcon "system_u:system_r:$domain:s0" /bin/bash -c 'svirt list </dev/null && svirt -q destroy a'
    assert_line --regexp 'a +running'
    assert_equal "$(inode_of "$IMG/a.img")" "$before"
  done
  nothing_left
}
