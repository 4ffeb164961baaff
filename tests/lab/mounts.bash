# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Filesystems for bats files that run inside a lab guest: "load helper", "load guest", then "load mounts". All of them
# are mounted on /mnt/m. Uses only tools of the image, so FAT is written by hand.

# modules NAME...: loads those that exist; built-in ones are no modules
modules() {
  local name
  for name; do modprobe "$name" >/dev/null 2>&1 </dev/null || :; done
}

unmount() { umount /mnt/m 2>/dev/null || :; }

# fat PATH: a FAT12 filesystem of a 1.44 MB floppy, which needs only its boot sector and two tables
fat() {
  truncate -s 1440K "$1"
  {
    printf '\xeb\x3c\x90MSDOS5.0\x00\x02\x01\x01\x00\x02\xe0\x00\x40\x0b\xf0\x09\x00\x12\x00\x02\x00'
    printf '\0\0\0\0\0\0\0\0\0\0\x29\x12\x34\x56\x78NO NAME    FAT12   '
  } | dd of="$1" conv=notrunc status=none
  printf '\x55\xaa' | dd of="$1" bs=1 seek=510 conv=notrunc status=none
  printf '\xf0\xff\xff' | dd of="$1" bs=512 seek=1 conv=notrunc status=none
  printf '\xf0\xff\xff' | dd of="$1" bs=512 seek=10 conv=notrunc status=none
}

# mounted TYPE OPTIONS [SOURCE]: mounts it on /mnt/m, with a disk of the test guest on it
mounted() {
  mkdir -p /mnt/m
  mount -t "$1" -o "$2" "${3:-none}" /mnt/m
  make_disk /mnt/m/a.img 1M
}

# no device is named: "loop" makes one
fat_mount() {
  fat "$LAB_SCRATCH/fat"
  mounted vfat "loop${1:+,$1}" "$LAB_SCRATCH/fat"
}

# below the scratch directory: the kernel writes to these files at any time, and a refusal has to leave $IMG unchanged
ext4_with() {
  rm -f "$LAB_SCRATCH/ext4"
  truncate -s 8M "$LAB_SCRATCH/ext4"
  mke2fs -q -t ext4 "$LAB_SCRATCH/ext4"
  mounted ext4 "loop,$1" "$LAB_SCRATCH/ext4"
  # a label of its own, because the policy has none for files below /mnt
  [[ $1 != defaults ]] || chcon -R -t mnt_t /mnt/m
}

# nfs_server: exports /srv/exp to this machine, with labels. The answers of rpc.mountd are written to the kernel's
# caches beforehand, because the image has no NFS programs.
nfs_server() {
  modules nfsd nfs nfsv4
  mkdir -p /srv/exp /var/lib/nfs/v4recovery
  mount -t nfsd nfsd /proc/fs/nfsd
  echo 10 >/proc/fs/nfsd/nfsv4leasetime
  echo 10 >/proc/fs/nfsd/nfsv4gracetime
  # older versions would have to be registered with rpcbind
  echo '-3 +4 +4.1 +4.2' >/proc/fs/nfsd/versions
  echo 'tcp 2049' >/proc/fs/nfsd/portlist
  echo 1 >/proc/fs/nfsd/threads
  echo 'nfsd 127.0.0.1 2147483647 lab' >/proc/net/rpc/auth.unix.ip/channel
  # fsid, no_subtree_check, security_label, async, insecure (linux/nfsd/export.h); no id is squashed
  echo "lab /srv/exp 2147483647 $((0x2000 | 0x400 | 0x80 | 0x10 | 2)) 65534 65534 0" >/proc/net/rpc/nfsd.export/channel
  printf 'lab 1 \\x00000000 2147483647 /srv/exp\n' >/proc/net/rpc/nfsd.fh/channel
  # no client has anything to reclaim; Linux 7 does not end the grace period without nfsdcld, which the image does not
  # have
  echo Y 2>/dev/null >/proc/fs/nfsd/v4_end_grace || sleep 11
}

# nfs_mount VERSION: mounts it on /mnt/m. The first mount waits for an answer of a program that does not run, so it is
# tried again.
nfs_mount() {
  mkdir -p /mnt/m
  for _ in 1 2 3 4 5 6; do
    ! timeout 15 mount -i -t nfs4 -o "vers=$1,addr=127.0.0.1,clientaddr=127.0.0.1,sec=sys" 127.0.0.1:/ /mnt/m || return 0
  done
  return 1
}
