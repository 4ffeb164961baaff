# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Guests with a compromised emulator (vmm.c): "load helper", "load guest", then "load hostile". Makes them, reads
# their reports from their disks, and prints the table of tries and results.

VMM=$LAB_TOOLS/vmm

# make_hostile NAME MODES [LINE...]: writes the domain file $LAB_SCRATCH/NAME.xml, prints its path, and makes its disk
# $IMG/NAME.img with the orders: the modes, separated by blanks, and lines "KEY VALUE" that they need. $DEVICES are
# its other devices.
make_hostile() {
  local name=$1 modes=$2
  shift 2
  rm -f "$IMG/$name.img"
  truncate -s 1M "$IMG/$name.img"
  printf '%s\n' "modes $modes" "$@" | dd of="$IMG/$name.img" conv=notrunc status=none
  write_domain "$name" --disk "$IMG/$name.img" --devices "<emulator>$VMM</emulator>${DEVICES-}"
}

# report_of NAME: the report that its emulator wrote to its disk, one line for each try
report_of() { dd if="$IMG/$1.img" bs=64K skip=1 count=4 status=none | tr -d '\0'; }

# played NAME MODE: waits until the mode is finished; prints the report
played() {
  wait_for "${PATIENCE:-20}" is_played "$1" "$2" || { report_of "$1"; return 1; }
  report_of "$1"
}
is_played() { report_of "$1" | grep -qxF "done $2"; }

# go NAME...: gives the signal that they wait for
go() { local name; for name; do printf '\1' | dd of="$IMG/$name.img" bs=1 seek=524296 conv=notrunc status=none; done; }

# hostiles: the number of running hostile emulators
hostiles() { pgrep -c -f "^$VMM" || :; }

# rows NAME MODE...: prints lines of the table of SECURITY.md, as comments of TAP and to $TABLE. A line has the
# results of these modes' tries, each kind of result with its tries: "EACCES: read, write; allowed: stat"
rows() {
  local name=$1
  shift
  { "$VMM" --modes | sed 's/^/mode\t/'; report_of "$name"; } | awk -F'\t' -v modes="$*" '
    $1 == "mode" { what[$2] = $4; next }
    /^done / {
      text = ""
      for (i = 0; i < n; i++) text = text (i ? "; " : "") order[i] ": " of[order[i]]
      answers[substr($0, 6)] = text
      n = 0; split("", of); next }
    / denied [A-Z]+$/ || /: allowed$/ {
      words = split($0, word, " "); answer = word[words]; try = word[1]; sub(/:$/, "", try)
      if (!(answer in of)) order[n++] = answer
      if (index(", " of[answer] ",", ", " try ",") == 0) of[answer] = of[answer] (of[answer] == "" ? "" : ", ") try }
    END {
      last = split(modes, wanted, " ")
      for (i = 1; i <= last; i++) printf "| %s | %s | %s |\n", wanted[i], what[wanted[i]], answers[wanted[i]] }' |
    tee -a "$TABLE" | sed 's/^/# /' >&3
}

# row MODE ANSWER: the same for one mode, when svirt answered
row() {
  local what
  what=$("$VMM" --modes | awk -F'\t' -v mode="$1" '$1 == mode { print $3 }')
  printf '| %s | %s | %s |\n' "$1" "$what" "$2" | tee -a "$TABLE" | sed 's/^/# /' >&3
}

# answered MODE TRIED ANSWER: the same for a mode that another file plays, beside the table
answered() { printf '# %-18s| %-46s| %s\n' "$1" "$2" "$3" >&3; }

# modes that need no peer, in two groups: other guests and svirt, and the host
REACH="neighbour-disk neighbour-process monitor-process host-process neighbour-run svirt-files take-offers own-image"
HOST="host-files shared-places devices $([[ $LAB_LSM != selinux ]] || echo selinux) other-label other-user namespaces mounts kernel io-uring knobs sockets"

# start_two: starts the neighbour b, which offers all that it can, and a, which tries everything
start_two() {
  local image content listener=$LAB_SCRATCH/host-socket
  image=$(common_label shared) content=$(common_label content)
  perl -MSocket -e 'socket(S, PF_UNIX, SOCK_STREAM, 0) && bind(S, sockaddr_un($ARGV[0])) && listen(S, 5) && chmod(0777, $ARGV[0]) && sleep 120' \
    "$listener" >/dev/null 3>&- &
  wait_for 10 test -S "$listener"
  svirt -q start "$(make_hostile b offer)"
  played b offer >/dev/null
  svirt -q start --paused "$(make_hostile a "descriptors $REACH $HOST" "neighbour-disk $IMG/b.img" "own-image $image" \
    "neighbour-pid $(guest_pid b)" "monitor-pid $(monitor_of b)" "host-pid $!" "neighbour-run /run/svirt/b/guest" "link $IMG/link" \
    "own-lock /run/svirt/a/lock" "neighbour-lock /run/svirt/b/lock" "own-monitor /run/svirt/a/monitor" "neighbour-monitor /run/svirt/b/monitor" \
    "neighbour-image $(guest_image b)" "bare-image $image" "content $content" "host-socket $listener" \
    "neighbour-label $(guest_label b)" "manager-label $(domain_of "$(monitor_of b)")" "host-label $(domain_of $$)")"
  svirt -q resume a
  PATIENCE=60 played a sockets
  kill $!
}
