#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Names of guests and entries of /run/svirt: no name gives access to another guest's files, and no entry keeps other
# guests from being restored.

bats_require_minimum_version 1.5.0
load helper
load guest
load crash
quick_guests

setup() {
  guest_setup
  rm -rf "${IMG:?}"/*
}

teardown() {
  guest_teardown
  rm -rf /run/svirt/{file,fifo,link,foreign,open,-rf,many,mount} /run/svirt/bad
}

# started NAME: starts a guest with a disk of its own
started() {
  make_disk "$IMG/$1.img" 1M
  svirt -q start "$(write_domain "$1" --disk "$IMG/$1.img")"
}

@test "guests with names like files of another guest" {
  local names=(a a.lock a.monitor lock monitor guest) name
  for name in "${names[@]}"; do started "$name"; done
  for name in "${names[@]}"; do
    assert_equal "$(guest_state "$name")" running
    assert_equal "$(stat -c '%a %u' "/run/svirt/$name") $(type_of "$(label_of "/run/svirt/$name")")" "711 0 svirt_mgr_runtime_t"
    assert_equal "$(label_of "/run/svirt/$name/guest")" "$(guest_image "$name")"
  done
  svirt -q destroy a
  for name in "${names[@]:1}"; do assert_equal "$(guest_state "$name")" running; done
  for name in "${names[@]:1}"; do svirt -q destroy "$name"; done
  wait_for 10 idle
  nothing_left
}

@test "a name that is not valid for a guest is refused" {
  local name
  for name in . .. .x -x; do
    make_disk "$IMG/x.img" 1M
    write_domain x --disk "$IMG/x.img" >/dev/null
    sed -i "s|<name>x</name>|<name>$name</name>|" "$LAB_SCRATCH/x.xml"
    run svirt start "$LAB_SCRATCH/x.xml"
    assert_failure 2
  done
  assert_equal "$(run_left)" ''
}

@test "other entries of /run/svirt are left alone, and do not stop a restore of all guests" {
  started a
  started b
  touch /run/svirt/file
  mkfifo /run/svirt/fifo
  ln -s a /run/svirt/link
  mkdir -m 711 /run/svirt/foreign /run/svirt/-rf /run/svirt/bad
  chown nobody /run/svirt/foreign
  mkdir -m 777 /run/svirt/open
  # a directory at the path of a lock, made by mistake
  mkdir /run/svirt/bad/lock
  killed "$(monitor_of a)" "$(guest_pid a)"
  run -0 svirt restore --stale
  for entry in file fifo link foreign open -rf; do
    assert_line --partial "/run/svirt/$entry is not svirt's, and is left there: "
    [[ -e /run/svirt/$entry || -L /run/svirt/$entry ]]
  done
  assert_line --partial 'cannot open the lock /run/svirt/bad/lock'
  run gone a
  assert_success
  assert_equal "$(guest_state b)" running
  # the verbs that only read are not disturbed either
  run -0 svirt list
  assert_line --regexp '^ *[0-9]* *b +running'
}

@test "a lease whose path has another file now does not keep the others from being restored" {
  started a
  started b
  started c
  killed "$(monitor_of a)" "$(monitor_of b)" "$(guest_pid a)" "$(guest_pid b)"
  umount /run/svirt/a/guest
  rm -r /run/svirt/a
  touch /run/svirt/a
  run -0 svirt label "$(write_domain d)"
  assert_output --partial "/run/svirt/a: is not a directory"
  run svirt restore --stale
  assert_failure
  run gone b
  assert_success
  rm /run/svirt/a
  run -0 svirt restore --stale
  run gone a
  assert_success
  svirt -q restore d
  svirt -q destroy c
  wait_for 10 idle
  nothing_left
}
