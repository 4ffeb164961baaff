#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What libvirt remembers in trusted.libvirt.security.*: a file in use by one of libvirt's guests is refused. A file
# that was left behind is refused until svirt restore --stale IMAGE has removed the attributes. No libvirt is needed,
# because the attributes are stored with the file.
# lab: timeout=600

bats_require_minimum_version 1.5.0
load helper
load guest

theirs=system_u:object_r:svirt_image_t:s0:c71,c72
old=system_u:object_r:virt_image_t:s0

setup_file() { svirt -q restore --all; }

setup() {
  guest_setup
  rm -rf "${IMG:?}"/*
  make_disk "$IMG/a.img" 1M
  make_disk "$IMG/b.img" 1M
  boot=$(($(date +%s) - $(cut -d. -f1 /proc/uptime)))
  domain=$(write_domain a --disk "$IMG/a.img")
  fake=''
}

teardown() {
  [[ -z $fake ]] || kill "$fake" || :
  guest_teardown
}

# libvirts PATH [COUNT [START]]: a file as libvirt leaves it for a guest at s0:c71,c72 with user 64055
libvirts() {
  setfattr -n trusted.libvirt.security.selinux -v "$old" "$1"
  setfattr -n trusted.libvirt.security.dac -v +12:+34 "$1"
  local model
  for model in selinux dac; do
    setfattr -n "trusted.libvirt.security.ref_$model" -v "${2-1}" "$1"
    setfattr -n "trusted.libvirt.security.timestamp_$model" -v "${3-$boot}" "$1"
  done
  chcon "$theirs" "$1"
  chown 64055:64055 "$1"
}

# untouched PATH: the domain of a guest for which neither label nor owner of its disk changes
untouched() {
  write_domain r --type static --model selinux --relabel no --label system_u:system_r:svirt_t:s0:c90,c91 \
    --extra "<seclabel type='none' model='dac'/>" --disk "$1"
}

# attributes PATH: the attributes of libvirt that it has
attributes() { getfattr --absolute-names -d -m '^trusted' "$1"; }

# their_guest: starts a VMM of libvirt's at the level of the file; sets fake to its PID
their_guest() {
  runcon system_u:system_r:svirt_t:s0:c71,c72 qemu-system-x86_64 -nodefaults -display none -S \
    -name guest=web,debug-threads=on </dev/null >/dev/null 2>&1 3>&- &
  fake=$!
  wait_for 20 at_level "$fake" s0:c71,c72
}

@test "a file in use by libvirt's guest is refused, the guest is named, and --stale does not touch the file" {
  libvirts "$IMG/a.img"
  libvirts "$IMG/b.img" 2
  their_guest
  for verb in label start 'label -n'; do
    # shellcheck disable=SC2086 # a verb and its option
    refused 5 "$IMG/a.img is in use by process $fake, guest 'web': libvirt remembers its label" $verb "$domain"
    assert_line "svirt: hint: 'virsh list' shows libvirt's guests: end the one that uses it first"
  done
  # one refused file keeps all of them unchanged
  make_disk "$IMG/c.img" 1M
  libvirts "$IMG/c.img" 1 1000
  chcon system_u:object_r:svirt_image_t:s0:c81,c82 "$IMG/c.img"
  before=$(attributes "$IMG/c.img")
  refused 5 "$IMG/b.img is in use by process $fake, guest 'web': libvirt remembers its label" \
    restore --stale "$IMG/c.img" "$IMG/b.img"
  assert_equal "$(attributes "$IMG/c.img")" "$before"
}

@test "a locked file is in use, whatever its label" {
  libvirts "$IMG/a.img"
  chcon "$old" "$IMG/a.img"
  (flock 9 && sleep 60) 9<"$IMG/a.img" 3>&- &
  fake=$!
  wait_for 10 grep -q ":$(stat -c %i "$IMG/a.img") " /proc/locks
  refused 5 "$IMG/a.img is in use by a process that has locked it: libvirt remembers its label" start "$domain"
  # the same for a guest that writes the file and leaves its label as it is
  refused 5 "$IMG/a.img is in use by a process that has locked it: libvirt remembers its label" label -n \
    "$(untouched "$IMG/a.img")"
}

@test "a file that was left behind is refused, its attributes are removed by --stale IMAGE, and then it is accepted" {
  libvirts "$IMG/a.img"
  libvirts "$IMG/b.img" 1 1000
  setfattr -n trusted.other -v keep "$IMG/a.img"
  for verb in label start; do
    refused 5 "libvirt remembers another label of $IMG/a.img, and would put it back one day; nobody uses it now" \
      $verb "$domain"
    assert_line "svirt: hint: svirt restore --stale '$IMG/a.img'"
  done
  state=$(everything)
  run -0 svirt restore -n --stale "$IMG/a.img"
  assert_line --regexp "^would-restore +selinux +$IMG/a.img +$old +libvirt counted 1, in this boot; it was $old\$"
  assert_equal "$(everything)" "$state"
  assert_equal "$(attributes "$IMG/a.img" | grep -c libvirt)" 6

  cd "$IMG"
  run -0 svirt restore --stale a.img "$IMG/b.img"
  assert_line --regexp "^restored +dac +$IMG/a.img +\\+12:\\+34 +libvirt counted 1, in this boot; it was \\+12:\\+34\$"
  assert_line --regexp "^restored +selinux +$IMG/a.img +$old +libvirt counted 1, in this boot; it was $old\$"
  assert_line --regexp "^restored +selinux +$IMG/b.img +$old +libvirt counted 1, in another boot; it was $old\$"
  assert_equal "$(inode_of "$IMG"/*.img)" "$IMG/a.img $old 12:34 644
$IMG/b.img $old 12:34 644"
  run attributes "$IMG/a.img"
  assert_line 'trusted.other="keep"'
  refute_output --partial libvirt
  assert_equal "$(attributes "$IMG/b.img")" ''
  # a second run finds nothing to restore
  run -0 svirt restore --stale "$IMG/a.img"
  assert_output "Nothing to restore"
  run -0 svirt label "$domain"
  svirt -q restore a
  assert_equal "$(label_of "$IMG/a.img")" "$old"
  assert_equal "$(denials)" ''
}

@test "a label that no guest has is not overwritten, and an unknown original label is replaced by the policy's" {
  libvirts "$IMG/a.img"
  chcon system_u:object_r:virt_content_t:s0 "$IMG/a.img"
  libvirts "$IMG/b.img"
  setfattr -x trusted.libvirt.security.selinux "$IMG/b.img"
  doc=$(svirt --json restore --stale "$IMG/a.img" "$IMG/b.img")
  run jq -r '.results[] | [.result, .guest // "-", .driver, .path, .label.text] | join(" ")' <<<"$doc"
  assert_line "cleared - selinux $IMG/a.img system_u:object_r:virt_content_t:s0"
  assert_line "cleared - dac $IMG/a.img +64055:+64055"
  assert_line "restored - selinux $IMG/b.img $(matchpathcon -n "$IMG/b.img")"
  assert_equal "$(label_of "$IMG/a.img")" system_u:object_r:virt_content_t:s0
  assert_equal "$(label_of "$IMG/b.img")" "$(matchpathcon -n "$IMG/b.img")"
  assert_equal "$(stat -c %u "$IMG/a.img" "$IMG/b.img" | xargs)" '64055 12'
}

@test "a file that gets no label is not refused, and --stale accepts the same kinds of files as label" {
  chmod 644 "$IMG/b.img"
  libvirts "$IMG/b.img" 1 1000
  run svirt label -n "$(untouched "$IMG/b.img")"
  assert_success
  libvirts "$IMG/b.img"
  ln "$IMG/b.img" "$IMG/second.img"
  refused 2 "$IMG/b.img: has 2 names*" restore --stale "$IMG/b.img"
  refused 6 "*$IMG/none.img*" restore --stale "$IMG/a.img" "$IMG/none.img"
  ln -s "$IMG/a.img" "$IMG/link.img"
  refused 2 "*$IMG/link.img*" restore --stale "$IMG/link.img"
}
