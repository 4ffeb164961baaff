#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A host that is not enforcing: a warning, and a refusal wherever enforcing is required.
# lab: enforcing=0 timeout=600

load helper
load guest

demand="selinux is not enforcing (permissive), and"

setup_file() {
  make_boot "$IMG/a.img" "$HALT"
  svirt -q restore --all
}

teardown() {
  guest_teardown
  rm -f /etc/svirt/svirt.conf.d/lab.conf
}

domain() { write_domain a --disk "$IMG/a.img" "$@"; }

@test "--require-enforcing" {
  refused 3 "$demand --require-enforcing demands it" start --require-enforcing "$(domain)"
  assert_line "svirt: hint: setenforce 1, and SELINUX=enforcing in /etc/selinux/config"
  refused 3 "$demand --require-enforcing demands it" label --require-enforcing "$(domain)"
  refused 3 "$demand --require-enforcing demands it" start -n --require-enforcing "$(domain)"
}

@test "the domain requires it" {
  refused 3 "$demand the domain's metadata demands it" start \
    "$(domain --extra "<metadata><svirt:require xmlns:svirt='urn:svirt:1' enforcing='yes'/></metadata>")"
}

@test "svirt.conf requires it" {
  mkdir -p /etc/svirt/svirt.conf.d
  echo 'require_enforcing = yes' >/etc/svirt/svirt.conf.d/lab.conf
  refused 3 "$demand svirt.conf demands it" start "$(domain)"
  rm /etc/svirt/svirt.conf.d/lab.conf
  run svirt start "$(domain)"
  assert_success
}

@test "no requirement: the guest starts, is labelled, and there is a warning" {
  run svirt start "$(domain)"
  assert_success
  assert_line "svirt: warning: selinux is not enforcing (permissive): guests are labelled, but nothing keeps them apart"
  local label
  label=$(domain_of "$(guest_pid a)")
  assert_equal "$(type_of "$label")" svirt_t
  assert_equal "$(level_of "$(label_of "$IMG/a.img")")" "$(level_of "$label")"
  run svirt dominfo a
  assert_line "Security label: $label (selinux/default/permissive)"
}

@test "enforcing again: no warning" {
  setenforce 1
  run svirt start --require-enforcing "$(domain)"
  setenforce 0
  assert_success
  refute_output --partial "not enforcing"
}
