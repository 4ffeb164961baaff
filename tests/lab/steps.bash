# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Dying at each step: "load helper", "load guest", "load crash", then "load steps". A process is killed at the
# entry of its k-th call of each system call that changes something, for k from 1 until it gets through. After
# each death one command of svirt has to find the way to one of two states.
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

# killed_at CALL K COMMAND...: the command dies at its k-th CALL. 1: there is no such step, it has ended
killed_at() {
  local call=$1 k=$2 rc=0
  shift 2
  strace -o /dev/null -qq -e trace="$call" -e inject="$call:signal=KILL:when=$k" "$@" >/dev/null 2>&1 3>&- || rc=$?
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

# every_step PREPARE DIE CHECK: for each step calls PREPARE, then DIE CALL K, then CHECK "CALL K". DIE returns 1
# when there was no such step. Says how many there were.
every_step() {
  local call k n=0 rc
  for call in "${STEPS[@]}"; do
    for ((k = 1; ; k++)); do
      "$1" || return
      rc=0
      "$2" "$call" "$k" || rc=$?
      ((rc != 1)) || break
      ((rc == 0)) || return 1
      "$3" "$call $k" || return
      n=$((n + 1))
    done
  done
  # shellcheck disable=SC2034 # the tests read it
  STEPS_DONE=$n
  echo "# $BATS_TEST_DESCRIPTION: $n steps, no third state" >&3
}
