#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# svirt policy: the administrator installs the module into the host's policy store and removes it, in the
# administrator's domain. The tests depend on each other, because each build of the policy takes half a minute here.
# lab: timeout=600 module=0

bats_require_minimum_version 1.5.0
load helper
load guest
load crash

@test "before: the module is not installed, and every answer has the remedy" {
  run svirt policy status
  assert_failure 1
  assert_line --regexp '^Installed: +no$'
  assert_line --regexp '^Loaded: +no$'
  run svirt check
  assert_failure 1
  assert_output --partial 'svirt policy install'
  for dry in -n ''; do
    # shellcheck disable=SC2086 # nothing, or an option
    run svirt policy $dry remove
    assert_failure 6
    assert_output 'svirt: the policy module is not installed'
  done
  run -0 svirt policy -n install
  assert_output --partial 'Would install'
  run svirt policy status
  assert_failure 1
}

@test "install, in the caller's domain" {
  make_disk "$IMG/a.img" 1M
  run -0 svirt policy install
  assert_output --partial 'Policy module installed'
  run -0 svirt policy status
  assert_line --regexp '^Installed: +yes$'
  assert_line --regexp '^Enabled: +yes$'
  assert_line --regexp '^Loaded: +yes$'
  assert_line --regexp '^Current: +yes$'
  run -0 semodule -lfull
  assert_line --regexp '^400 svirt +cil'
  run -0 svirt policy -n install
  assert_output 'Policy module of this version is installed already'
  SECONDS=0
  run -0 svirt policy install
  assert_output 'Policy module of this version is installed already'
  ((SECONDS < 10))
}

@test "another user gets an unknown answer" {
  for action in status install remove '-n install' '-n remove'; do
    # shellcheck disable=SC2086 # words
    run setpriv --reuid=65534 --regid=65534 --clear-groups svirt policy $action
    assert_failure 4
    assert_line "svirt: the SELinux module store is root's"
    assert_line 'svirt: hint: run it as root'
  done
}

@test "after restorecon the transition works" {
  restorecon -RF /usr/libexec/svirt /var/lib/svirt /run/svirt /etc/svirt 2>/dev/null 3>&- || :
  assert_equal "$(type_of "$(label_of /usr/libexec/svirt/svirt-manager)")" svirt_mgr_exec_t
  run -0 svirt check
  setsebool svirt_use_var_t on
  svirt -q start "$(write_domain a --disk "$IMG/a.img")"
  assert_equal "$(type_of "$(domain_of "$(monitor_of a)")")" svirt_monitor_t
  assert_equal "$(type_of "$(domain_of "$(guest_pid a)")")" svirt_t
  svirt -q destroy a
  nothing_left
}

@test "a module of another version: status, info and check report it" {
  # as after an update with another file
  cp /usr/share/svirt/selinux/svirt.cil "$LAB_SCRATCH/kept"
  sed -i 's/svirt_module_[0-9a-f]*/svirt_module_of_tomorrow/' /usr/share/svirt/selinux/svirt.cil
  run svirt policy status
  assert_failure 1
  assert_line --regexp '^Loaded: +yes$'
  assert_line --regexp '^Current: +no$'
  run svirt check
  assert_failure 1
  assert_line --regexp '^FAIL +svirt-policy-module .*: svirt.s policy module is loaded, but not the one of this version$'
  run -0 svirt info
  assert_line --regexp '^Policy module: +loaded, not the one of this version$'
  run -0 svirt policy -n install
  assert_output --partial 'Would replace'
  cp "$LAB_SCRATCH/kept" /usr/share/svirt/selinux/svirt.cil
  run -0 svirt check
}

@test "the manager's domain may not change the policy" {
  run /usr/libexec/svirt/svirt-manager policy install
  assert_failure 2
  assert_output --partial 'policy is no verb of svirt-manager'
}

@test "remove" {
  run -0 svirt policy -n remove
  assert_output --partial 'Would remove the module'
  run -0 svirt policy remove
  assert_output --partial 'Policy module removed'
  run svirt policy status
  assert_failure 1
  assert_line --regexp '^Installed: +no$'
  assert_line --regexp '^Loaded: +no$'
  run svirt start "$(write_domain a)"
  assert_failure
  assert_equal "$(emulators)" 0
}
