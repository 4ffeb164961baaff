#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The level of a guest, judged by the context that the kernel reports: a random one within the limits of svirt.conf,
# or exactly the one of --level, unless a process or guest of this host has a comparable one.
# lab: timeout=600

load helper
load guest
quick_guests

conf=/etc/svirt/svirt.conf.d/50-lab.conf

setup() {
  guest_setup
  mkdir -p "${conf%/*}"
}

teardown() {
  rm -f "$conf"
  [[ -z ${stranger-} ]] || kill "$stranger"
  guest_teardown
}

# started NAME ARGS...: starts a tiny guest, prints the level that the kernel reports
started() {
  local name=$1
  shift
  svirt -q start "$@" "$(write_domain "$name")" >/dev/null || return 1
  level_of "$(domain_of "$(guest_pid "$name")")"
}

# left: the last line of list --levels
left() { svirt list --levels | tail -n 1; }

# somebody LEVEL: starts the shell of an ordinary user at that level; sets stranger to its PID
somebody() {
  runcon -l "$1" setpriv --reuid nobody --clear-groups sleep 300 3>&- &
  stranger=$!
  wait_for 10 at_level "$stranger" "$1"
}
# why PID: the reason that the list has for a process
why() { svirt --json list --levels | jq -r --arg h "process $1" '.results[] | select(.holder == $h) | .why'; }

@test "svirt.conf: five starts stay within the categories, and all differ" {
  echo 'categories = c10.c14' >"$conf"
  run left
  assert_output "10 of 10 labels left"
  local name level levels=()
  for name in a b c d e; do
    level=$(started "$name" --paused)
    [[ $level =~ ^s0:c1[0-4],c1[0-4]$ ]]
    levels+=("$level")
  done
  assert_equal "$(printf '%s\n' "${levels[@]}" | sort -u | wc -l)" 5
  run left
  assert_output "5 of 10 labels left"
  run svirt info
  assert_line --regexp '^Levels: +s0-s0:c10\.c14$'
  assert_line --regexp '^Labels: +10, of them 5 in use$'
  run svirt check
  assert_line --partial "svirt-capacity host: 5 of 10 labels are free"
}

@test "svirt.conf: excluded levels are not drawn, and exit 7 means that none is left" {
  printf '%s\n' 'categories = c20.c24' 'exclude_categories = c21,c23.c1023' >"$conf"
  assert_equal "$(started a --paused)" s0:c20,c22
  refused 7 "no free level: each of the 1 pairs of the 2 categories at s0 is in use*" start "$(write_domain b)"
}

@test "svirt.conf: the message says when none of this process's own range is left" {
  echo 'categories = c500.c600' >"$conf"
  run runcon -l s0-s0:c0.c500 svirt start "$(write_domain a)"
  [[ $status == 3 ]]
  assert_line "svirt: svirt.conf leaves 1 of the 501 categories of this process to guests: a level takes two"
}

@test "--level: the guest runs at it, and so does its disk" {
  make_disk "$IMG/a.img" 1M
  run svirt start --level s0:c33,c44 "$(write_domain a --disk "$IMG/a.img" --serial)"
  assert_success
  assert_equal "$(level_of "$(domain_of "$(guest_pid a)")")" s0:c33,c44
  assert_equal "$(level_of "$(label_of "$IMG/a.img")")" s0:c33,c44
  run wait_halted a
  assert_line "D0 R+W+"
  run denials
  assert_output ""
}

@test "--level: more than two categories, and categories outside of the pool" {
  echo 'categories = c0.c9' >"$conf"
  assert_equal "$(started a --paused --level s0:c1,c50,c60)" s0:c1,c50,c60
  run left
  assert_output "45 of 45 labels left"
}

@test "--level: a guest's level is refused, and so is a level above or below it" {
  started a --paused --level s0:c1.c3
  local level domain
  domain=$(write_domain b)
  for level in s0:c1.c3 s0:c1,c2,c3 s0:c1,c3 s0:c0.c9; do
    refused 5 "the level '*' conflicts with guest 'a'" start --level "$level" "$domain"
  done
  assert_equal "$(started b --paused --level s0:c1,c4)" s0:c1,c4
}

@test "a user's process with every category takes no level from the pool" {
  somebody s0:c0.c1023
  assert_equal "$(why "$stranger")" ''
  run left
  assert_output "523776 of 523776 labels left"
  [[ $(started a --paused) =~ ^s0:c[0-9]+,c[0-9]+$ ]]
}

@test "list --levels: why each level counts; for a process it is what the kernel allows it there" {
  stranger s0:c5.c7
  assert_equal "$(why "$stranger")" "at this level svirt_t may { open read write append } svirt_image_t (file)"
  svirt -q start --paused --level s0:c1,c2 "$(write_domain a)"
  run svirt list --levels
  assert_line --regexp "^s0:c5\.c7 +process +process $stranger +at this level svirt_t may \{ open read write append \} svirt_image_t \(file\)$"
  assert_line --regexp "^s0:c1,c2 +lease +guest 'a' +reserved for the guest and its files$"
}

@test "--level: a level below that of a live process is refused" {
  stranger s0:c5.c7
  refused 5 "the level 's0:c5,c6' conflicts with process $stranger" start --level s0:c5,c6 "$(write_domain a)"
  refused 5 "the level 's0:c5.c8' conflicts with process $stranger" label -n --level s0:c5.c8 "$(write_domain a)"
  assert_equal "$(started a --paused --level s0:c5,c8)" s0:c5,c8
}

@test "the high level of a live process counts if the kernel lets the process use it" {
  stranger s0-s0:c5.c7
  local may="svirt_t may { open read write append } svirt_image_t (file)"
  assert_equal "$(why "$stranger")" "up to this level $may"
  run svirt list --levels
  assert_line --regexp "^s0:c5\.c7 +process +process $stranger +up to this level svirt_t may "
  assert_line "523773 of 523776 labels left"
  refused 5 "the level 's0:c5,c6' conflicts with process $stranger" start --level s0:c5,c6 "$(write_domain a)"
  refused 5 "the level 's0:c5.c8' conflicts with process $stranger" label --level s0:c5.c8 "$(write_domain a)"
  # both ends of the range
  kill "$stranger"
  stranger s0:c5,c6-s0:c5.c7
  assert_equal "$(why "$stranger" | sort)" "at this level $may"$'\n'"up to this level $may"
  # a range up to every category takes none
  kill "$stranger"
  stranger s0-s0:c0.c1023
  assert_equal "$(why "$stranger")" ''
  # a domain that levels do not restrict
  kill "$stranger"
  somebody s0-s0:c5.c7
  assert_equal "$(why "$stranger")" ''
  run left
  assert_output "523776 of 523776 labels left"
}

@test "--level: a level outside of the caller's range is refused, for label too" {
  local verb
  for verb in start label 'label -n'; do
    # shellcheck disable=SC2086
    run runcon -l s0-s0:c0.c99 svirt $verb --level s0:c1,c200 "$(write_domain a)"
    [[ $status == 4 ]]
    assert_line "svirt: the guest's level s0:c1,c200 is outside this process' own range s0-s0:c0.c99"
  done
}

@test "--level: with a static label it is a usage error, at the label's line" {
  local domain line
  domain=$(write_domain s --type static --label system_u:system_r:svirt_t:s0:c1,c2)
  line=$(grep -n '<seclabel' "$domain" | cut -d: -f1)
  run svirt start --level s0:c1,c2 "$domain"
  [[ $status == 2 ]]
  assert_line "svirt: $domain:$line: --level is for a dynamic label: this guest has a static one"
}

@test "--level: a dry run shows it and reserves nothing" {
  run svirt start -n --level s0:c33,c44 "$(write_domain a)"
  assert_success
  assert_line "Label:          system_u:system_r:svirt_t:s0:c33,c44"
  assert_equal "$(started b --paused --level s0:c33,c44)" s0:c33,c44
}

@test "--level: a labelled guest is labelled anew, or stays as it is when that is refused" {
  make_disk "$IMG/a.img" 1M
  local domain
  domain=$(write_domain a --disk "$IMG/a.img")
  svirt -q label --level s0:c61,c62 "$domain"
  assert_equal "$(level_of "$(label_of "$IMG/a.img")")" s0:c61,c62
  stranger s0:c70,c71
  refused 5 "the level 's0:c70,c71' conflicts with process $stranger" label --level s0:c70,c71 "$domain"
  # the guest's own level is no conflict
  svirt -q label --level s0:c61.c63 "$domain"
  assert_equal "$(level_of "$(label_of "$IMG/a.img")")" s0:c61.c63
}

@test "uid_range: each guest has a user of its own, which may not use another guest's files" {
  local a b ids
  mkdir -p /etc/svirt/svirt.conf.d
  echo 'uid_range = 200000-200001' >/etc/svirt/svirt.conf.d/users.conf
  run svirt info
  assert_line --regexp '^Own users: +200000-200001$'
  for name in a b; do
    make_disk "$IMG/own-$name.img" 1M
    chmod 660 "$IMG/own-$name.img"
    svirt -q start --paused "$(write_domain $name --disk "$IMG/own-$name.img:virtio")"
  done
  ids=$(svirt --json list | jq -c '[.results[].layers[] | select(.model == "dac") | [.label.text, .image.text]] | sort')
  a=$(stat -c %u /proc/"$(guest_pid a)") b=$(stat -c %u /proc/"$(guest_pid b)")
  assert_equal "$ids" "[[\"+200000:+$(stat -c %g /proc/"$(guest_pid a)")\",\"+200000:+200000\"],[\"+200001:+$(stat -c %g /proc/"$(guest_pid a)")\",\"+200001:+200001\"]]"
  assert_not_equal "$a" "$b"
  assert_equal "$(stat -c '%u %g' "$IMG/own-a.img" "$IMG/own-b.img" | xargs)" "$a $a $b $b"
  # with a permissive kernel the mode alone refuses
  setenforce 0
  setpriv --reuid="$a" --regid="$(stat -c %g /proc/"$(guest_pid a)")" --clear-groups cat "$IMG/own-a.img" >/dev/null
  run setpriv --reuid="$a" --regid="$(stat -c %g /proc/"$(guest_pid a)")" --clear-groups cat "$IMG/own-b.img"
  assert_failure
  assert_output --partial 'Permission denied'
  run setpriv --reuid="$a" --regid="$a" --clear-groups kill -0 "$(guest_pid b)"
  assert_failure
  setenforce 1
  refused 7 'every user of uid_range (200000-200001) is taken' start --paused "$(write_domain c)"
  svirt -q destroy a
  svirt -q destroy b
  assert_equal "$(stat -c '%u %g' "$IMG/own-a.img" "$IMG/own-b.img" | xargs)" '0 0 0 0'
  # a labelled guest keeps its user until it starts, and a static one has that of its label
  svirt -q label "$(write_domain a --disk "$IMG/own-a.img:virtio")"
  a=$(stat -c %u "$IMG/own-a.img")
  svirt -q start --paused "$LAB_SCRATCH/a.xml"
  assert_equal "$(stat -c %u /proc/"$(guest_pid a)")" "$a"
  svirt -q check "$LAB_SCRATCH/a.xml"
  svirt -q destroy a
  rm /etc/svirt/svirt.conf.d/users.conf "$IMG"/own-?.img
}

# leases NAME FROM TO: writes leases of labelled guests that do not run, as svirt does
leases() {
  sqlite3 /var/lib/svirt/state.db "WITH RECURSIVE c(n) AS (SELECT $2 UNION ALL SELECT n + 1 FROM c WHERE n < $3)
    INSERT INTO guest(name, uuid, kept, level, dynamic, vcpus, memory_kib, max_memory_kib, created, pair)
    SELECT '$1' || n, '5d4a2d3c-0000-4000-8000-000000000000', 1, 's0:c0,c' || n, 1, 1, 1, 1, 1, n * (n - 1) / 2 FROM c;
    INSERT INTO guest_label SELECT id, 0, 'selinux', 'system_u:system_r:svirt_t:' || level,
    'system_u:object_r:svirt_image_t:' || level FROM guest WHERE name LIKE '$1%' UNION ALL
    SELECT id, 1, 'dac', '+64055:+64055', '+64055:+64055' FROM guest WHERE name LIKE '$1%'"
}

@test "list --levels: the first thousand guests, and a note that there are more; --all: every guest" {
  svirt -q start --paused --level s0:c1,c2 "$(write_domain first)"
  leases many 5 1003
  held() { svirt --json list --levels "$@" | jq -c '[([.results[] | select(.kind == "lease")] | length), .summary.complete]'; }
  assert_equal "$(held)" '[1000,true]'
  run svirt list --levels
  refute_line --partial 'more guests'
  leases more 1004 1005
  assert_equal "$(held)" '[1000,false]'
  assert_equal "$(held --all)" '[1002,true]'
  run svirt list --levels
  assert_line 'There are more guests than these: svirt list --levels --all'
  # processes are listed whatever the number of guests is
  assert_line --regexp "^s0:c1,c2 +process +process $(guest_pid first)"
  run svirt list --levels --all
  refute_line --partial 'There are more guests'
  assert_line --partial "guest 'more1005'"
}
