# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# For bats files that kill and race: "load helper", "load guest", then "load crash". When a guest has ended, for
# whatever reason, nothing of svirt may be left.

# idle: no manager and no monitor runs
idle() { [[ -z $(pgrep -x 'svirt-m.*') ]]; }

# ended PID...: these processes do not exist
ended() {
  local pid
  for pid; do [[ ! -e /proc/$pid ]] || return 1; done
}

# killed PID...: kills them with SIGKILL, and waits until they are gone
killed() {
  kill -KILL "$@"
  wait_for 10 ended "$@"
}

# guest_groups: the control groups of guests that exist
guest_groups() {
  [[ ! -d /sys/fs/cgroup/svirt ]] || find /sys/fs/cgroup/svirt -mindepth 1 -type d ! -name .monitors
}

# nothing_left: no process, lease, journal entry, run directory, lock or socket
nothing_left() {
  local rows
  rows=$(sqlite3 -readonly /var/lib/svirt/state.db \
    'SELECT (SELECT count(*) FROM guest) + (SELECT count(*) FROM hold) + (SELECT count(*) FROM object)')
  [[ $rows == 0 ]] || { echo "rows in the store: $rows"; return 1; }
  [[ $(emulators) == 0 ]] || { echo "emulators: $(emulator_pids -a)"; return 1; }
  idle || { echo "processes: $(pgrep -a svirt-m)"; return 1; }
  [[ -z $(guest_groups) ]] || { echo "control groups: $(guest_groups)"; return 1; }
  [[ -z $(run_left) ]] || { echo "in /run/svirt: $(run_left)"; return 1; }
}
