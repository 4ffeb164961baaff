#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# On a policy that is laid out as that of RHEL 9: /run is looked up as /var/run, guests that QEMU translates have a
# domain of their own, the second line of virtual_domain_context, and what systemd, cron and configuration tools
# start runs in domains that Debian has not.
# lab: timeout=600 cil=rhel
# each test has a $file of its own
# shellcheck disable=SC2030,SC2031

bats_require_minimum_version 1.5.0
load helper
load guest
load crash

contexts=/etc/selinux/default/contexts

setup_file() {
  echo 'system_u:system_r:svirt_tcg_t:s0' >>$contexts/virtual_domain_context
  sed -i '/^\/var\/run[[:space:]]/d' $contexts/files/file_contexts.subs_dist
  echo '/run /var/run' >>$contexts/files/file_contexts.subs_dist
}

setup() {
  guest_setup
  make_disk "$IMG/a.img" 1M
  before=$(inode_of "$IMG/a.img")
  file=$(write_domain a --disk "$IMG/a.img")
}

@test "restorecon gives /run/svirt its label, under both names" {
  assert_equal "$(type_of "$(matchpathcon -n /run/svirt)")" svirt_mgr_runtime_t
  assert_equal "$(type_of "$(matchpathcon -n /var/run/svirt)")" svirt_mgr_runtime_t
  mkdir -p /run/svirt
  restorecon -RF /run/svirt
  assert_equal "$(type_of "$(label_of /run/svirt)")" svirt_mgr_runtime_t
  # a guest's own directory keeps what it has
  run matchpathcon -n /run/svirt/a/guest
  assert_output '<<none>>'
}

@test "check, start, a guest in the second domain, stop, and everything back" {
  run -0 svirt check
  assert_line --regexp '^PASS +svirt-own-files .*/run/svirt$'
  assert_line --regexp '^PASS +svirt-policy-mcs .*svirt_t:'
  assert_line --regexp '^PASS +svirt-policy-mcs .*svirt_tcg_t:'
  assert_line --regexp '^PASS +svirt-domain-not-permissive .*svirt_tcg_t:'
  assert_line --regexp '^PASS +svirt-manager-transition .*svirt_tcg_t:'
  svirt -q start "$file"
  assert_equal "$(type_of "$(domain_of "$(guest_pid a)")")" svirt_tcg_t
  assert_equal "$(level_of "$(domain_of "$(guest_pid a)")")" "$(level_of "$(label_of "$IMG/a.img")")"
  svirt -q destroy a
  assert_equal "$(inode_of "$IMG/a.img")" "$before"
  nothing_left
}

@test "check sees a directory of its own that has another label" {
  chcon -t var_run_t /run/svirt
  run svirt check
  assert_failure 1
  assert_line --regexp '^FAIL +svirt-own-files .*/run/svirt is .*:var_run_t:s0, where the manager may make no file'
  assert_output --partial 'restorecon -RF /run/svirt'
  restorecon -F /run/svirt
  run -0 svirt check
  sed -i 's/^\/run \/var\/run$/\/run \/tmp/' $contexts/files/file_contexts.subs_dist
  run svirt check
  assert_failure 1
  assert_line --regexp '^FAIL +svirt-own-files .*the policy labels /run/svirt '
  sed -i 's/^\/run \/tmp$/\/run \/var\/run/' $contexts/files/file_contexts.subs_dist
  run -0 svirt check
}

# second TYPE: guests that QEMU translates run in this domain
second() { sed -i "2s/:[a-z_]*_t:/:$1:/" $contexts/virtual_domain_context; }

# finding RULE: what check says of $file by this rule, as RESULT|MESSAGE|REMEDY
finding() { svirt --json check "$file" 2>/dev/null | jq -r --arg rule "$1" '.results[] | select(.rule == $rule) | [.result, .message, .remedy] | join("|")'; }

@test "the second domain is permissive: check finds it, and no guest starts" {
  second lax_guest_t
  run svirt check
  assert_failure 1
  assert_line --regexp '^PASS +svirt-domain-not-permissive .*svirt_t:'
  assert_line --regexp '^FAIL +svirt-domain-not-permissive .*permissive domain .*lax_guest_t:'
  refused 3 "lax_guest_t is a permissive domain: the kernel would not confine the guest" start "$file"
  second svirt_tcg_t
  run -0 svirt check
}

@test "a domain that may use no image: refused before anything starts, and what svirt would give is said" {
  local dry
  file=$(write_domain a --disk "$IMG/a.img" --baselabel bare_guest_t)
  for dry in -n -q; do
    refused 4 "*the policy keeps the guest from { *write* } on $IMG/a.img (file, *:svirt_image_t:s0:c*)" start $dry "$file"
    assert_line "svirt: hint: svirt gives such a file the type svirt_image_t, which bare_guest_t may not use: take another type in <baselabel> or <label> (sesearch -A -t svirt_image_t -c file -p open: those that may), or a <seclabel> of the device with a type that bare_guest_t may use"
  done
  [[ $(finding svirt-resource-access) == *"fail|type-denied: "*"which bare_guest_t may not use"* ]]
  assert_equal "$(inode_of "$IMG/a.img")" "$before"
  # a type of images that is there for the domain, and that svirt may not give
  refused 4 "*$IMG/a.img: may not relabel it from var_t to own_guest_image_t" start "$(write_domain a --disk "$IMG/a.img" --baselabel own_guest_t)"
  assert_line "svirt: hint: let svirt give files that type: echo '(typeattributeset svirt_image_source_type (own_guest_image_t)) (typeattributeset svirt_guest_image (own_guest_image_t))' >my.cil && semodule -i my.cil"
  # with a label that svirt leaves, too
  file=$(write_domain a --source "<seclabel model='selinux' relabel='no'/>" --disk "$IMG/a.img" --baselabel bare_guest_t)
  refused 4 "*the policy keeps the guest from { *write* } on $IMG/a.img *" start "$file"
  assert_line --partial "which bare_guest_t may not use"
}

@test "code that the emulator writes: the guest's own domain is asked, and that of a static label" {
  local fixed
  fixed=$(write_domain s --disk "$IMG/a.img" --type static --relabel yes --label system_u:system_r:svirt_t:s0:c3,c4)
  cp "$LAB_TOOLS/heap.so" /usr/lib/heap.so
  restorecon /usr/lib/heap.so
  echo /usr/lib/heap.so >/etc/ld.so.preload
  chcon -t ld_so_cache_t /etc/ld.so.preload
  setsebool virt_use_execmem off </dev/null
  run -0 svirt start -n "$file"
  refused 4 "*the policy does not let svirt_t run code that it wrote (process { execmem })*" start -n "$fixed"
  run -0 svirt label -n "$fixed"
  assert_line --regexp '^svirt: warning: svirt start will refuse this guest: the policy does not let svirt_t run code .*setsebool -P virt_use_execmem on, which lets every guest'
  rm /etc/ld.so.preload
  file=$fixed
  [[ $(finding svirt-emulator) == pass* ]]
}

@test "a device that guests may not open comes as a descriptor: nothing is in the way but the missing driver" {
  rm -f /dev/vhost-vsock
  mknod -m 600 /dev/vhost-vsock c 10 241
  chcon -t rhel_vhost_t /dev/vhost-vsock
  file=$(write_domain a --disk "$IMG/a.img" --devices "<vsock><cid address='3'/></vsock>")
  [[ $(finding svirt-resource-access) == *"pass|vsock (rw) can be used"* ]]
  run svirt start "$file"
  assert_equal "$status" 3
  assert_line --partial "cannot open /dev/vhost-vsock: the kernel has no driver for it"
  assert_line "svirt: hint: modprobe vhost_vsock"
  assert_equal "$(inode_of "$IMG/a.img")" "$before"
  rm /dev/vhost-vsock
}

@test "an image that other guests may read while its guest does not run: check says so, and what closes it" {
  chcon -t virt_image_t "$IMG/a.img"
  [[ $(finding svirt-image-at-rest) == "informational|$IMG/a.img goes back to "*":virt_image_t:s0, "*"|chown root: '$IMG/a.img'; chmod 600 '$IMG/a.img' "* ]]
  run -0 svirt check "$file"
  chmod 600 "$IMG/a.img"
  [[ $(finding svirt-image-at-rest) == pass* ]]
  # while it runs, its level keeps them out
  chmod 644 "$IMG/a.img"
  svirt -q start "$file"
  [[ $(finding svirt-image-at-rest) == pass* ]]
  svirt -q destroy a
}

@test "a live process of another of the guests' domains has its level, whoever started it" {
  runcon system_u:system_r:svirt_prot_exec_t:s0:c31,c32 qemu-system-x86_64 -nodefaults -display none -S \
    </dev/null >/dev/null 2>&1 3>&- &
  wait_for 20 at_level $! s0:c31,c32
  run svirt start --level s0:c31,c32 "$file"
  kill $!
  [[ $status == 5 ]]
  assert_line --partial "conflicts with process $!"
}

@test "a service, a job of cron, and tools that configure a machine start and end a guest" {
  local domain
  for domain in unconfined_service_t system_cronjob_t cloud_init_t puppetagent_t; do
    run -0 runcon "system_u:system_r:$domain:s0" /bin/bash -c "svirt start '$file' </dev/null 2>&1 | cat"
    assert_output --partial 'Guest a started'
    assert_equal "$(type_of "$(domain_of "$(monitor_of a)")")" svirt_monitor_t
    assert_equal "$(level_of "$(domain_of "$(monitor_of a)")")" s0-s0:c0.c1023
    run -0 runcon "system_u:system_r:$domain:s0" /bin/bash -c 'svirt list </dev/null && svirt -q destroy a'
    assert_line --regexp 'a +running'
    assert_equal "$(inode_of "$IMG/a.img")" "$before"
  done
  nothing_left
}
