#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The cost of a start: `svirt start --paused` until it returns (QMP answered, label read back, state stored). The
# baseline is `runcon CONTEXT qemu -S` with the same arguments until QMP has answered, and for models other than
# SELinux `setpriv qemu -S` as another user. Both alternate in the same run: the result is the median of the ratios of
# $ROUNDS pairs, whose two runs are adjacent and see the same load. Then the memory of one monitor is measured. Prints
# ratios; ends with 1 when the memory is above its bound. Runs inside a lab guest; boots runs it in several ("make
# bench").

set -euo pipefail
# shellcheck source=tests/lab/helper.bash disable=SC1091
. "$LAB_TESTS/lab/helper.bash"
# shellcheck source=tests/bench/bench.bash disable=SC1091
. "$LAB_TESTS/bench/bench.bash"
ROUNDS=${ROUNDS:-40}
MAX_PSS=2048
watch=$LAB_TOOLS/stopwatch
dir=/srv/bench
level=s0:c1,c2

mkdir -p $dir
make_disk $dir/base.img 1M
make_disk $dir/svirt.img 1M
context=- bare='setpriv qemu -S'
case $LAB_LSM in
selinux)
  context=system_u:system_r:svirt_t:$level bare='runcon qemu -S'
  chcon "system_u:object_r:svirt_image_t:$level" $dir/base.img
  ;;
landlock) mkdir -p /etc/svirt && echo 'models = landlock' >/etc/svirt/svirt.conf ;;
esac
chmod 666 $dir/base.img
cat >$dir/svirt.xml <<XML
<domain type='qemu'>
  <name>bench</name>
  <uuid>12345678-1111-4222-8333-444455556666</uuid>
  <memory unit='MiB'>32</memory>
  <os><type arch='x86_64' machine='pc'>hvm</type></os>
  <devices>
    <disk type='file' device='disk'>
      <driver name='qemu' type='raw'/>
      <source file='$dir/svirt.img'/>
      <target dev='vda' bus='virtio'/>
    </disk>
  </devices>
</domain>
XML
mapfile -t argv < <(svirt -q start --dry-run --json $dir/svirt.xml |
  jq -r '.results[0].argv[]' | sed "s|$dir/svirt.img|$dir/base.img|")

watched() { (($(svirt --json dominfo bench | jq '.results[0].monitor_pid // 0') > 0)); }

: >/tmp/base
: >/tmp/svirt
for ((i = 0; i < ROUNDS + 1; i++)); do
  b=$("$watch" qmp "$context" "${argv[@]}" 2>/dev/null)
  s=$("$watch" run svirt -q start --paused $dir/svirt.xml)
  if ((i == ROUNDS)); then
    # when it has taken over and waits for events
    wait_for 10 watched
    sleep 1
    pss=$(awk '/^Pss:/ { print $2 }' "/proc/$(pgrep -o svirt-monitor)/smaps_rollup")
  fi
  svirt -q destroy bench
  # the first round warms the caches of both
  ((i == 0)) || { echo "$b" >>/tmp/base; echo "$s" >>/tmp/svirt; }
done
b=$(median </tmp/base)
s=$(median </tmp/svirt)
ratio=$(paste /tmp/svirt /tmp/base | awk '{ printf "%.3f\n", $1 / $2 }' | median)
printf 'start: %s: svirt start --paused %s ms, %s %s ms (medians of %s pairs): ratio %s\n' \
  "$LAB_LSM" "$s" "$bare" "$b" "$ROUNDS" "$ratio"
printf 'monitor: Pss %s kB: ratio to the bound of %s kB %s\n' "$pss" "$MAX_PSS" \
  "$(awk -v a="$pss" -v b="$MAX_PSS" 'BEGIN { printf "%.3f", a / b }')"
((pss > 0 && pss <= MAX_PSS))
