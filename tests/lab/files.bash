# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# For bats files about files beside disks: "load helper", "load guest", then "load files". Each file is opened
# by the real QEMU under the label that it got, is out of another guest's reach while it is one guest's alone,
# and is what it was when the guests are gone.

teardown() {
  guest_teardown
  rm -rf "${IMG:?}"/*
}

# start_guest NAME OPTION...: of write_domain; nothing was denied
start_guest() {
  lab_mark
  svirt -q start "$(write_domain "$@")"
  run denials
  assert_output ""
}

# A level that no guest has here: every guest has one user, so only the label is in its way.
STRANGER=s0:c1022,c1023

# tries CONTEXT TRY... EXPECTED: each of them ends so, as the guest's user $OWNER
tries() {
  local context=$1 expected=${*: -1}
  local list=("${@:2:$#-2}")
  run probe_as_guest "$context" <<<"$(printf '%s\n' "${list[@]}")"
  assert_output "$(printf "%s: $expected\n" "${list[@]}")"
}

# private GUEST PATH: it has the guest's own label; the guest reaches it and another one does not
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

# shared_writing GUEST PATH: it is all guests'
shared_writing() {
  local OWNER
  OWNER=$(guest_fact "$1" .owner)
  assert_equal "$(type_of "$(label_of "$2")") $(level_of "$(label_of "$2")")" "svirt_image_t s0"
  tries "$(guest_label "$1")" "read $2" "write $2" allowed
}
