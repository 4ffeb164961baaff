# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# libvirt in a lab guest (its image: "# lab: with=libvirt context=system_u:system_r:initrc_t:s0-s0:c0.c1023"), as a
# service of the machine would run it: the daemons in their own domains (virtd_t permissive: probe.cil has the
# reason), QEMU confined and as a user of its own. Knows nothing of svirt.

virsh() { command virsh -q -c qemu:///system "$@" 3>&- 4>&-; }

# libvirt_up: starts the daemons and waits until the QEMU driver answers
libvirt_up() {
  mkdir -p /etc/libvirt/lab /var/log/libvirt /run/libvirt /var/lib/libvirt/qemu /var/cache/libvirt
  restorecon -R /etc/libvirt /var/log/libvirt /run/libvirt /var/lib/libvirt /var/cache/libvirt
  [[ -s /etc/machine-id ]] || tr -d - </proc/sys/kernel/random/uuid >/etc/machine-id
  # the user comes from libvirt's package of system files, which needs systemd
  grep -q ^libvirt-qemu: /etc/passwd || {
    echo 'libvirt-qemu:x:64055:64055::/var/lib/libvirt:/usr/sbin/nologin' >>/etc/passwd
    printf 'libvirt-qemu:x:64055:\nkvm:x:64056:libvirt-qemu\n' >>/etc/group
  }
  # no private /dev, because the tests read labels in the host's
  printf '%s\n' 'namespaces = []' 'cgroup_controllers = []' 'stdio_handler = "file"' >/etc/libvirt/qemu.conf
  virtlogd -d 3>&- 4>&-
  libvirtd -d 3>&- 4>&-
  wait_for 90 virsh version >/dev/null 2>&1
}

# libvirt_start NAME FILE: starts the guest paused; prints the reason of a failure
libvirt_start() {
  # virsh is confined too, and reads only files of this type
  install -m 644 "$2" "/etc/libvirt/lab/$1.xml"
  restorecon "/etc/libvirt/lab/$1.xml"
  # it may write to no file of the test
  local said rc=0
  said=$(virsh create --paused "/etc/libvirt/lab/$1.xml" 2>&1) || rc=$?
  ((rc == 0)) || echo "$said"
  return $rc
}

# libvirt_label NAME: the label of its process
libvirt_label() { virsh dumpxml "$1" | sed -n "/<seclabel .*model='selinux'/,/<\\/seclabel>/ s:.*<label>\\(.*\\)</label>.*:\\1:p" | tail -n 1; }
