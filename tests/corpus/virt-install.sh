#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Writes tests/corpus/virt-install/: what virt-install prints for each line of options below. It asks no host: the
# capabilities are those of this script, uuids and MAC addresses are always the same. Made by virt-install 4.1.0 with
# osinfo-db 20221130 (Debian 12). It is not run by the tests; a new file also needs its line in the manifest.
#
#   tests/corpus/virt-install.sh [DIRECTORY]     (VIRT_INSTALL: the program)
set -eu
cd "$(dirname "$0")"
out=${1:-virt-install}
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT

cat >"$work/caps.xml" <<'XML'
<capabilities>
  <host>
    <uuid>6d2a2d5e-8a33-4c0e-9d1c-0f3a5f2f1b10</uuid>
    <cpu><arch>x86_64</arch><model>Skylake-Client-IBRS</model><vendor>Intel</vendor><topology sockets='1' dies='1' cores='4' threads='2'/></cpu>
    <secmodel><model>selinux</model><doi>0</doi></secmodel>
  </host>
  <guest>
    <os_type>hvm</os_type>
    <arch name='x86_64'>
      <wordsize>64</wordsize>
      <emulator>/usr/bin/qemu-system-x86_64</emulator>
      <machine canonical='pc-i440fx-7.2' maxCpus='255'>pc</machine>
      <machine canonical='pc-q35-7.2' maxCpus='288'>q35</machine>
      <machine maxCpus='288'>pc-q35-7.2</machine>
      <domain type='qemu'/>
      <domain type='kvm'/>
    </arch>
    <features><acpi default='on' toggle='yes'/><apic default='on' toggle='no'/><cpuselection/><deviceboot/></features>
  </guest>
</capabilities>
XML
cat >"$work/domcaps.xml" <<'XML'
<domainCapabilities>
  <path>/usr/bin/qemu-system-x86_64</path><domain>kvm</domain><machine>pc-q35-7.2</machine><arch>x86_64</arch><vcpu max='288'/>
  <os supported='yes'>
    <enum name='firmware'><value>efi</value></enum>
    <loader supported='yes'>
      <value>/usr/share/OVMF/OVMF_CODE_4M.fd</value>
      <enum name='type'><value>rom</value><value>pflash</value></enum>
      <enum name='readonly'><value>yes</value><value>no</value></enum>
      <enum name='secure'><value>yes</value><value>no</value></enum>
    </loader>
  </os>
  <cpu>
    <mode name='host-passthrough' supported='yes'><enum name='hostPassthroughMigratable'><value>on</value><value>off</value></enum></mode>
    <mode name='maximum' supported='yes'/>
    <mode name='host-model' supported='yes'><model fallback='forbid'>Skylake-Client-IBRS</model></mode>
    <mode name='custom' supported='yes'><model usable='yes'>qemu64</model></mode>
  </cpu>
  <memoryBacking supported='yes'><enum name='sourceType'><value>memfd</value><value>anonymous</value></enum></memoryBacking>
  <devices>
    <disk supported='yes'><enum name='bus'><value>ide</value><value>fdc</value><value>scsi</value><value>virtio</value><value>usb</value><value>sata</value></enum></disk>
    <graphics supported='yes'><enum name='type'><value>vnc</value><value>spice</value><value>egl-headless</value></enum></graphics>
    <video supported='yes'><enum name='modelType'><value>vga</value><value>cirrus</value><value>qxl</value><value>virtio</value><value>none</value><value>bochs</value></enum></video>
    <tpm supported='yes'><enum name='model'><value>tpm-tis</value><value>tpm-crb</value></enum><enum name='backendModel'><value>passthrough</value><value>emulator</value></enum></tpm>
    <filesystem supported='yes'><enum name='driverType'><value>path</value><value>virtiofs</value></enum></filesystem>
    <rng supported='yes'><enum name='model'><value>virtio</value></enum><enum name='backendModel'><value>random</value><value>egd</value><value>builtin</value></enum></rng>
  </devices>
  <features><sev supported='yes'><cbitpos>47</cbitpos><reducedPhysBits>1</reducedPhysBits></sev></features>
</domainCapabilities>
XML

# virt-install looks for images; what it prints says where they would be
mkdir -p "$out" "$work/img" "$work/share"
while read -r name options; do
	[[ -n $name ]] || continue
	# shellcheck disable=SC2086
	eval "set -- ${options//\/srv\//$work/}"
	for word; do
		[[ $word == "$work"/img/* ]] && : >"${word%%,*}"
	done
	"${VIRT_INSTALL:-virt-install}" --connect "__virtinst_test__test:///default,predictable,fakeuri=qemu:///system,caps=$work/caps.xml,domcaps=$work/domcaps.xml" \
		--print-xml 1 --noreboot --check all=off --name "$name" "$@" </dev/null | sed "s|$work/|/srv/|g" >"$out/$name.xml"
done <<'LIST'
debian12 --osinfo debian11 --memory 2048 --vcpus 2 --disk /srv/img/debian12.qcow2,driver.type=qcow2 --import
debian12-cdrom --osinfo debian11 --memory 2048 --disk /srv/img/a.qcow2,driver.type=qcow2 --cdrom /srv/img/debian-12.iso
debian12-kernel --osinfo debian11 --memory 1024 --disk /srv/img/a.qcow2,driver.type=qcow2 --boot kernel=/srv/img/vmlinuz,initrd=/srv/img/initrd.gz,kernel_args="console=ttyS0 auto=true"
pxe --osinfo debian11 --memory 1024 --disk /srv/img/a.raw,driver.type=raw --pxe
nodisk --osinfo linux2020 --memory 512 --disk none --pxe --network bridge=br0
fedora36 --osinfo fedora36 --memory 4096 --vcpus 4 --disk /srv/img/f36.qcow2,driver.type=qcow2 --import
fedora36-uefi --osinfo fedora36 --memory 4096 --disk /srv/img/f36.qcow2,driver.type=qcow2 --import --boot uefi
fedora36-nographics --osinfo fedora36 --memory 2048 --disk /srv/img/f36.qcow2,driver.type=qcow2 --import --graphics none
rhel9 --osinfo rhel9.0 --memory 8192 --vcpus 8,sockets=1,cores=4,threads=2 --disk /srv/img/rhel9.qcow2,driver.type=qcow2,cache=none,io=native,discard=unmap --import
rhel7 --osinfo rhel7.9 --memory 2048 --disk /srv/img/rhel7.qcow2,driver.type=qcow2 --import
centos-stream8 --osinfo centos-stream8 --memory 2048 --disk /srv/img/c8.qcow2,driver.type=qcow2,bus=scsi --controller scsi,model=virtio-scsi --import
ubuntu22 --osinfo ubuntu22.04 --memory 2048 --disk /srv/img/u.qcow2,driver.type=qcow2 --disk /srv/img/seed.iso,device=cdrom --import
ubuntu-bridge --osinfo ubuntu20.04 --memory 2048 --disk /srv/img/u.qcow2,driver.type=qcow2 --network bridge=br0,model=virtio,mac=52:54:00:12:34:56 --import
opensuse --osinfo opensuse15.4 --memory 2048 --disk /srv/img/o.qcow2,driver.type=qcow2 --import --video qxl
alpine-user --osinfo alpinelinux3.16 --memory 256 --disk /srv/img/alpine.raw,driver.type=raw --network user --import
freebsd13 --osinfo freebsd13.1 --memory 1024 --disk /srv/img/fb.qcow2,driver.type=qcow2 --import
openbsd --osinfo openbsd7.0 --memory 512 --disk /srv/img/ob.raw,driver.type=raw --import
netbsd --osinfo netbsd9.0 --memory 512 --disk /srv/img/nb.raw,driver.type=raw --import
freedos --osinfo freedos1.2 --memory 32 --disk /srv/img/fd.raw,driver.type=raw --import
win10 --osinfo win10 --memory 4096 --vcpus 4 --disk /srv/img/win10.qcow2,driver.type=qcow2 --cdrom /srv/img/win10.iso
win10-virtio --osinfo win10 --memory 4096 --disk /srv/img/win10.qcow2,driver.type=qcow2,bus=virtio --network network=default,model=virtio --disk /srv/img/virtio-win.iso,device=cdrom --import
win11 --osinfo win11 --memory 8192 --vcpus 4 --disk /srv/img/win11.qcow2,driver.type=qcow2 --import --boot uefi --tpm emulator,model=tpm-crb,version=2.0
win2k22 --osinfo win2k22 --memory 8192 --disk /srv/img/w22.qcow2,driver.type=qcow2 --import --graphics vnc,listen=0.0.0.0
win7 --osinfo win7 --memory 2048 --disk /srv/img/win7.qcow2,driver.type=qcow2 --import
winxp --osinfo winxp --memory 1024 --disk /srv/img/xp.qcow2,driver.type=qcow2 --import
win98 --osinfo win98 --memory 256 --disk /srv/img/98.qcow2,driver.type=qcow2 --disk /srv/img/98.img,device=floppy --import
pc-machine --osinfo debian11 --machine pc --memory 1024 --disk /srv/img/a.qcow2,driver.type=qcow2 --import
qemu-tcg --osinfo debian11 --virt-type qemu --memory 1024 --disk /srv/img/a.qcow2,driver.type=qcow2 --import
generic --osinfo generic --memory 1024 --disk /srv/img/a.raw,driver.type=raw --import
vnc-port --osinfo debian11 --memory 1024 --disk /srv/img/a.qcow2,driver.type=qcow2 --import --graphics vnc,port=5905,keymap=de
vnc-password --osinfo debian11 --memory 1024 --disk /srv/img/a.qcow2,driver.type=qcow2 --import --graphics vnc,password=foobar
vnc-websocket --osinfo debian11 --memory 1024 --disk /srv/img/a.qcow2,driver.type=qcow2 --import --graphics vnc,websocket=-1
vnc-socket --osinfo debian11 --memory 1024 --disk /srv/img/a.qcow2,driver.type=qcow2 --import --graphics vnc,listen=socket
spice-port --osinfo fedora36 --memory 2048 --disk /srv/img/a.qcow2,driver.type=qcow2 --import --graphics spice,port=5930,listen=127.0.0.1
spice-gl --osinfo fedora36 --memory 2048 --disk /srv/img/a.qcow2,driver.type=qcow2 --import --graphics spice,gl=yes,listen=none,rendernode=/dev/dri/renderD128 --video virtio,accel3d=yes
egl-headless --osinfo fedora36 --memory 2048 --disk /srv/img/a.qcow2,driver.type=qcow2 --import --graphics vnc --graphics egl-headless,gl.rendernode=/dev/dri/renderD128
disks-many --osinfo debian11 --memory 1024 --disk /srv/img/a.qcow2,driver.type=qcow2 --disk /srv/img/b.raw,driver.type=raw,serial=B1 --disk /srv/img/c.raw,driver.type=raw,readonly=yes --disk /srv/img/s.raw,driver.type=raw,shareable=yes --import
disk-modes --osinfo debian11 --memory 1024 --disk /srv/img/a.qcow2,driver.type=qcow2,cache=writethrough,driver.io=threads,driver.discard=unmap,driver.detect_zeroes=unmap,boot.order=1 --import
disk-iotune --osinfo debian11 --memory 1024 --disk /srv/img/a.qcow2,driver.type=qcow2,iotune.total_bytes_sec=10485760 --import
nics-three --osinfo debian11 --memory 1024 --disk /srv/img/a.qcow2,driver.type=qcow2 --network network=default --network bridge=br1,model=e1000e --network user,model=rtl8139 --import
net-multiqueue --osinfo debian11 --memory 1024 --vcpus 4 --disk /srv/img/a.qcow2,driver.type=qcow2 --network bridge=br0,driver.name=vhost,driver.queues=4 --import
net-mtu --osinfo debian11 --memory 1024 --disk /srv/img/a.qcow2,driver.type=qcow2 --network bridge=br0,mtu.size=9000,target.dev=tap7 --import
net-linkdown --osinfo debian11 --memory 1024 --disk /srv/img/a.qcow2,driver.type=qcow2 --network network=default,link.state=down --import
net-filter --osinfo debian11 --memory 1024 --disk /srv/img/a.qcow2,driver.type=qcow2 --network network=default,filterref.filter=clean-traffic --import
net-direct --osinfo debian11 --memory 1024 --disk /srv/img/a.qcow2,driver.type=qcow2 --network type=direct,source=eth0,source.mode=bridge --import
channels --osinfo debian11 --memory 1024 --disk /srv/img/a.qcow2,driver.type=qcow2 --channel unix,target.type=virtio,target.name=org.qemu.guest_agent.0 --channel spicevmc --graphics spice --import
serial-tcp --osinfo debian11 --memory 1024 --disk /srv/img/a.qcow2,driver.type=qcow2 --serial tcp,source.host=127.0.0.1,source.service=4555,source.mode=bind,protocol.type=telnet --import
serial-file --osinfo debian11 --memory 1024 --disk /srv/img/a.qcow2,driver.type=qcow2 --serial file,path=/srv/img/console.log --import
filesystem-9p --osinfo debian11 --memory 1024 --disk /srv/img/a.qcow2,driver.type=qcow2 --filesystem /srv/share,share --import
filesystem-virtiofs --osinfo debian11 --memory 1024 --disk /srv/img/a.qcow2,driver.type=qcow2 --filesystem /srv/share,share,driver.type=virtiofs --memorybacking source.type=memfd,access.mode=shared --import
hugepages --osinfo debian11 --memory 2048 --memorybacking hugepages=yes,nosharepages=yes,locked=yes --disk /srv/img/a.qcow2,driver.type=qcow2 --import
memory-max --osinfo debian11 --memory 1024,maxmemory=4096 --memballoon virtio,autodeflate=on --disk /srv/img/a.qcow2,driver.type=qcow2 --import
memory-hotplug --osinfo debian11 --memory currentMemory=1024,memory=2048,hotplugmemorymax=8192,hotplugmemoryslots=8 --memdev dimm,target.size=1024,target.node=0 --cpu cell0.id=0,cell0.cpus=0,cell0.memory=1048576 --disk /srv/img/a.qcow2,driver.type=qcow2 --import
cpu-model --osinfo debian11 --memory 1024 --cpu Skylake-Client-IBRS,+vmx,-mpx,disable=hle --disk /srv/img/a.qcow2,driver.type=qcow2 --import
cpu-hostmodel --osinfo debian11 --memory 1024 --cpu host-model,+pcid --disk /srv/img/a.qcow2,driver.type=qcow2 --import
cpu-pinned --osinfo debian11 --memory 1024 --vcpus 2,cpuset=2-3 --cputune vcpupin0.vcpu=0,vcpupin0.cpuset=2,vcpupin1.vcpu=1,vcpupin1.cpuset=3 --disk /srv/img/a.qcow2,driver.type=qcow2 --import
iothreads --osinfo debian11 --memory 1024 --iothreads 2 --disk /srv/img/a.qcow2,driver.type=qcow2,driver.iothread=1 --import
watchdog --osinfo debian11 --memory 1024 --watchdog i6300esb,action=poweroff --panic default --disk /srv/img/a.qcow2,driver.type=qcow2 --import
rng-egd --osinfo debian11 --memory 1024 --rng egd,backend.source.host=127.0.0.1,backend.source.service=8000,backend.source.mode=connect,backend.type=tcp --disk /srv/img/a.qcow2,driver.type=qcow2 --import
vsock --osinfo debian11 --memory 1024 --vsock cid.auto=yes --disk /srv/img/a.qcow2,driver.type=qcow2 --import
vsock-cid --osinfo debian11 --memory 1024 --vsock cid.address=7 --disk /srv/img/a.qcow2,driver.type=qcow2 --import
sysinfo --osinfo debian11 --memory 1024 --sysinfo smbios,system.manufacturer=Acme,system.product=Box,system.serial=S-77 --disk /srv/img/a.qcow2,driver.type=qcow2 --import
sysinfo-host --osinfo debian11 --memory 1024 --sysinfo host --disk /srv/img/a.qcow2,driver.type=qcow2 --import
clock --osinfo debian11 --memory 1024 --clock offset=localtime,hpet_present=no,rtc_tickpolicy=catchup --disk /srv/img/a.qcow2,driver.type=qcow2 --import
events --osinfo debian11 --memory 1024 --events on_poweroff=preserve,on_reboot=restart,on_crash=restart --pm suspend_to_mem.enabled=yes --disk /srv/img/a.qcow2,driver.type=qcow2 --import
features --osinfo debian11 --memory 1024 --features kvm.hidden.state=on,hyperv_relaxed=on,hyperv_vapic=on,vmport.state=off --disk /srv/img/a.qcow2,driver.type=qcow2 --import
metadata --osinfo debian11 --memory 1024 --metadata title="Web server",description="front end",uuid=11111111-2222-4333-8444-555555555555 --disk /srv/img/a.qcow2,driver.type=qcow2 --import
seclabel --osinfo debian11 --memory 1024 --seclabel type=dynamic,model=selinux,relabel=yes --disk /srv/img/a.qcow2,driver.type=qcow2 --import
input-evdev --osinfo debian11 --memory 1024 --input evdev,source.dev=/dev/input/by-id/usb-kbd-event-kbd,source.grab=all,source.repeat=on --disk /srv/img/a.qcow2,driver.type=qcow2 --import
qemu-commandline --osinfo debian11 --memory 1024 --qemu-commandline="-global ICH9-LPC.disable_s3=1" --disk /srv/img/a.qcow2,driver.type=qcow2 --import
iommu --osinfo debian11 --memory 1024 --iommu intel,driver.intremap=on,driver.iotlb=on --features ioapic.driver=qemu --disk /srv/img/a.qcow2,driver.type=qcow2 --import
sound --osinfo debian11 --memory 1024 --sound ich9 --disk /srv/img/a.qcow2,driver.type=qcow2 --import
launch-sev --osinfo fedora36 --memory 2048 --boot uefi --launchSecurity sev --disk /srv/img/a.qcow2,driver.type=qcow2 --import
cloud-init --osinfo fedora36 --memory 2048 --disk /srv/img/f.qcow2,driver.type=qcow2 --disk /srv/img/cidata.iso,device=cdrom,bus=sata --import --boot smbios.mode=sysinfo --sysinfo system.serial=ds=nocloud
LIST
