#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The state of svirt cannot be written or read: a full or read-only filesystem, a newer store, a damaged one. The
# failing command gives the reason, does nothing without a journal entry, and the next command finishes its work.
# lab: timeout=600

load helper
load guest
load crash
quick_guests

STATE=/var/lib/svirt

# A small filesystem for the state: 1 MiB is enough, and quickly filled.
setup_file() {
  mkdir -p "$STATE"
  mount -t tmpfs -o size=1m,mode=0700,rootcontext="$(label_of "$STATE")" tmpfs "$STATE"
  svirt -q restore --all || svirt -q restore --stale
}
teardown_file() { umount "$STATE"; }

setup() {
  guest_setup
  rm -rf "${IMG:?}"/* "$STATE"/damaged-*
  make_disk "$IMG/a.img" 1M
  file=$(write_domain a --disk "$IMG/a.img")
  before=$(inode_of "$IMG/a.img")
}
teardown() {
  make_room
  mount -o remount,rw "$STATE"
  guest_teardown
  rm -f /etc/svirt/domains/*.xml
}

fill() { cat /dev/zero >"$STATE/filler" 2>/dev/null || :; }
make_room() { rm -f "$STATE/filler"; }

# broken: overwrites the first page except its header, as a bad disk would
broken() { dd if=/dev/urandom of="$STATE/state.db" bs=1 seek=16 count=2000 conv=notrunc status=none; }

# damaged STATUS ARGS...: the command reports the damaged store and the remedy
damaged() {
  local status_wanted=$1
  shift
  run svirt "$@"
  assert_equal "$status" "$status_wanted"
  assert_output --partial "$STATE/state.db is damaged: "
  assert_output --partial "hint: run 'svirt restore --rebuild'"
}

@test "the disk is full: no guest is labelled or started" {
  fill
  refused 3 "*cannot write $STATE/state.db*" label "$file"
  refused 3 "*cannot write $STATE/state.db*" start "$file"
  make_room
  svirt -q label "$file"
  svirt -q restore a
  assert_equal "$(inode_of "$IMG/a.img")" "$before"
  nothing_left
}

@test "the disk is full: a lease that cannot be removed is restored by the next command" {
  svirt -q label "$file"
  fill
  run svirt restore a
  assert_failure 3
  assert_output --partial "cannot write $STATE/state.db"
  assert_output --partial 'hint: make room on its filesystem'
  # the label may be restored already
  refute_output --partial "nothing has been changed"
  make_room
  svirt -q restore --all
  assert_equal "$(inode_of "$IMG/a.img")" "$before"
  nothing_left
}

@test "the disk is full when a guest ends: its lease is kept, and the next command restores" {
  svirt -q start --paused "$file"
  wait_for 10 watched a
  fill
  run svirt destroy a
  assert_failure 3
  assert_output --partial "cannot write $STATE/state.db"
  wait_for 10 idle
  assert_equal "$(sqlite3 -readonly "$STATE/state.db" 'SELECT count(*) FROM guest')" 1
  make_room
  svirt -q restore --stale
  assert_equal "$(inode_of "$IMG/a.img")" "$before"
  nothing_left
}

@test "the state is read-only: verbs that read work, verbs that write report it" {
  svirt -q label "$file"
  mount -o remount,ro "$STATE"
  run svirt list
  assert_success
  assert_line --regexp '^ *[0-9]+ a +labelled'
  svirt -q dominfo a
  svirt -q list --levels
  make_disk "$IMG/b.img" 1M
  refused 3 "cannot write $STATE/state.db*" label "$(write_domain b --disk "$IMG/b.img")"
  refused 3 "cannot write $STATE/state.db*" start "$LAB_SCRATCH/b.xml"
  refused 3 "cannot write $STATE/state.db*" restore a
  refused 3 "cannot write $STATE/state.db*" restore --rebuild
  assert_output --partial 'hint: remount its filesystem read-write'
  mount -o remount,rw "$STATE"
  svirt -q restore a
  nothing_left
}

@test "the state is read-only when a guest ends: its lease is kept, and the next command restores" {
  svirt -q start --paused "$file"
  wait_for 10 watched a
  mount -o remount,ro "$STATE"
  run svirt destroy a
  assert_failure 3
  assert_output --partial "cannot write $STATE/state.db"
  wait_for 10 idle
  mount -o remount,rw "$STATE"
  svirt -q restore --stale
  assert_equal "$(inode_of "$IMG/a.img")" "$before"
  nothing_left
}

@test "a store of a newer svirt is left alone" {
  sqlite3 "$STATE/state.db" 'PRAGMA user_version = 7'
  local was
  was=$(sha256sum "$STATE/state.db")
  for verb in "label $file" "start $file" 'restore --all' 'restore --rebuild' list; do
    # shellcheck disable=SC2086
    run svirt $verb
    assert_failure 3
    assert_output --partial "$STATE/state.db has schema 7, written by a newer svirt; this one knows schema 3"
    assert_output --partial 'hint: install the newer svirt again'
  done
  assert_equal "$(sha256sum "$STATE/state.db")" "$was"
  assert_equal "$(inode_of "$IMG/a.img")" "$before"
  sqlite3 "$STATE/state.db" 'PRAGMA user_version = 3'
}

# older: turns the store into one of schema 1
older() {
  sqlite3 "$STATE/state.db" "BEGIN IMMEDIATE;
    ALTER TABLE guest ADD COLUMN model TEXT; ALTER TABLE guest ADD COLUMN label TEXT;
    ALTER TABLE guest ADD COLUMN image TEXT; ALTER TABLE guest ADD COLUMN owner TEXT;
    UPDATE guest SET (model, label, image) = (SELECT driver, label, image FROM guest_label
      WHERE guest = id AND driver <> 'dac'), owner = (SELECT label FROM guest_label WHERE guest = id AND driver = 'dac');
    ALTER TABLE guest DROP COLUMN own_user; ALTER TABLE object DROP COLUMN fs; DROP TABLE guest_label; PRAGMA user_version = 1; COMMIT"
}

@test "a store of an older svirt: readers do not change it, and its guests lose nothing" {
  local was all
  make_disk "$IMG/b.img" 1M
  svirt -q start --paused "$file"
  svirt -q label "$(write_domain b --disk "$IMG/b.img")"
  all=$(svirt --json list --all | jq -c '[.results[] | [.name, .state, .label]]')
  older
  was=$(sha256sum "$STATE/state.db")
  assert_equal "$(svirt --json list --all | jq -c '[.results[] | [.name, .state, .label]]')" "$all"
  svirt -q check "$file"
  run svirt restore -n --all
  assert_output --partial "$IMG/b.img"
  assert_equal "$(sha256sum "$STATE/state.db")" "$was"
  # a command that was killed in the upgrade has changed nothing, and the next one upgrades
  svirt -q destroy a
  svirt -q restore b
  assert_equal "$(sqlite3 -readonly "$STATE/state.db" 'PRAGMA user_version')" 3
  assert_equal "$(inode_of "$IMG/a.img")" "$before"
  nothing_left
}

@test "a state that was lost: a guest that runs without its monitor keeps its directory, and is ended by its name" {
  local pid
  svirt -q start --paused "$file"
  pid=$(guest_pid a)
  killed "$(monitor_of a)"
  rm "$STATE"/state.db*
  for verb in "start -n $file" "start $file" 'restore a' 'restore -n a'; do
    # shellcheck disable=SC2086
    run -5 svirt $verb
    assert_output --partial "guest 'a' runs, and the state does not know it"
  done
  # what sweeps up after guests leaves it alone, and says so
  run svirt restore --stale
  assert_output --partial "guest 'a' runs, and the state does not know it"
  kill -0 "$pid"
  [[ -s /run/svirt/a/lock ]]
  run -0 svirt destroy -n a
  kill -0 "$pid"
  run -0 svirt destroy a
  assert_output --partial "guest 'a' has been ended, but the state does not know what its files were"
  run -1 kill -0 "$pid"
  [[ ! -e /run/svirt/a ]]
  run -6 svirt destroy a
  svirt -q start --paused "$file"
  svirt -q destroy a
  restorecon -F "$IMG/a.img"
}

@test "a damaged store: every verb reports it, and --rebuild moves it aside" {
  broken
  damaged 9 label "$file"
  damaged 9 start "$file"
  damaged 9 restore --all
  damaged 9 list
  assert_equal "$(inode_of "$IMG/a.img")" "$before"
  local was
  was=$(sha256sum <"$STATE/state.db")
  run svirt restore -n --rebuild
  assert_success
  assert_output --partial "the state in $STATE is damaged: it would be made anew"
  assert_equal "$(sha256sum <"$STATE/state.db")" "$was"
  run svirt restore --rebuild
  assert_success
  assert_output --partial "the state was damaged: it is in $STATE/damaged-"
  assert_equal "$(sha256sum <"$STATE"/damaged-*/state.db)" "$was"
  svirt -q label "$file"
  svirt -q restore a
  assert_equal "$(inode_of "$IMG/a.img")" "$before"
  nothing_left
}

@test "a truncated store is rebuilt too" {
  truncate -s 5000 "$STATE/state.db"
  local was
  was=$(sha256sum <"$STATE/state.db")
  damaged 9 label "$file"
  svirt -q restore --rebuild
  assert_equal "$(sha256sum <"$STATE"/damaged-*/state.db)" "$was"
  svirt -q label "$file"
  svirt -q restore a
  nothing_left
}

@test "--rebuild: a running guest keeps its level, and its end leaves nothing" {
  svirt -q start --paused "$file"
  wait_for 10 watched a
  local label
  label=$(guest_label a)
  broken
  run svirt restore --rebuild
  assert_success
  assert_output --partial "guest 'a' runs and its lease was lost: its level is held again"
  assert_equal "$(guest_label a)" "$label"
  assert_equal "$(guest_state a)" paused
  run svirt label --level "$(level_of "$label")" "$(write_domain c)"
  assert_failure 5
  svirt -q destroy a
  nothing_left
}

@test "--rebuild: readable rows are saved, and labels without a holder are reported" {
  svirt -q label "$file"
  make_disk "$IMG/b.img" 1M
  svirt -q define "$(write_domain b --disk "$IMG/b.img")" 2>/dev/null ||
    install -D -m 0644 "$LAB_SCRATCH/b.xml" /etc/svirt/domains/b.xml
  chcon "system_u:object_r:svirt_image_t:s0:c5,c6" "$IMG/b.img"
  # an index that does not match its table: the rows are intact
  sqlite3 "$STATE/state.db" "PRAGMA writable_schema = ON;
    UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = 'object')
    WHERE name = 'guest_wide'"
  run svirt restore --rebuild
  assert_success
  assert_output --partial '1 guests and 2 labels of files could be read'
  assert_line --regexp "^unheld +b +selinux +$IMG/b.img +system_u:object_r:svirt_image_t:s0:c5,c6"
  svirt -q restore a
  assert_equal "$(inode_of "$IMG/a.img")" "$before"
}
