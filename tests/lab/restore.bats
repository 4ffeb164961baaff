#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# svirt restore as a tool: the journal as a list, the dry run, the policy's labels instead of the original ones, and a
# second run.
# lab: timeout=600

bats_require_minimum_version 1.5.0
load helper
load guest
quick_guests

content=$(sed -n 2p /etc/selinux/default/contexts/virtual_image_context)

setup() {
  guest_setup
  rm -rf "${IMG:?}"/*
  make_disk "$IMG/a.img" 1M
  make_disk "$IMG/b.img" 1M
  make_disk "$IMG/base.img" 1M
  chcon system_u:object_r:virt_image_t:s0 "$IMG"/*.img
  chmod 640 "$IMG/base.img"
  before=$(inode_of "$IMG"/*.img)
}

# labelled NAME: labels a guest with NAME.img of its own that reads base.img
labelled() { svirt -q label "$(write_domain "$1" --disk "$IMG/$1.img:virtio" --disk "$IMG/base.img:virtio:ro")"; }

# journal ARGS...: one line per file, model and holder
journal() {
  svirt --json restore --list "$@" 2>/dev/null |
    jq -r '.results[] | [.result, .guest, .driver, .path, .label.text, .wanted.text, .original.text] | map(. // "-") | join(" ")'
}

@test "--list has every holder of every file: present, set and original label" {
  labelled a
  labelled b
  local image=system_u:object_r:virt_image_t:s0 own
  own=$(label_of "$IMG/a.img")
  state=$(everything)
  run journal
  assert_line "would-restore a selinux $IMG/a.img $own $own $image"
  assert_line --regexp "^would-restore a dac $IMG/a.img (\\+[0-9]+:\\+[0-9]+) \\1 \\+0:\\+0\$"
  assert_line "shared a selinux $IMG/base.img $content $content $image"
  assert_line "shared b selinux $IMG/base.img $content $content $image"
  # the holders of one file are adjacent
  assert_equal "$(grep -c . <<<"$output")" "$(uniq <(cut -d' ' -f4 <<<"$output") | wc -l | xargs -I{} expr {} + 5)"
  run journal a
  assert_line --partial " b selinux $IMG/base.img"
  refute_output --partial "$IMG/b.img"
  run svirt restore --list
  assert_line --regexp "^RESULT +GUEST +DRIVER +PATH +NOW +WANTED +ORIGINAL\$"
  assert_line --regexp "^shared +b +selinux +$IMG/base.img +$content +$content +$image\$"
  assert_equal "$(everything)" "$state"
}

@test "--list and a dry run predict the result of restore" {
  labelled a
  labelled b
  chcon -t virt_content_t "$IMG/a.img"
  svirt -q restore b
  rm "$IMG/b.img"
  make_disk "$IMG/b.img" 1M
  labelled b
  mv "$IMG/b.img" "$IMG/b.moved"
  chown 0:0 "$IMG/a.img"
  run journal
  assert_line --regexp "^changed a selinux $IMG/a.img "
  assert_line --regexp "^unchanged a dac $IMG/a.img "
  assert_line --regexp "^would-restore b selinux $IMG/b.img "
  rm "$IMG/b.moved"
  run journal
  assert_line --regexp "^gone b selinux $IMG/b.img - "
  state=$(everything)
  run svirt restore -n a
  assert_success
  assert_line --regexp "^changed +a +selinux +$IMG/a.img "
  assert_line --regexp "^unchanged +a +dac +$IMG/a.img "
  assert_line --regexp "^shared +a +selinux +$IMG/base.img "
  assert_equal "$(everything)" "$state"
  run svirt restore a
  assert_line --regexp "^changed +a +selinux +$IMG/a.img "
  assert_line --regexp "^unchanged +a +dac +$IMG/a.img "
  assert_line --regexp "^shared +a +selinux +$IMG/base.img "
  run svirt restore b
  assert_success
  assert_output --partial "$IMG/b.img was deleted, moved or replaced"
  assert_line --regexp "^restored +b +selinux +$IMG/base.img +system_u:object_r:virt_image_t:s0"
}

@test "a read-only image is restored when its last holder leaves; a second run changes nothing" {
  labelled a
  labelled b
  run svirt restore a
  assert_line --regexp "^shared +a +selinux +$IMG/base.img "
  assert_equal "$(label_of "$IMG/base.img")" "$content"
  run svirt restore b
  assert_line --regexp "^restored +b +selinux +$IMG/base.img "
  assert_equal "$(inode_of "$IMG"/*.img)" "$before"
  state=$(everything)
  run -6 svirt restore b
  assert_output --partial "no guest 'b' is labelled, and none is defined"
  run -0 svirt restore --all
  assert_output "Nothing to restore"
  run -0 svirt restore --list
  assert_output "Nothing is held"
  assert_equal "$(everything)" "$state"
}

@test "--to=policy: the label that the policy has for the path; owners are restored" {
  labelled a
  policy=$(matchpathcon -n "$IMG/a.img")
  assert_not_equal "$policy" system_u:object_r:virt_image_t:s0
  run svirt restore -n --to=policy a
  assert_line --regexp "^would-restore +a +selinux +$IMG/a.img +$policy\$"
  run journal --to=policy
  assert_line --regexp "^would-restore a selinux $IMG/a.img "
  run svirt restore --to=policy a
  assert_success
  assert_line --regexp "^restored +a +selinux +$IMG/a.img +$policy\$"
  assert_line --regexp "^restored +a +dac +$IMG/a.img +\\+0:\\+0\$"
  assert_equal "$(label_of "$IMG/a.img")" "$policy"
  assert_equal "$(label_of "$IMG/base.img")" "$(matchpathcon -n "$IMG/base.img")"
  assert_equal "$(stat -c %u:%g "$IMG/a.img")" 0:0
  assert_equal "$(denials)" ""
}

@test "--to=original is the default" {
  labelled a
  svirt -q restore --to=original a
  assert_equal "$(inode_of "$IMG"/*.img)" "$before"
}
