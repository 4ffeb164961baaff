#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Files that arguments of <qemu:commandline> name, and sources of random numbers.
# lab: timeout=600

load helper
load guest
load files

# commandline ARG...: the <qemu:commandline> element
commandline() {
  printf "<q:commandline xmlns:q='http://libvirt.org/schemas/domain/qemu/1.0'>"
  printf "<q:arg value='%s'/>" "$@"
  printf '</q:commandline>\n'
}

@test "arguments for QEMU: the files that they name are labelled, and belong to the guest alone" {
  local before
  make_disk "$IMG/a.img" 1M
  truncate -s 1M "$IMG/extra.img" "$IMG/mem"
  echo content >"$IMG/item"
  : >"$IMG/log"
  before=$(inode_of "$IMG/extra.img" "$IMG/mem" "$IMG/item" "$IMG/log")
  start_guest a --disk "$IMG/a.img" --serial --extra "$(commandline \
    -drive "file=$IMG/extra.img,format=raw,if=virtio" -fw_cfg "opt/x,file=$IMG/item" \
    -object "memory-backend-file,id=m,mem-path=$IMG/mem,size=1M,share=on" -device ivshmem-plain,memdev=m \
    -chardev "file,id=c,path=$IMG/log" -device isa-debugcon,chardev=c)"
  run wait_halted a
  assert_line "D0 R+W+"
  assert_line "D1 R+W+"
  private a "$IMG/extra.img"
  private a "$IMG/mem"
  private a "$IMG/log"
  shared_reading a "$IMG/item"
  refused 5 "*$IMG/extra.img*" start "$(write_domain b --extra "$(commandline -drive "file=$IMG/extra.img,format=raw")")"
  svirt -q destroy a
  assert_equal "$(inode_of "$IMG/extra.img" "$IMG/mem" "$IMG/item" "$IMG/log")" "$before"
}

@test "arguments for QEMU that svirt does not know, or that would undo the confinement, are refused" {
  local domain
  make_disk "$IMG/a.img" 1M
  domain=$(write_domain a --disk "$IMG/a.img" --extra "$(commandline -sandbox off)")
  refused 2 "$domain:6: -sandbox of <qemu:commandline> is not allowed: it would take back what confines the guest" \
    start "$domain"
  domain=$(write_domain a --disk "$IMG/a.img" --extra "$(commandline -qmp unix:/tmp/q,server)")
  refused 2 "$domain:6: -qmp of <qemu:commandline> is not allowed: *" start "$domain"
  domain=$(write_domain a --disk "$IMG/a.img" --extra "$(commandline -virtfs local,path=/etc)")
  refused 2 "$domain:6: -virtfs of <qemu:commandline> is not allowed: *" start "$domain"
  domain=$(write_domain a --disk "$IMG/a.img" --extra "$(commandline -blockdev driver=nbd,server.path=/run/nbd)")
  refused 2 "$domain:6: -blockdev of <qemu:commandline>: a block driver that no argument may use: 'nbd'" start "$domain"
  domain=$(write_domain a --extra "$(commandline -drive "file=/etc/passwd,format=raw")")
  refused 2 "$domain:6: /etc/passwd lies in the system directory /etc, and the guest would write it" start "$domain"
  domain=$(write_domain a --extra "$(commandline -chardev socket,id=c,host=127.0.0.1,port=4444,server=on,wait=off -object qtest,id=q,chardev=c)")
  refused 2 "$domain:6: -object of <qemu:commandline>: an object that svirt does not make: 'qtest'" start "$domain"
  domain=$(write_domain a --extra "$(commandline -chardev file,id=c,path=/var/lib/svirt/state.db -device isa-debugcon,chardev=c)")
  refused 2 "$domain:6: /var/lib/svirt/state.db is svirt's own, whatever name it has: no guest uses it" start "$domain"
}

@test "random numbers: shared device nodes keep their labels, and a daemon's socket belongs to the guest" {
  local before socket=$IMG/egd.sock
  before=$(inode_of /dev/random)
  start_guest a --devices "<rng model='virtio'><backend model='random'>/dev/random</backend></rng>"
  run readlink "/proc/$(guest_pid a)/fd/"*
  assert_line /dev/random
  assert_equal "$(inode_of /dev/random)" "$before"
  socat "UNIX-LISTEN:$socket,mode=666" /dev/null &
  wait_for 5 test -S "$socket"
  before=$(inode_of "$socket")
  svirt -q label "$(write_domain b --devices \
    "<rng model='virtio'><backend model='egd' type='unix'><source mode='connect' path='$socket'/></backend></rng>")"
  assert_equal "$(type_of "$(label_of "$socket")")" svirt_image_t
  [[ $(level_of "$(label_of "$socket")") == s0:c* ]]
  svirt -q restore b
  assert_equal "$(inode_of "$socket")" "$before"
  kill %%
}
