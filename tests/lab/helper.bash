# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# For bats files that run inside a lab guest: "load helper" (or "load ../lab/helper"). Loads the assertion
# libraries, marks the kernel's log before each test and prints the denials of a test that failed, because
# a denial is the usual reason. A bats file with a setup or teardown of its own calls lab_setup and
# lab_teardown from there.
# Asks the kernel and prints; holds no expectation of any test.

# These tests relabel, and write where a real system has something of its own.
[[ -n ${LAB_TOOLS-} ]] || { echo "for a lab guest only: run tests/lab/lab check FILE" >&2; exit 1; }

# shellcheck source=/dev/null
lab_load() {
  local dir lib
  for lib in bats-support bats-assert bats-file; do
    for dir in /usr/lib/bats /usr/share/bats /usr/lib; do
      [[ -e $dir/$lib/load.bash ]] || continue
      . "$dir/$lib/load.bash"
      break
    done
  done
}
lab_load

# A kernel thread writes the denials: give it its turn, or the last ones are missed or counted twice.
settle_log() { sleep 0.03; }

lab_mark() {
  LAB_MARK="svirt-lab-mark $$ ${BATS_TEST_NUMBER-0} $SECONDS$RANDOM"
  settle_log
  { echo "$LAB_MARK" >/dev/kmsg; } 2>/dev/null || LAB_MARK=
}

lab_setup() { lab_mark; }

lab_teardown() {
  [[ -z ${BATS_TEST_COMPLETED-} ]] || return 0
  local lines
  lines=$(denials)
  [[ -z $lines ]] || printf 'denials of this test:\n%s\n' "$lines"
}

setup() { lab_setup; }
teardown() { lab_teardown; }

# denials: what the kernel refused since the test began (with auditd running, that is in its log and not here)
denials() {
  settle_log
  dmesg | awk -v mark="${LAB_MARK-}" '
    mark == "" || index($0, mark) { seen = 1 }
    seen && (/avc: +denied/ || /op=security_/ || /apparmor="DENIED"/ || /action=denied/) {
      sub(/^\[[^]]*\] /, ""); print }'
}

# make_disk PATH SIZE: a raw disk (any size that truncate takes) that boots the 512-byte test guest and
# has its name in sector 1, which that guest reads
make_disk() {
  local path=$1 size=$2
  truncate -s "$size" "$path"
  dd if="$LAB_TOOLS/boot.bin" of="$path" conv=notrunc status=none
  printf 'I-AM-%s' "$(basename "$path")" | dd of="$path" bs=512 seek=1 conv=notrunc status=none
}

# disk_mark PATH: what the test guest wrote into sector 2 (empty when it wrote nothing)
disk_mark() { dd if="$1" bs=512 skip=2 count=1 status=none | tr -d '\0'; }

# label_of PATH: the SELinux context of a file, of the link itself when it is one
label_of() { stat -c %C "$1"; }

# level_of CONTEXT: what follows the type; a range is printed whole
level_of() { cut -d: -f4- <<<"$1"; }

# type_of CONTEXT
type_of() { cut -d: -f3 <<<"$1"; }

# domain_of PID: the context that a process runs in
domain_of() { tr -d '\0\n' <"/proc/$1/attr/current"; }

# wait_for SECONDS CMD...: until the command succeeds; fails when the time is up
wait_for() {
  local end=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    ((SECONDS < end)) || { echo "waited in vain for: $*" >&2; return 1; }
    sleep 0.1
  done
}

# probe_as CONTEXT WORDS...: one try of the attacker in a guest's context; with "batch", one per line of
# standard input. Its input and output are files with the guest's own label: a pipe of ours carries our
# categories, and a guest may not write it.
probe_as() {
  local context=$1 dir rc=0
  shift
  dir=$(mktemp -d "$LAB_SCRATCH/probe.XXXXXX")
  touch "$dir/in" "$dir/out"
  [[ ${1-} != batch ]] || cat >"$dir/in"
  if [[ $LAB_LSM == selinux ]]; then
    chcon "system_u:object_r:svirt_image_t:$(level_of "$context")" "$dir/in" "$dir/out"
    runcon "$context" "$LAB_TOOLS/probe" "$@" <"$dir/in" >>"$dir/out" 2>&1 || rc=$?
  else
    "$LAB_TOOLS/probe" "$@" <"$dir/in" >>"$dir/out" 2>&1 || rc=$?
  fi
  cat "$dir/out"
  rm -rf "$dir"
  return $rc
}
