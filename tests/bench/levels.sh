#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The cost of 500,000 leases: the summary of levels (`svirt info`), one more allocation (`svirt label`, whose level is
# then released), and `svirt list --levels`, which prints the first thousand. The baseline is the same commands on a
# store without leases, alternating in the same run: the median of $ROUNDS pairs, each of them two adjacent runs. The
# minimum is not used: in a guest on several CPUs a few runs in a hundred take a quarter of the usual time, and one
# store may have such a run and the other none. Prints ratios; ends with 1 when one is above its bound. `list --levels
# --all` prints every lease; its ratio is printed and has no bound. Runs inside a lab guest ("make bench").

set -euo pipefail
# shellcheck source=tests/lab/helper.bash disable=SC1091
. "$LAB_TESTS/lab/helper.bash"
# shellcheck source=tests/bench/bench.bash disable=SC1091
. "$LAB_TESTS/bench/bench.bash"
ROUNDS=${ROUNDS:-60}
LEASES=${LEASES:-500000}
MAX_RATIO=1.5
MAX_MORE=50
watch=$LAB_TOOLS/stopwatch
state=/var/lib/svirt/state.db
domain=/srv/bench-levels.xml
cat >$domain <<XML
<domain type='qemu'>
  <name>one-more</name>
  <memory unit='MiB'>32</memory>
  <os><type arch='x86_64' machine='pc'>hvm</type></os>
</domain>
XML

# store NAME: makes that store svirt's; $now is its name
store() {
  [[ $now == "$1" ]] || { mv $state "$state.$now" && mv "$state.$1" $state && now=$1; }
}

# measure NAME COMMAND...: appends the milliseconds of one run to /tmp/NAME.{none,full}, for either store
measure() {
  local which
  for which in none full; do
    store $which
    "$watch" run "${@:2}" >>"/tmp/$1.$which"
    [[ $1 != label ]] || svirt -q restore one-more >/dev/null
  done
}

# fill: adds leases of labelled guests that do not run, as svirt itself writes them
fill() {
  sqlite3 "$state.full" >/dev/null <<SQL
PRAGMA synchronous = OFF;
PRAGMA journal_mode = MEMORY;
WITH RECURSIVE c(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM c WHERE n < 1023)
INSERT INTO guest(name, uuid, kept, level, dynamic, vcpus, memory_kib, max_memory_kib, created, pair)
SELECT 'guest-' || (b.n * (b.n - 1) / 2 + a.n), '5d4a2d3c-0000-4000-8000-000000000000', 1,
  's0:c' || a.n || ',c' || b.n, 1, 1, 32768, 32768, 1700000000, b.n * (b.n - 1) / 2 + a.n
FROM c b JOIN c a ON a.n < b.n LIMIT $LEASES;
INSERT INTO guest_label SELECT id, 0, 'selinux', 'system_u:system_r:svirt_t:' || level,
  'system_u:object_r:svirt_image_t:' || level FROM guest;
INSERT INTO guest_label SELECT id, 1, 'dac', '+64055:+64055', '+64055:+64055' FROM guest;
SQL
}

# pairs NAME EXPRESSION: the median of EXPRESSION over the times a (500,000 leases) and b (none)
pairs() { paste "/tmp/$1.full" "/tmp/$1.none" | awk '{ a = $1; b = $2; print '"$2"' }' | median; }

# verdict NAME COMMAND: returns 1 when the ratio is above a bound
verdict() {
  awk -v what="$2" -v n="$LEASES" -v a="$(pairs "$1" a)" -v b="$(pairs "$1" b)" -v ratio="$(pairs "$1" 'a / b')" \
    -v more="$(pairs "$1" 'a - b')" -v r=$MAX_RATIO -v m=$MAX_MORE 'BEGIN {
    printf "levels: %s with %d leases %.1f ms, with none %.1f ms: ratio %.3f, bound %s; %.1f ms more, bound %s\n",
      what, n, a, b, ratio, r, more, m
    exit !(ratio <= r && more <= m) }'
}

svirt -q label $domain >/dev/null
svirt -q restore one-more >/dev/null
now=none
cp --preserve=all $state $state.full
fill
for ((i = 0; i <= ROUNDS; i++)); do
  measure info svirt -q info
  measure label svirt -q label $domain
  measure list svirt list --levels
  # the first round warms the caches
  ((i > 0)) || rm /tmp/info.* /tmp/label.* /tmp/list.*
done
measure every svirt list --levels --all
store full
svirt -q info | grep '^Labels:'
rc=0
verdict info 'svirt info' || rc=1
verdict label 'svirt label' || rc=1
verdict list 'svirt list --levels' || rc=1
printf 'levels: svirt list --levels --all prints %s lines in %s ms, without leases in %s ms\n' \
  "$(svirt list --levels --all | wc -l)" "$(</tmp/every.full)" "$(</tmp/every.none)"
exit $rc
