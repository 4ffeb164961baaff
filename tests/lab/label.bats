#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# svirt label: reserves the label and labels the files of the domains in data/domains, and starts nothing. start takes
# the reserved level over, and restore restores everything. The JSON document and the text have the same content.
# lab: timeout=600

load helper
load guest
quick_guests

# fixture NAME: data/domains/NAME.xml adapted to this host: TCG, images below $IMG
fixture() {
  sed -e "s|/var/lib/svirt/[a-z]*/|$IMG/|" -e "s/type='kvm'/type='qemu'/" -e "s/ io='native'//; s/ cache='none'//" \
    "$LAB_TESTS/data/domains/$1.xml" >"$LAB_SCRATCH/$1.xml"
  echo "$LAB_SCRATCH/$1.xml"
}

setup_file() {
  make_boot "$IMG/raw.img" "$HALT"
  qemu-img create -q -f qcow2 "$IMG/qcow2.qcow2" 1M
  qemu-img create -q -f qcow2 "$IMG/cdrom.qcow2" 1M
  make_cdrom "$IMG/install media.iso"
  truncate -s 1M "$IMG/tools.img"
  chown 1234:5678 "$IMG/raw.img"
  chcon system_u:object_r:virt_image_t:s0 "$IMG/raw.img"
  chmod 640 "$IMG/tools.img"
  svirt -q restore --all
}

# steps DOCUMENT: one line per step
steps() { jq -r '.results[0].steps[] | [.action, .driver, .access, .target, .path, .from.text, .to.text] | map(. // "-") | join(" ")' <<<"$1"; }

# holds DOCUMENT: the files have the labels that the document has
holds() {
  local path label
  while IFS='|' read -r path label; do
    assert_equal "$(label_of "$path")" "$label"
  done < <(jq -r '.results[0].steps[] | select(.driver == "selinux") | "\(.path)|\(.to.text)"' <<<"$1")
}

# whole DOCUMENT: every label has its text and its parts
whole() {
  jq -e '[.. | objects | select(has("categories") and .text != null and .type != null)]
    | length > 0 and all(.text == "\(.user):\(.role):\(.type):\(.level)"
      and (.level | startswith(.)) and (.categories | length) == ((.level | split(":")[1] // "" | split(",") | map(select(. != ""))) | length))' <<<"$1" >/dev/null
}

@test "label -n changes nothing and prints each step" {
  local before doc
  before=$(everything)
  doc=$(svirt --json label -n "$(fixture raw)" 2>/dev/null)
  run steps "$doc"
  assert_line --regexp "^set selinux rw hda $IMG/raw.img system_u:object_r:virt_image_t:s0 system_u:object_r:svirt_image_t:s0:c[0-9]+,c[0-9]+\$"
  assert_line --regexp "^set dac rw hda $IMG/raw.img \\+1234:\\+5678 \\+[0-9]+:\\+[0-9]+\$"
  [[ ${#lines[@]} == 2 ]]
  jq -e '.schema == "svirt/1" and .command == "label" and .exit == 0 and .error == null
    and .results[0].type == "dynamic" and .results[0].model == "selinux" and .results[0].argv == null
    and .results[0].label.level == .results[0].image.level' <<<"$doc"
  whole "$doc"

  run svirt label -n "$(fixture raw)"
  assert_success
  assert_line --regexp "^Label: +system_u:system_r:svirt_t:s0:c[0-9]+,c[0-9]+\$"
  assert_line --regexp "^set +selinux +rw +hda +$IMG/raw.img +system_u:object_r:virt_image_t:s0 +-> +system_u:object_r:svirt_image_t:s0:c[0-9]+,c[0-9]+"
  refute_output --partial "labelled"

  svirt label -n "$(fixture qcow2)" >/dev/null 2>&1
  svirt label -n "$(fixture cdrom-readonly)" >/dev/null 2>&1
  run diff <(echo "$before") <(everything)
  assert_output ""
}

@test "raw: label, its document, and restore" {
  local before doc label
  before=$(inode_of "$IMG"/*)
  doc=$(svirt --json label "$(fixture raw)" 2>/dev/null)
  holds "$doc"
  whole "$doc"
  label=$(jq -r '.results[0].label.text' <<<"$doc")
  assert_equal "$(level_of "$(label_of "$IMG/raw.img")")" "$(level_of "$label")"
  assert_equal "$(stat -c +%u:+%g "$IMG/raw.img")" "$(jq -r '.results[0].owner' <<<"$doc")"
  run svirt list
  assert_line --regexp "^ *[0-9]+ raw +labelled +- +$label\$"
  run svirt dominfo raw
  assert_line --regexp "^State: +labelled"
  assert_equal "$(emulators)" 0

  # a dry run of restore prints the result that restore then has
  run svirt restore -n raw
  assert_line --regexp "^would-restore +raw +selinux +$IMG/raw.img +"
  assert_equal "$(label_of "$IMG/raw.img")" "system_u:object_r:svirt_image_t:$(level_of "$label")"
  doc=$(svirt --json restore raw)
  run jq -r '.results[] | [.result, .guest, .driver, .path, (.label.text // "-")] | join(" ")' <<<"$doc"
  assert_line "restored raw selinux $IMG/raw.img system_u:object_r:virt_image_t:s0"
  assert_line --regexp "^restored raw dac $IMG/raw.img "
  jq -e '.summary.items == 2 and .summary.failed == 0 and .exit == 0' <<<"$doc"
  assert_equal "$(inode_of "$IMG"/*)" "$before"
  run svirt restore raw
  assert_failure 6
  assert_output --partial "no guest 'raw' is labelled, and none is defined"
}

@test "qcow2: label, and restore together with the others" {
  local before doc
  before=$(inode_of "$IMG"/*)
  doc=$(svirt --json label "$(fixture qcow2)" 2>/dev/null)
  holds "$doc"
  run steps "$doc"
  assert_line --regexp "^set selinux rw vda $IMG/qcow2.qcow2 [^ ]*:var_t:s0 system_u:object_r:svirt_image_t:s0:c[0-9]+,c[0-9]+\$"
  svirt -q label "$(fixture raw)"
  run svirt restore --all
  assert_success
  assert_line --regexp "^restored +raw +selinux +$IMG/raw.img"
  assert_line --regexp "^restored +qcow2 +selinux +$IMG/qcow2.qcow2"
  assert_equal "$(inode_of "$IMG"/*)" "$before"
}

@test "cdrom and read-only disk: content; a world-readable file keeps its owner" {
  local before doc content
  content=$(sed -n 2p /etc/selinux/default/contexts/virtual_image_context)
  before=$(inode_of "$IMG"/*)
  doc=$(svirt --json label "$(fixture cdrom-readonly)" 2>/dev/null)
  holds "$doc"
  assert_equal "$(label_of "$IMG/install media.iso")" "$content"
  assert_equal "$(label_of "$IMG/tools.img")" "$content"
  assert_equal "$(stat -c %u:%g "$IMG/install media.iso")" 0:0
  run steps "$doc"
  assert_line --regexp "^set selinux ro hdc $IMG/install media.iso "
  assert_line --regexp "^leave dac ro hdc $IMG/install media.iso "
  # an empty drive has no step
  refute_output --partial "hdd"
  # mode 0640: the guest's user could not read the file, so its owner changes
  assert_line --regexp "^set dac ro vdb $IMG/tools.img "
  svirt -q restore cdrom
  assert_equal "$(inode_of "$IMG"/*)" "$before"
}

@test "start takes the reserved level over" {
  svirt -q label "$(fixture raw)"
  local label before
  before=$(label_of "$IMG/raw.img")
  label=$(guest_label raw)
  run svirt start "$(fixture raw)"
  assert_success
  assert_line "Guest raw started: $label"
  assert_equal "$(domain_of "$(guest_pid raw)")" "$label"
  assert_equal "$(label_of "$IMG/raw.img")" "$before"
  # the files of a running guest are not restored
  run svirt restore raw
  [[ $status == 5 ]]
  svirt -q restore --all
  assert_equal "$(label_of "$IMG/raw.img")" "$before"
  svirt -q destroy raw
  assert_equal "$(inode_of "$IMG/raw.img")" "$IMG/raw.img system_u:object_r:virt_image_t:s0 1234:5678 644"
}

@test "label again: the same level, the same labels, one record for the restore" {
  svirt -q label "$(fixture raw)"
  local label inode
  label=$(guest_label raw)
  inode=$(inode_of "$IMG/raw.img")
  run svirt label "$(fixture raw)"
  assert_success
  assert_line "Guest raw labelled: $label"
  assert_equal "$(inode_of "$IMG/raw.img")" "$inode"
  assert_equal "$(sqlite3 -readonly /var/lib/svirt/state.db 'SELECT count(*) FROM guest')" 1
  svirt -q restore raw
  assert_equal "$(inode_of "$IMG/raw.img")" "$IMG/raw.img system_u:object_r:virt_image_t:s0 1234:5678 644"
}

@test "label again: only changes are written to the store" {
  make_disk "$IMG/again.img" 1M
  local file written lease db=/var/lib/svirt/state.db
  file=$(write_domain again --disk "$IMG/again.img:virtio")
  svirt -q label "$file"
  written=$(stat -c '%y %z' $db)
  lease=$(sqlite3 -readonly $db 'SELECT * FROM guest')
  svirt -q label "$file"
  assert_equal "$(stat -c '%y %z' $db)" "$written"
  # a document without a <uuid> keeps the generated one, whatever else changes in it
  sed -i "s|<memory unit='MiB'>32<|<memory unit='MiB'>48<|" "$file"
  svirt -q label "$file"
  run svirt --json dominfo again
  jq -e '.results[0] | .state == "labelled" and .max_memory_kib == 49152' <<<"$output"
  assert_equal "$(sqlite3 -readonly $db 'SELECT id, name, uuid, kept, was_kept FROM guest')" "$(cut -d'|' -f1-5 <<<"$lease")"
  svirt -q restore again
}

@test "a failed start leaves a labelled guest as it was" {
  real_guests
  make_disk "$IMG/again.img" 1M
  svirt -q label "$(write_domain again --disk "$IMG/again.img:virtio")"
  local labelled label
  labelled=$(inode_of "$IMG/again.img")
  label=$(guest_label again)
  # the same file and the same labels, with a machine that the emulator does not have
  sed "s/machine='pc'/machine='pc-i440fx-99.0'/" "$LAB_SCRATCH/again.xml" >"$LAB_SCRATCH/bad.xml"
  run svirt start "$LAB_SCRATCH/bad.xml"
  assert_failure
  assert_output --partial 'unsupported machine type'
  assert_equal "$(guest_state again)" labelled
  assert_equal "$(guest_label again)" "$label"
  assert_equal "$(inode_of "$IMG/again.img")" "$labelled"
  assert [ ! -e /run/svirt/again ]
  # a start that does not fail takes the reservation over
  svirt -q start --paused "$(write_domain again --disk "$IMG/again.img:virtio")"
  assert_equal "$(guest_label again)" "$label"
  # the guest is watched now, although nothing else about it is new
  assert_equal "$(sqlite3 -readonly /var/lib/svirt/state.db 'SELECT kept, was_kept FROM guest')" '0|1'
  svirt -q destroy again
  assert_equal "$(guest_state again)" null
}

@test "a file that was relabelled in the meantime is left as it is, and reported" {
  svirt -q label "$(fixture raw)"
  chcon system_u:object_r:virt_content_t:s0 "$IMG/raw.img"
  run svirt restore raw
  assert_line --regexp "^changed +raw +selinux +$IMG/raw.img +system_u:object_r:virt_content_t:s0"
  assert_equal "$(label_of "$IMG/raw.img")" system_u:object_r:virt_content_t:s0
  assert_equal "$(stat -c %u:%g "$IMG/raw.img")" 1234:5678
  chcon system_u:object_r:virt_image_t:s0 "$IMG/raw.img"
}

@test "a reserved level is given to no other guest" {
  svirt -q label "$(fixture raw)"
  svirt -q label "$(fixture qcow2)"
  assert_not_equal "$(guest_label raw)" "$(guest_label qcow2)"
  run svirt list --levels
  assert_line --regexp "^$(level_of "$(guest_label raw)") +lease +guest 'raw' +reserved for the guest and its files\$"
  assert_line --regexp "^$(level_of "$(guest_label qcow2)") +lease +guest 'qcow2' +reserved for the guest and its files\$"
}
