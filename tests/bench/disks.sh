#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# System calls of a start of a guest with 16 disks: those of svirt and of its monitor, most frequent first, and how
# many a disk adds. svirt must not open a disk twice: ends with 1 when it does. Runs inside a lab guest ("make
# bench").

set -euo pipefail
# shellcheck source=tests/lab/helper.bash disable=SC1091
. "$LAB_TESTS/lab/helper.bash"
dir=/srv/bench
trace=/tmp/trace

# domain N: a domain file with N disks
domain() {
  local i
  printf "<domain type='qemu'><name>disks</name><memory unit='MiB'>32</memory>\n"
  printf "<os><type arch='x86_64' machine='pc'>hvm</type></os><devices>\n"
  for ((i = 0; i < $1; i++)); do
    truncate -s 1M "$dir/disk$i.img"
    printf "<disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='%s'/>" "$dir/disk$i.img"
    printf "<target dev='vd%s' bus='virtio'/></disk>\n" "$(printf %b "\\x$(printf %x $((97 + i)))")"
  done
  printf '</devices></domain>\n'
}

watched() { (($(svirt --json dominfo disks | jq '.results[0].monitor_pid // 0') > 0)); }

# traced N: starts and ends the guest with N disks; $trace.manager and $trace.monitor have their calls, those of the
# monitor until it waits for events
traced() {
  local tracer f
  rm -f $trace.*
  domain "$1" >$dir/disks.xml
  strace -ff -qq -o $trace svirt -q start --paused $dir/disks.xml 2>/dev/null &
  tracer=$!
  wait_for 60 watched
  sleep 1
  for f in $trace.*; do
    if grep -q 'execve.*/svirt-manager' "$f"; then cp "$f" $trace.manager; fi
    if grep -q 'execve.*/svirt-monitor' "$f"; then cp "$f" $trace.monitor; fi
  done
  svirt -q destroy disks
  wait $tracer || :
}

counts() {
  sed -n 's/^\([a-z0-9_]*\)(.*/\1/p' "$1" | sort | uniq -c | sort -rn |
    awk '{ n += $1; if (NR <= 8) list = list sprintf(", %s %d", $2, $1) } END { printf "%d%s", n, list }'
}

mkdir -p $dir
traced 1
one=$(counts $trace.manager)
traced 16
all=$(counts $trace.manager)
printf 'system calls of a start, 16 disks: svirt %s ...\n' "$all"
printf 'system calls of its monitor until it waits: %s ...\n' "$(counts $trace.monitor)"
printf 'system calls that a disk adds: %d\n' $(((${all%%,*} - ${one%%,*}) / 15))
twice=$(grep -ho "^open[a-z0-9]*([^\"]*\"$dir/disk[0-9]*.img\"" $trace.manager $trace.monitor |
  sed 's/.*"\(.*\)"/\1/' | sort | uniq -c | awk '$1 != 1 { print $2 " " $1 " times" }')
opened=$(grep -c "^open[a-z0-9]*([^\"]*\"$dir/disk[0-9]*.img\"" $trace.manager)
printf 'disks opened by svirt: %s times in all%s\n' "$opened" "${twice:+, of which $twice}"
[[ $opened == 16 && -z $twice ]]
