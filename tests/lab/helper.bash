# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# For bats files that run inside a lab guest: "load helper" (or "load ../lab/helper"). Loads the assertion libraries,
# marks the kernel's log before each test and prints the denials of a failed test, because a denial is the usual
# reason. A bats file with its own setup or teardown calls lab_setup and lab_teardown from there. Asks the kernel and
# prints; contains no expectation of any test.

# These tests relabel files, and write to paths that a real system uses.
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

# A kernel thread writes the denials. Without a pause the last ones are missed or counted twice.
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

# denials: what the kernel denied since the test began (with auditd running, the records are in its log and not here)
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

# label_of PATH: the label of a file; for a link that of the link itself
label_of() {
  case $LAB_LSM in
  smack) getfattr -h --absolute-names --only-values -n security.SMACK64 "$1" && echo ;;
  apparmor | landlock | none) echo - ;;
  *) stat -c %C "$1" ;;
  esac
}

# set_label LABEL PATH...
set_label() {
  local label=$1 path
  shift
  case $LAB_LSM in
  smack) for path; do setfattr -h -n security.SMACK64 -v "$label" "$path" || return; done ;;
  *) chcon -h "$label" "$@" ;;
  esac
}

# run_as LABEL CMD...: runs the command as a process with that label
run_as() {
  local label=$1
  shift
  # shellcheck disable=SC2016 # the inner shell's
  case $LAB_LSM in
  smack) /bin/bash -c 'printf %s "$0" >/proc/self/attr/smack/current && exec "$@"' "$label" "$@" ;;
  *) runcon "$label" "$@" ;;
  esac
}

# own_file_label LABEL: the label of files that a guest with this label creates
own_file_label() {
  case $LAB_LSM in
  selinux) echo "system_u:object_r:svirt_image_t:$(level_of "$1")" ;;
  *) echo "$1" ;;
  esac
}

# common_label shared|content: the label of files that several guests write, or only read
common_label() {
  case $LAB_LSM in
  smack) echo "svirt-$1" ;;
  *) [[ $1 == shared ]] && echo system_u:object_r:svirt_image_t:s0 || echo system_u:object_r:virt_content_t:s0 ;;
  esac
}

# denied_in_log SUBJECT OBJECT: the kernel's records of denials for SUBJECT on OBJECT in this test
denied_in_log() {
  case $LAB_LSM in
  smack) denials | grep -F "subject=\"$1\" object=\"$2\"" ;;
  *) denials | grep -F "scontext=$1 tcontext=$2" ;;
  esac
}

# level_of CONTEXT: the part after the type; a range is printed whole
level_of() { cut -d: -f4- <<<"$1"; }

# type_of CONTEXT
type_of() { cut -d: -f3 <<<"$1"; }

# domain_of PID: the context of a process; empty for a model that does not label processes
domain_of() { [[ $LAB_LSM == landlock ]] || tr -d '\0\n' <"/proc/$1/attr/current"; }

# wait_for SECONDS CMD...: waits until the command succeeds; fails after that time
wait_for() {
  local end=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    ((SECONDS < end)) || { echo "waited in vain for: $*" >&2; return 1; }
    sleep 0.1
  done
}

# probe_as CONTEXT WORDS...: one try of the attacker in a guest's context; with "batch", one try per line of standard
# input. Its input and output are files with the guest's own label, because a pipe of the test has the test's
# categories, and a guest may not write it.
probe_as() {
  local context=$1 dir rc=0 as_root=()
  shift
  # with these two, Smack allows a process everything; no guest has them, whatever its user is
  # shellcheck disable=SC2054
  [[ $LAB_LSM != smack ]] || as_root=(setpriv --bounding-set=-mac_override,-mac_admin --inh-caps=-mac_override,-mac_admin)
  dir=$(mktemp -d "$LAB_SCRATCH/probe.XXXXXX")
  touch "$dir/in" "$dir/out"
  [[ ${1-} != batch ]] || cat >"$dir/in"
  case $LAB_LSM in
  none | apparmor) "$LAB_TOOLS/probe" "$@" <"$dir/in" >>"$dir/out" 2>&1 || rc=$? ;;
  *)
    set_label "$(own_file_label "$context")" "$dir/in" "$dir/out"
    run_as "$context" "${as_root[@]}" "$LAB_TOOLS/probe" "$@" <"$dir/in" >>"$dir/out" 2>&1 || rc=$?
    ;;
  esac
  cat "$dir/out"
  rm -rf "$dir"
  return $rc
}
