#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# svirt policy fcontext: rules for file contexts keep the labels of a static guest. The tests depend on each other and
# change the policy as rarely as possible, because each change rebuilds all of it.
# lab: timeout=600

bats_require_minimum_version 1.5.0
load helper
load guest
quick_guests

label=system_u:system_r:svirt_t:s0:c401,c662
image=system_u:object_r:svirt_image_t:s0:c401,c662
shared=system_u:object_r:svirt_image_t:s0
content=system_u:object_r:virt_content_t:s0
# the label of files that make_disk makes here, which is also that of restorecon without a rule
plain=system_u:object_r:var_t:s0

block=/dev/lab-disk
# characters that are special in a regular expression, in the file of rules or for libselinux
odd='/odd dir]'
local_rules=/etc/selinux/default/contexts/files/file_contexts.local

setup_file() {
  make_disk "$IMG/rw.img" 1M
  make_disk "$IMG/with blank.img" 1M
  make_disk "$IMG/ro.img" 1M
  make_disk "$IMG/shared.img" 1M
  mknod "$block" b 98 240
  chcon system_u:object_r:fixed_disk_device_t:s0 "$block"
  mkdir "$odd"
  make_disk "$odd/café (1).img" 1M
  chcon "$plain" "$IMG"/* "$odd" "$odd"/*
}

# fixed NAME LABEL [RELABEL]: a guest with each kind of file
fixed() {
  write_domain "$1" --disk "$IMG/rw.img" --disk "$IMG/with blank.img" --disk "$IMG/ro.img:ide:ro" \
    --disk "$IMG/shared.img:virtio:shared" --disk "$block:virtio" --disk "$odd/café (1).img:virtio" \
    --type static --model selinux --label "$2" --relabel "${3-yes}"
}

# agrees PATH CONTEXT: the policy has CONTEXT for PATH
agrees() { assert_equal "$(matchpathcon -n "$1")" "$2"; }

# would_relabel: the guest's files that restorecon would change; it may not write bats' own files
would_relabel() { run -0 bash -o pipefail -c 'restorecon -Fnv "$@" 2>&1 | cat' - "$IMG"/*.img "$odd"/*.img "$block"; }

rules() { grep -vE '^(#|$)' "$local_rules" || :; }

# told: ACTION TYPE CONTEXT RULE of each file, from the document
told() { jq -r '.results[] | [.action, .type, .context.text, .rule] | map(. // "-") | join(" ")' <<<"$output"; }

@test "before: restorecon removes the labels of a static guest" {
  local domain
  domain=$(fixed s "$label")
  svirt -q label "$domain"
  assert_equal "$(label_of "$IMG/rw.img")" "$image"
  restorecon -RF "$IMG"
  assert_equal "$(label_of "$IMG/rw.img")" "$plain"
}

@test "-n shows one line per rule and changes nothing" {
  local domain before
  domain=$(fixed s "$label")
  before=$(everything; rules)
  run -0 svirt policy fcontext -n "$domain"
  assert_line --regexp "^add +regular file +$image +/srv/img/rw\\\\.img +/srv/img/rw\\.img\$"
  assert_line --regexp "^add +block device +$image +$block +$block\$"
  refute_output --partial 'building'
  run -0 --separate-stderr svirt --json policy fcontext -n "$domain"
  assert_equal "$(told)" "add regular file $image /srv/img/rw\\.img
add regular file $image /srv/img/with[\\x20]blank\\.img
add regular file $content /srv/img/ro\\.img
add regular file $shared /srv/img/shared\\.img
add block device $image $block
add regular file $image /odd[\\x20]dir[\\x5d]/caf[\\xc3][\\xa9][\\x20]\(1[\\x29]\.img"
  assert_equal "$(jq -c '.summary' <<<"$output")" '{"added":6,"removed":0,"differ":6}'
  assert_equal "$(everything; rules)" "$before"
}

@test "written: the policy agrees, no file is labelled, and files with another label are reported" {
  local domain before
  domain=$(fixed s "$label")
  before=$(everything)
  run -0 svirt policy fcontext "$domain"
  assert_line '6 file-context rules added'
  assert_line "$IMG/rw.img is labelled $plain, its rule says $image: restorecon -F $IMG/rw.img"
  assert_line "$IMG/with blank.img is labelled $plain, its rule says $image: restorecon -F '$IMG/with blank.img'"
  assert_line "Or 'svirt label s', until that is put back"
  refute_output --partial 'another rule'
  assert_equal "$(everything)" "$before"
  agrees "$IMG/rw.img" "$image"
  agrees "$IMG/with blank.img" "$image"
  agrees "$IMG/ro.img" "$content"
  agrees "$IMG/shared.img" "$shared"
  agrees "$block" "$image"
  agrees "$odd/café (1).img" "$image"
  agrees "$IMG/rwximg" "$plain"
  agrees "$IMG/rw.img.bak" "$plain"
  assert_equal "$(rules | wc -l)" 6
  run rules
  assert_line --regexp "^/srv/img/rw\\\\.img +-- +$image\$"
  assert_line --regexp "^$block +-b +$image\$"
}

@test "restorecon does not change labels that svirt label has set, and sets the same ones" {
  local domain
  domain=$(fixed s "$label")
  would_relabel
  assert_output --partial "$IMG/rw.img"
  assert_output --partial "$IMG/with blank.img"
  assert_output --partial "$odd/"
  svirt -q label "$domain"
  would_relabel
  assert_output ''
  restorecon -RF "$IMG" "$odd" "$block"
  assert_equal "$(label_of "$IMG/rw.img")" "$image"
  svirt -q restore s
  assert_equal "$(label_of "$IMG/rw.img")" "$plain"
  restorecon -RF "$IMG" "$odd" "$block"
  assert_equal "$(label_of "$block")" "$image"
  assert_equal "$(label_of "$odd/café (1).img")" "$image"
  assert_equal "$(label_of "$IMG/rw.img")" "$image"
  assert_equal "$(label_of "$IMG/with blank.img")" "$image"
  assert_equal "$(label_of "$IMG/ro.img")" "$content"
  assert_equal "$(label_of "$IMG/shared.img")" "$shared"
}

@test "a second run finds its rules and builds nothing; relabel='no' leads to the same rules" {
  local domain before
  before=$(stat -c %y "$local_rules"; rules)
  for domain in "$(fixed s "$label")" "$(fixed s "$label" no)"; do
    run -0 svirt policy fcontext "$domain"
    assert_line 'Nothing to add'
    assert_line --regexp "^keep +regular file +$image +/srv/img/rw\\\\.img +/srv/img/rw\\.img\$"
    refute_output --partial 'building'
    refute_output --partial 'svirt label'
  done
  assert_equal "$(stat -c %y "$local_rules"; rules)" "$before"
}

@test "another rule for the same path is a conflict, and is not replaced" {
  local domain before wanted=system_u:object_r:svirt_image_t:s0:c7,c8
  domain=$(write_domain t --disk "$IMG/rw.img" --type static --model selinux \
    --label system_u:system_r:svirt_t:s0:c7,c8 --relabel yes)
  before=$(rules)
  refused 5 "$IMG/rw.img has another local file-context rule: it says $image, this guest needs $wanted" \
    policy fcontext "$domain"
  assert_line "svirt: hint: find it with 'semanage fcontext -l -C'; if it is not needed, take it out with 'semanage fcontext -d'"
  refused 5 "$IMG/rw.img has another local file-context rule: it says $image, this guest needs $wanted" \
    policy fcontext -n "$domain"
  # --remove does not touch it either
  run -0 svirt policy fcontext --remove "$domain"
  assert_line --regexp "^leave .* another's rule for it stays: $image\$"
  assert_line 'Nothing to remove'
  assert_equal "$(rules)" "$before"
}

@test "an exported directory: one rule for everything in it, and one for each other file" {
  local domain tree=/srv/fc-tree
  mkdir -p $tree/sub $tree/mnt
  touch $tree/sub/file
  mknod $tree/null c 1 3
  make_disk "$IMG/own.img" 1M
  chcon -R "$plain" $tree "$IMG/own.img"
  domain=$(write_domain u --disk "$IMG/own.img" --type static --model selinux --label "$label" --relabel yes \
    --devices "<filesystem type='mount'><driver type='path'/><source dir='$tree'/><target dir='t'/></filesystem>")
  run -0 svirt policy fcontext "$domain"
  assert_line --regexp "^add +all but devices +$image +/srv/fc-tree\\(/\\.\\*\\)\\? +$tree\$"
  assert_line --regexp "^add +regular file +$image +/srv/img/own\\\\\.img +/srv/img/own\.img\$"
  assert_line "$tree is labelled $plain, its rule says $image: restorecon -RF $tree"
  svirt -q label "$domain"
  restorecon -RF $tree "$IMG/own.img"
  assert_equal "$(label_of $tree/sub/file)" "$image"
  assert_equal "$(label_of "$IMG/own.img")" "$image"
  svirt -q restore u
  assert_equal "$(label_of $tree/sub/file)" "$plain"
  restorecon -RF $tree
  assert_equal "$(label_of $tree/sub/file)" "$image"
  # neither command gives a device the guest's label
  refute [ "$(label_of $tree/null)" == "$image" ]
  run -0 svirt policy fcontext "$domain"
  assert_line 'Nothing to add'
  run -0 svirt policy fcontext --remove "$domain"
  assert_line '2 file-context rules removed'
  agrees $tree/sub/file "$plain"
  rm -r $tree "$IMG/own.img"
}

@test "a dynamic domain gets no rules" {
  refused 2 "*/d.xml: guest 'd' has a dynamic label: its files' labels change with each start" \
    policy fcontext "$(write_domain d --disk "$IMG/rw.img")"
}

@test "a directory that the policy looks up under another path is refused" {
  local domain
  domain=$(write_domain e --disk "$IMG/ro.img:ide:ro" --type static --model selinux --label "$label" --relabel yes)
  echo "$IMG /var/lib/libvirt/images" >"${local_rules%.local}.subs"
  refused 5 "*/e.xml:*: the policy gives $IMG/ro.img the label of /var/lib/libvirt/images/ro.img (an equivalence rule): it can have no rule of its own" \
    policy fcontext -n "$domain"
  rm "${local_rules%.local}.subs"
  run -0 svirt policy fcontext -n "$domain"
}

@test "the manager's domain may not change the policy" {
  run -2 /usr/libexec/svirt/svirt-manager policy fcontext "$(fixed s "$label")"
  assert_output --partial 'policy is no verb of svirt-manager'
}

@test "--remove removes exactly these rules, also when a file is gone, and can be repeated" {
  local domain
  domain=$(fixed s "$label")
  rm "$IMG/shared.img"
  run -0 svirt policy fcontext --remove -n "$domain"
  assert_line --regexp "^remove +$image +/srv/img/rw\\\\.img +/srv/img/rw\\.img\$"
  assert_equal "$(rules | wc -l)" 6
  run -0 svirt policy fcontext --remove "$domain"
  assert_line '6 file-context rules removed'
  assert_equal "$(rules)" ''
  agrees "$IMG/rw.img" "$plain"
  restorecon -RF "$IMG"
  assert_equal "$(label_of "$IMG/rw.img")" "$plain"
  run -0 svirt policy fcontext --remove "$domain"
  assert_line 'Nothing to remove'
  refute_output --partial 'building'
}
