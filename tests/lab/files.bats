#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Files that a VMM loads at its start: firmware, its variables, tables, items of fw_cfg.
# lab: timeout=600

load helper
load guest
load files

@test "flash chips: the code is read, the variables belong to the guest alone" {
  cp /usr/share/seabios/bios-256k.bin "$IMG/code.fd"
  truncate -s 64K "$IMG/vars.fd"
  local before
  before=$(inode_of "$IMG/code.fd" "$IMG/vars.fd")
  start_guest a --os "<loader type='pflash'>$IMG/code.fd</loader><nvram>$IMG/vars.fd</nvram>"
  assert_equal "$(guest_state a)" running
  shared_reading a "$IMG/code.fd"
  private a "$IMG/vars.fd"
  # a second guest shares the code and has variables of its own
  truncate -s 64K "$IMG/vars-b.fd"
  start_guest b --os "<loader type='pflash'>$IMG/code.fd</loader><nvram>$IMG/vars-b.fd</nvram>"
  refused 5 "*$IMG/vars.fd*" start "$(write_domain c --os \
    "<loader type='pflash'>$IMG/code.fd</loader><nvram>$IMG/vars.fd</nvram>")"
  svirt -q destroy a
  assert_equal "$(type_of "$(label_of "$IMG/code.fd")")" virt_content_t
  svirt -q destroy b
  assert_equal "$(inode_of "$IMG/code.fd" "$IMG/vars.fd")" "$before"
}

@test "variables in libvirt's directory" {
  local dir=/var/lib/libvirt/qemu/nvram vars before
  vars=$dir/a_VARS.fd
  cp /usr/share/seabios/bios-256k.bin "$IMG/code.fd"
  mkdir -p $dir
  truncate -s 64K $vars
  restorecon -R /var/lib/libvirt/qemu </dev/null >/dev/null 2>&1
  assert_equal "$(type_of "$(label_of $vars)")" svirt_runtime_t
  before=$(inode_of $vars)
  start_guest a --os "<loader type='pflash'>$IMG/code.fd</loader><nvram>$vars</nvram>"
  private a $vars
  svirt -q destroy a
  assert_equal "$(inode_of $vars)" "$before"
}

@test "a writable flash chip, and a ROM" {
  cp /usr/share/seabios/bios-256k.bin "$IMG/all.fd"
  start_guest a --os "<loader type='pflash' readonly='no'>$IMG/all.fd</loader>"
  private a "$IMG/all.fd"
  svirt -q destroy a
  make_disk "$IMG/b.img" 1M
  start_guest b --os "<loader type='rom'>$IMG/all.fd</loader>" --disk "$IMG/b.img" --serial
  shared_reading b "$IMG/all.fd"
  run wait_halted b
  assert_line "D0 R+W+"
}

@test "firmware of the system is left as it is" {
  local rom=/usr/share/seabios/bios-256k.bin before
  before=$(inode_of "$rom")
  start_guest a --os "<loader type='pflash'>$rom</loader>"
  assert_equal "$(inode_of "$rom")" "$before"
  refused 2 "*$rom lies in the system directory /usr, and the guest would write it" start \
    "$(write_domain b --os "<loader type='pflash' readonly='no'>$rom</loader>")"
}

@test "missing variables: the hint creates them" {
  local domain
  truncate -s 64K "$IMG/template.fd"
  domain=$(write_domain a --os "<loader type='pflash'>/usr/share/seabios/bios-256k.bin</loader><nvram \
template='$IMG/template.fd'>$IMG/vars.fd</nvram>")
  refused 6 "$domain:4: *$IMG/vars.fd*" start "$domain"
  assert_output --partial "make it: install -D -m 600 -- '$IMG/template.fd' '$IMG/vars.fd'"
  bash -c "$(sed -n 's/.*make it: //p' <<<"$output")"
  svirt -q start "$domain"
  private a "$IMG/vars.fd"
  assert_equal "$(type_of "$(label_of "$IMG/template.fd")")" var_t
}

@test "firmware='efi': chosen by descriptors; the hint creates its variables" {
  local domain dir=/usr/share/qemu/firmware vars=/var/lib/libvirt/qemu/nvram/a_VARS.fd code=/usr/share/svirt-test.fd
  mkdir -p $dir /etc/qemu/firmware "${vars%/*}"
  restorecon -R /var/lib/libvirt/qemu </dev/null >/dev/null 2>&1
  cp /usr/share/seabios/bios-256k.bin $code
  truncate -s 64K /usr/share/svirt-test-vars.fd
  describe() { # FEATURES CODE
    printf '{"interface-types":["uefi"],"mapping":{"device":"flash","executable":{"filename":"%s","format":"raw"},
"nvram-template":{"filename":"/usr/share/svirt-test-vars.fd","format":"raw"}},
"targets":[{"architecture":"x86_64","machines":["pc-i440fx-*","pc-q35-*"]}],"features":[%s]}' "$2" "$1"
  }
  describe '"requires-smm","secure-boot"' /usr/share/none.fd >$dir/00-a.json
  describe '' $code >$dir/00-b.json
  restorecon -R /usr/share $dir /etc/qemu </dev/null >/dev/null 2>&1
  rm -f $vars
  domain=$(write_domain a)
  sed -i "s|<os>|<os firmware='efi'>|" "$domain"
  grep -q "<os firmware='efi'>" "$domain"
  refused 6 "*$vars*" start "$domain"
  assert_output --partial "make it: install -D -m 600 -- '/usr/share/svirt-test-vars.fd' '$vars'"
  refused 6 "*$vars*" label -n "$domain"
  bash -c "$(sed -n 's/.*make it: //p' <<<"$output")"
  svirt check "$domain"
  svirt -q start -n "$domain"
  svirt -q start "$domain"
  tr '\0' '\n' <"/proc/$(guest_pid a)/cmdline" | grep -F "read-only=on,filename=$code"
  private a $vars
  svirt -q destroy a
  # a descriptor that others may change is ignored
  touch /etc/qemu/firmware/00-b.json
  chmod 666 /etc/qemu/firmware/00-b.json
  refused 4 "*00-b.json says which firmware*" start "$domain"
  rm -f $dir/00-[ab].json /etc/qemu/firmware/00-b.json
}

@test "a SLIC table, a device tree and fw_cfg items" {
  local f before
  # a table: signature, length 36, revision, checksum and names
  printf 'SLIC\x24\0\0\0\x01\0SVIRT TEST    \x01\0\0\0TEST\x01\0\0\0' >"$IMG/slic"
  echo content >"$IMG/item"
  before=$(inode_of "$IMG/slic" "$IMG/item")
  start_guest a --os "<acpi><table type='slic'>$IMG/slic</table></acpi><smbios mode='sysinfo'/>" --extra \
    "<sysinfo type='fwcfg'><entry name='opt/com.example/a' file='$IMG/item'/><entry name='opt/b'>x,y</entry></sysinfo>
    <sysinfo type='smbios'><system><entry name='product'>svirt, test</entry></system></sysinfo>"
  for f in slic item; do shared_reading a "$IMG/$f"; done
  svirt -q destroy a
  assert_equal "$(inode_of "$IMG/slic" "$IMG/item")" "$before"
}
