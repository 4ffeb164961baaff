#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Concurrent commands: a name has one guest, and the last holder of a file restores it.
# lab: timeout=600

bats_require_minimum_version 1.5.0
load helper
load guest
load crash
quick_guests

setup() {
  guest_setup
  rm -rf "${IMG:?}"/*
  rm -f "$LAB_SCRATCH"/*.rc "$LAB_SCRATCH"/*.err
}

# begin ID CMD...: runs the command in the background; its status and output go to ID.rc and ID.err
begin() {
  local id=$LAB_SCRATCH/$1
  shift
  { "$@" >"$id.out" 2>"$id.err" && echo 0 >"$id.rc" || echo $? >"$id.rc"; } 3>&- &
}

rc_of() { cat "$LAB_SCRATCH/$1.rc"; }

@test "of concurrent starts of one domain exactly one succeeds, and the others say busy" {
  local i file
  make_disk "$IMG/a.img" 1M
  before=$(inode_of "$IMG/a.img")
  file=$(write_domain a --disk "$IMG/a.img" --mem 16)
  for _ in 1 2 3; do
    for i in 1 2 3; do begin "$i" svirt -q start --paused "$file"; done
    wait
    run sort <(rc_of 1; rc_of 2; rc_of 3)
    assert_output $'0\n5\n5'
    run cat "$LAB_SCRATCH"/[123].err
    assert_output --partial "guest 'a' is running, or another command works on it"
    assert_equal "$(emulators)" 1
    assert_equal "$(guest_state a)" paused
    assert_equal "$(label_of "$IMG/a.img")" "$(guest_image a)"
    svirt -q destroy a
    assert_equal "$(inode_of "$IMG/a.img")" "$before"
  done
  nothing_left
}

@test "starts and ends of different guests do not disturb each other" {
  local i before
  for i in {1..8}; do
    make_disk "$IMG/g$i.img" 1M
    write_domain "g$i" --disk "$IMG/g$i.img" --mem 16 >/dev/null
  done
  before=$(inode_of "$IMG"/*.img)
  for i in {1..4}; do svirt -q start --paused "$LAB_SCRATCH/g$i.xml"; done
  for i in {1..4}; do
    begin "g$i" svirt -q destroy "g$i"
    begin "g$((i + 4))" svirt -q start --paused "$LAB_SCRATCH/g$((i + 4)).xml"
  done
  wait
  run cat "$LAB_SCRATCH"/g*.rc
  assert_output "$(printf '0\n%.0s' {1..8})"
  run -0 svirt --json list
  assert_equal "$(jq -r '[.results[].name] | sort | join(" ")' <<<"$output")" 'g5 g6 g7 g8'
  for i in {5..8}; do
    assert_equal "$(label_of "$IMG/g$i.img")" "$(guest_image "g$i")"
    assert_equal "$(level_of "$(guest_image "g$i")")" "$(level_of "$(domain_of "$(guest_pid "g$i")")")"
  done
  for i in {5..8}; do begin "g$i" svirt -q destroy "g$i"; done
  wait
  assert_equal "$(inode_of "$IMG"/*.img)" "$before"
  nothing_left
}

@test "two concurrent ends of one guest: it ends, and neither fails with an unknown error" {

  for _ in 1 2 3 4; do
    svirt -q start --paused "$(write_domain a --mem 16)"
    begin 1 svirt -q destroy a
    begin 2 svirt -q destroy a
    wait
    run sort <(rc_of 1; rc_of 2)
    assert_output --regexp $'^0\n[06]$'
    nothing_left
  done
}

@test "a read-only image of four guests is restored by the last of them, in any order" {
  local i name before content order
  make_disk "$IMG/shared.img" 1M
  chcon -t usr_t "$IMG/shared.img"
  for i in 1 2 3 4; do write_domain "g$i" --disk "$IMG/shared.img:virtio:ro" --mem 16 >/dev/null; done
  before=$(inode_of "$IMG/shared.img")
  for _ in 1 2 3; do
    for i in $(shuf -i 1-4); do begin "g$i" svirt -q start --paused "$LAB_SCRATCH/g$i.xml"; done
    wait
    run cat "$LAB_SCRATCH"/g*.rc
    assert_output $'0\n0\n0\n0'
    content=$(inode_of "$IMG/shared.img")
    [[ $content == *:virt_content_t:s0\ * ]]
    mapfile -t order < <(shuf -e g1 g2 g3 g4)
    # the first two end one after the other, one of them by the death of its emulator; the last two end at the same
    # time
    kill -KILL "$(guest_pid "${order[0]}")"
    wait_for 10 gone "${order[0]}"
    assert_equal "$(inode_of "$IMG/shared.img")" "$content"
    svirt -q destroy "${order[1]}"
    assert_equal "$(inode_of "$IMG/shared.img")" "$content"
    for name in "${order[@]:2}"; do begin "$name" svirt -q destroy "$name"; done
    wait
    assert_equal "$(inode_of "$IMG/shared.img")" "$before"
  done
  nothing_left
}

@test "a writable image has one guest: the second start is refused and names the guest" {
  make_disk "$IMG/a.img" 1M
  begin 1 svirt -q start --paused "$(write_domain a --disk "$IMG/a.img" --mem 16)"
  begin 2 svirt -q start --paused "$(write_domain b --disk "$IMG/a.img" --mem 16)"
  wait
  run sort <(rc_of 1; rc_of 2)
  assert_output $'0\n5'
  run cat "$LAB_SCRATCH"/[12].err
  assert_output --regexp "$IMG/a.img is held by guest [ab] with another label"
}

@test "concurrent repairs: everything is restored once" {
  local i before
  for i in 1 2 3; do
    make_disk "$IMG/g$i.img" 1M
    write_domain "g$i" --disk "$IMG/g$i.img" --mem 16 >/dev/null
  done
  before=$(inode_of "$IMG"/*.img)
  for _ in 1 2 3; do
    for i in 1 2 3; do svirt -q start --paused "$LAB_SCRATCH/g$i.xml"; done
    pkill -KILL -x svirt-monitor
    for i in 1 2 3 4; do begin "$i" svirt --json restore --stale; done
    wait
    run cat "$LAB_SCRATCH"/[1-4].rc
    assert_output $'0\n0\n0\n0'
    run jq -s '[.[].results[] | select(.result == "restored")] | length' "$LAB_SCRATCH"/[1-4].out
    assert_output 6
    assert_equal "$(inode_of "$IMG"/*.img)" "$before"
    nothing_left
  done
}
