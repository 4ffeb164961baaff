#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The first blocker of a guest's file, by its rule name. Each blocker is real: check names it, and the start fails or
# the kernel denies the guest the file. When it is removed, check names no blocker any more.
# lab: timeout=600

shopt -s extglob

load helper
load guest
load mounts
load blocker
# shellcheck disable=SC2154 # uid is of blocker.bash
: "$uid"

setup_file() {
  modules loop
  svirt -q restore --all
}

@test "no blocker" {
  free "$(disk)"
  assert_output --partial '"blocker": null'
}

@test "missing: the file, or a directory of its path" {
  blocked missing "$IMG/dir/c.img: No such file or directory" "$(disk "$IMG/dir/c.img")"
  blocked missing "$IMG/no: No such file or directory" "$(disk "$IMG/no/c.img")"
  # the parent directory is reported first
  chmod 700 "$IMG/dir"
  blocked dac-search "*may not search $IMG/dir" "$(disk "$IMG/dir/no/c.img")"
}

@test "link and hard-link" {
  ln -s b.img "$IMG/dir/link"
  blocked link "*is a symbolic link" "$(disk "$IMG/dir/link")"
  ln -s dir "$IMG/ln"
  blocked link "*'$IMG/ln' is a symbolic link" "$(disk "$IMG/ln/b.img")"
  rm "$IMG/ln"
  ln "$IMG/dir/b.img" "$IMG/dir/name"
  blocked hard-link "*has 2 names (hard links)" "$(disk)"
  rm "$IMG/dir/name"
  free "$(disk)"
}

@test "not-a-file and system-path" {
  blocked not-a-file "$IMG/dir is a directory, not a regular file or a block device" "$(disk "$IMG/dir")"
  blocked not-a-file "$IMG/dir/b.img is not a directory" "$(disk "$IMG/dir/b.img/c.img")"
  blocked system-path "/etc/passwd lies in the system directory /etc*" "$(disk /etc/passwd)"
}

@test "dac-search: the directory, and the remedy" {
  chmod 700 "$IMG/dir"
  blocked dac-search "the guest's user (+$uid:+*) may not search $IMG/dir" "$(disk)"
  stopped_by dac-search "$(disk)"
  run svirt check -v "$(disk)"
  [[ $status == 1 ]]
  assert_line --partial "svirt-resource-access domain b: $IMG/dir/b.img: dac-search: the guest's user (+$uid:+$uid) may not search $IMG/dir"
  assert_line "        evidence: owner +0:+0, mode 0700"
  assert_line "        remedy: setfacl -m u:$uid:x $IMG/dir; or keep the file where everybody may search"
  # the remedy works: the kernel's answer takes the ACL into account
  setfacl -m "u:$uid:x" "$IMG/dir"
  free "$(disk)"
  run svirt start "$(disk)"
  assert_success
}

@test "dac-search: a file that the guest creates itself" {
  local file
  file=$(write_domain b --devices "<serial type='file'><source path='$IMG/dir/log'/><target port='0'/></serial>")
  blocked dac-search "the guest's user (+$uid:+*) may not write $IMG/dir" "$file"
  setfacl -m "u:$uid:wx" "$IMG/dir"
  free "$file"
}

@test "dac-open: an owner that is left as it is, and an ACL that helps" {
  chcon -t svirt_image_t -l s0:c5,c6 "$IMG/dir/b.img"
  chmod 600 "$IMG/dir/b.img"
  blocked dac-open "the guest's user (+$uid:+*) may not read write $IMG/dir/b.img" "$(as_it_is)"
  stopped_by dac-open "$(as_it_is)"
  setfacl -m "u:$uid:rw" "$IMG/dir/b.img"
  free "$(as_it_is)"
  run svirt start "$(as_it_is)"
  assert_success
}

@test "type-denied and category-mismatch: a label that is left as it is" {
  chown "$uid" "$IMG/dir/b.img"
  blocked type-denied "the policy keeps the guest from { *write* } on $IMG/dir/b.img (file, *:var_t:s0)" "$(as_it_is)"
  stopped_by type-denied "$(as_it_is)"
  chcon -t svirt_image_t -l s0:c5,c7 "$IMG/dir/b.img"
  blocked category-mismatch "the policy keeps the guest from { *read write* } on $IMG/dir/b.img (file, *:svirt_image_t:s0:c5,c7)" "$(as_it_is)"
  stopped_by category-mismatch "$(as_it_is)"
  chcon -l s0:c5,c6 "$IMG/dir/b.img"
  free "$(as_it_is)"
}

@test "type-denied: the message names a remedy that the kernel confirms" {
  local file
  chown "$uid" "$IMG/dir/b.img"
  blocked type-denied "*" "$(as_it_is)"
  assert_equal "$(remedy "$(as_it_is)")" "let svirt label it: take relabel='no' out"
  # a label from the document that no guest has
  file=$(write_domain b --source "<seclabel model='selinux'><label>system_u:object_r:var_t:s0:c5,c6</label></seclabel>" --disk "$IMG/dir/b.img:virtio" \
    --type static --relabel yes --label system_u:system_r:svirt_t:s0:c5,c6)
  blocked type-denied "*var_t:s0:c5,c6*" "$file"
  assert_equal "$(remedy "$file")" "let svirt choose its label: take the <label> out that it was given"
  stopped_by type-denied "$file"
}

@test "type-denied: a restorecon would help" {
  local rules=/etc/selinux/$LAB_POLICY/contexts/files/file_contexts.local
  echo "$IMG/dir/b.img -- system_u:object_r:svirt_image_t:s0:c5,c6" >>"$rules"
  chown "$uid" "$IMG/dir/b.img"
  chcon -t var_t "$IMG/dir/b.img"
  blocked type-denied "*" "$(as_it_is)"
  assert_equal "$(remedy "$(as_it_is)")" "give it the label that the policy has for its place: restorecon -v '$IMG/dir/b.img'"
  rm "$rules"
}

@test "dac-open: a mode that denies the file's own owner" {
  chmod 400 "$IMG/dir/b.img"
  blocked dac-open "the guest's user (+$uid:+*) may not write $IMG/dir/b.img" "$(disk)"
  assert_equal "$(remedy "$(disk)")" "it is given to the guest's user, whom its mode refuses: chmod u+rw '$IMG/dir/b.img'"
  stopped_by dac-open "$(disk)"
  free "$(disk "$IMG/dir/b.img" ro)"
}

# answered WANTED RULE MESSAGE FILE: check reports MESSAGE (a glob) under RULE, and the dry run and the start are
# refused with it. Only check prints a blocker's name.
answered() {
  local dry found
  found=$(svirt --json check "$4" 2>/dev/null | jq -r --arg rule "$2" '.results[] | select(.rule == $rule and .result == "fail").message')
  # shellcheck disable=SC2053 # a glob
  [[ $found == $3 ]] || { echo "$found"; return 1; }
  for dry in -n -q; do refused "$1" "*${3#@(missing|dac-open|relabel-denied): }" start "$dry" "$4"; done
}

@test "relabel-denied: data of a service or of the system; label refuses it too" {
  local file dry
  file=$(disk)
  # the policy has another label for this path
  chcon -t shadow_t "$IMG/dir/b.img"
  answered 4 svirt-resource-access "relabel-denied: $IMG/dir/b.img: may not relabel it from shadow_t to svirt_image_t" "$file"
  assert_line "svirt: hint: give it the label that the policy has for its place: restorecon -v '$IMG/dir/b.img'"
  for dry in -n -q; do refused 4 "*may not relabel it from shadow_t to svirt_image_t" label "$dry" "$file"; done
  mkdir -p /var/www/html
  make_disk /var/www/html/c.iso 1M
  chcon -R -t httpd_sys_content_t /var/www/html
  answered 4 svirt-resource-access "relabel-denied: /var/www/html/c.iso: may not relabel it from httpd_sys_content_t to virt_content_t" \
    "$(disk /var/www/html/c.iso ro)"
  assert_line --partial "svirt: hint: keep it where the policy has images, such as /var/lib/libvirt/images; or let svirt label all files of its type: echo '(typeattributeset svirt_image_source_type (httpd_sys_content_t))' >my.cil && semodule -i my.cil"
  # the header of such an image is not read: the message names the label
  qemu-img create -q -f qcow2 /var/www/html/c.qcow2 1M
  chcon -t httpd_sys_content_t /var/www/html/c.qcow2
  refused 4 "*cannot read its header (it is labelled *:httpd_sys_content_t:s0): Permission denied" start -n "$(write_domain b --disk /var/www/html/c.qcow2:virtio::qcow2)"
  rm -r /var/www/html
}

@test "the emulator and the machine: check reports the same error as a start" {
  local file
  answered 2 svirt-emulator "machine 'nosuchmachine' is not supported" "$(write_domain b --machine nosuchmachine)"
  cp /bin/true /srv/my-vmm
  chcon -t etc_t /srv/my-vmm
  answered 4 svirt-emulator "/srv/my-vmm: svirt_mgr_t may not { execute } on etc_t (file)" "$(write_domain b --devices "<emulator>/srv/my-vmm</emulator>")"
  assert_line "svirt: hint: if it is to be a guest's program: semanage fcontext -a -t svirt_vmm_exec_t /srv/my-vmm; restorecon /srv/my-vmm"
  chcon -t etc_t /usr/bin/qemu-system-x86_64
  answered 4 svirt-emulator "/usr/bin/qemu-system-x86_64: svirt_mgr_t may not { execute } on etc_t (file)" "$(disk)"
  assert_line "svirt: hint: give it the label that the policy has for it: restorecon -v /usr/bin/qemu-system-x86_64"
  chcon -t qemu_exec_t /usr/bin/qemu-system-x86_64
  free "$(disk)"
}

@test "several domains: a missing one does not hide the results of the others" {
  run --separate-stderr svirt check "$(disk)" "$LAB_SCRATCH/nosuch.xml"
  [[ $status == 6 ]]
  [[ $output == *"PASS    svirt-domain-valid domain b: "*"PASS    svirt-resource-access domain b: "* ]]
  # shellcheck disable=SC2154 # bats'
  [[ $stderr == *"svirt: cannot open the domain file $LAB_SCRATCH/nosuch.xml: No such file or directory"* ]]
}

@test "a setting that svirt does not make causes a warning" {
  run svirt label -n "$(write_domain b --extra "<numatune><memory mode='preferred' nodeset='0'/></numatune>")"
  assert_line --regexp "^svirt: warning: $LAB_SCRATCH/b.xml:[0-9]+: numatune/memory: the kernel chooses on which node memory lies\$"
}

@test "/dev/kvm: it does not exist, another user owns it, the guest may open it" {
  local file
  file=$(write_domain b --disk "$IMG/dir/b.img" --virt kvm)
  answered 6 svirt-resource-access "missing: /dev/kvm: No such file or directory" "$file"
  assert_line "svirt: hint: modprobe kvm_intel or kvm_amd, on a host that has it"
  mknod -m 660 /dev/kvm c 10 232
  chcon -t kvm_device_t /dev/kvm
  chgrp 4444 /dev/kvm
  answered 4 svirt-resource-access "dac-open: the guest's user (+$uid:+*) may not read write /dev/kvm" "$file"
  assert_line "svirt: hint: give guests a user whose own group is that of /dev/kvm: user= in svirt.conf(5); systemd-sysusers makes 'svirt' so"
  echo 'user = "+4444"' >/etc/svirt/svirt.conf
  free "$file"
  # the node has no KVM driver behind it: the emulator reports that, and nothing is left behind
  run svirt start "$file"
  [[ $status != 0 ]]
  assert_line --partial "the emulator says: "
  assert_equal "$(emulators)" 0
}

# User Mode Linux never checks { execmem }. The preloaded heap.so makes svirt's programs see a kernel that does.
@test "without KVM: a kernel that checks { execmem } refuses the start until the boolean is on" {
  local file
  file=$(disk)
  run svirt check -v "$file"
  assert_line --partial "without KVM, it may run the code it translates"
  cp "$LAB_TOOLS/heap.so" /usr/lib/heap.so
  restorecon /usr/lib/heap.so
  echo /usr/lib/heap.so >/etc/ld.so.preload
  chcon -t ld_so_cache_t /etc/ld.so.preload
  setsebool virt_use_execmem off </dev/null
  answered 4 svirt-emulator "the policy does not let svirt_t run code that it wrote (process { execmem }), as an emulator without KVM does" "$file"
  assert_line "svirt: hint: <domain type='kvm'>, on a host that has it; or setsebool -P virt_use_execmem on, which lets every guest write code into its memory and run it"
  setsebool virt_use_execmem on </dev/null
  run svirt start -n "$file"
  assert_success
  run svirt start "$file"
  assert_success
}

@test "category-mismatch and type-denied: a directory that the guest may not search" {
  chcon -l s0:c900,c901 "$IMG/dir"
  blocked category-mismatch "the policy keeps the guest from { search } on $IMG/dir (dir, *:var_t:s0:c900,c901)" "$(disk)"
  stopped_by category-mismatch "$(disk)"
  # the directory is the root of a new filesystem, which has no label
  ext4_with barrier
  blocked type-denied "the policy keeps the guest from { search } on /mnt/m (dir, *:unlabeled_t:s0)" "$(disk /mnt/m/a.img)"
}
