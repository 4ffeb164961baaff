# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# For bats files about files other than disks: "load helper", "load guest", then "load files". The real QEMU opens
# each file under the label that it got. Another guest cannot use a file that belongs to one guest alone, and the file
# is restored when the guests have ended.

teardown() {
  guest_teardown
  rm -rf "${IMG:?}"/*
}

# start_guest NAME OPTION...: takes options of write_domain; fails when an access was denied
start_guest() {
  lab_mark
  svirt -q start "$(write_domain "$@")"
  run denials
  assert_output ""
}

# A level that no guest has here. All guests have the same user, so only the label keeps it out.
STRANGER=s0:c1022,c1023

# tries CONTEXT TRY... EXPECTED: each try has the result EXPECTED, as the guest's user $OWNER
tries() {
  local context=$1 expected=${*: -1}
  local list=("${@:2:$#-2}")
  run probe_as_guest "$context" <<<"$(printf '%s\n' "${list[@]}")"
  assert_output "$(printf "%s: $expected\n" "${list[@]}")"
}

# private GUEST PATH: it has the guest's own label; the guest can use it and another one cannot
private() {
  local label OWNER
  label=$(guest_label "$1") OWNER=$(guest_fact "$1" .owner)
  assert_equal "$(label_of "$2")" "$(guest_image "$1")"
  tries "$label" "read $2" "write $2" allowed
  tries "${label%:s0:*}:$STRANGER" "read $2" "write $2" "denied EACCES"
}

# shared_reading GUEST PATH: any guest may read it and none may write it, not even as its owner
shared_reading() {
  local label OWNER
  label=$(guest_label "$1") OWNER=$(guest_fact "$1" .owner)
  assert_equal "$(type_of "$(label_of "$2")") $(level_of "$(label_of "$2")")" "virt_content_t s0"
  tries "$label" "read $2" allowed
  chown "${OWNER//+/}" "$2"
  tries "$label" "write $2" "denied EACCES"
  chown 0:0 "$2"
}

# shared_writing GUEST PATH: all guests may write it
shared_writing() {
  local OWNER
  OWNER=$(guest_fact "$1" .owner)
  assert_equal "$(type_of "$(label_of "$2")") $(level_of "$(label_of "$2")")" "svirt_image_t s0"
  tries "$(guest_label "$1")" "read $2" "write $2" allowed
}
