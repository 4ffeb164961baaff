#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The cost of labelling an exported directory of 10,000 files, with the journal, against chcon -R on the same tree,
# alternating in the same run, so that a loaded machine slows both. chcon sets labels by name and keeps no record;
# svirt opens the files and records their old labels. Also the cost when the labels are set already: a second run and
# a second reader must write to no file, else this ends with 1. Runs inside a lab guest ("make bench").

set -euo pipefail
# shellcheck source=tests/bench/bench.bash disable=SC1091
. "$LAB_TESTS/bench/bench.bash"
rounds=${ROUNDS:-7} dir=/srv/bench/tree
stopwatch=$LAB_TOOLS/stopwatch

mkdir -p $dir
for d in {1..100}; do
  mkdir $dir/"$d"
  (cd $dir/"$d" && touch {1..100})
done
cat >/srv/bench/tree.xml <<EOF
<domain type='qemu'><name>tree</name><memory unit='MiB'>32</memory>
<os><type arch='x86_64' machine='pc'>hvm</type></os><devices>
<filesystem><source dir='$dir'/><target dir='tree'/></filesystem>
</devices></domain>
EOF
sed "s/<target dir='tree'\/>/&<readonly\/>/; s/>tree</>reader</" /srv/bench/tree.xml >/srv/bench/reader.xml
sed "s/>reader</>second</" /srv/bench/reader.xml >/srv/bench/second.xml

times() { find $dir -printf '%p %C@\n' | sort | sha1sum; }
unwritten() { [[ $(times) == "$before" ]] || { echo "$1 has written to it"; exit 1; }; }
timed() {
  local into=$1
  shift
  "$stopwatch" run "$@" >>"/tmp/$into"
}

for ((i = 0; i < rounds; i++)); do
  timed whole chcon -R "system_u:object_r:svirt_image_t:s0:c1,c$((i + 2))" $dir
  timed parts chcon -R -t svirt_image_t -l "s0:c2,c$((i + 3))" $dir
  chcon -R system_u:object_r:var_t:s0 $dir
  timed label svirt -q label /srv/bench/tree.xml
  before=$(times)
  timed again svirt -q label /srv/bench/tree.xml
  unwritten 'the second run'
  timed restore svirt -q restore tree
  svirt -q label /srv/bench/reader.xml
  before=$(times)
  timed joined svirt -q label /srv/bench/second.xml
  unwritten 'the second reader of the tree'
  svirt -q restore --all
done
report() {
  awk -v name="$1" -v mine="$(median <"/tmp/$2")" -v base="$(median <"/tmp/$3")" -v of="$4" \
    'BEGIN { printf "%s: %.0f ms, %.2f times %s (%.0f ms)\n", name, mine, mine / base, of, base }'
}
report 'labelling 10,000 files' label whole 'chcon -R CONTEXT'
report 'labelling 10,000 files' label parts 'chcon -R -t TYPE -l LEVEL'
report 'a second run' again label 'the first'
report 'a second reader of them' joined label 'the first'
report 'putting them back' restore label 'labelling them'
