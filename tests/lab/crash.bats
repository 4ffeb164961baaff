#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The death of any process: the process that is left, or the next command, restores what svirt changed. Changes that
# others made in the meantime are reported and left as they are.
# lab: timeout=600

bats_require_minimum_version 1.5.0
load helper
load guest
load crash
quick_guests

setup() {
  guest_setup
  rm -rf "${IMG:?}"/*
}

# with_disk NAME [OPTION...]: prints the domain file of a guest with the disk NAME.img
with_disk() {
  make_disk "$IMG/$1.img" 1M
  write_domain "$1" --disk "$IMG/$1.img" "${@:2}"
}

# running NAME [OPTION...]: starts that guest
running() { svirt -q start "$(with_disk "$@")"; }

runs_as() { [[ $(domain_of "$1") == "$2" ]]; }

# result_of PATH DRIVER: the result for it in the JSON document in $output
result_of() { jq -r ".results[] | select(.path == \"$1\" and .driver == \"$2\") | .result" <<<"$output"; }

# lives_as LABEL: starts a process with that label that is not a guest; sets other to its PID
lives_as() {
  mkfifo "$IMG/words"
  chcon "system_u:object_r:svirt_image_t:$(level_of "$1")" "$IMG/words"
  runcon "$1" "$LAB_TOOLS/probe" batch <>"$IMG/words" >/dev/null 2>&1 3>&- &
  other=$!
  wait_for 10 runs_as "$other" "$1"
}

# next_boot: mounts another boot id over the kernel's file, for svirt to read
next_boot() {
  sed 's/^......../00000000/' /proc/sys/kernel/random/boot_id >"$LAB_SCRATCH/boot_id"
  chcon -t etc_t "$LAB_SCRATCH/boot_id"
  mount --bind "$LAB_SCRATCH/boot_id" /proc/sys/kernel/random/boot_id
}

teardown() {
  umount /proc/sys/kernel/random/boot_id 2>/dev/null || :
  umount /srv/volume /srv/late 2>/dev/null || :
  guest_teardown
}

@test "monitor killed: the guest is listed as crashed, keeps running, and keeps its label" {
  running a
  pid=$(guest_pid a)
  killed "$(monitor_of a)"
  assert_equal "$(guest_state a)" crashed
  run svirt list
  assert_line --regexp "a +crashed +$pid +system_u:system_r:svirt_t:"
  run svirt check
  assert_line --regexp "^FAIL +svirt-stale-state host: guest 'a' has lost its monitor"
  assert_equal "$(domain_of "$pid")" "$(guest_label a)"
  assert_equal "$(label_of "$IMG/a.img")" "$(guest_image a)"
  run svirt stop a
  assert_failure 9
  assert_output --partial "the monitor of guest 'a' is gone"
  assert_output --partial 'svirt destroy a'
  run svirt start "$LAB_SCRATCH/a.xml"
  assert_failure 5
  assert_output --partial "guest 'a' still runs, without its monitor"
  run svirt restore a
  assert_failure 5
}

@test "monitor killed: restore --stale ends the guest and restores everything" {
  file=$(with_disk a)
  before=$(inode_of "$IMG/a.img")
  svirt -q start "$file"
  pid=$(guest_pid a)
  killed "$(monitor_of a)"
  run -0 svirt --json restore --stale
  assert_equal "$(result_of "$IMG/a.img" selinux)" restored
  assert_equal "$(result_of "$IMG/a.img" dac)" restored
  run ended "$pid"
  assert_success
  assert_equal "$(inode_of "$IMG/a.img")" "$before"
  nothing_left
  run -0 svirt restore --stale
  assert_output --partial 'Nothing to restore'
}

@test "monitor killed: destroy does the same for one guest and leaves the others alone" {
  file=$(with_disk a)
  before=$(inode_of "$IMG/a.img")
  svirt -q start "$file"
  running b
  pid=$(guest_pid a)
  b=$(inode_of "$IMG/b.img")
  killed "$(monitor_of a)"
  run -0 svirt destroy a
  run ended "$pid"
  assert_success
  assert_equal "$(inode_of "$IMG/a.img")" "$before"
  assert_equal "$(inode_of "$IMG/b.img")" "$b"
  assert_equal "$(guest_state b)" running
  run svirt destroy a
  assert_failure 6
}

@test "monitor killed: the next start of another guest warns and touches nothing" {
  running a
  a=$(inode_of "$IMG/a.img")
  killed "$(monitor_of a)"
  run -0 svirt start "$(with_disk b)"
  assert_output --partial "guest 'a' runs without its monitor: 'svirt restore --stale'"
  assert_equal "$(guest_state a)" crashed
  assert_equal "$(inode_of "$IMG/a.img")" "$a"
}

@test "a guest with a static label is also found without its monitor" {
  label=system_u:system_r:svirt_t:s0:c11,c22
  file=$(with_disk a --type static --label "$label" --relabel yes)
  before=$(inode_of "$IMG/a.img")
  svirt -q start "$file"
  pid=$(guest_pid a)
  # an unrelated process with the same label stays
  lives_as "$label"
  killed "$(monitor_of a)"
  run -0 svirt restore --stale
  run ended "$pid"
  assert_success
  run kill -KILL "$other"
  assert_success
  assert_equal "$(inode_of "$IMG/a.img")" "$before"
}

@test "a labelled guest is left alone while a process has its label" {
  file=$(with_disk a)
  svirt -q label "$file"
  a=$(inode_of "$IMG/a.img")
  lives_as "$(guest_label a)"
  for verb in label start; do
    run svirt $verb "$file"
    assert_failure 5
    assert_output --partial "guest 'a' still runs, without its monitor"
    assert_equal "$(guest_state a)" labelled
    assert_equal "$(inode_of "$IMG/a.img")" "$a"
  done
  kill -KILL "$other"
  wait_for 10 ended "$other"
  run -0 svirt start "$file"
}

@test "a guest whose lock file was removed is left alone, whatever its label" {
  local label=system_u:system_r:svirt_t:s0:c11,c22 type
  for type in dynamic static; do
    rm -rf "${IMG:?}"/*
    if [[ $type == static ]]; then
      running a --type static --label "$label" --relabel yes
    else
      running a
    fi
    pid=$(guest_pid a)
    a=$(inode_of "$IMG/a.img")
    rm /run/svirt/a/lock
    run -0 svirt start "$(with_disk b)"
    assert_output --partial "guest 'a' runs without its monitor: 'svirt restore --stale'"
    assert_equal "$(inode_of "$IMG/a.img")" "$a"
    svirt -q destroy a
    svirt -q destroy b
    wait_for 10 ended "$pid"
    wait_for 10 idle
  done
  nothing_left
}

@test "monitor and emulator killed: the next start of any guest repairs" {
  file=$(with_disk a)
  before=$(inode_of "$IMG/a.img")
  svirt -q start "$file"
  killed "$(monitor_of a)" "$(guest_pid a)"
  assert_equal "$(guest_state a)" crashed
  run -0 svirt start "$(with_disk b)"
  assert_output --partial "guest 'a' was left behind by a command or monitor that was killed: its labels have been put back"
  assert_equal "$(inode_of "$IMG/a.img")" "$before"
  run svirt dominfo a
  assert_failure 6
  svirt -q destroy b
  nothing_left
}

@test "monitor and emulator killed: the guest itself starts again, with one lease" {
  running a
  killed "$(monitor_of a)" "$(guest_pid a)"
  svirt -q start "$LAB_SCRATCH/a.xml"
  assert_equal "$(guest_state a)" running
  assert_equal "$(svirt --json list | jq '.results | length')" 1
  svirt -q destroy a
  nothing_left
}

@test "emulator killed: its monitor restores everything" {
  file=$(with_disk a)
  before=$(inode_of "$IMG/a.img")
  svirt -q start "$file"
  killed "$(guest_pid a)"
  wait_for 10 idle
  assert_equal "$(inode_of "$IMG/a.img")" "$before"
  nothing_left
}

@test "an image that was deleted, replaced or relabelled is reported and left alone; a moved one is found" {
  local d
  for d in deleted replaced moved relabelled; do make_disk "$IMG/$d" 1M; done
  before=$(inode_of "$IMG/moved")
  svirt -q start "$(write_domain a --disk "$IMG/deleted" --disk "$IMG/replaced" --disk "$IMG/moved" --disk "$IMG/relabelled")"
  image=$(guest_image a)
  cp "$IMG/replaced" "$IMG/new"
  # a deleted file exists until the last descriptor is closed
  exec 8<"$IMG/deleted"
  rm "$IMG/deleted"
  mv "$IMG/new" "$IMG/replaced"
  mkdir /srv/elsewhere
  mv "$IMG/moved" /srv/elsewhere/moved
  chcon -t usr_t -l s0 "$IMG/relabelled"
  replaced=$(inode_of "$IMG/replaced")
  killed "$(monitor_of a)"
  run -0 --separate-stderr svirt --json restore --stale
  exec 8<&-
  assert_equal "$(result_of "$IMG/deleted" selinux)" gone
  assert_equal "$(result_of "$IMG/replaced" selinux)" gone
  assert_equal "$(jq -r ".results[] | select(.path == \"$IMG/replaced\" and .driver == \"selinux\") | .label.text" <<<"$output")" "$image"
  assert_equal "$(result_of "$IMG/moved" selinux)" restored
  assert_equal "$(result_of "$IMG/moved" dac)" restored
  assert_equal "$(jq -r ".results[] | select(.path == \"$IMG/moved\" and .driver == \"dac\") | .reason" <<<"$output")" 'it was moved or renamed'
  assert_equal "$(result_of "$IMG/relabelled" selinux)" changed
  assert_equal "$(result_of "$IMG/relabelled" dac)" restored
  run jq -r '.warnings[]' <<<"$output"
  assert_line "guest 'a': $IMG/replaced was deleted, moved or replaced; wherever it is, its selinux label is still $image"
  assert_line "guest 'a': $IMG/moved was moved or renamed; wherever it is, its selinux label has been put back"
  assert_equal "$(inode_of /srv/elsewhere/moved)" "${before/$IMG/\/srv\/elsewhere}"
  assert_line --partial "guest 'a': $IMG/relabelled was labelled "
  rm -r /srv/elsewhere
  assert_equal "$(inode_of "$IMG/replaced")" "$replaced"
  assert_equal "$(type_of "$(label_of "$IMG/relabelled")")" usr_t
  nothing_left
}

@test "destroy reports what the monitor could not restore" {
  running a
  rm "$IMG/a.img"
  run -0 svirt destroy a
  assert_output --partial "$IMG/a.img was deleted, moved or replaced"
  nothing_left
}

@test "a monitor finds a renamed file, also in a renamed directory" {
  local file before
  mkdir "$IMG/dir"
  make_disk "$IMG/dir/a.img" 1M
  before=$(inode_of "$IMG/dir/a.img")
  svirt -q start --paused "$(write_domain a --disk "$IMG/dir/a.img")"
  mv "$IMG/dir" "$IMG/dir.old"
  mv "$IMG/dir.old/a.img" "$IMG/dir.old/b.img"
  run -0 svirt destroy a
  assert_output --partial "$IMG/dir/a.img was moved or renamed"
  assert_equal "$(inode_of "$IMG/dir.old/b.img")" "${before/dir\/a.img/dir.old\/b.img}"
  nothing_left
}

@test "a file is found where it was moved to, though a link stands in its place" {
  local before
  mkdir "$IMG/new"
  make_disk "$IMG/a.img" 1M
  before=$(inode_of "$IMG/a.img")
  svirt -q start --paused "$(write_domain a --disk "$IMG/a.img")"
  mv "$IMG/a.img" "$IMG/new/a.img"
  ln -s new/a.img "$IMG/a.img"
  run -0 svirt destroy a
  assert_output --partial "$IMG/a.img was moved or renamed"
  assert_equal "$(inode_of "$IMG/new/a.img")" "${before/a.img/new\/a.img}"
  rm -r "$IMG/a.img" "$IMG/new"
  nothing_left
}

@test "after a reboot the labels of a filesystem that is not mounted yet are kept" {
  local before file
  file=$(with_disk b)
  truncate -s 16M "$LAB_SCRATCH/late"
  mkfs.ext4 -q "$LAB_SCRATCH/late"
  mkdir /srv/late
  modprobe loop >/dev/null 2>&1 3>&-
  losetup /dev/loop5 "$LAB_SCRATCH/late"
  mount /dev/loop5 /srv/late
  restorecon /srv/late
  make_disk /srv/late/a.img 1M
  make_disk /srv/late/gone.img 1M
  chcon -t var_t /srv/late/a.img
  before=$(inode_of /srv/late/a.img)
  svirt -q start --paused "$(write_domain a --disk /srv/late/a.img --disk /srv/late/gone.img)"
  killed "$(monitor_of a)" "$(guest_pid a)"
  umount /run/svirt/a/guest
  rm -rf /run/svirt/*
  umount /srv/late
  next_boot
  # a start that is about another guest repairs what it can, and loses nothing
  run -0 svirt start --paused "$file"
  assert_output --partial "guest 'a': /srv/late/a.img was not found, and its filesystem may not be mounted"
  run svirt restore --list a
  assert_line --regexp "^failed +a +selinux +/srv/late/a.img "
  # on another device; what was deleted there is not mistaken for what is not mounted
  losetup -d /dev/loop5
  losetup /dev/loop6 "$LAB_SCRATCH/late"
  mount /dev/loop6 /srv/late
  rm /srv/late/gone.img
  run -0 svirt restore --stale
  assert_line --regexp "^gone +a +selinux +/srv/late/gone.img"
  assert_line --regexp "^restored +a +selinux +/srv/late/a.img"
  assert_equal "$(inode_of /srv/late/a.img)" "$before"
  svirt -q destroy b
  umount /srv/late
  losetup -d /dev/loop6
  rmdir /srv/late
  nothing_left
}

@test "after a reboot the leases are stale, and everything is restored" {
  file=$(with_disk a)
  svirt -q start "$(with_disk b)"
  before=$(inode_of "$IMG/a.img")
  svirt -q start "$file"
  killed "$(monitor_of a)" "$(monitor_of b)" "$(guest_pid a)" "$(guest_pid b)"
  umount /run/svirt/{a,b}/guest
  rm -rf /run/svirt/*
  next_boot
  run -0 svirt list
  assert_line --regexp 'a +crashed'
  run -0 svirt --json restore --stale
  assert_equal "$(jq '[.results[] | select(.result == "restored")] | length' <<<"$output")" 4
  assert_equal "$(inode_of "$IMG/a.img")" "$before"
  nothing_left
}

@test "after a reboot a process with the old PID is not taken for the guest" {
  running a
  pid=$(guest_pid a)
  killed "$(monitor_of a)"
  # the guest would have the label too: an unrelated process must not be taken for it
  killed "$pid"
  sleep 60 3>&- &
  other=$!
  # fields 5 and 6 of the record belong to the guest
  read -r -a record </run/svirt/a/lock
  printf '%-399s\n' "${record[*]:0:4} $other $(awk '{ print $22 }' "/proc/$other/stat") 0 0 0 -" >/run/svirt/a/lock
  next_boot
  run -0 svirt restore --stale
  run kill -KILL "$other"
  assert_success
  nothing_left
}

@test "after a reboot a volume with another device number is still the same" {
  truncate -s 16M "$LAB_SCRATCH/volume"
  mkfs.ext4 -q "$LAB_SCRATCH/volume"
  mkdir -p /srv/volume
  modprobe loop >/dev/null 2>&1 3>&-
  losetup /dev/loop3 "$LAB_SCRATCH/volume"
  mount /dev/loop3 /srv/volume
  restorecon /srv/volume
  make_disk /srv/volume/a.img 1M
  chcon -t var_t /srv/volume/a.img
  before=$(inode_of /srv/volume/a.img)
  dev=$(stat -c %d /srv/volume/a.img)
  svirt -q start "$(write_domain a --disk /srv/volume/a.img)"
  killed "$(monitor_of a)" "$(guest_pid a)"
  umount /srv/volume
  losetup -d /dev/loop3
  losetup /dev/loop4 "$LAB_SCRATCH/volume"
  mount /dev/loop4 /srv/volume
  assert [ "$(stat -c %d /srv/volume/a.img)" != "$dev" ]
  next_boot
  run -0 svirt --json restore --stale
  assert_equal "$(result_of /srv/volume/a.img selinux)" restored
  assert_equal "$(inode_of /srv/volume/a.img)" "$before"
  umount /srv/volume
  losetup -d /dev/loop4
}
