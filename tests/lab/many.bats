#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Many guests: each concurrent start gets a level of its own, and none fails because others write the store too.
# LAB_MANY has their number; a larger one has to be set by hand, because a slow machine starts few in a minute.
# lab: timeout=500 mem=6G

bats_require_minimum_version 1.5.0
load helper
load guest
load crash
quick_guests

MANY=${LAB_MANY:-20}
STATE=/var/lib/svirt

setup() {
  guest_setup
  rm -f "$LAB_SCRATCH"/*.rc "$LAB_SCRATCH"/*.err
}

# begin ID CMD...: runs the command in the background; its status and output go to ID.rc and ID.err
begin() {
  local id=$LAB_SCRATCH/$1
  shift
  { "$@" >"$id.out" 2>"$id.err" && echo 0 >"$id.rc" || echo $? >"$id.rc"; } 3>&- &
}

# all_well: every begun command has ended with 0 and printed nothing
all_well() {
  run cat "$LAB_SCRATCH"/g*.err
  assert_output ''
  run cat "$LAB_SCRATCH"/g*.rc
  assert_output "$(printf '0\n%.0s' $(seq "$MANY"))"
}

# incomparable LEVEL...: each is s0 with two categories, and all differ
incomparable() {
  local level
  for level; do [[ $level =~ ^s0:c[0-9]+,c[0-9]+$ ]] || { echo "no pair: $level"; return 1; }; done
  [[ $(printf '%s\n' "$@" | sort -u | wc -l) == "$#" ]] || { echo "one is twice: $*"; return 1; }
}

# is_stopped: the only svirt-manager is stopped, by a signal or by that and strace(1), and it has the turn
is_stopped() {
  [[ $(ps -o stat= -C svirt-manager) == [tT]* && $(awk '{ print $1 + 0 }' $STATE/state.lock) == "$(pgrep -x svirt-manager)" ]]
}

# longest: the longest time that the store was held since the queue was truncated, in milliseconds
longest() { awk '{ printf "%.1f\n", $2 / 1000 }' $STATE/state.lock; }

@test "concurrent starts get as many levels, and concurrent ends succeed; no command holds the store for long" {
  local i levels before ms
  for ((i = 0; i < MANY; i++)); do write_domain "g$i" --mem 16 >/dev/null; done
  svirt -q restore --stale
  : >$STATE/state.lock
  before=$(date +%s%N)
  for ((i = 0; i < MANY; i++)); do begin "g$i" svirt -q start --paused "$LAB_SCRATCH/g$i.xml"; done
  wait
  ms=$((($(date +%s%N) - before) / 1000000))
  all_well
  mapfile -t levels < <(svirt --json list | jq -r '.results[] | select(.state == "paused" and .verified) | .label.level')
  assert_equal "${#levels[@]}" "$MANY"
  run -0 incomparable "${levels[@]}"
  # the labels come from the kernel, not from svirt
  mapfile -t levels < <(for i in $(emulator_pids); do level_of "$(domain_of "$i")"; done)
  assert_equal "${#levels[@]}" "$MANY"
  run -0 incomparable "${levels[@]}"
  run -0 svirt --json list --levels
  assert_equal "$(jq '[.results[] | select(.kind == "lease")] | length' <<<"$output")" "$MANY"
  echo "# $MANY starts at once: $ms ms; the store was locked for $(longest) ms at most" >&3
  # the work takes some milliseconds and a sync; the limit leaves room for a busy machine
  awk '{ exit !($2 < 2000000) }' $STATE/state.lock
  for ((i = 0; i < MANY; i++)); do begin "g$i" svirt -q destroy "g$i"; done
  wait
  all_well
  nothing_left
}

@test "a command that waits for a stopped writer reports it, and continues when the writer does" {
  local stopped
  svirt -q label "$(write_domain a)"
  # the writer is stopped in its first sync, while it holds the store
  strace -f -qq -o /dev/null -e trace=fdatasync -e inject=fdatasync:signal=STOP:when=1 svirt -q restore a 3>&- &
  wait_for 20 is_stopped
  stopped=$(pgrep -x svirt-manager)
  begin b svirt --progress=json -q label "$(write_domain b)"
  sleep 3
  assert [ ! -e "$LAB_SCRATCH/b.rc" ]
  kill -CONT "$stopped"
  wait
  assert_equal "$(cat "$LAB_SCRATCH/b.rc")" 0
  jq -es '.[0] | .progress == "wait" and .path == "/var/lib/svirt/state.db" and .done >= 1 and .total == 60' <"$LAB_SCRATCH/b.err"
  svirt -q restore b
  nothing_left
}
