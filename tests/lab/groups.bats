#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Share groups: what the kernel allows members on a shared disk and on each other, what it denies all other guests,
# and who has the group's category at which time. The attacker is probe.c in a guest's context.
# lab: timeout=900

load helper
load guest
load crash
quick_guests

conf=/etc/svirt/svirt.conf.d/50-lab.conf

setup_file() { svirt -q restore --all; }

setup() {
  guest_setup
  mkdir -p "${conf%/*}"
  local name
  for name in a b c shared; do make_disk "$IMG/$name.img" 1M; done
  before=$(inode_of "$IMG/shared.img")
}

teardown() {
  rm -f "$conf" /etc/svirt/domains/s.xml
  [[ -z ${stranger-} ]] || kill "$stranger"
  guest_teardown
}

# uses NAME [OPTION...]: the domain file of a guest with a disk of its own and the shared one
uses() {
  local name=$1
  shift
  write_domain "$name" --disk "$IMG/$name.img:virtio" --disk "$IMG/shared.img:virtio:shared" --serial "$@"
}

# member NAME GROUP [ARG...]: starts a guest of uses() as a member
member() {
  local name=$1 group=$2
  shift 2
  svirt -q start --share-group "$group" "$@" "$(uses "$name")"
}

# category: the category of the shared disk
category() { level_of "$(label_of "$IMG/shared.img")" | cut -d: -f2; }

levels_of_groups() { svirt --json list --levels | jq -r '.results[] | select(.kind == "group") | .level + " " + .holder'; }

@test "two members write the shared disk, whose label has the group's category alone" {
  member a web
  member b web
  local cat level
  cat=$(category)
  [[ $cat =~ ^c[0-9]+$ ]]
  assert_equal "$(label_of "$IMG/shared.img")" "system_u:object_r:svirt_image_t:s0:$cat"
  for name in a b; do
    level=$(level_of "$(domain_of "$(guest_pid $name)")")
    assert_equal "$(svirt --json dominfo $name | jq -r '.results[0].label.categories | length')" 3
    assert_equal "$(svirt --json dominfo $name | jq ".results[0].label.categories | index(${cat#c}) != null")" true
    assert_equal "$(level_of "$(label_of "$IMG/$name.img")")" "$level"
    run wait_halted $name
    assert_line "D0 R+W+"
    assert_line "D1 R+W+"
  done
  assert_equal "$(disk_mark "$IMG/shared.img")" SEEN-shared.img
  run denials
  assert_output ""
}

@test "a member may not open another's own disk or touch its process; a guest outside of the group gets no access" {
  member a web --paused
  member b web --paused
  svirt -q start --paused "$(write_domain c --disk "$IMG/c.img")"
  local a b c
  a=$(domain_of "$(guest_pid a)") b=$(domain_of "$(guest_pid b)") c=$(domain_of "$(guest_pid c)")
  # the label protects them, not the mode
  chmod 666 "$IMG"/*.img
  for who in "$a" "$b"; do
    run probe_as "$who" batch <<<"read $IMG/shared.img
write $IMG/shared.img
append $IMG/shared.img"
    refute_line --partial denied
    assert_equal "$(grep -c ': allowed$' <<<"$output")" 3
  done
  run probe_as "$a" batch <<<"read $IMG/b.img
write $IMG/b.img
append $IMG/b.img
kill $(guest_pid b) 15
ptrace $(guest_pid b)"
  refute_line --partial allowed
  assert_equal "$(grep -cE ': denied (EACCES|EPERM)$' <<<"$output")" 5
  run probe_as "$c" batch <<<"read $IMG/shared.img
write $IMG/shared.img
append $IMG/shared.img
read $IMG/a.img"
  refute_line --partial allowed
  assert_equal "$(grep -cE ': denied (EACCES|EPERM)$' <<<"$output")" 4
}

@test "a file that a member creates is its own, not the group's" {
  member a web --paused
  member b web --paused
  local a b
  a=$(domain_of "$(guest_pid a)") b=$(domain_of "$(guest_pid b)")
  local made
  made=$(compute_create "$a" "$(label_of "$IMG/shared.img" | sed 's/svirt_image_t/virt_image_t/')" file)
  assert_equal "$(level_of "$made")" "$(level_of "$a")"
  : >"$IMG/new"
  chmod 666 "$IMG/new"
  chcon "system_u:object_r:svirt_image_t:$(level_of "$made")" "$IMG/new"
  run probe_as "$a" read "$IMG/new"
  assert_output "read $IMG/new: allowed"
  run probe_as "$b" read "$IMG/new"
  assert_output --regexp 'denied (EACCES|EPERM)$'
  rm -f "$IMG/new"
}

@test "the group ends with its last member: the disk is restored and the category is free" {
  member a web --paused
  member b web --paused
  local cat
  cat=$(category)
  run levels_of_groups
  assert_output "s0:$cat share group 'web'"
  run svirt list --levels
  assert_line --regexp "^s0:$cat +group +share group 'web'"
  assert_line --regexp "lease +guest 'a' +web"
  run svirt dominfo b
  assert_line --regexp '^Share group: +web$'
  svirt -q destroy a
  assert_equal "$(category)" "$cat"
  run levels_of_groups
  assert_output "s0:$cat share group 'web'"
  svirt -q destroy b
  assert_equal "$(inode_of "$IMG/shared.img")" "$before"
  run levels_of_groups
  assert_output ""
  nothing_left
}

@test "the category is reserved: it is not drawn, and --level or a static label may not have it" {
  echo 'categories = c0.c3' >"$conf"
  member a web --paused
  local cat
  cat=$(category)
  # 4 categories make 6 pairs; 3 of them are without the group's category, and the member has one of these
  run svirt list --levels
  assert_line "2 of 6 labels left"
  svirt -q start --paused "$(write_domain b)"
  svirt -q start --paused "$(write_domain d)"
  refused 7 "no free level: *" start "$(write_domain e)"
  run svirt --json list --levels
  assert_equal "$(jq -r '.results[] | select(.kind == "lease" and .share_group == null) | .level' <<<"$output" | grep -c "\b$cat\b")" 0
  refused 5 "the level '*' conflicts with share group 'web'" start --level "s0:$cat,c900" "$(write_domain e)"
  refused 5 "the level '*' conflicts with share group 'web'" start --share-group web --level "s0:$cat,c900" "$(write_domain e)"
  refused 5 "the level of the static label '*' conflicts with share group 'web'" \
    start "$(write_domain e --type static --label "system_u:system_r:svirt_t:s0:$cat,c900")"
}

@test "--level and --share-group together: the category is added to the level" {
  # the group's category is drawn, so the test chooses levels without it
  member c web --paused
  local add=0 x y z w
  case $(category) in c10 | c20 | c21 | c30) add=5 ;; esac
  x=$((10 + add)) y=$((20 + add)) z=$((21 + add)) w=$((30 + add))
  member a web --paused --level "s0:c$x,c$y"
  assert_equal "$(svirt --json dominfo a | jq '.results[0].label.categories | length')" 3
  assert_equal "$(svirt --json dominfo a | jq ".results[0].label.categories | (index($x) != null) and (index($y) != null)")" true
  refused 5 "the level 's0:c$x,c$y' conflicts with guest 'a'" start --level "s0:c$x,c$y" "$(write_domain b)"
  refused 5 "the level '*' conflicts with guest 'a'" start --share-group web --level "s0:c$x,c$y" "$(uses b)"
  # more than a pair, and above a member's level except for the category
  refused 5 "the level '*' conflicts with guest 'a'" start --share-group web --level "s0:c$x,c$y,c$w" "$(uses b)"
  member b web --paused --level "s0:c$x,c$z,c$w"
}

@test "a shareable disk of a group is refused outside of it, and the other way round" {
  member a web --paused
  refused 5 "$IMG/shared.img is held by guest a with another label" start "$(uses b)"
  refused 5 "$IMG/shared.img is held by guest a with another label" start --share-group db "$(uses b)"
  svirt -q destroy a
  svirt -q start --paused "$(uses b)"
  refused 5 "$IMG/shared.img is held by guest b with another label" start --share-group web "$(uses a)"
  run levels_of_groups
  assert_output ""
}

@test "two groups: neither can use the other's shared disk" {
  make_disk "$IMG/other.img" 1M
  member a web --paused
  svirt -q start --paused --share-group db "$(write_domain b --disk "$IMG/other.img:virtio:shared")"
  chmod 666 "$IMG"/*.img
  run probe_as "$(domain_of "$(guest_pid a)")" batch <<<"read $IMG/other.img
write $IMG/other.img"
  assert_equal "$(grep -cE ': denied (EACCES|EPERM)$' <<<"$output")" 2
  run probe_as "$(domain_of "$(guest_pid b)")" batch <<<"read $IMG/shared.img
write $IMG/shared.img"
  assert_equal "$(grep -cE ': denied (EACCES|EPERM)$' <<<"$output")" 2
}

@test "no category is free: exit 7, and nothing changes" {
  echo 'categories = c0.c3' >"$conf"
  svirt -q start --paused --level s0:c0,c1 "$(write_domain d)"
  svirt -q start --paused --level s0:c2,c3 "$(write_domain e)"
  refused 7 "no free category for share group 'web': each of the 4 categories that guests get is part of a level in use" \
    start --share-group web "$(uses a)"
  # the only category that is left leaves no pair
  echo 'categories = c0.c2' >"$conf"
  svirt -q destroy e
  refused 7 "no free level: *" start --share-group web "$(uses a)"
}

@test "a process that has the category keeps new members out" {
  member a web --paused
  local cat
  cat=$(category)
  # in the kernel's notation, whichever category was drawn
  if [[ $cat == c1023 ]]; then stranger s0:c0,c1023; else stranger "s0:$cat,c1023"; fi
  refused 5 "process $stranger holds $cat, the category of share group 'web', and is no member" start --share-group web "$(uses b)"
}

@test "the group is in the domain's metadata; the option takes precedence" {
  local note="<metadata><svirt:share-group xmlns:svirt='urn:svirt:1' name='web'/></metadata>"
  svirt -q start --paused "$(uses a --extra "$note")"
  assert_equal "$(guest_fact a .share_group)" web
  member b web --paused
  svirt -q start --paused --share-group db "$(write_domain c --extra "$note")"
  assert_equal "$(guest_fact c .share_group)" db
}

@test "a guest that is labelled as a member starts as a member, at its own level" {
  svirt -q label --share-group web "$(uses a)"
  local level
  level=$(guest_fact a .level)
  run levels_of_groups
  assert_output --partial "share group 'web'"
  svirt -q label --share-group web "$(uses b)"
  svirt -q start --paused "$(uses a)"
  assert_equal "$(guest_fact a .share_group)" web
  assert_equal "$(level_of "$(domain_of "$(guest_pid a)")")" "$level"
  svirt -q destroy a
  svirt -q restore b
  assert_equal "$(inode_of "$IMG/shared.img")" "$before"
  nothing_left
}

@test "a dry run shows the label of the member and of the disk, and reserves nothing" {
  run svirt start -n --share-group web "$(uses a)"
  assert_success
  assert_line --regexp '^Label: +system_u:system_r:svirt_t:s0:c[0-9]+[,.]c[0-9]+(,c[0-9]+)?$'
  assert_line --regexp '^Share group: +web$'
  assert_line --regexp "set +selinux +shared +vdb +$IMG/shared.img .* system_u:object_r:svirt_image_t:s0:c[0-9]+$"
  run levels_of_groups
  assert_output ""
}

@test "a guest with a static label cannot be in a group" {
  local domain line
  domain=$(write_domain s --type static --label system_u:system_r:svirt_t:s0:c1,c2)
  run svirt start --share-group web "$domain"
  [[ $status == 2 ]]
  assert_line --partial "--share-group is for a dynamic label: this guest has a static one"
  domain=$(write_domain s --type static --label system_u:system_r:svirt_t:s0:c1,c2 \
    --extra "<metadata><svirt:share-group xmlns:svirt='urn:svirt:1' name='web'/></metadata>")
  line=$(grep -n 'share-group' "$domain" | cut -d: -f1)
  refused 2 "$domain:$line: <svirt:share-group> is for a dynamic label: this guest has a static one" start "$domain"
}

@test "kill -9 of the last member and its monitor: the next command ends the group" {
  member a web --paused
  local monitor pid
  monitor=$(monitor_of a) pid=$(guest_pid a)
  kill -9 "$monitor" "$pid"
  wait_for 10 not_there "$pid"
  run levels_of_groups
  assert_output --partial "share group 'web'"
  svirt -q restore --stale
  assert_equal "$(inode_of "$IMG/shared.img")" "$before"
  run levels_of_groups
  assert_output ""
  nothing_left
}
not_there() { [[ ! -e /proc/$1 ]]; }

@test "four concurrent starts with one new group make one group" {
  local name pids=()
  for name in m1 m2 m3 m4; do
    svirt -q start --paused --share-group web \
      "$(write_domain $name --disk "$IMG/shared.img:virtio:shared")" 3>&- &
    pids+=($!)
  done
  for pid in "${pids[@]}"; do wait "$pid"; done
  assert_equal "$(levels_of_groups | wc -l)" 1
  assert_equal "$(levels_of_groups)" "s0:$(category) share group 'web'"
  assert_equal "$(svirt --json list | jq -r '.results[].level' | sort -u | wc -l)" 4
}
