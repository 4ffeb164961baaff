# shellcheck shell=bash disable=SC2034 # variables are read by lab
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What a lab guest with "kernel=debian" needs beside the image: Debian's own kernel and an initial RAM disk
# that has its modules, run by QEMU's translator. It shows what User Mode Linux cannot: execmem, /dev/kvm (QEMU
# translates AMD's virtualisation too), the kernel that people have. A call takes three to five times as long.
# Sourced by lab; uses $CACHE, $TOOLS, need() and say() of image.bash.

# The disk, and what guests can be given.
MACHINE_MODULES='virtio_blk virtio_pci kvm_amd tun vhost_net vhost_vsock loop overlay'

# ramdisk DIR: its modules, in an order to load them in, and the program that does.
ramdisk() {
  local root=$IMAGE/kernel version m path name n=100 seen=' '
  version=$(ls "$root/lib/modules")
  depmod -b "$root" "$version"
  mkdir -p "$1/modules" "$1/dev" "$1/root"
  for m in $MACHINE_MODULES; do
    while read -r _ path _; do
      [[ $seen != *" $path "* ]] || continue
      seen+="$path " n=$((n + 1)) name=$(basename "$path" .xz)
      if [[ $path == *.xz ]]; then xz -dc "$path"; else cat "$path"; fi >"$1/modules/$n-$name"
    done < <(modprobe -S "$version" -d "$root" --show-depends "$m")
  done
  cp "$TOOLS/ramdisk" "$1/init"
}

# Makes the initial RAM disk unless it is there. Sets MACHINE to where the kernel and it are.
debian() {
  [[ $(uname -m) == x86_64 ]] || cannot "kernel=debian is for x86_64 only"
  need qemu-system-x86_64 cpio depmod modprobe xz
  MACHINE=$IMAGE/machine-$(echo "$MACHINE_MODULES ${TOOLS##*/}" | sha256sum | cut -c1-16)
  exec {machine_lock}>"$CACHE/machine-lock"
  flock "$machine_lock"
  if [[ ! -e $MACHINE ]]; then
    BUILDING=$(mktemp -d "$CACHE/machine.XXXXXX")
    ramdisk "$BUILDING/ram"
    (cd "$BUILDING/ram" && find . | cpio --quiet -o -H newc -R 0:0 | gzip -1) >"$BUILDING/initrd"
    rm -rf "$BUILDING/ram"
    ln -s "$(echo "$IMAGE"/kernel/boot/vmlinuz-*)" "$BUILDING/vmlinuz"
    mv "$BUILDING" "$MACHINE"
    BUILDING=
  fi
  exec {machine_lock}>&-
}

# Sets CMD to what boots it: serial lines for what the script writes (two), its status and the kernel's words.
debian_command() {
  tar -C "$WORK/share" -cf "$WORK/share.tar" .
  # shellcheck disable=SC2054
  CMD=(qemu-system-x86_64 -nodefaults -no-user-config -display none -no-reboot -nic none
    -machine q35 -accel tcg -cpu max,la57=off -smp 1 -m "$mem"
    -kernel "$MACHINE/vmlinuz" -initrd "$MACHINE/initrd"
    -append "console=ttyS3 quiet loglevel=7 log_buf_len=8M panic=-1 mitigations=off tsc=reliable no_timer_check $1 enforcing=0"
    -drive "file=$IMAGE/$policy.img,format=raw,file.locking=off,if=virtio,snapshot=on,cache=unsafe"
    -drive "file=$WORK/share.tar,format=raw,if=virtio,readonly=on"
    -serial "file:$WORK/out" -serial "file:$WORK/err" -serial "file:$WORK/share/rc" -serial "file:$WORK/console")
}
