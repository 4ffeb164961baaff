# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Dying at each step: "load helper", "load guest", "load crash", then "load steps". A process is killed at the
# entry of each of its system calls that change something. After each death one command of svirt has to find the way
# to one of two states.
# Knows how to kill; what the two states are is the test's.

# What changes something that outlives the process.
STEPS=(setxattr fchownat mkdir rmdir unlink unlinkat ftruncate pwrite64 fdatasync bind vfork clone3 pidfd_send_signal)

# What SQLite does between its syncs is stepped through by label and restore; the others need not.
no_pwrites() {
  local i
  for i in "${!STEPS[@]}"; do [[ ${STEPS[i]} != pwrite64 ]] || unset "STEPS[i]"; done
}

# two_disks: a.xml, a domain file with a static label and two disks; sets BEFORE
two_disks() {
  rm -rf "${IMG:?}"/*
  make_disk "$IMG/a.img" 1M
  make_disk "$IMG/b.img" 1M
  write_domain a --disk "$IMG/a.img" --disk "$IMG/b.img:virtio:ro" \
    --type static --label system_u:system_r:svirt_t:s0:c11,c22 --relabel yes
  BEFORE=$(state_now)
  export BEFORE
}

# state_now: labels, owners and modes of the images, leases, the journal, what is in the run directory
state_now() {
  inode_of "$IMG"/*
  sqlite3 -readonly /var/lib/svirt/state.db 'SELECT name, kept FROM guest; SELECT driver, label, image FROM guest_label ORDER BY guest, seq; SELECT seq, path, target FROM hold;
    SELECT driver, wanted, original FROM object'
  run_left
  guest_groups
}

# steps_traced CALL K: sets TRACED, strace's options to kill at the K-th CALL; with 0 to write down each of the CALLS
steps_traced() {
  TRACED=(-e "trace=$1")
  (($2 == 0)) || TRACED+=(-e "inject=$1:signal=KILL:when=$2")
}

# killed_at CALL K COMMAND...: the command dies at its k-th CALL. 1: there is no such step, it has ended
killed_at() {
  local call=$1 k=$2 rc=0
  shift 2
  steps_traced "$call" "$k"
  strace -qq -o "$LAB_SCRATCH/trace" "${TRACED[@]}" "$@" >/dev/null 2>&1 3>&- || rc=$?
  ((rc != 137)) || return 0
  ((rc == 0)) || { echo "$call $k: $* ended with $rc"; return 2; }
  return 1
}

# one_of STEP STATE...: the state is one of these, or the test fails
one_of() {
  local step=$1 now state
  now=$(state_now)
  shift
  for state; do [[ $now != "$state" ]] || return 0; done
  printf 'a third state after %s:\n%s\nand not one of\n' "$step" "$now"
  printf '%s\n--\n' "$@"
  return 1
}

# every_step PREPARE DIE CHECK: calls PREPARE, DIE CALLS 0, which writes down what steps there are, and CHECK. Then for
# each step PREPARE, DIE CALL K and CHECK "CALL K". DIE returns 1 when it got through. Sets STEPS_THERE.
# With STEP_EVERY=N one step in N is taken, from number STEP_FIRST on: a different one for each state of the tree.
every_step() {
  local calls steps i rc n=0 every=${STEP_EVERY:-1}
  printf -v calls '%s,' "${STEPS[@]}"
  "$1" || return
  rc=0
  "$2" "${calls%,}" 0 || rc=$?
  ((rc == 1)) || return
  mapfile -t steps < <(sed -n 's/^\([a-z0-9_]*\)(.*/\1/p' "$LAB_SCRATCH/trace" | awk '{ print $1, ++seen[$1] }')
  "$3" 'all of its steps' || return
  for ((i = ${STEP_FIRST:-0} % every; i < ${#steps[@]}; i += every)); do
    "$1" || return
    rc=0
    # shellcheck disable=SC2086 # two words
    "$2" ${steps[i]} || rc=$?
    ((rc < 2)) || return 1
    "$3" "${steps[i]}" || return
    ((rc == 1)) || n=$((n + 1))
  done
  STEPS_THERE=${#steps[@]}
  echo "# $BATS_TEST_DESCRIPTION: $n of $STEPS_THERE steps, no third state" >&3
  # which of its calls comes first may differ a little from run to run
  ((n * every * 2 >= STEPS_THERE))
}
