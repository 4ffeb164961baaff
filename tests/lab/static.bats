#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Static labels: exactly the given label. With relabel='no' no label changes, the kernel alone decides whether the
# labels fit, and owners change as for every guest. With relabel='yes' the images get the level.
# lab: timeout=600

bats_require_minimum_version 1.5.0
load helper
load guest
quick_guests

label=system_u:system_r:svirt_t:s0:c401,c662
image=system_u:object_r:svirt_image_t:s0:c401,c662

# fixed RELABEL: the guest s with the disk s.img
fixed() { write_domain s --disk "$IMG/s.img" --type static --model selinux --label "$label" --relabel "$1"; }

# prelabelled PATH: a disk that was labelled by hand, owned by the user that guests run as
prelabelled() {
  make_boot "$IMG/s.img" "$HALT"
  chcon "${1-$image}" "$IMG/s.img"
  chown "$(svirt --json info | jq -r '.results[0] | "\(.uid):\(.gid)"')" "$IMG/s.img"
}

setup_file() { svirt -q restore --all; }

@test "relabel=no: exactly the label, and a file whose owner is right does not change" {
  prelabelled
  local before
  before=$(stat -c '%C %u:%g %a %Z %z' "$IMG/s.img")
  run svirt start "$(fixed no)"
  assert_success
  assert_line "Guest s started: $label"
  assert_equal "$(domain_of "$(guest_pid s)")" "$label"
  assert_equal "$(stat -c '%C %u:%g %a %Z %z' "$IMG/s.img")" "$before"
  run denials
  assert_output ""
  run svirt destroy s
  assert_success
  assert_equal "$(stat -c '%C %u:%g %a %Z %z' "$IMG/s.img")" "$before"
}

@test "relabel=no is the default of a static label" {
  prelabelled
  run svirt start "$(write_domain s --disk "$IMG/s.img" --type static --label "$label")"
  assert_success
  svirt destroy s
  run jq -r '.results[0].steps[] | [.driver, .action, .why] | join(" ")' <<<"$(svirt --json label -n "$(fixed no)" 2>/dev/null)"
  assert_output "selinux leave relabel='no'
dac keep "
}

@test "relabel=no: the guest reads and writes its disk by the disk's own labels" {
  prelabelled
  make_disk "$IMG/s.img" 1M
  : >"$(serial_of s)"
  chcon "$image" "$(serial_of s)"
  chown --reference="$IMG/s.img" "$(serial_of s)"
  svirt -q start "$(write_domain s --disk "$IMG/s.img" --serial --type static --label "$label")"
  run wait_halted s
  assert_line "D0 R+W+"
  assert_equal "$(disk_mark "$IMG/s.img")" SEEN-s.img
}

@test "relabel=no: an image at another level is refused by the kernel" {
  prelabelled system_u:object_r:svirt_image_t:s0:c1,c2
  local domain
  domain=$(fixed no)
  refused 4 "*the policy keeps the guest from { open read write lock } on $IMG/s.img (file, system_u:object_r:svirt_image_t:s0:c1,c2)" start "$domain"
  assert_line --partial "svirt: hint: its type would do, its level is not this guest's: "
  run svirt dominfo s
  [[ $status == 6 ]]
}

@test "relabel=no: an image of another type is refused by the kernel" {
  prelabelled system_u:object_r:var_t:s0
  refused 4 "*the policy keeps the guest from { write } on $IMG/s.img (file, system_u:object_r:var_t:s0)" start "$(fixed no)"
  assert_line --partial "svirt: hint: let svirt label it: take relabel='no' out"
}

@test "relabel=no: an image of another owner is given to the guest's user, and restored" {
  prelabelled
  chown 1234:5678 "$IMG/s.img"
  chmod 600 "$IMG/s.img"
  local before
  before=$(inode_of "$IMG/s.img")
  svirt -q start "$(fixed no)"
  assert_equal "$(stat -c '%C +%u:+%g' "$IMG/s.img")" "$image $(guest_fact s .owner)"
  svirt -q destroy s
  assert_equal "$(inode_of "$IMG/s.img")" "$before"
}

@test "neither label nor owner is to change: an image of another owner is refused and said to be that" {
  prelabelled
  chown 1234:5678 "$IMG/s.img"
  refused 4 "*the guest's user (+*) may not read write $IMG/s.img" start \
    "$(write_domain s --disk "$IMG/s.img" --type static --model selinux --label "$label" --relabel no --extra "<seclabel type='none' model='dac'/>")"
  assert_line --regexp "^svirt: hint: svirt leaves its owner as it is: take relabel='no' or type='none' out, or setfacl -m u:[0-9]+:rw $IMG/s.img\$"
}

# planned OPTION...: the plan of label for the disk, as lines of "DRIVER ACTION"; takes options of write_domain
planned() {
  svirt --json label -n "$(write_domain s --disk "$IMG/s.img" "$@")" 2>/dev/null |
    jq -r '.results[0].steps[] | [.driver, .action] | join(" ")'
}

@test "labels for one model: those of the other are not touched, and the plan is true for both" {
  local before static
  rm -f "$IMG/s.img"
  make_disk "$IMG/s.img" 1M
  before=$(inode_of "$IMG/s.img")
  static=(--type static --model selinux --label "$label" --relabel no)
  run planned "${static[@]}"
  assert_output "selinux leave
dac set"
  run planned "${static[@]}" --extra "<seclabel type='dynamic' model='dac'/>"
  assert_output "selinux leave
dac set"
  run planned "${static[@]}" --extra "<seclabel type='static' model='dac'><label>+1234:+5678</label></seclabel>"
  assert_output "selinux leave
dac leave
svirt hold"
  run planned --extra "<seclabel type='none' model='dac'/>"
  assert_output "selinux set
dac leave"
  svirt -q label "$(write_domain s --disk "$IMG/s.img" --extra "<seclabel type='none' model='dac'/>")"
  assert_equal "$(stat -c %u:%g "$IMG/s.img")" 0:0
  assert_equal "$(label_of "$IMG/s.img")" "$(guest_image s)"
  # the guest still does not run as the host's root
  assert [ "$(guest_fact s .owner)" != +0:+0 ]
  svirt -q restore s
  assert_equal "$(inode_of "$IMG/s.img")" "$before"
  run svirt start "$LAB_SCRATCH/s.xml"
  assert_failure 4
  assert_line --partial "svirt leaves its owner as it is: take relabel='no' or type='none' out"
  assert_equal "$(inode_of "$IMG/s.img")" "$before"
}

@test "relabel=yes: the image gets the level of the label, and is restored" {
  make_disk "$IMG/s.img" 1M
  chcon system_u:object_r:virt_image_t:s0:c9 "$IMG/s.img"
  chown 1234:5678 "$IMG/s.img"
  local before
  before=$(inode_of "$IMG/s.img")
  run svirt start "$(write_domain s --disk "$IMG/s.img" --serial --type static --model selinux --label "$label" --relabel yes)"
  assert_success
  assert_equal "$(domain_of "$(guest_pid s)")" "$label"
  assert_equal "$(label_of "$IMG/s.img")" "$image"
  run wait_halted s
  assert_line "D0 R+W+"
  run svirt destroy s
  assert_equal "$(inode_of "$IMG/s.img")" "$before"
}

@test "the document of the first prototype: a label without a type is static" {
  prelabelled
  local domain
  domain=$(write_domain s --disk "$IMG/s.img" --label "$label" --model selinux)
  sed -i 's|</label>|</label><policytype>targeted</policytype>|' "$domain"
  run svirt start "$domain"
  assert_success
  assert_equal "$(domain_of "$(guest_pid s)")" "$label"
}

@test "check: a running guest conflicts neither with another one nor with itself" {
  prelabelled
  svirt -q start "$(fixed no)"
  run svirt check "$(fixed no)"
  refute_line --partial "conflicts with"
  assert_line --regexp "^PASS +svirt-label-unique "
  write_domain other --type static --label "$label" >/dev/null
  run svirt check "$LAB_SCRATCH/other.xml"
  assert_line --regexp "^FAIL +svirt-label-unique "
  svirt destroy s
}

@test "a label without categories is shared by guests: a labelled guest starts beside a running one" {
  local everybodys=system_u:system_r:svirt_t:s0
  run -5 svirt start "$(write_domain t --type static --label $everybodys)"
  assert_line --partial "the static label '$everybodys' has no categories"
  svirt -q start --shared-level "$LAB_SCRATCH/t.xml"
  svirt -q label --shared-level "$(write_domain u --type static --label $everybodys)"
  run svirt start --shared-level "$LAB_SCRATCH/u.xml"
  assert_success
  assert_equal "$(domain_of "$(guest_pid t)") $(domain_of "$(guest_pid u)")" "$everybodys $everybodys"
  svirt destroy u
  svirt destroy t
}

@test "more than 64 categories need an option, for label, start and check; a definition takes no level from others" {
  local case cats n levels domain s0=system_u:system_r:svirt_t:s0
  make_disk "$IMG/s.img" 1M
  wide() { write_domain s --disk "$IMG/s.img" --type static --relabel yes --model selinux --label "$s0:$1"; }
  for case in c0.c1023:1024:523776 c0.c1022:1023:522753 c1.c1023:1023:522753 c0.c64:65:2080 \
    c0.c30,c50,c60.c99:72:2556; do
    IFS=: read -r cats n levels <<<"$case"
    domain=$(wide "$cats")
    for verb in label 'label -n' start 'start -n'; do
      # shellcheck disable=SC2086 # a verb and its option
      refused 5 "$domain:*: the static label '$s0:$cats' has $n categories: it would take $levels levels of two categories from all other guests" $verb "$domain"
    done
    assert_line "svirt: hint: give it two categories; --shared-level, when it is meant so"
    run -1 svirt check "$domain"
    assert_line --regexp "^FAIL +svirt-label-unique .*has $n categories"
  done
  refused 5 "the level 's0:c0.c64' has 65 categories: it would take 2080 levels *" label --level s0:c0.c64 "$(write_domain d)"
  # as a defined domain
  cp "$(wide c0.c1023)" /etc/svirt/domains/s.xml
  run svirt list --levels
  assert_line --partial "the static label of domain 's'"
  assert_line "523776 of 523776 labels left"
  svirt -q label "$(write_domain d)"
  svirt -q restore d
  rm /etc/svirt/domains/s.xml
  # with the option
  svirt -q label --shared-level "$(wide c0.c64)"
  assert_equal "$(label_of "$IMG/s.img")" "system_u:object_r:svirt_image_t:s0:c0.c64"
  run svirt list --levels
  assert_line "521696 of 523776 labels left"
  svirt -q restore s
  svirt -q label "$(wide c0.c63)"
  svirt -q restore s
  # every level conflicts with one that has every category
  for verb in label 'label -n' start 'start -n'; do
    # shellcheck disable=SC2086
    refused 3 "the guest would hold every category, so it could use the files of all others" $verb --shared-level "$(wide c0.c1023)"
  done
}
