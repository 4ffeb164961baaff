#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Guests that join another one have its level: what the kernel allows them on each other's files, what it denies all
# other guests, who has the level when they end in either order or are killed, and why a join is refused. The attacker
# is probe.c in a guest's context.
# lab: timeout=900

bats_require_minimum_version 1.5.0
load helper
load guest
load crash
quick_guests

setup_file() { svirt -q restore --all; }

setup() {
  guest_setup
  local name
  for name in a b c shared; do make_disk "$IMG/$name.img" 1M; done
  before=$(inode_of "$IMG"/*.img)
  LEFT=$(left)
}

teardown() {
  rm -f /etc/svirt/domains/[as].xml
  [[ -z ${stranger-} ]] || kill "$stranger"
  guest_teardown
}

# own NAME [OPTION...]: the domain file of a guest with NAME.img
own() {
  local name=$1
  shift
  write_domain "$name" --disk "$IMG/$name.img:virtio" "$@"
}

# up NAME [ARG...]: starts own NAME
up() {
  local name=$1
  shift
  svirt -q start --paused "$@" "$(own "$name")"
}

level_now() { level_of "$(domain_of "$(guest_pid "$1")")"; }

# at LEVEL: the guests that have a lease at this level, and which guest each joined
at() { svirt --json list --levels | jq -r --arg l "$1" '.results[] | select(.level == $l and .kind == "lease") | .holder + " " + (.joined // "-")'; }

# left: the number of free levels
left() { svirt --json list --levels | jq .summary.left; }

# level_free LEVEL: no guest has it, another guest may have it, and as many levels can be drawn as before the test
level_free() {
  [[ -z $(at "$1") ]] && svirt -q start --level "$1" --paused "$(own c)" && svirt -q destroy c && [[ $(left) == "$LEFT" ]]
}

lives() { [[ $(guest_pid "$1") == "$2" && -e /proc/$2 ]]; }

@test "a guest that joins has the other's level: each uses the other's files, and no third guest does" {
  up a
  local free level
  free=$(left)
  run svirt start --paused --join a "$(own b)"
  assert_success
  up c
  level=$(level_now a)
  assert_equal "$(level_now b)" "$level"
  assert_not_equal "$(level_now c)" "$level"
  assert_equal "$(level_of "$(label_of "$IMG/b.img")")" "$level"
  # the level is counted once
  assert_equal "$(left)" $((free - 1))
  # the label decides, not the mode
  chmod 666 "$IMG"/*.img
  for pair in "a b" "b a"; do
    read -r who whose <<<"$pair"
    run probe_as "$(domain_of "$(guest_pid "$who")")" batch <<<"read $IMG/$whose.img
write $IMG/$whose.img
append $IMG/$whose.img"
    refute_line --partial denied
    assert_equal "$(grep -c ': allowed$' <<<"$output")" 3
    run probe_as "$(domain_of "$(guest_pid "$who")")" batch <<<"read $IMG/c.img
write $IMG/c.img"
    assert_equal "$(grep -cE ': denied (EACCES|EPERM)$' <<<"$output")" 2
  done
  run probe_as "$(domain_of "$(guest_pid c)")" batch <<<"read $IMG/a.img
write $IMG/a.img
read $IMG/b.img
append $IMG/b.img
kill $(guest_pid b) 15
ptrace $(guest_pid a)"
  refute_line --partial allowed
  assert_equal "$(grep -cE ': denied (EACCES|EPERM)$' <<<"$output")" 6
}

@test "lists show that both guests have the level" {
  up a
  up b --join a
  # joining a guest that joined is the same as joining the first one
  up c --join b
  local level
  level=$(level_now a)
  assert_equal "$(at "$level")" "guest 'a' -
guest 'b' a
guest 'c' a"
  run svirt list --levels
  assert_line --regexp "^LEVEL +KIND +HOLDER +JOINED +WHY$"
  assert_line --regexp "^$level +lease +guest 'b' +a +reserved for the guest and its files$"
  run svirt dominfo a
  assert_line --regexp '^Joined with: +b$'
  assert_line --regexp '^Joined with: +c$'
  assert_equal "$(guest_fact b .joined_with | jq -c .)" '["a","c"]'
  run svirt start -n --join b "$(write_domain d)"
  assert_success
  assert_line --regexp "^Label: .*:$level$"
  assert_line --regexp '^Joined: +b$'
  assert_equal "$(svirt --json start -n --join b "$(write_domain d)" | jq -r '.results[0].joined')" b
  # no guest that does not join may have the level
  refused 5 "the level '$level' conflicts with guest 'a'" start --level "$level" "$(write_domain d)"
  assert_line --partial "or --join a when they are to use each other's files"
  refused 5 "the level '$level,c1023' conflicts with guest 'a'" start --level "$level,c1023" "$(write_domain d)"
}

@test "the joined guest ends first: the level is in use until the last guest ends" {
  up a
  up b --join a
  up c --join a
  local level pid
  level=$(level_now a) pid=$(guest_pid b)
  svirt -q destroy a
  assert_equal "$(at "$level")" "guest 'b' -
guest 'c' b"
  lives b "$pid"
  # guest a, started anew, conflicts like any other guest unless it joins
  refused 5 "the level '$level' conflicts with guest 'b'" start --level "$level" "$(own a)"
  up a
  assert_not_equal "$(level_now a)" "$level"
  svirt -q destroy a
  up a --join c
  assert_equal "$(level_now a)" "$level"
  svirt -q destroy b
  assert_equal "$(at "$level")" "guest 'c' -
guest 'a' c"
  svirt -q destroy c
  svirt -q destroy a
  assert_equal "$(inode_of "$IMG"/*.img)" "$before"
  level_free "$level"
  nothing_left
}

@test "the joining guest ends first: the joined guest is as it was" {
  up a
  up b --join a
  local level pid
  level=$(level_now a) pid=$(guest_pid a)
  svirt -q destroy b
  lives a "$pid"
  assert_equal "$(at "$level")" "guest 'a' -"
  assert_equal "$(level_of "$(label_of "$IMG/a.img")")" "$level"
  assert_equal "$(guest_fact a '.joined_with | length')" 0
  refused 5 "the level '$level' conflicts with guest 'a'" start --level "$level" "$(own b)"
  svirt -q destroy a
  assert_equal "$(inode_of "$IMG"/*.img)" "$before"
  level_free "$level"
}

@test "a guest that was labelled with --join starts as a joined one, also after the other has ended" {
  svirt -q label "$(own a)"
  svirt -q label --join a "$(own b)"
  local level
  level=$(guest_fact a .level)
  assert_equal "$(guest_fact b .level)" "$level"
  up b
  assert_equal "$(level_now b)" "$level"
  up a
  assert_equal "$(level_now a)" "$level"
  svirt -q destroy b
  # the level stays although the domain has other files than it was labelled with
  svirt -q label --join a "$(own b)"
  svirt -q start --paused "$(own b --disk "$IMG/c.img:virtio:ro")"
  assert_equal "$(level_now b)" "$level"
  svirt -q destroy b
  svirt -q label --join a "$(own b)"
  svirt -q destroy a
  assert_equal "$(at "$level")" "guest 'b' -"
  up b
  assert_equal "$(level_now b)" "$level"
  svirt -q destroy b
  level_free "$level"
  nothing_left
}

@test "another request for a labelled guest ends its join" {
  up a
  svirt -q label --join a "$(own b)"
  up b --level s0:c1010,c1011
  assert_equal "$(level_now b)" s0:c1010,c1011
  assert_equal "$(guest_fact a '.joined_with | length')" 0
  svirt -q destroy b
  svirt -q label "$(own b)"
  up b --join a
  assert_equal "$(level_now b)" "$(level_now a)"
}

@test "an unrelated process at the level keeps others from joining" {
  up a --level s0:c1000,c1001
  stranger s0:c1000,c1001
  refused 5 "the level 's0:c1000,c1001' conflicts with process $stranger" start --join a "$(own b)"
}

@test "a file that no model labels still has one writer, and nothing is restored" {
  local none="<seclabel model='selinux' relabel='no'/><seclabel model='dac' relabel='no'/>" was
  make_disk "$IMG/open.img" 1M
  chcon system_u:object_r:svirt_image_t:s0 "$IMG/open.img"
  chmod 666 "$IMG/open.img"
  was=$(inode_of "$IMG/open.img")
  run svirt label -n "$(write_domain a --source "$none" --disk "$IMG/open.img:virtio")"
  assert_line --regexp "^hold +svirt +rw +vda +$IMG/open.img "
  svirt -q start --paused "$LAB_SCRATCH/a.xml"
  refused 5 "$IMG/open.img is held by guest a and can be written by one guest only" \
    start --paused "$(write_domain b --source "$none" --disk "$IMG/open.img:virtio")"
  refused 5 "$IMG/open.img is held by guest a *" start --paused "$(write_domain b --disk "$IMG/open.img:virtio")"
  svirt -q destroy a
  assert_equal "$(inode_of "$IMG/open.img")" "$was"
  svirt -q start --paused "$(write_domain b --source "$none" --disk "$IMG/open.img:virtio")"
  svirt -q destroy b
  rm "$IMG/open.img"
}

@test "a disk that one guest writes cannot be used by the other; a shareable one is open to both" {
  svirt -q start --paused "$(write_domain a --disk "$IMG/shared.img:virtio")"
  refused 5 "$IMG/shared.img is held by guest a and can be written by one guest only" \
    start --join a "$(write_domain b --disk "$IMG/shared.img:virtio")"
  assert_line --regexp "^svirt: hint: stop that guest, "
  svirt -q label --join a "$(write_domain b)"
  run svirt check "$(write_domain b --disk "$IMG/shared.img:virtio")"
  [[ $status == 1 ]]
  assert_line --partial "held-elsewhere: $IMG/shared.img is held by guest a and can be written by one guest only"
  svirt -q restore b
  refused 5 "$IMG/shared.img is held by guest a with another label" \
    start --join a "$(write_domain b --disk "$IMG/shared.img:virtio:shared")"
  svirt -q destroy a
  svirt -q start "$(write_domain a --disk "$IMG/a.img:virtio" --disk "$IMG/shared.img:virtio:shared" --serial)"
  svirt -q start --join a "$(write_domain b --disk "$IMG/b.img:virtio" --disk "$IMG/shared.img:virtio:shared" --serial)"
  for name in a b; do
    run wait_halted $name
    assert_line "D1 R+W+"
  done
  run denials
  assert_output ""
  svirt -q destroy a
  assert_not_equal "$(inode_of "$IMG/shared.img")" "$(grep shared.img <<<"$before")"
  svirt -q destroy b
  assert_equal "$(inode_of "$IMG/shared.img")" "$(grep shared.img <<<"$before")"
}

@test "a guest that joins a member of a share group is a member" {
  svirt -q start --paused --share-group web "$(write_domain a --disk "$IMG/shared.img:virtio:shared")"
  up b --join a
  assert_equal "$(level_now b)" "$(level_now a)"
  assert_equal "$(guest_fact b .share_group)" web
  svirt -q destroy a
  # the share group still has a member
  run svirt list --levels
  assert_line --partial "share group 'web'"
  svirt -q start --paused --share-group web "$(write_domain a --disk "$IMG/shared.img:virtio:shared")"
  local domain line group
  group="<metadata><svirt:share-group xmlns:svirt='urn:svirt:1' name='db'/></metadata>"
  domain=$(own c --extra "$group")
  line=$(grep -n share-group "$domain" | cut -d: -f1)
  refused 2 "$domain:$line: <svirt:share-group> says 'db': guest 'a', whose level this one is to have, is a member of 'web'" \
    start --join a "$domain"
  assert_line --partial "svirt: hint: take the element out"
  svirt -q destroy a
  up a
  refused 2 "$domain:$line: <svirt:share-group> says 'db': guest 'a', whose level this one is to have, is a member of no group" \
    start --join a "$domain"
  domain=$(own c --type static --label "system_u:system_r:svirt_t:$(level_now b)")
  line=$(grep -n '<seclabel' "$domain" | cut -d: -f1)
  refused 2 "$domain:$line: guest 'b' is a member of share group 'web', which is for dynamic labels: this guest has a static one" \
    start --join b "$domain"
  assert_line "svirt: hint: take the <seclabel> out"
}

@test "a guest with a static label joins when its label has the level" {
  local level=s0:c1000,c1001 label=system_u:system_r:svirt_t:s0:c1000,c1001 domain line
  up a --level "$level"
  domain=$(own b --type static --label "$label" --relabel yes)
  line=$(grep -n '<seclabel' "$domain" | cut -d: -f1)
  refused 5 "the level of the static label '$label' conflicts with guest 'a'" start "$domain"
  assert_line --partial "--join a"
  svirt -q start --paused --join a "$domain"
  assert_equal "$(level_now b)" "$level"
  assert_equal "$(at "$level")" "guest 'a' -
guest 'b' a"
  up c
  refused 2 "$domain:$line: the static label '$label' is not at $(level_now c), the level of guest 'c'" \
    start --join c "$(svirt -q destroy b && own b --type static --label "$label" --relabel yes)"
  assert_line --partial "svirt: hint: write that level into the label"
}

@test "a guest with a static label can be joined, also as a defined domain" {
  local level=s0:c1000,c1001
  cp "$(own a --type static --label system_u:system_r:svirt_t:$level --relabel yes)" /etc/svirt/domains/a.xml
  svirt -q start --paused a
  up b --join a
  assert_equal "$(level_now b)" "$level"
  svirt -q destroy a
  # without a join the static label conflicts with that of another guest
  refused 5 "the level of the static label '*' conflicts with guest 'b'" start a
  svirt -q start --paused --join b a
  assert_equal "$(at "$level")" "guest 'b' -
guest 'a' b"
  run svirt check a
  assert_line --partial "nobody is at its level but guest 'b' and who joined that one too"
  # another domain with that label is not joined
  cp "$(write_domain s --type static --label system_u:system_r:svirt_t:$level)" /etc/svirt/domains/s.xml
  refused 5 "the level '$level' conflicts with the static label of domain 's'" start --join a "$(own c)"
}

@test "joins that are refused" {
  refused 6 "guest 'nobody' is neither running nor labelled: it has no level to join" start --join nobody "$(own b)"
  assert_line "svirt: hint: svirt start nobody, or svirt label nobody, comes first; 'svirt list' shows the guests"
  cp "$(own a)" /etc/svirt/domains/a.xml
  refused 6 "guest 'a' is neither running nor labelled: it has no level to join" label --join a "$(own b)"
  refused 2 "guest 'b' cannot join itself" start --join b "$(own b)"
  assert_line "svirt: hint: name another guest: 'svirt list' shows them"
  svirt -q label --shared-level "$(write_domain s --type static --label system_u:system_r:svirt_t:s0)"
  refused 2 "guest 's' has no level to join: its label is system_u:system_r:svirt_t:s0" start --join s "$(own b)"
  assert_line --partial "svirt: hint: leave --join out"
  up a
  local domain line
  domain=$(own b --none)
  line=$(grep -n '<seclabel' "$domain" | cut -d: -f1)
  refused 2 "$domain:$line: <seclabel type='none'> asks for an unconfined guest" start --join a "$domain"
  refused 2 "$domain:$line: --join is for a guest with a label: this guest has none" start --unconfined --join a "$domain"
  refused 5 "guest 'a' is running, or another command works on it" start --join b "$(own a)"
}

@test "kill -9 of one and its monitor: it is restored, and the other one is not touched" {
  up a
  up b --join a
  local level pid survivor victim
  level=$(level_now a)
  for victim in b a; do
    survivor=$(tr ab ba <<<"$victim")
    pid=$(guest_pid "$survivor")
    killed "$(monitor_of "$victim")"
    # its VMM still runs: it is named, and ended alone
    run svirt label "$(write_domain d)"
    assert_line --partial "guest '$victim' runs without its monitor"
    svirt -q restore d
    run -0 svirt restore --stale
    lives "$survivor" "$pid"
    assert_equal "$(inode_of "$IMG/$victim.img")" "$(grep "/$victim.img" <<<"$before")"
    assert_equal "$(level_of "$(label_of "$IMG/$survivor.img")")" "$level"
    assert_equal "$(at "$level")" "guest '$survivor' -"
    up "$victim" --join "$survivor"
  done
}

@test "a start that is killed before its VMM runs is restored by the next command" {
  up a
  local level pid
  level=$(level_now a) pid=$(guest_pid a)
  strace -f -o /dev/null -qq -e trace=vfork -e inject=vfork:signal=KILL:when=1 \
    svirt -q start --join a "$(own b)" 3>&- || :
  wait_for 10 only_a_monitor
  [[ $(at "$level") == *"guest 'b' a" ]]
  run svirt label "$(write_domain d)"
  assert_line --partial "guest 'b' was left behind by a command or monitor that was killed: its labels have been put back"
  lives a "$pid"
  assert_equal "$(at "$level")" "guest 'a' -"
  assert_equal "$(inode_of "$IMG/b.img")" "$(grep /b.img <<<"$before")"
  svirt -q restore d
}
only_a_monitor() { [[ $(pgrep -x -c 'svirt-m.*') == 1 ]]; }

@test "a failed start ends no other guest" {
  up a
  local pid
  pid=$(guest_pid a)
  # its VMM had the label when it ended
  run svirt start --join a "$(real_guests && own b --machine pc-i440fx-99.9)"
  [[ $status == 3 ]]
  assert_line --partial "unsupported machine type"
  lives a "$pid"
  assert_equal "$(inode_of "$IMG/b.img")" "$(grep /b.img <<<"$before")"
  assert_equal "$(at "$(level_now a)")" "guest 'a' -"
}

@test "a rebuilt store knows again which guests share a level" {
  up a
  up b --join a
  local level
  level=$(level_now a)
  dd if=/dev/zero of=/var/lib/svirt/state.db bs=1 seek=100 count=3000 conv=notrunc status=none
  run -0 svirt restore --rebuild
  # the guest that is found first holds the level
  run at "$level"
  assert_equal "${#lines[@]} $(grep -c -- ' -$' <<<"$output")" "2 1"
  lives a "$(guest_pid a)"
  svirt -q destroy b
  svirt -q destroy a
  rm -rf /var/lib/svirt/damaged-*
}

@test "concurrent joins all succeed, and the level ends with the last guest" {
  up a
  local level name pids=()
  level=$(level_now a)
  for name in m1 m2 m3 m4; do
    svirt -q start --paused --join a "$(write_domain $name)" 3>&- &
    pids+=($!)
  done
  for pid in "${pids[@]}"; do wait "$pid"; done
  assert_equal "$(at "$level" | wc -l)" 5
  pids=()
  for name in a m1 m2 m3 m4; do
    svirt -q destroy $name 3>&- &
    pids+=($!)
  done
  for pid in "${pids[@]}"; do wait "$pid"; done
  level_free "$level"
  nothing_left
}
