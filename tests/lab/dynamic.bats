#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Dynamic labels: a guest runs with the type that the loaded policy names for virtual machines, at a level of its own
# that its images have too. All labels are restored however the guest ends. A base label chooses another type.
# lab: timeout=600

load helper
load guest

contexts=/etc/selinux/default/contexts
pair='^s0:c[0-9]+,c[0-9]+$'

# policy_type FILE LINE: the type that this file of the policy names
policy_type() { sed -n "$2p" "$contexts/$1" | cut -d: -f3; }
# the line of guests that QEMU translates, as these are: the second, where the policy has one
translated=$(($(grep -c . "$contexts/virtual_domain_context") > 1 ? 2 : 1))

# marked PATH: the guest has written its disk
marked() { [[ -n $(disk_mark "$1") ]]; }

@test "a guest has the policy's type and a level that its image also has" {
  make_disk "$IMG/a.img" 1M
  run svirt start "$(write_domain a --disk "$IMG/a.img")"
  assert_success
  local label image pid
  pid=$(guest_pid a)
  label=$(domain_of "$pid")
  image=$(label_of "$IMG/a.img")
  assert_line "Guest a started: $label"
  assert_equal "$(type_of "$label")" "$(policy_type virtual_domain_context $translated)"
  assert_equal "$(type_of "$image")" "$(policy_type virtual_image_context 1)"
  assert_equal "${label%:s0:*}" "$(sed -n "${translated}s/:s0\$//p" "$contexts/virtual_domain_context")"
  assert_equal "${image%:s0:*}" "$(sed -n '1s/:s0$//p' "$contexts/virtual_image_context")"
  [[ $(level_of "$label") =~ $pair ]]
  assert_equal "$(level_of "$image")" "$(level_of "$label")"
  [[ $label =~ :c([0-9]+),c([0-9]+)$ ]]
  ((BASH_REMATCH[1] < BASH_REMATCH[2]))

  # every thread has the label, and the kernel reports the same label as svirt
  assert_equal "$(cat /proc/"$pid"/task/*/attr/current | tr '\0' '\n' | sort -u)" "$label"
  assert_equal "$(guest_label a)" "$label"
  assert_equal "$(guest_image a)" "$image"
  run svirt dominfo a
  assert_line "Security label: $label (selinux/default/enforcing)"
  # the owner of the image is the user of the guest
  assert_equal "$(stat -c %u:%g "$IMG/a.img")" "$(stat -c %u:%g "/proc/$pid")"
  run denials
  assert_output ""
}

@test "two guests: two levels, each with its own disk" {
  make_disk "$IMG/a.img" 1M
  make_disk "$IMG/b.img" 1M
  svirt -q start "$(write_domain a --disk "$IMG/a.img" --serial)"
  svirt -q start "$(write_domain b --disk "$IMG/b.img" --serial)"
  local a b
  a=$(domain_of "$(guest_pid a)")
  b=$(domain_of "$(guest_pid b)")
  assert_not_equal "$(level_of "$a")" "$(level_of "$b")"
  assert_equal "$(level_of "$(label_of "$IMG/a.img")")" "$(level_of "$a")"
  assert_equal "$(level_of "$(label_of "$IMG/b.img")")" "$(level_of "$b")"
  run wait_halted a
  assert_line "D0 R+W+"
  run wait_halted b
  assert_line "D0 R+W+"
  # the kernel's answer for an attacker in guest a; the modes do not separate the guests
  chmod 666 "$IMG/a.img" "$IMG/b.img"
  run probe_as "$a" batch <<<"read $IMG/a.img
write $IMG/a.img
read $IMG/b.img
write $IMG/b.img"
  assert_line "read $IMG/a.img: allowed"
  assert_line "write $IMG/a.img: allowed"
  assert_line "read $IMG/b.img: denied EACCES"
  assert_line "write $IMG/b.img: denied EACCES"
}

@test "stop restores labels and owners" {
  make_boot "$IMG/a.img" "$POWER_BUTTON"
  chown 1234:5678 "$IMG/a.img"
  chcon system_u:object_r:virt_image_t:s0 "$IMG/a.img"
  local before
  before=$(inode_of "$IMG/a.img")
  svirt -q start "$(write_domain a --disk "$IMG/a.img")"
  assert_not_equal "$(inode_of "$IMG/a.img")" "$before"
  sleep 1 # for the firmware
  run svirt stop a
  assert_success
  assert_equal "$(inode_of "$IMG/a.img")" "$before"
  assert_equal "$(emulators)" 0
  run svirt restore -n --all
  assert_output "Nothing to restore"
}

@test "destroy restores labels and owners" {
  make_boot "$IMG/a.img" "$HALT"
  chown 1234:5678 "$IMG/a.img"
  chcon user_u:object_r:user_home_t:s0:c7 "$IMG/a.img"
  local before
  before=$(inode_of "$IMG/a.img")
  svirt -q start "$(write_domain a --disk "$IMG/a.img")"
  assert_not_equal "$(inode_of "$IMG/a.img")" "$before"
  run svirt destroy a
  assert_success
  assert_equal "$(inode_of "$IMG/a.img")" "$before"
  assert_equal "$(emulators)" 0
  run svirt dominfo a
  [[ $status == 6 ]]
}

@test "a guest that powers off leaves nothing behind" {
  make_boot "$IMG/a.img" "$POWER_OFF"
  local before
  before=$(inode_of "$IMG/a.img")
  svirt -q start "$(write_domain a --disk "$IMG/a.img")"
  wait_for 30 gone a
  assert_equal "$(inode_of "$IMG/a.img")" "$before"
  assert_equal "$(emulators)" 0
  assert_equal "$(run_left)" ""
}

@test "a guest whose VMM is killed leaves nothing behind" {
  make_boot "$IMG/a.img" "$HALT"
  local before
  before=$(inode_of "$IMG/a.img")
  svirt -q start "$(write_domain a --disk "$IMG/a.img")"
  kill -9 "$(guest_pid a)"
  wait_for 30 gone a
  assert_equal "$(inode_of "$IMG/a.img")" "$before"
}

# svirt_prot_exec_t is the other type for guests of Debian's policy. It may not use the type of images that the
# policy's context file names, and has one of its own.
@test "a base label chooses the type, and images get the one that belongs to it; the level is the guest's own" {
  local source='<seclabel><label>system_u:object_r:svirt_prot_exec_image_t:s0</label></seclabel>' before p q
  make_disk "$IMG/p.img" 1M
  make_boot "$IMG/own.img" "$HALT"
  before=$(inode_of "$IMG/p.img")
  svirt -q start --shared-level "$(write_domain p --disk "$IMG/p.img" --source "$source" --disk "$IMG/own.img" \
    --baselabel system_u:system_r:svirt_prot_exec_t:s0)"
  svirt -q start "$(write_domain q --type dynamic --model selinux --baselabel svirt_prot_exec_t)"
  p=$(domain_of "$(guest_pid p)")
  q=$(domain_of "$(guest_pid q)")
  assert_equal "${p%:s0:*}" system_u:system_r:svirt_prot_exec_t
  assert_equal "${q%:s0:*}" system_u:system_r:svirt_prot_exec_t
  [[ $(level_of "$p") =~ $pair && $(level_of "$q") =~ $pair ]]
  assert_not_equal "$p" "$q"
  assert_equal "$(label_of "$IMG/p.img")" "system_u:object_r:svirt_prot_exec_image_t:$(level_of "$p")"
  assert_equal "$(guest_image p)" "$(label_of "$IMG/p.img")"
  # the device's own label is set exactly
  assert_equal "$(label_of "$IMG/own.img")" system_u:object_r:svirt_prot_exec_image_t:s0
  wait_for 30 marked "$IMG/p.img"
  svirt -q destroy p
  assert_equal "$(inode_of "$IMG/p.img")" "$before"
  # also for a static label
  svirt -q start "$(write_domain p --disk "$IMG/p.img" --type static --relabel yes --label system_u:system_r:svirt_prot_exec_t:s0:c7,c8)"
  assert_equal "$(label_of "$IMG/p.img")" system_u:object_r:svirt_prot_exec_image_t:s0:c7,c8
  svirt -q destroy p
  assert_equal "$(inode_of "$IMG/p.img")" "$before"
}

@test "the level of a base label is ignored" {
  svirt -q start "$(write_domain q --baselabel system_u:object_r:svirt_prot_exec_t:s0:c1,c2,c3)"
  [[ $(level_of "$(domain_of "$(guest_pid q)")") =~ $pair ]]
}
