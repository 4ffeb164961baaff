#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# -n predicts: the dry run ends with the status and the reason of the next run, and changes nothing.
# lab: timeout=900

bats_require_minimum_version 1.5.0
load helper
load guest
load crash
quick_guests

setup() {
  guest_setup
  rm -rf "${IMG:?}"/*
}

teardown() {
  guest_teardown
  rm -rf /etc/svirt/domains
}

# answer ARGS...: prints the status and the error message of a command; its document is in $LAB_SCRATCH/doc
answer() {
  local rc=0
  svirt --json "$@" >"$LAB_SCRATCH/doc" 2>/dev/null || rc=$?
  jq -r --argjson rc "$rc" '"\($rc) \(.error.message // "")"' "$LAB_SCRATCH/doc"
}

# whole_state: everything that a dry run could change
whole_state() {
  find "$IMG" /run/svirt /var/lib/svirt /etc/svirt -printf '%p %Z %U:%G %m %s %C@\n' 2>/dev/null
  pgrep 'qemu|vmm|svirt-mon' || :
}

# predicts WANTED ARGS...: "svirt ARGS" ends with the status WANTED, and "svirt -n ARGS" before it ended with the same
# status and reason. Counts the cases.
predicts() {
  local wanted=$1 before foretold real
  shift
  before=$(whole_state)
  foretold=$(answer -n "$@")
  cp "$LAB_SCRATCH/doc" "$LAB_SCRATCH/foretold"
  diff <(echo "$before") <(whole_state) || { echo "svirt -n $* changed this"; return 1; }
  real=$(answer "$@")
  printf '%s\t%s\n' "$real" "$*" >>"$LAB_SCRATCH/situations"
  [[ $foretold == "$real" ]] || { printf 'svirt -n %s:\n  %s\nsvirt %s:\n  %s\n' "$*" "$foretold" "$*" "$real"; return 1; }
  [[ ${real%% *} == "$wanted" ]] || { echo "svirt $* ended with $real"; return 1; }
}

# plan_level DOC: the level in a document of the last predicts
plan_level() { jq -r '.results[0].level' "$LAB_SCRATCH/$1"; }

@test "label and start: a new guest, a labelled one, a running one, a held disk" {
  make_disk "$IMG/a.img" 1M
  make_disk "$IMG/other.img" 1M
  a=$(write_domain a --disk "$IMG/a.img")
  b=$(write_domain b --disk "$IMG/a.img")
  # before the very first guest: the dry run makes no directory
  rm -rf /var/lib/svirt /run/svirt
  predicts 0 label "$a"
  # a labelled guest keeps its level, in the plan and in the run
  for verb in label start; do
    predicts 0 "$verb" "$a"
    assert_equal "$(plan_level foretold)" "$(plan_level doc)"
  done
  predicts 5 start "$a"
  predicts 5 label "$a"
  predicts 5 start "$b"
  predicts 5 label "$b"
  predicts 5 start --level "$(plan_level_of a)" "$(write_domain c --disk "$IMG/other.img")"
  predicts 2 start --join c "$(write_domain c)"
  predicts 6 start --join nobody "$(write_domain c)"
  predicts 6 label "$(write_domain c --disk "$IMG/missing.img")"
  predicts 2 start --level s0:c1,c2 "$(write_domain c --type static --model selinux --label system_u:system_r:svirt_t:s0:c7,c8)"
}

plan_level_of() { svirt --json dominfo "$1" | jq -r '.results[0].level'; }

@test "a labelled guest with other files or another level: the old labels would be restored first" {
  make_disk "$IMG/a.img" 1M
  make_disk "$IMG/other.img" 1M
  svirt -q label "$(write_domain a --disk "$IMG/a.img")"
  predicts 0 label "$(write_domain a --disk "$IMG/other.img")"
  predicts 0 label --level s0:c100,c200 "$(write_domain a --disk "$IMG/other.img")"
  predicts 0 start "$(write_domain a --disk "$IMG/a.img" --disk "$IMG/other.img")"
}

@test "stop, destroy, suspend, resume: a running guest, a paused one, a labelled one, none" {
  make_disk "$IMG/a.img" 1M
  a=$(write_domain a --disk "$IMG/a.img")
  for verb in stop destroy suspend resume; do predicts 6 "$verb" nobody; done
  for verb in stop destroy suspend resume; do predicts 2 "$verb" .odd; done
  svirt -q label "$a"
  for verb in stop destroy suspend resume; do predicts 6 "$verb" a; done
  svirt -q start "$a"
  run -0 svirt resume -n a
  assert_output 'Guest a is running already'
  predicts 0 resume a
  run -0 svirt resume a
  assert_output 'Guest a is running already'
  run -0 svirt suspend -n a
  assert_output 'Would suspend guest a (running)'
  predicts 0 suspend a
  run -0 svirt suspend -n a
  assert_output 'Guest a is paused already'
  predicts 0 suspend a
  predicts 0 resume a
  predicts 5 restore a
  run -0 svirt destroy -n a
  assert_output 'Would destroy guest a (running)'
  predicts 0 destroy a
  predicts 6 destroy a
}

@test "restore: a labelled guest, a restored one, an unknown one" {
  make_disk "$IMG/a.img" 1M
  a=$(write_domain a --disk "$IMG/a.img")
  predicts 6 restore nobody
  predicts 2 restore .odd
  svirt -q label "$a"
  predicts 0 restore a
  assert_equal "$(jq -r '.results[] | select(.driver == "selinux") | .result' "$LAB_SCRATCH/foretold")" would-restore
  assert_equal "$(jq -r '.results[] | select(.driver == "selinux") | .result' "$LAB_SCRATCH/doc")" restored
  predicts 6 restore a
  predicts 0 restore --all
  predicts 0 restore --stale
  predicts 0 restore --rebuild
  # a defined guest is known, and has nothing to restore
  mkdir -p /etc/svirt/domains
  cp "$a" /etc/svirt/domains/a.xml
  restorecon -R /etc/svirt
  predicts 0 restore a
  svirt -q label a
  predicts 0 restore --all
}

# lost NAME [...]: starts a guest and kills its monitor; with more arguments, kills the guest too
lost() {
  local guest monitor
  svirt -q start --paused "$LAB_SCRATCH/$1.xml"
  guest=$(guest_pid "$1")
  monitor=$(svirt --json dominfo "$1" | jq '.results[0].monitor_pid')
  killed "$monitor"
  (($# == 1)) || killed "$guest"
}

@test "after a killed monitor: its guest still runs, or its labels would be restored first" {
  make_disk "$IMG/a.img" 1M
  write_domain a --disk "$IMG/a.img" >/dev/null
  write_domain b --disk "$IMG/a.img" >/dev/null
  lost a
  predicts 5 start "$LAB_SCRATCH/a.xml"
  predicts 5 start "$LAB_SCRATCH/b.xml"
  for verb in stop suspend resume; do predicts 9 "$verb" a; done
  predicts 5 restore a
  predicts 0 destroy a
  assert nothing_left
  lost a too
  run svirt start -n "$LAB_SCRATCH/b.xml"
  assert_success
  assert_line "svirt: warning: guest 'a' was left behind by a command or monitor that was killed: its labels would be put back first"
  predicts 0 start "$LAB_SCRATCH/b.xml"
  svirt -q destroy b
  lost a too
  predicts 0 restore --stale
  assert nothing_left
}

@test "policy fcontext: a conflicting rule, svirt's own rule, no rule" {
  make_disk "$IMG/a.img" 1M
  s=$(write_domain a --disk "$IMG/a.img" --type static --model selinux --label system_u:system_r:svirt_t:s0:c7,c8)
  predicts 2 policy fcontext "$(write_domain d --disk "$IMG/a.img")"
  predicts 0 policy fcontext "$s"
  predicts 0 policy fcontext "$s"
  predicts 0 policy fcontext --remove "$s"
}

@test "the number of cases" {
  sort -u "$LAB_SCRATCH/situations" >&3 || :
  (($(sort -u "$LAB_SCRATCH/situations" | wc -l) >= 20))
}
