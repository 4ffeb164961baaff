#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# As differential.bats, for devices other than disks. Not available here: devices for PCI and USB hostdevs, input and
# TPM passthrough, vhost, hugetlbfs, a virtiofsd, firmware whose variables libvirt knows.
# lab: with=libvirt timeout=5400 context=system_u:system_r:initrc_t:s0-s0:c0.c1023

load helper
load guest
load libvirt
load differential

# shellcheck disable=SC2034 # differential.bash reads it
ELSEWHERE=(/dev/null /dev/random /dev/urandom /dev/ttyS3 /dev/sg0 /dev/net/tun)

seed() {
  mkdir -p "$SEED/dir" "$SEED/open.dir" "$IMG" && cd "$SEED" || return
  truncate -s 1M a.img b.img initrd
  truncate -s 256K code.fd vars.fd open.fd
  truncate -s 64K open.bin
  truncate -s 128M nvdimm.img
  # A multiboot kernel that halts. QEMU reads its header before the guest runs.
  printf '\x02\xb0\xad\x1b\0\0\x01\0\xfe\x4f\x51\xe4\0\0\x10\0\0\0\x10\0\0\0\0\0\0\0\0\0\x20\0\x10\0\xfa\xf4' >kernel
  printf 'SLIC\x24\0\0\0\x01\0OEMID_OEMTABLE\0\0\0\0\0\0\0\0\0\0\0' >slic.bin
  truncate -s 36 slic.bin
  echo x | tee serial.txt log.txt ignition open.cfg dir/x open.dir/x >board.dtb
  ln -s serial.txt link.txt
  mkfifo p.in p.out q r.in
  # world-accessible, because libvirt gives some files neither a label nor an owner
  chmod -R a+rwX open.*
  setenforce 0
  { modprobe sg && modprobe scsi_debug dev_size_mb=8; modprobe -a tun bridge dummy macvtap; } >/dev/null 2>&1 3>&-
  wait_for 10 test -c /dev/sg0
  ip link add br0 type bridge
  ip link add dummy0 type dummy 2>/dev/null || :
  ip link add link dummy0 name macvtap0 type macvtap mode bridge
  ip tuntap add dev tap8 mode tap
  restorecon /dev/net/tun /dev/tap* </dev/null >/dev/null 2>&1
  ELSEWHERE+=(/dev/tap*)
  # Listening sockets: a guest may connect by a label and an owner that are open to every guest, or its own.
  for socket in private open; do
    runcon system_u:system_r:svirt_test_service_t:s0 socat "UNIX-LISTEN:$IMG/$socket.sock,fork,mode=666" EXEC:true \
      </dev/null >/dev/null 2>&1 3>&- &
    wait_for 10 test -S "$IMG/$socket.sock"
  done
  setenforce 1
  host=$(basename /sys/class/scsi_host/host*)
}

# libvirt leaves its attributes on nodes that it does not restore, so the nodes are made anew
reset_more() {
  rm -f /dev/sg0 /dev/ttyS3 /dev/shm/*
  mknod /dev/sg0 c 21 0
  mknod /dev/ttyS3 c 4 67
  chcon system_u:object_r:scsi_generic_device_t:s0 /dev/sg0
  chcon system_u:object_r:tty_device_t:s0 /dev/ttyS3
  chcon system_u:object_r:null_device_t:s0 /dev/null
  chcon system_u:object_r:tun_tap_device_t:s0 /dev/tap*
}

rom() { echo "<loader type='rom'>$IMG/$1</loader>"; }
flash() { echo "<loader readonly='yes' type='pflash'>$IMG/$1</loader>${2-}"; }
acpi='<features><acpi/></features>'
sized='<maxMemory slots="4" unit="MiB">1024</maxMemory><features><acpi/></features><cpu><numa><cell id="0" cpus="0" memory="32" unit="MiB"/></numa></cpu>'
nvdimm() { echo "<memory model='nvdimm'><source><path>$IMG/nvdimm.img</path></source><target><size unit='MiB'>128</size><node>0</node>${1-}</target></memory>"; }

firmware() {
  local disk
  disk=$(file a.img vda)
  compare kernel '' '' "<kernel>$IMG/kernel</kernel><initrd>$IMG/initrd</initrd><cmdline>x</cmdline>"
  compare kernel-alone '' '' "<kernel>$IMG/kernel</kernel>"
  compare dtb '' '' "<kernel>$IMG/kernel</kernel><dtb>$IMG/board.dtb</dtb>"
  compare slic "$disk" "$acpi" "<acpi><table type='slic'>$IMG/slic.bin</table></acpi>"
  compare fwcfg "$disk" "<sysinfo type='fwcfg'><entry name='opt/com.example/a' file='$IMG/ignition'/><entry name='opt/com.example/b'>b</entry></sysinfo>"
  compare smbios "$disk" "<sysinfo type='smbios'><bios><entry name='vendor'>x</entry></bios></sysinfo>" "<smbios mode='sysinfo'/>"
  compare loader-rom "$disk" '' "$(rom open.bin)"
  compare loader '' "$acpi" "$(flash open.fd "<nvram>$IMG/vars.fd</nvram>")"
  compare loader-private '' "$acpi" "$(flash code.fd "<nvram>$IMG/vars.fd</nvram>")"
  compare loader-alone '' "$acpi" "$(flash open.fd)"
  compare loader-written '' "$acpi" "<loader readonly='no' type='pflash'>$IMG/open.fd</loader>"
  compare loader-unsaid '' "$acpi" "<loader type='pflash'>$IMG/open.fd</loader>"
  compare nvram-source '' "$acpi" "$(flash open.fd "<nvram type='file'><source file='$IMG/vars.fd'/></nvram>")"
  compare nvram-template '' "$acpi" "$(flash open.fd "<nvram template='$IMG/code.fd'>$IMG/vars.fd</nvram>")"
  compare nvram-missing '' "$acpi" "$(flash open.fd "<nvram template='$IMG/code.fd'>$IMG/new.fd</nvram>")"
}

memory() {
  local disk
  disk=$(file a.img vda)
  MEMORY=160 compare nvdimm "$(nvdimm)" "$sized"
  MEMORY=160 compare nvdimm-readonly "$(nvdimm '<readonly/>')" "$sized"
  compare memfd "$disk" "<memoryBacking><source type='memfd'/><access mode='shared'/></memoryBacking>"
  compare memory-file "$disk" "<memoryBacking><source type='file'/><access mode='shared'/></memoryBacking>"
  compare hugepages "$disk" '<memoryBacking><hugepages/></memoryBacking>'
  compare shmem "$disk <shmem name='ring'><model type='ivshmem-plain'/><size unit='M'>4</size></shmem>"
}

chars() {
  local source
  source="<source path='$IMG/serial.txt'/>"
  compare serial-file "<serial type='file'>$source</serial>"
  compare serial-new "<serial type='file'><source path='$IMG/new.txt'/></serial>"
  compare serial-append "<serial type='file'><source path='$IMG/serial.txt' append='on'/></serial>"
  compare serial-own "<serial type='file'><source path='$IMG/serial.txt'>$(own '' no)</source></serial>"
  compare serial-label "<serial type='file'><source path='$IMG/serial.txt'>$(own "$OPEN")</source></serial>"
  compare serial-static "<serial type='file'>$source</serial>" "$(seclabel static "$STATIC" yes)"
  compare serial-two "<serial type='file'>$source</serial><serial type='file'><source path='$IMG/log.txt'/><target port='1'/></serial>"
  compare serial-same "<serial type='file'>$source</serial><parallel type='file'>$source</parallel>"
  compare serial-link "<serial type='file'><source path='$IMG/link.txt'/></serial>"
  compare console-file "<console type='file'>$source<target type='serial'/></console>"
  compare console-virtio "<console type='file'>$source<target type='virtio'/></console>"
  compare console-of-serial "<serial type='file'>$source</serial><console type='file'>$source<target type='serial'/></console>"
  compare parallel "<parallel type='file'>$source</parallel>"
  compare channel "<channel type='file'>$source<target type='virtio' name='org.x.0'/></channel>"
  compare channel-own "<channel type='file'><source path='$IMG/serial.txt'>$(own '' no)</source><target type='virtio' name='org.x.0'/></channel>"
  compare log "<serial type='pty'><log file='$IMG/log.txt' append='on'/></serial>"
  compare log-new "<serial type='pty'><log file='$IMG/new.txt'/></serial>"
  compare pipe "<serial type='pipe'><source path='$IMG/p'/></serial>"
  compare pipe-one "<serial type='pipe'><source path='$IMG/q'/></serial>"
  compare pipe-half "<serial type='pipe'><source path='$IMG/r'/></serial>"
  compare pipe-label "<serial type='pipe'><source path='$IMG/p'>$(own "$OPEN")</source></serial>"
  compare dev "<serial type='dev'><source path='/dev/ttyS3'/></serial>"
  compare connect "<serial type='unix'><source mode='connect' path='$IMG/private.sock'/></serial>"
  compare connect-label "<serial type='unix'><source mode='connect' path='$IMG/private.sock'>$(own "$OPEN")</source></serial>"
  compare connect-own "<serial type='unix'><source mode='connect' path='$IMG/open.sock'>$(own '' no)</source></serial>"
  compare bind "<serial type='unix'><source mode='bind' path='$IMG/new.sock'/></serial>"
  compare agent "<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>"
  compare tcp "<serial type='tcp'><source mode='bind' host='127.0.0.1' service='4555'/><protocol type='raw'/></serial>"
  compare null "<serial type='null'/>"
  compare vc "<serial type='vc'/>"
  compare stdio "<serial type='stdio'/>"
  compare pty "<console type='pty'/>"
}

others() {
  local disk scsi
  disk=$(file a.img vda)
  compare vnc "$disk <graphics type='vnc' autoport='yes' listen='127.0.0.1'/>"
  compare spice "$disk <graphics type='spice' autoport='yes'/><channel type='spicevmc'><target type='virtio' name='com.redhat.spice.0'/></channel>"
  compare rng "$disk <rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>"
  compare rng-random "$disk <rng model='virtio'><backend model='random'>/dev/random</backend></rng>"
  compare rng-builtin "$disk <rng model='virtio'><backend model='builtin'/></rng>"
  compare rng-file "$disk <rng model='virtio'><backend model='random'>$IMG/open.cfg</backend></rng>"
  compare rng-egd "<rng model='virtio'><backend model='egd' type='unix'><source mode='connect' path='$IMG/open.sock'/></backend></rng>"
  compare redirdev "<redirdev bus='usb' type='tcp'><source mode='bind' host='localhost' service='4000'/></redirdev>"
  compare redirdev-unix "<redirdev bus='usb' type='unix'><source mode='connect' path='$IMG/open.sock'/></redirdev>"
  compare smartcard "<smartcard mode='passthrough' type='unix'><source mode='connect' path='$IMG/open.sock'/></smartcard>"
  scsi="<source><adapter name='scsi_$host'/><address bus='0' target='0' unit='0'/></source>"
  compare scsi-host "<controller type='scsi' model='virtio-scsi'/><hostdev mode='subsystem' type='scsi'>$scsi</hostdev>"
  compare scsi-readonly "<controller type='scsi' model='virtio-scsi'/><hostdev mode='subsystem' type='scsi'>$scsi<readonly/></hostdev>"
  compare scsi-shared "<controller type='scsi' model='virtio-scsi'/><hostdev mode='subsystem' type='scsi'>$scsi<shareable/></hostdev>"
  compare 9p "$disk <filesystem type='mount' accessmode='mapped'><source dir='$IMG/dir'/><target dir='tag'/></filesystem>"
  compare 9p-open "$disk <filesystem type='mount' accessmode='passthrough'><source dir='$IMG/open.dir'/><target dir='tag'/></filesystem>"
  compare 9p-readonly "$disk <filesystem type='mount' accessmode='passthrough'><source dir='$IMG/open.dir'/><target dir='tag'/><readonly/></filesystem>"
  compare argument "$disk" "<qemu:commandline><qemu:arg value='-fw_cfg'/><qemu:arg value='name=opt/x/y,file=$IMG/open.cfg'/></qemu:commandline>"
  compare cpu "$disk" "$acpi<cpu mode='custom' match='exact'><model>qemu64</model><feature policy='disable' name='svm'/><feature policy='require' name='hypervisor'/></cpu>"
  compare desktop "$disk <controller type='usb' model='ich9-ehci1'/><input type='tablet' bus='usb'/><input type='mouse' bus='ps2'/><graphics type='vnc' port='-1' autoport='yes'><listen type='address' address='127.0.0.1'/></graphics><sound model='ich6'/><audio id='1' type='none'/><video><model type='vga'/></video><watchdog model='i6300esb'/><memballoon model='virtio'/>" "$acpi<clock offset='utc'><timer name='hpet' present='no'/></clock><on_reboot>restart</on_reboot><pm><suspend-to-mem enabled='no'/></pm>" "<boot dev='hd'/>"
  MACHINE=q35 compare q35 "$(file a.img sda) <controller type='pci' model='pcie-root'/><controller type='usb' model='qemu-xhci'/><input type='tablet' bus='usb'/>" "$acpi"
}

network() {
  local disk
  disk=$(file a.img vda)
  compare network "$disk <interface type='user'/>"
  compare bridge "$disk <interface type='bridge'><source bridge='br0'/></interface>"
  compare bridge-name "$disk <interface type='bridge'><mac address='52:54:00:11:22:33'/><source bridge='br0'/><target dev='web-a'/><model type='virtio'/><mtu size='1400'/></interface>"
  compare bridge-two "$disk <interface type='bridge'><source bridge='br0'/><model type='e1000'/></interface><interface type='bridge'><source bridge='br0'/></interface>"
  compare bridge-missing "$disk <interface type='bridge'><source bridge='br7'/></interface>"
  compare ethernet "$disk <interface type='ethernet'><target dev='mine'/></interface>"
  compare ethernet-there "$disk <interface type='ethernet'><target dev='tap8' managed='no'/></interface>"
  compare macvtap-there "$disk <interface type='ethernet'><target dev='macvtap0' managed='no'/></interface>"
  compare macvtap "$disk <interface type='direct'><source dev='dummy0' mode='bridge'/></interface>"
}

@test "the same class of label on every file of other devices, except where svirt is better" {
  seed
  libvirt_up
  same_as differential-devices.expected 82 firmware memory chars network others
}
