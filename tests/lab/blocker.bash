# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# For bats files that block a guest's access to its disk: "load helper", "load guest", "load mounts", then "load
# blocker". $IMG/dir/b.img is the disk, $uid the guest's user.

# the user that guests run as
# shellcheck disable=SC2034
uid=

setup() {
  guest_setup
  rm -rf "$IMG/dir"
  mkdir -p "$IMG/dir"
  make_disk "$IMG/dir/b.img" 1M
  uid=$(svirt --json info 2>/dev/null | jq '.results[0].uid')
}

teardown() {
  guest_teardown
  unmount
  setsebool virt_use_usb off >/dev/null 2>&1 </dev/null
  rm -f /etc/svirt/svirt.conf /etc/ld.so.preload /dev/kvm
}

# disk [PATH [ACCESS]]
disk() { write_domain b --disk "${1:-$IMG/dir/b.img}:virtio:${2-}"; }

# as_it_is [LABEL]: a guest whose disk is not relabelled
as_it_is() {
  write_domain b --source "<seclabel model='selinux' relabel='no'/><seclabel model='dac' relabel='no'/>" \
    --disk "$IMG/dir/b.img:virtio" --type static --relabel yes --label system_u:system_r:svirt_t:s0:c5,c6
}

findings() { svirt --json check "$1" 2>/dev/null | jq -r '.results[] | select(.rule == "svirt-resource-access")'; }

# blocked NAME MESSAGE FILE: check reports it; MESSAGE is a glob
blocked() {
  local found
  found=$(findings "$3" | jq -s '.[] | select(.result == "fail")')
  assert_equal "$(jq -r .blocker <<<"$found")" "$1"
  # shellcheck disable=SC2053 # a glob
  [[ $(jq -r .message <<<"$found") == "$1: "$2 ]] || { echo "$found"; return 1; }
  [[ $(jq -r .remedy <<<"$found") == ?* ]]
}

# remedy FILE: the remedy of the blocker
remedy() { findings "$1" | jq -r 'select(.result == "fail").remedy'; }

# free FILE: check finds no blocker
free() {
  run findings "$1"
  assert_output --partial '"result": "pass"'
  refute_output --partial fail
}

# stopped_by NAME FILE: the start, and its dry run before, fail for check's reason, and change nothing
# shellcheck disable=SC2154 # status is bats'
stopped_by() {
  local found dry before
  found=$(findings "$2" | jq -rs '.[] | select(.result == "fail").message')
  before=$(find "$IMG" -printf '%p %Z %U:%G %m\n' | sort)
  for dry in -n ''; do
    # shellcheck disable=SC2086 # nothing, or an option
    run svirt start $dry "$2"
    [[ $status == 4 ]]
    assert_line --partial "${found#"$1: "}"
    refute_line --partial "the emulator says"
  done
  assert_equal "$(find "$IMG" -printf '%p %Z %U:%G %m\n' | sort)" "$before"
}
