#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The demonstration: two QEMU guests from libvirt domain XML, each with an SELinux label of its own, on an enforcing
# kernel. The kernel keeps one guest from the other's disk, and everything is restored. Runs inside a lab guest ("make
# demo"). Each claim is tested, not only printed: a step that fails ends the demonstration with its status.

set -uo pipefail
# shellcheck source=tests/lab/helper.bash disable=SC1091
. "$LAB_TESTS/lab/helper.bash"
images=/var/lib/libvirt/images

say() { printf '\n== %s\n' "$*"; }
run() {
  printf '# %s\n' "$*"
  "$@"
}
must() {
  "$@" || { printf 'demo: this does not hold: %s\n' "$*"; exit 1; }
}
differ() { [[ $1 != "$2" ]]; }
same() { [[ $1 == "$2" ]]; }

domain() {
  cat >"$images/$1.xml" <<XML
<domain type='qemu'>
  <name>$1</name>
  <memory unit='MiB'>32</memory>
  <vcpu>1</vcpu>
  <os><type arch='x86_64' machine='pc'>hvm</type></os>
  <devices>
    <disk type='file' device='disk'>
      <driver name='qemu' type='raw'/>
      <source file='$images/$1.img'/>
      <target dev='hda' bus='ide'/>
    </disk>
  </devices>
</domain>
XML
}

lab_mark
mkdir -p "$images"
for guest in web db; do
  make_disk "$images/$guest.img" 1M
  domain "$guest"
done
restorecon -R "$images"
before=$(stat -c '%n %C %U:%G' "$images"/*.img)

say "A kernel that enforces, and svirt's answer whether it can confine guests"
run getenforce
run svirt check
must svirt check -q

say "What starting a guest would change; nothing is changed yet"
run svirt label --dry-run "$images/web.xml"

say "Two guests"
must run svirt -q start "$images/web.xml"
must run svirt -q start "$images/db.xml"
run svirt list
web=$(svirt dominfo web --json | jq -r '.results[0].label.text')
db=$(svirt dominfo db --json | jq -r '.results[0].label.text')
must differ "$(level_of "$web")" "$(level_of "$db")"

say "Each image carries the level of its guest"
run ls -lZ "$images/web.img" "$images/db.img"
must same "$(level_of "$(label_of "$images/web.img")")" "$(level_of "$web")"
must same "$(level_of "$(label_of "$images/db.img")")" "$(level_of "$db")"

say "The processes are what svirt says: asked of the kernel"
for guest in web db; do
  pid=$(svirt dominfo "$guest" --json | jq -r '.results[0].pid')
  printf '/proc/%s/attr/current: %s\n' "$pid" "$(domain_of "$pid")"
  must same "$(domain_of "$pid")" "$(svirt dominfo "$guest" --json | jq -r '.results[0].label.text')"
done

say "A program in web's label: its own disk, and its neighbour's"
printf '%s\n' "read $images/web.img" "read $images/db.img" "write $images/db.img" | probe_as "$web" batch |
  tee "$LAB_SCRATCH/probe.out"
must grep -q 'web.img: allowed' "$LAB_SCRATCH/probe.out"
must same "$(grep -c 'db.img: denied' "$LAB_SCRATCH/probe.out")" 2
echo "the kernel says:"
denials | grep 'name="db.img"' | tail -n 2
must grep -q "scontext=$web tcontext=$(label_of "$images/db.img")" <(denials)

say "The facts of both"
run svirt dominfo web
run svirt dominfo db

say "After the end everything is as it was"
must run svirt -q destroy web
must run svirt -q destroy db
run ls -lZ "$images/web.img" "$images/db.img"
must same "$(stat -c '%n %C %U:%G' "$images"/*.img)" "$before"
run svirt list
say "demonstration complete"
