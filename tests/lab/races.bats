#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# An attacker who may write to the directories of a guest's images (racer.c) swaps links, renames directories and
# replaces files while svirt labels, restores and starts. No file outside of the plan may change its label or owner.
# Each command has to succeed or give a reason. Nothing may be left when the attacker has ended.
# lab: timeout=600

load helper
load guest
load crash
quick_guests

DIR=$IMG/d
VICTIMS=/srv/victims
ROUND_SECONDS=10

# The victims: a file like /etc/shadow, disks of a user without a guest, named like a guest's disks, and the labelled
# disk of another guest, b.
setup() {
  guest_setup
  rm -rf "${IMG:?}"/* "$VICTIMS"
  mkdir -p "$DIR" "$IMG/e" "$IMG/b" "$VICTIMS"
  local f
  for f in "$DIR"/{a,ro}.img "$IMG"/e/{a,ro}.img "$IMG/b/b.img" "$VICTIMS"/{a,ro}.img; do make_disk "$f" 1M; done
  echo 'root:*:1::::::' >"$VICTIMS/shadow"
  chmod 0600 "$VICTIMS"/*
  chcon -t shadow_t "$VICTIMS/shadow"
  svirt -q label "$(write_domain b --disk "$IMG/b/b.img")"
  file=$(write_domain a --disk "$DIR/a.img:virtio" --disk "$DIR/ro.img:virtio:ro")
  inodes=$(find "$VICTIMS" "$IMG/b" -printf '%i\n')
}

teardown() {
  [[ -z ${racer-} ]] || kill "$racer" 2>/dev/null || :
  guest_teardown
  ! umount /srv/volume 2>/dev/null || losetup -d /dev/loop3
}

# victims: label, owner, mode of each victim, wherever it is now
victims() {
  # find(1) reads a file twice, once for its label
  [[ -z ${racer-} ]] || kill -STOP "$racer"
  find /srv -xdev -printf '%i %Z %U:%G %m\n' | sort -u | awk 'NR == FNR { mine[$1]; next } $1 in mine' <(echo "$inodes") -
  [[ -z ${racer-} ]] || kill -CONT "$racer"
}

# tried ARGS...: svirt ARGS has ended with 0, or with a known status and a reason
tried() {
  local rc=0
  tries=$((tries + 1))
  svirt -q "$@" >"$LAB_SCRATCH/said" 2>&1 3>&- || rc=$?
  ((rc != 0)) || { worked=$((worked + 1)); return 0; }
  if ((rc < 2 || rc > 9)) || ! grep -q '^svirt: ' "$LAB_SCRATCH/said"; then
    echo "svirt $* ended with $rc: $(<"$LAB_SCRATCH/said")"
    return 1
  fi
}

# attacked TRICK...: runs svirt's commands while racer plays the tricks
attacked() {
  local before end tries=0 worked=0 rounds
  before=$(victims)
  "$LAB_TOOLS/racer" "$@" >"$LAB_SCRATCH/rounds" 3>&- &
  racer=$!
  end=$((SECONDS + ROUND_SECONDS))
  while ((SECONDS < end)); do
    tried label "$file" || return
    diff <(echo "$before") <(victims) || { echo 'after label'; return 1; }
    tried restore a || return
    diff <(echo "$before") <(victims) || { echo 'after restore'; return 1; }
    tried start --paused "$file" || return
    diff <(echo "$before") <(victims) || { echo 'after start'; return 1; }
    tried destroy a || return
    diff <(echo "$before") <(victims) || { echo 'after destroy'; return 1; }
  done
  kill "$racer"
  wait "$racer" || { echo "the attacker could not do: $*"; return 1; }
  racer=
  rounds=$(<"$LAB_SCRATCH/rounds")
  svirt -q restore --all
  nothing_left
  diff <(echo "$before" | cut -d' ' -f1) <(victims | cut -d' ' -f1)
  echo "# $BATS_TEST_DESCRIPTION: $rounds rounds of the attacker, $tries commands, $worked of them did their work" >&3
}

@test "a disk swapped with a link to another file" {
  ln -s "$VICTIMS/shadow" "$DIR/link"
  attacked swap "$DIR/a.img" "$DIR/link"
}

@test "a directory swapped with a link to another directory" {
  ln -s "$VICTIMS" "$IMG/link"
  attacked swap "$DIR" "$IMG/link"
}

@test "a disk swapped with a hard link to another file" {
  ln "$VICTIMS/shadow" "$DIR/hard"
  attacked swap "$DIR/a.img" "$DIR/hard"
}

@test "a disk swapped with the disk of another guest" {
  attacked swap "$DIR/a.img" "$IMG/b/b.img"
}

@test "a hard link that comes and goes, and two directories that are swapped" {
  attacked link "$DIR/a.img" "$IMG/second" swap "$DIR" "$IMG/e"
}

@test "new files, and links to the other guest's disk" {
  ln -s "$IMG/b/b.img" "$DIR/link"
  attacked replace "$DIR/a.img" "$DIR/new" swap "$DIR/ro.img" "$DIR/link"
}

@test "files and directories of an exported tree, and links to others" {
  local devices
  mkdir -p "$IMG"/t/{many,sub}
  (cd "$IMG/t/many" && seq 1 200 | xargs touch)
  touch "$IMG/t/sub/a.img"
  chmod -R go+rX "$IMG/t"
  ln -s "$VICTIMS/shadow" "$IMG/t/many/link"
  ln -s "$VICTIMS" "$IMG/t/dirlink"
  devices="<filesystem type='mount' accessmode='mapped'><driver type='path'/><source dir='$IMG/t'/><target dir='t'/></filesystem>"
  file=$(write_domain a --devices "$devices")
  attacked swap "$IMG/t/many/150" "$IMG/t/many/link" swap "$IMG/t/sub" "$IMG/t/dirlink" swap "$IMG/t/many/7" "$IMG/t/many/9"
}

@test "the reused inode number of a deleted disk is another file" {
  local disk=/srv/volume/a.img number before
  # with one free inode the next file gets the same number
  truncate -s 4M "$LAB_SCRATCH/volume"
  mkfs.ext4 -q -N 16 -I 256 "$LAB_SCRATCH/volume"
  mkdir -p /srv/volume
  modprobe loop >/dev/null 2>&1 3>&-
  losetup /dev/loop3 "$LAB_SCRATCH/volume"
  mount /dev/loop3 /srv/volume
  restorecon /srv/volume
  make_disk "$disk" 64K
  for ((i = 0; i < 16; i++)); do : >"/srv/volume/$i" || break; done 2>/dev/null
  svirt -q label "$(write_domain a --disk "$disk")"
  number=$(stat -c %i "$disk")
  before=$(inode_of "$disk")
  rm "$disk"
  : >"$disk"
  assert_equal "$(stat -c %i "$disk")" "$number"
  chcon "$(cut -d' ' -f2 <<<"$before")" "$disk"
  chown "$(cut -d' ' -f3 <<<"$before")" "$disk"
  chmod 0600 "$disk"
  before=$(inode_of "$disk")
  run svirt restore a
  assert_success
  assert_output --partial "$disk was deleted, moved or replaced"
  assert_equal "$(inode_of "$disk")" "$before"
}
