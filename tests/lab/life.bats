#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The life of a guest, verb by verb: output, exit status, and what each leaves behind.
# lab: timeout=600

bats_require_minimum_version 1.5.0
load helper
load guest

domains=/etc/svirt/domains

setup() {
  guest_setup
  rm -rf "${IMG:?}"/* "${domains:?}"/*
}

teardown() {
  guest_teardown
  rm -rf "${domains:?}"/*
}

# define NAME [OPTION...]: write_domain's domain in the registry
define() {
  install -d -m 755 "$domains"
  cp "$(write_domain "$@")" "$domains/$1.xml"
  restorecon -R /etc/svirt
}

# svirt_json ARGS...: a command with --json; checks the properties of every document
svirt_json() {
  local rc=0
  svirt --json "$@" >"$LAB_SCRATCH/doc" 2>"$LAB_SCRATCH/talk" || rc=$?
  jq -e --arg command "$1" --argjson rc "$rc" '
    .schema == "svirt/1" and .command == $command and .exit == $rc and (.results | type) == "array" and
    (.error == null) == ($rc == 0) and (.error == null or .error.code == $rc)' "$LAB_SCRATCH/doc" >/dev/null || { echo "$* ($rc):" && cat "$LAB_SCRATCH/doc" && return 99; }
  cat "$LAB_SCRATCH/doc"
  return $rc
}

# whole_and_split FILTER: the text of each label that the filter finds in $output is its joined parts
whole_and_split() {
  jq -e "[$1] | length > 0 and all(.text == \"\(.user):\(.role):\(.type):\(.level)\" and (.categories | type) == \"array\")" <<<"$output" >/dev/null
}

@test "start --paused, resume, suspend: dominfo follows" {
  make_disk "$IMG/a.img" 1M
  run -0 svirt start --paused "$(write_domain a --disk "$IMG/a.img" --serial)"
  assert_output --regexp 'Guest a started: system_u:system_r:svirt_t:s0:c[0-9]+,c[0-9]+'
  run -0 svirt dominfo a
  assert_line --regexp '^State: +paused$'
  # a paused processor writes nothing
  sleep 1
  assert_equal "$(cat "$(serial_of a)")" ''
  assert_equal "$(disk_mark "$IMG/a.img")" ''
  run -0 svirt resume a
  assert_output 'Guest a resumed'
  run -0 svirt dominfo a
  assert_line --regexp '^State: +running$'
  wait_halted a
  assert_equal "$(disk_mark "$IMG/a.img")" SEEN-a.img
  run -0 svirt suspend a
  assert_output 'Guest a suspended'
  run -0 svirt dominfo a
  assert_line --regexp '^State: +paused$'
  assert_line --regexp "^Security label: +$(domain_of "$(guest_pid a)") \(selinux/default/enforcing\)$"
  run -0 svirt destroy a
  assert_output 'Guest a destroyed'
}

@test "stop: a guest that ignores it is given up at the timeout, and destroy ends it" {
  make_disk "$IMG/a.img" 1M
  file=$(write_domain a --disk "$IMG/a.img")
  before=$(inode_of "$IMG/a.img")
  svirt -q start "$file"
  run svirt stop --timeout 2 a
  assert_failure 5
  assert_output --partial "guest 'a' has not answered within 2 s"
  assert_output --partial 'svirt destroy a'
  assert_equal "$(guest_state a)" running
  # a stop that waits does not block other commands
  svirt -q stop --timeout 30 a 3>&- &
  sleep 1
  run -0 svirt destroy a
  wait $!
  assert_equal "$(inode_of "$IMG/a.img")" "$before"
  assert_equal "$(emulators)" 0
}

@test "destroy ends a paused guest" {
  svirt -q start --paused "$(write_domain a)"
  run -0 svirt destroy a
  assert_equal "$(emulators)" 0
  assert_equal "$(run_left)" ''
}

@test "stop, destroy, suspend and resume of a guest that does not run: not found" {
  define a
  for verb in stop destroy suspend resume; do
    for name in a nobody; do
      run svirt "$verb" "$name"
      assert_failure 6
      assert_output --partial "guest '$name' is not running"
    done
  done
  run svirt dominfo nobody
  assert_failure 6
  run svirt start nobody
  assert_failure 6
}

@test "a labelled guest does not run; restore is the command for it" {
  make_disk "$IMG/a.img" 1M
  before=$(inode_of "$IMG/a.img")
  svirt -q label "$(write_domain a --disk "$IMG/a.img")"
  assert_equal "$(guest_state a)" labelled
  run svirt destroy a
  assert_failure 6
  assert_output --partial "'svirt restore a' puts them back"
  label=$(guest_label a)
  # a start takes the label over
  svirt -q start "$LAB_SCRATCH/a.xml"
  assert_equal "$(guest_label a)" "$label"
  svirt -q destroy a
  assert_equal "$(inode_of "$IMG/a.img")" "$before"
}

@test "list, list --all, list --levels" {
  define defined
  define other
  svirt -q start --paused defined
  svirt -q start "$(write_domain transient)"
  run -0 svirt list
  assert_line --regexp '[0-9]+ defined +paused +[0-9]+ system_u:system_r:svirt_t:s0:c'
  assert_line --regexp '[0-9]+ transient +running +[0-9]+ system_u:system_r:svirt_t:s0:c'
  refute_output --partial other
  run -0 svirt list --all
  assert_line --regexp '- other +shut off'
  assert_equal "$(grep -c defined <<<"$output")" 1
  run -0 svirt list --levels
  level=$(level_of "$(guest_label transient)")
  assert_line --regexp "^$level +lease +guest 'transient'"
  assert_line --regexp "^$level +process +process $(guest_pid transient)"
  assert_line '523774 of 523776 labels left'
}

@test "dominfo: a defined domain that does not run, a running one, a transient one" {
  define defined
  run -0 svirt dominfo defined
  assert_line --regexp '^Id: +-$'
  assert_line --regexp '^State: +shut off$'
  assert_line --regexp '^Persistent: +yes$'
  assert_line --regexp '^Max memory: +32768 KiB$'
  svirt -q start defined
  run -0 svirt dominfo defined
  assert_line --regexp '^Id: +[0-9]+$'
  assert_line --regexp '^Persistent: +yes$'
  assert_line --regexp '^CPU time: +[0-9]+\.[0-9]s$'
  svirt -q start "$(write_domain transient)"
  run -0 svirt dominfo transient
  assert_line --regexp '^Persistent: +no$'
  run -0 svirt dominfo "$LAB_SCRATCH/transient.xml"
  assert_line --regexp '^Name: +transient$'
  svirt -q destroy transient
  run svirt dominfo transient
  assert_failure 6
}

@test "names with odd characters" {
  local name
  # shellcheck disable=SC2016
  for name in 'a b' 'ä-ß' "it's" 'a$(id)' 'a;b&c' 'x=y' '%s%n' 'a"b' 'a,b' 'a:b' '#a'; do
    file=$(write_domain odd)
    perl -pi -e 'BEGIN { $n = shift; $n =~ s/&/&amp;/g } s/<name>odd/<name>$n/' -- "$name" "$file"
    run -0 svirt start --paused "$file"
    assert_equal "$(svirt --json dominfo "$name" | jq -r '.results[0].name')" "$name"
    assert_equal "$(domain_of "$(guest_pid "$name")")" "$(guest_label "$name")"
    run -0 svirt destroy "$name"
    assert_equal "$(run_left)" ''
  done
  for name in '../a' 'a/b' '.' '..' '.hidden' '-x' '' "$(printf 'a%.0s' {1..65})"; do
    file=$(write_domain odd)
    perl -pi -e 'BEGIN { $n = shift } s/<name>odd/<name>$n/' -- "$name" "$file"
    run svirt start --paused "$file"
    assert_failure 2
    assert_output --regexp "odd.xml:[0-9]+: "
    assert_equal "$(run_left)" ''
  done
}

@test "a second start says busy and changes nothing" {
  make_disk "$IMG/a.img" 1M
  svirt -q start "$(write_domain a --disk "$IMG/a.img")"
  image=$(inode_of "$IMG/a.img")
  pid=$(guest_pid a)
  run svirt start "$LAB_SCRATCH/a.xml"
  assert_failure 5
  assert_output --partial "guest 'a' is running"
  assert_output --partial 'svirt dominfo a'
  assert_equal "$(inode_of "$IMG/a.img")" "$image"
  assert_equal "$(guest_pid a)" "$pid"
  run svirt restore a
  assert_failure 5
  assert_output --partial "svirt stop a"
  run -0 svirt restore --all
  assert_equal "$(inode_of "$IMG/a.img")" "$image"
}

@test "SIGTERM to the monitor ends the guest and restores everything; SIGHUP does not" {
  local signal
  make_disk "$IMG/a.img" 1M
  file=$(write_domain a --disk "$IMG/a.img")
  before=$(inode_of "$IMG/a.img")
  for signal in TERM INT; do
    svirt -q start "$file"
    monitor=$(monitor_of a)
    kill -HUP "$monitor"
    sleep 0.5
    assert_equal "$(guest_state a)" running
    kill -$signal "$monitor"
    wait_for 10 [ ! -e "/proc/$monitor" ]
    assert_equal "$(emulators)" 0
    assert_equal "$(inode_of "$IMG/a.img")" "$before"
    assert_equal "$(run_left)" ''
  done
}

@test "the document of every verb is complete and has the command's exit status" {
  make_disk "$IMG/a.img" 1M
  file=$(write_domain a --disk "$IMG/a.img")
  run -0 svirt_json info
  run -0 svirt_json check
  run -0 svirt_json check "$file"
  run -0 svirt_json label -n "$file"
  run -0 svirt_json start -n "$file"
  whole_and_split '.results[0].label, .results[0].image'
  run -0 svirt_json label "$file"
  whole_and_split '.results[0].label, .results[0].image'
  run -0 svirt_json restore -n a
  whole_and_split '.results[] | select(.driver == "selinux") | .label'
  run -0 svirt_json restore a
  run -0 svirt_json start --paused "$file"
  whole_and_split '.results[0].label, .results[0].guest.label'
  assert_equal "$(jq -r '.results[0].guest.label.text' <<<"$output")" "$(domain_of "$(guest_pid a)")"
  run -5 svirt_json start "$file"
  assert_equal "$(jq -r '.error.message' <<<"$output")" "guest 'a' is running, or another command works on it"
  run -0 svirt_json resume -n a
  assert_equal "$(jq '.results[0].done' <<<"$output")" false
  run -0 svirt_json resume a
  assert_equal "$(jq '.results[0].done' <<<"$output")" true
  run -0 svirt_json suspend a
  run -0 svirt_json dominfo a
  whole_and_split '.results[0].label, .results[0].image'
  assert_equal "$(jq '.results[0].label.categories | length' <<<"$output")" 2
  run -0 svirt_json list
  whole_and_split '.results[].label'
  run -0 svirt_json list --levels
  run -0 svirt_json list --all
  run -5 svirt_json stop --timeout 1 a
  run -0 svirt_json destroy a
  run -6 svirt_json destroy a
  run -6 svirt_json dominfo a
  run -0 svirt_json restore --stale
  # no guest has this name
  run -6 svirt_json restore nobody
  run -2 svirt_json restore
}
