# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Guests whose emulator was taken over (vmm.c): "load helper", "load guest", then "load hostile". Makes them, reads
# what they found out from their disks, and prints the table of what was tried and what it came to.

VMM=$LAB_TOOLS/vmm

# make_hostile NAME MODES [LINE...]: writes the domain file $LAB_SCRATCH/NAME.xml, prints its path, and makes its
# disk $IMG/NAME.img with the orders: the modes, separated by blanks, and lines "KEY VALUE" that they need
make_hostile() {
  local name=$1 modes=$2
  shift 2
  rm -f "$IMG/$name.img"
  truncate -s 1M "$IMG/$name.img"
  printf '%s\n' "modes $modes" "$@" | dd of="$IMG/$name.img" conv=notrunc status=none
  write_domain "$name" --disk "$IMG/$name.img" --devices "<emulator>$VMM</emulator>"
}

# report_of NAME: what its emulator wrote into its disk, one line for each try
report_of() { dd if="$IMG/$1.img" bs=64K skip=1 count=4 status=none | tr -d '\0'; }

# played NAME MODE: until it has done all of this mode; prints the report
played() {
  wait_for "${PATIENCE:-20}" is_played "$1" "$2" || { report_of "$1"; return 1; }
  report_of "$1"
}
is_played() { report_of "$1" | grep -qxF "done $2"; }

# hostiles: how many of them run
hostiles() { pgrep -c -f "^$VMM" || :; }

# answered MODE TRIED ANSWER: one line of the table, as a comment of TAP
answered() { printf '# %-18s| %-46s| %s\n' "$1" "$2" "$3" >&3; }
