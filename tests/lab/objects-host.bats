#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Files that no document gives to a guest, by whatever name: svirt's own files, disks that the host uses, programs,
# files that home directories protect, and a file that an overlay shows twice. Also: a service keeps its socket.
# lab: timeout=900

# bats sets status, output and stderr
# shellcheck disable=SC2154,SC2030,SC2031

bats_require_minimum_version 1.5.0
load helper
load guest
load mounts
quick_guests

STATE=/var/lib/svirt/state.db

setup_file() {
  modules loop overlay
  svirt -q restore --all
  # the state is not empty
  make_disk "$IMG/first.img" 1M
  svirt -q label "$(write_domain first --disk "$IMG/first.img")"
  svirt -q restore first
}

setup() {
  guest_setup
  rm -rf "${IMG:?}"/*
  made='' second=''
}

teardown() {
  guest_teardown
  jobs -p | xargs -r kill 2>/dev/null || :
  local dir
  for dir in bound dir/sub dir m; do umount -q "$IMG/$dir" 2>/dev/null || :; done
  unmount
  [[ -z $second ]] || losetup -d "$second" || :
  [[ -z $made ]] || losetup -d "$made" || :
  rm -f /run/service.sock /opt/program
}

# loop [-P] FILE: makes a loop device for it; sets made
loop() { made=$(losetup -f --show "$@"); }

# partitioned FILE: makes a disk with two partitions of 2 MiB
partitioned() {
  truncate -s 8M "$1"
  {
    printf '\0\0\0\0\x83\0\0\0\0\x08\0\0\0\x10\0\0'
    printf '\0\0\0\0\x83\0\0\0\0\x18\0\0\0\x10\0\0'
  } | dd of="$1" bs=1 seek=446 conv=notrunc status=none
  printf '\x55\xaa' | dd of="$1" bs=1 seek=510 conv=notrunc status=none
}

# left PATH: a disk whose <source> is not relabelled by either model
left() {
  write_domain x --source "<seclabel model='selinux' relabel='no'/>" --disk "$1"
}

export_xml() {
  printf "<filesystem type='mount' accessmode='mapped'><driver type='path'/>"
  printf "<source dir='%s'/><target dir='share'/>%s</filesystem>" "$1" "${2-}"
}

@test "svirt's own files are refused, by any name and for any model" {
  local before path file
  before=$(inode_of /var/lib/svirt $STATE $STATE-journal /etc/svirt)
  touch "$IMG/bound"
  mount --bind $STATE "$IMG/bound"
  ln $STATE "$IMG/link"
  ln $STATE-journal "$IMG/journal"
  for path in $STATE $STATE-journal "$IMG/bound" "$IMG/link" "$IMG/journal"; do
    for file in "$(write_domain x --disk "$path")" "$(left "$path")"; do
      for verb in label start 'label -n'; do
        # shellcheck disable=SC2086 # a verb and its option
        run -2 svirt $verb "$file"
        assert_output --partial "$path is svirt's own, whatever name it has: no guest uses it"
      done
    done
  done
  for file in "$(write_domain x --disk "$STATE:virtio:ro")" "$(write_domain x --disk "$IMG/link:virtio:rw:qcow2")" \
    "$(write_domain x --os "<kernel>$STATE</kernel>")" \
    "$(write_domain x --devices "<serial type='file'><source path='$IMG/link'/></serial>")" \
    "$(write_domain x --devices "<serial type='file'><source path='/var/lib/svirt/new'/></serial>")" \
    "$(write_domain x --devices "<serial type='pty'><log file='/var/lib/svirt/new'/></serial>")"; do
    run -2 svirt label "$file"
    assert_output --partial "is svirt's own"
  done
  # a directory that has them in it, and one that shows them by a bind mount
  mkdir -p "$IMG/dir/sub"
  for path in /var/lib /var/lib/svirt /run/svirt; do
    for flags in '' '<readonly/>'; do
      run -2 svirt label "$(write_domain x --devices "$(export_xml $path "$flags")")"
      assert_output --partial svirt
    done
  done
  run -2 svirt label "$(write_domain x --devices "$(export_xml /var/lib)")"
  assert_output --partial "/var/lib is a directory that svirt's own files lie in"
  umount "$IMG/bound"
  rm -f "$IMG/link" "$IMG/journal"
  mount --bind /var/lib/svirt "$IMG/dir/sub"
  run -2 svirt label "$(write_domain x --devices "$(export_xml "$IMG/dir")")"
  assert_output --partial "$IMG/dir holds a file that is svirt's own"
  umount "$IMG/dir/sub"
  # deeper files, whatever part of the tree a bind mount shows
  mkdir -p /run/svirt/zz/guest /var/lib/svirt/damaged-1
  touch /run/svirt/zz/lock /var/lib/svirt/damaged-1/old
  socat UNIX-LISTEN:/run/svirt/zz/guest/s - </dev/null >/dev/null 2>&1 3>&- &
  wait_for 10 test -S /run/svirt/zz/guest/s
  local deep
  deep=$(inode_of /run/svirt/zz/lock /run/svirt/zz/guest /run/svirt/zz/guest/s /var/lib/svirt/damaged-1/old)
  own_in() { # DIR PATH KIND: PATH below DIR, which is mounted at $IMG/dir
    local path=$IMG/dir$2 doc
    case $3 in
    disk) doc=$(write_domain x --disk "$path") ;;
    socket) doc=$(write_domain x --devices "<serial type='unix'><source mode='connect' path='$path'/></serial>") ;;
    new) doc=$(write_domain x --devices "<serial type='file'><source path='$path'/></serial>") ;;
    tree) doc=$(write_domain x --devices "$(export_xml "$path")") ;;
    esac
    run -2 svirt label "$doc"
    assert_output --partial "$path is svirt's own, whatever name it has: no guest uses it"
  }
  for path in "/run/svirt /zz/lock disk" "/run/svirt /zz/guest/s socket" "/run/svirt /zz/guest/new new" \
    "/run/svirt/zz/guest /s socket" "/run/svirt/zz/guest /new new" "/run/svirt/zz /guest tree" \
    "/run /svirt/zz/guest/s socket" "/var/lib/svirt /damaged-1/old disk" "/var/lib/svirt/damaged-1 /old disk"; do
    mount --bind "${path%% *}" "$IMG/dir"
    # shellcheck disable=SC2086 # its words
    own_in $path
    umount "$IMG/dir"
  done
  assert_equal "$(inode_of /run/svirt/zz/lock /run/svirt/zz/guest /run/svirt/zz/guest/s /var/lib/svirt/damaged-1/old)" "$deep"
  rm -rf /run/svirt/zz /var/lib/svirt/damaged-1
  assert_equal "$(inode_of /var/lib/svirt $STATE $STATE-journal /etc/svirt)" "$before"
  run -1 svirt check "$(left $STATE)"
  assert_line --partial "$STATE is svirt's own"
  # svirt still works
  make_disk "$IMG/a.img" 1M
  svirt -q label "$(write_domain a --disk "$IMG/a.img")"
  svirt -q restore a
}

@test "a disk that the host itself uses is refused" {
  local root=/dev/ubda before
  before=$(inode_of $root)
  mknod "$IMG/node" b "$(stat -c %Hr $root)" "$(stat -c %Lr $root)"
  for path in $root "$IMG/node"; do
    for verb in label start 'label -n'; do
      # shellcheck disable=SC2086
      refused 5 "*$path is used by the host itself: it, or a part of it, is mounted at /" $verb "$(write_domain x --disk "$path")"
    done
    refused 5 "*$path is used by the host itself: it, or a part of it, is mounted at /" label "$(write_domain x --disk "$path:virtio:ro")"
    refused 5 "*$path is used by the host itself: it, or a part of it, is mounted at /" label "$(left "$path")"
  done
  run -1 svirt check "$(write_domain x --disk $root)"
  assert_line --partial "$root is used by the host itself"
  assert_equal "$(inode_of $root)" "$before"
}

@test "files and devices below a loop device are found" {
  local other path
  partitioned "$IMG/part.img"
  loop -P "$IMG/part.img"
  wait_for 10 test -b "${made}p2"
  # the backing file of the loop device, for a writer
  refused 5 "*$IMG/part.img is used by the host itself: $made lies on it" label "$(write_domain x --disk "$IMG/part.img")"
  run -0 svirt label -n "$(write_domain x --disk "$IMG/part.img:virtio:ro")"
  mke2fs -q -t ext2 "${made}p1"
  mkdir "$IMG/m"
  mount "${made}p1" "$IMG/m"
  # a later write-back would look like a change of the backing file
  sync
  refused 5 "*${made} is used by the host itself: it, or a part of it, is mounted at $IMG/m" label "$(write_domain x --disk "$made")"
  refused 5 "*${made}p1 is used by the host itself: it, or a part of it, is mounted at $IMG/m" label "$(write_domain x --disk "${made}p1")"
  umount "$IMG/m"
  # mounted in another namespace
  # shellcheck disable=SC2016 # expanded inside
  unshare -m --propagation private sh -c 'mount "$1" "$2" && touch "$2/mounted" && exec sleep 60 3>&-' sh "${made}p1" "$IMG/m" &
  other=$!
  wait_for 20 test -e "/proc/$other/root$IMG/m/mounted"
  sync
  for path in "${made}p1" "$made"; do
    refused 5 "*$path is used by the host itself: the kernel has it for something else (a mount in another namespace, the log of a filesystem, a target)" label "$(write_domain x --disk "$path")"
  done
  # the other partition is free
  svirt -q label "$(write_domain a --disk "${made}p2")"
  svirt -q restore a
  kill "$other" && wait "$other" || :
  # a directory that shows the backing file: the guest would change a filesystem that the kernel has mounted
  refused 5 "*$IMG holds a file that is used by the host itself: $made lies on it" label "$(write_domain x --devices "$(export_xml "$IMG")")"
  run -0 svirt label -n "$(write_domain x --devices "$(export_xml "$IMG" '<readonly/>')")"
  # sysfs has no link from a loop device to its backing file
  second=$(losetup -fr --show /dev/ubda)
  refused 5 "*$second is used by the host itself: what it lies on is mounted at /" label "$(write_domain x --disk "$second:virtio:ro")"
  losetup -d "$second"
  second=''
  # swap is refused
  dd if=/dev/zero of="$IMG/swap" bs=1M count=2 status=none
  chmod 600 "$IMG/swap"
  mkswap -q "$IMG/swap"
  swapon "$IMG/swap"
  # a reader would read the host's memory
  run svirt label "$(write_domain x --disk "$IMG/swap:virtio:ro")"
  local reader=$status
  run svirt label "$(write_domain x --disk "$IMG/swap")"
  swapoff "$IMG/swap"
  [[ $status == 5 && $reader == 5 ]]
  assert_output --partial "$IMG/swap is used by the host itself: the host swaps to it"
}

@test "two nodes, or a partition and its disk, are one device for two guests" {
  partitioned "$LAB_SCRATCH/part.img"
  loop -P "$LAB_SCRATCH/part.img"
  wait_for 10 test -b "${made}p2"
  local one="are one device, or one of them lies on the other" file
  mknod "$IMG/node" b "$(stat -c %Hr "$made")" "$(stat -c %Lr "$made")"
  mknod "$IMG/p1" b "$(stat -c %Hr "${made}p1")" "$(stat -c %Lr "${made}p1")"
  # the same within one document
  refused 2 "*$IMG/node is the same file as $made in line *" label "$(write_domain x --disk "$made" --disk "$IMG/node")"
  svirt -q label "$(write_domain a --disk "$made")"
  for verb in label start 'label -n'; do
    # shellcheck disable=SC2086
    refused 5 "$IMG/node and $made, which guest a holds, $one" $verb "$(write_domain b --disk "$IMG/node")"
    # shellcheck disable=SC2086
    refused 5 "$IMG/p1 and $made, which guest a holds, $one" $verb "$(write_domain b --disk "$IMG/p1")"
  done
  refused 5 "$IMG/node and $made, which guest a holds, $one" label "$(write_domain b --disk "$IMG/node:virtio:ro")"
  run -1 svirt check "$(write_domain b --disk "$IMG/node")"
  assert_line --partial "$IMG/node and $made, which guest a holds, $one"
  svirt -q restore a
  svirt -q label "$(write_domain a --disk "${made}p1")"
  refused 5 "$made and ${made}p1, which guest a holds, $one" label "$(write_domain b --disk "$made")"
  refused 5 "$IMG/p1 and ${made}p1, which guest a holds, $one" label "$(write_domain b --disk "$IMG/p1")"
  svirt -q label "$(write_domain b --disk "${made}p2")"
  svirt -q restore b
  # a loop device on one of them, by another node of it
  second=$(losetup -f --show "$IMG/p1")
  refused 5 "$second and ${made}p1, which guest a holds, $one" label "$(write_domain b --disk "$second")"
  svirt -q restore a
  svirt -q label "$(write_domain a --disk "$second")"
  refused 5 "*${made}p1 is used by the host itself: *" label "$(write_domain b --disk "${made}p1")"
  refused 5 "*$made is used by the host itself: *" label "$(write_domain b --disk "$made")"
  svirt -q restore a
  losetup -d "$second"
  second=''
  # the file of a loop device
  losetup -d "$made"
  made=''
  make_disk "$IMG/a.img" 1M
  svirt -q label "$(write_domain a --disk "$IMG/a.img")"
  loop "$IMG/a.img"
  refused 5 "$made lies on $IMG/a.img, which guest a holds" label "$(write_domain b --disk "$made")"
  refused 5 "$made lies on $IMG/a.img, which guest a holds" label "$(write_domain b --disk "$made:virtio:ro")"
  svirt -q restore a
  losetup -d "$made"
  # a loop device on a file in a held directory, and one on a file without a name
  mkdir "$IMG/dir"
  mv "$IMG/a.img" "$IMG/dir"
  svirt -q label "$(write_domain a --devices "$(export_xml "$IMG/dir")")"
  loop "$IMG/dir/a.img"
  refused 5 "$made: $IMG/dir/a.img lies in the directory $IMG/dir, which guest a holds" label "$(write_domain b --disk "$made")"
  rm "$IMG/dir/a.img"
  refused 9 "*$made lies on $IMG/dir/a.img (deleted), which is not there: nobody can tell who holds that file" label "$(write_domain b --disk "$made")"
  assert_line --partial "hint: detach it, and set it up again from a file that has its name"
  svirt -q restore a
}

@test "a guest that holds a loop device holds its backing file, by any name of either" {
  local one="are one device, or one of them lies on the other" access path
  # the files of svirt, the system, programs and home directories, read-only and without relabelling, too
  install -m 755 /bin/true /opt/program
  touch /root/.hidden
  for path in "$STATE is svirt's own" "/etc/shadow lies in the system directory /etc" "/opt/program is a program" "/root/.hidden is hidden in the home"; do
    loop "${path%% *}"
    for access in rw ro shared; do
      refused 2 "*: $made lies on a file that is no guest's: $path*" label "$(write_domain x --disk "$made:virtio:$access")"
    done
    refused 2 "*: $made lies on a file that is no guest's: $path*" label "$(left "$made")"
    refused 2 "*: $made lies on a file that is no guest's: $path*" start "$(write_domain x --disk "$made")"
    run -1 svirt check "$(write_domain x --disk "$made")"
    assert_line --partial "$made lies on a file that is no guest's: $path"
    losetup -d "$made"
  done
  rm /root/.hidden
  # two loop devices on one file, and one of the two has a partition
  partitioned "$IMG/l.img"
  loop "$IMG/l.img"
  second=$(losetup -fP --show "$IMG/l.img")
  wait_for 10 test -b "${second}p1"
  svirt -q start --paused "$(write_domain a --disk "$made")"
  for path in "$second" "${second}p1"; do
    refused 5 "$path and $made, which guest a holds, $one" start "$(write_domain b --disk "$path")"
    refused 5 "$path and $made, which guest a holds, $one" label "$(write_domain b --disk "$path:virtio:ro")"
  done
  # readers of the backing file: as a disk, below another image, in a directory
  refused 5 "$IMG/l.img and $made, which guest a holds, $one" start "$(write_domain b --disk "$IMG/l.img:virtio:ro")"
  qemu-img create -q -f qcow2 -b "$IMG/l.img" -F raw "$LAB_SCRATCH/o.qcow2"
  mv "$LAB_SCRATCH/o.qcow2" "$IMG/o.qcow2"
  refused 5 "*'$IMG/l.img', which no header brings in: '$IMG/l.img' is used by the host itself: $made lies on it" \
    label "$(write_domain b --disk "$IMG/o.qcow2:virtio:rw:qcow2")"
  mkdir "$IMG/dir"
  touch "$IMG/dir/name"
  mount --bind "$IMG/l.img" "$IMG/dir/name"
  refused 5 "$IMG/dir and $made, which guest a holds, $one" label "$(write_domain b --devices "$(export_xml "$IMG/dir" '<readonly/>')")"
  umount "$IMG/dir/name"
  svirt -q destroy a
  # no guest holds the device any more, so the file may be read
  run -0 svirt label -n "$(write_domain b --disk "$IMG/l.img:virtio:ro")"
  losetup -d "$second"
  losetup -d "$made"
  second='' made=''
}

@test "the recorded name of a loop device's file belongs to another file now" {
  mkdir "$IMG/m"
  make_disk "$IMG/m/l.img" 1M
  svirt -q label "$(write_domain a --disk "$IMG/m/l.img")"
  loop "$IMG/m/l.img"
  mount -t tmpfs tmpfs "$IMG/m"
  make_disk "$IMG/m/l.img" 1M
  refused 9 "*$made lies on $IMG/m/l.img, which is not there: nobody can tell who holds that file" label "$(write_domain b --disk "$made")"
  # the other file is not taken for the backing file either
  run -0 svirt label -n "$(write_domain b --disk "$IMG/m/l.img")"
  umount "$IMG/m"
  rm "$IMG/m/l.img"
  make_disk "$IMG/m/l.img (deleted)" 1M
  refused 9 "*$made lies on $IMG/m/l.img (deleted), which is not there*" label "$(write_domain b --disk "$made")"
  svirt -q restore a
}

@test "a path through another process, or in another mount namespace" {
  make_disk "$IMG/a.img" 1M
  svirt -q label "$(write_domain a --disk "$IMG/a.img")"
  local before path
  before=$(inode_of "$IMG/a.img")
  tail -f "$IMG/a.img" 3>&- >/dev/null &
  for path in "/proc/self/root$IMG/a.img" "/proc/$!/root$IMG/a.img" "/proc/$!/fd/3" /proc/self/fd/0 /dev/fd/0 /dev/stdin; do
    # a magic link of the kernel: it is not followed, or may not even be read
    run svirt label "$(write_domain b --disk "$path:virtio:ro")" <"$IMG/a.img"
    [[ $status =~ ^[24]$ ]]
    assert_output --partial "${path%/a.img}"
  done
  kill $!
  touch "$IMG/other"
  # shellcheck disable=SC2016 # expanded inside
  run -5 unshare -m --propagation private sh -c 'mount --bind "$1/a.img" "$1/other" && exec svirt label "$2"' sh "$IMG" "$(write_domain b --disk "$IMG/other")"
  assert_output --partial "$IMG/other is held by guest a"
  assert_equal "$(inode_of "$IMG/a.img")" "$before"
  svirt -q restore a
}

@test "programs, files in home directories, and a bind mount of a refused file" {
  local path before
  install -m 755 /bin/true /opt/program
  touch /root/.hidden
  mkdir -p /root/.keys "$IMG/dir"
  touch /root/.keys/key
  before=$(inode_of /opt/program /root/.hidden /root/.keys/key /etc/passwd)
  for access in rw ro shared; do
    refused 2 "*/opt/program is a program: its mode is 0755" label "$(write_domain x --disk "/opt/program:virtio:$access")"
  done
  refused 2 "*/opt/program is a program: its mode is 0755" label "$(write_domain x --devices "<serial type='file'><source path='/opt/program'/></serial>")"
  mount --bind /root "$IMG/dir"
  for path in /root/.hidden /root/.keys/key "$IMG/dir/.hidden" "$IMG/dir/.keys/key"; do
    for access in rw ro; do
      refused 2 "*$path is hidden in the home of a user of the host" label "$(write_domain x --disk "$path:virtio:$access")"
    done
    refused 2 "*$path is hidden in the home of a user of the host" label "$(write_domain x --os "<kernel>$path</kernel>")"
  done
  run -1 svirt check "$(write_domain x --disk /opt/program)"
  assert_line --partial "not-a-file: /opt/program is a program: its mode is 0755"
  refused 2 "*/root/.keys is hidden in the home*" label "$(write_domain x --devices "$(export_xml /root/.keys)")"
  umount "$IMG/dir"
  mount --bind /etc "$IMG/dir"
  refused 2 "*$IMG/dir/passwd is /etc/passwd, which lies in the system directory /etc, and the guest would write it" \
    label "$(write_domain x --disk "$IMG/dir/passwd")"
  umount "$IMG/dir"
  assert_equal "$(inode_of /opt/program /root/.hidden /root/.keys/key /etc/passwd)" "$before"
  rm -rf /root/.hidden /root/.keys
}

@test "a service keeps its socket" {
  runcon system_u:system_r:svirt_test_service_t:s0 socat "UNIX-LISTEN:/run/service.sock,fork,mode=660" EXEC:true \
    </dev/null >/dev/null 2>&1 3>&- &
  wait_for 10 test -S /run/service.sock
  local before xml
  before=$(inode_of /run/service.sock)
  xml="<serial type='unix'><source mode='connect' path='/run/service.sock'/></serial>"
  for verb in label start 'label -n'; do
    # shellcheck disable=SC2086
    refused 4 "*/run/service.sock stays as it is, for others connect to it too, and the guest (*) may not: { *write }" \
      $verb "$(write_domain x --devices "$xml")"
  done
  assert_equal "$(inode_of /run/service.sock)" "$before"
  # a <seclabel> in the document does not change that
  xml="<serial type='unix'><source mode='connect' path='/run/service.sock'><seclabel model='dac'><label>+107:+107</label></seclabel></source></serial>"
  run -4 svirt label "$(write_domain x --devices "$xml")"
  assert_equal "$(inode_of /run/service.sock)" "$before"
  # a guest that would listen at the path may not replace the socket
  xml="<serial type='unix'><source mode='bind' path='/run/service.sock'/></serial>"
  refused 5 "*/run/service.sock is a socket that somebody listens at" label "$(write_domain x --devices "$xml")"
  # a socket that every guest may use keeps its label
  chmod 666 /run/service.sock
  chcon system_u:object_r:svirt_image_t:s0 /run/service.sock
  before=$(inode_of /run/service.sock)
  xml="<serial type='unix'><source mode='connect' path='/run/service.sock'/></serial>"
  svirt -q start "$(write_domain x --devices "$xml")"
  assert_equal "$(inode_of /run/service.sock)" "$before"
  svirt -q destroy x
  assert_equal "$(inode_of /run/service.sock)" "$before"
}

@test "an overlay that shows one file as two is refused" {
  mkdir -p /srv/ovl/{lower,upper,work}
  local path plain before said
  for path in upper/a upper/b lower/c; do make_disk /srv/ovl/$path.img 1M; done
  chmod 644 /srv/ovl/*/*.img
  chcon system_u:object_r:virt_content_t:s0 /srv/ovl/lower/c.img
  mounted overlay lowerdir=/srv/ovl/lower,upperdir=/srv/ovl/upper,workdir=/srv/ovl/work
  # the kernel caches the label that it reads now
  label_of /mnt/m/a.img
  svirt -q label "$(write_domain a --disk /srv/ovl/upper/a.img)"
  before=$(inode_of /srv/ovl/upper/a.img)
  plain=$(inode_of /srv/ovl/upper/b.img /srv/ovl/lower/c.img)
  said="is on an overlay, which shows the file of another filesystem as one of its own: nobody can tell whose that is"
  for verb in label start 'label -n'; do
    for access in rw ro; do
      # shellcheck disable=SC2086
      refused 3 "*/mnt/m/a.img $said" $verb "$(write_domain b --disk "/mnt/m/a.img:virtio:$access")"
    done
  done
  # a label that every guest may read does not help either
  refused 3 "*/mnt/m/b.img $said" label "$(write_domain b --disk /mnt/m/b.img:virtio:ro)"
  refused 3 "*/mnt/m/c.img $said" label "$(write_domain b --disk /mnt/m/c.img:virtio:ro)"
  assert_output --partial "hint: name the file in the directory below (upperdir= or lowerdir=), or keep it on another filesystem"
  for access in '' '<readonly/>'; do
    refused 3 "*/mnt/m $said" label "$(write_domain b --devices "$(export_xml /mnt/m "$access")")"
  done
  run -1 svirt check "$(write_domain b --disk /mnt/m/a.img:virtio:ro)"
  assert_line --partial "/mnt/m/a.img $said"
  # another overlay on top, and a bind mount of it
  mkdir -p "$IMG/m" "$IMG/dir"
  mount -t overlay overlay -o "lowerdir=/mnt/m:/srv/ovl/lower" "$IMG/m"
  mount --bind "$IMG/m" "$IMG/dir"
  for path in "$IMG/m" "$IMG/dir"; do
    refused 3 "*$path/a.img $said" label "$(write_domain b --disk "$path/a.img:virtio:ro")"
  done
  umount "$IMG/dir" "$IMG/m"
  assert_equal "$(inode_of /srv/ovl/upper/b.img /srv/ovl/lower/c.img)" "$plain"
  assert_equal "$(inode_of /srv/ovl/upper/a.img)" "$before"
  svirt -q restore a
  umount /mnt/m
  # a system file that is only read
  make_disk /srv/ovl/lower/k 1M
  mount -t overlay overlay -o lowerdir=/srv/ovl/lower:/usr/local/lib /usr/local/lib
  run -0 svirt label -n "$(write_domain b --os "<kernel>/usr/local/lib/k</kernel>")"
  umount /usr/local/lib
  rm -rf /srv/ovl
}
