#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Network cards whose other end is a device of the host: taps that svirt makes, and existing taps and macvtaps. The
# guest gets a descriptor, may make no tap itself, and leaves nothing behind.
# lab: timeout=600

load helper
load guest

OTHER=system_u:system_r:svirt_t:s0:c5,c6

setup_file() {
  modprobe -a tun bridge dummy macvtap >/dev/null 2>&1 3>&-
  ip link add br0 type bridge
  ip link set br0 up
  ip link add dummy0 type dummy 2>/dev/null || :
  ip link set dummy0 up
  # udev does this elsewhere
  restorecon /dev/net/tun </dev/null >/dev/null 2>&1 3>&-
}

teardown() {
  guest_teardown
  rm -rf /run/libvirt/network /etc/libvirt/qemu/networks/lan.xml /etc/svirt/svirt.conf.d/networks.conf
  ip link del tap7 2>/dev/null || :
  ip link del macvtap0 2>/dev/null || :
}

# booting TYPE XML: an <interface> from which the guest boots, so that boot code sends the first frames
booting() { echo "<interface type='$1'>$2<model type='virtio'/><boot order='1'/></interface>"; }
net() { echo "<interface type='$1'>$2</interface>"; }
ports() { ip -o link show master br0 | awk -F': ' '{ print $2 }'; }
received() { (($(cat "/sys/class/net/$1/statistics/rx_packets") > 0)); }

@test "a bridge: the guest's tap is a port of it, carries its frames, and is removed with the guest" {
  local file
  file=$(write_domain a --devices "$(booting bridge "<source bridge='br0'/><mtu size='1400'/>")")
  run jq -r '.results[0].steps[] | [.path, .action, .why] | join(" ")' <<<"$(svirt --json label -n "$file" 2>/dev/null)"
  assert_line "/dev/net/tun leave device that every process may use"
  svirt -q start "$file"
  assert_equal "$(ports)" svirt0
  assert_equal "$(cat /sys/class/net/svirt0/mtu) $(cut -c 1-3 /sys/class/net/svirt0/address)" "1400 fe:"
  wait_for 60 received svirt0
  svirt -q start "$(write_domain b --devices "$(booting bridge "<source bridge='br0'/><target dev='vnet0'/>")")"
  assert_equal "$(ports | xargs)" "svirt0 svirt1"
  svirt -q destroy a
  assert_equal "$(ports)" svirt1
  # a guest that is killed
  kill -9 "$(guest_pid b)"
  wait_for 10 gone b
  assert_equal "$(ports)" ""
}

# libvirt_network NAME XML: makes libvirt's files of a running network
libvirt_network() {
  mkdir -p /run/libvirt/network
  (umask 077 && echo "<networkstatus><network connections='1'><name>$1</name>$2</network></networkstatus>" \
    >"/run/libvirt/network/$1.xml")
  restorecon -R /run/libvirt </dev/null >/dev/null 2>&1 3>&-
}

@test "a network of libvirt: the guest's tap is a port of its bridge" {
  local file
  file=$(write_domain a --devices "$(booting network "<source network='lan'/>")")
  refused 6 "*.xml:7: there is no network 'lan' on this host" start "$file"
  assert_output --partial "[network lan] and bridge = br0"
  mkdir -p /etc/libvirt/qemu/networks
  echo "<network><name>lan</name><bridge name='br0'/></network>" >/etc/libvirt/qemu/networks/lan.xml
  refused 6 "*.xml:7: network 'lan' of libvirt's does not run" start "$file"
  assert_output --partial "hint: 'virsh net-start lan' starts it"
  libvirt_network lan "<forward mode='nat'/><bridge name='br0'/><mtu size='1400'/>"
  svirt -q check "$file"
  svirt -q start -n "$file"
  svirt -q start "$file"
  assert_equal "$(ports)" svirt0
  assert_equal "$(cat /sys/class/net/svirt0/mtu)" 1400
  wait_for 60 received svirt0
  svirt -q destroy a
  # a network whose ports libvirt would isolate
  libvirt_network lan "<bridge name='br0'/><port isolated='yes'/>"
  refused 2 "*.xml:7: network 'lan': /run/libvirt/network/lan.xml:1: svirt does not set its <port>" start "$file"
  refused 2 "*.xml:7: network 'lan': /run/libvirt/network/lan.xml:1: svirt does not set its <port>" start -n "$file"
  # a writer of this file would choose the bridge
  libvirt_network lan "<bridge name='br0'/>"
  chmod o+w /run/libvirt/network/lan.xml
  refused 4 "*network 'lan': /run/libvirt/network/lan.xml has another owner than root, or may be written by others" \
    label "$file"
}

@test "a network from svirt.conf: a bridge, or the guest's own" {
  local file
  file=$(write_domain a --devices "$(booting network "<source network='lan'/>")")
  # libvirt's network is not used
  libvirt_network lan "<bridge name='br7'/>"
  mkdir -p /etc/svirt/svirt.conf.d
  printf '%s\n' '[network lan]' 'bridge = br0' >/etc/svirt/svirt.conf.d/networks.conf
  svirt -q start "$file"
  assert_equal "$(ports)" svirt0
  svirt -q destroy a
  printf '%s\n' '[network lan]' 'type = user' >/etc/svirt/svirt.conf.d/networks.conf
  svirt -q start "$file"
  assert_equal "$(ports)" ""
  run sh -c "tr '\\0' '\\n' </proc/$(guest_pid a)/cmdline | grep -A1 -x -e -netdev"
  assert_line user,id=hostnet0
  svirt -q destroy a
}

@test "two cards of one guest, one of them with a name" {
  svirt -q start "$(write_domain a --devices "$(booting bridge "<source bridge='br0'/><target dev='web-a'/>")" \
    --devices "<interface type='ethernet'/>" --devices "<interface type='user'/>")"
  assert_equal "$(ports)" web-a
  wait_for 60 received web-a
  assert_exists /sys/class/net/svirt0
  assert_not_exists /sys/class/net/svirt0/master
  # the VMM has the descriptors of two taps, and the monitor has none
  run sh -c "ls -l /proc/$(guest_pid a)/fd | grep -c /dev/net/tun"
  assert_output 2
  run sh -c "ls -l /proc/$(monitor_of a)/fd | grep -c /dev/net/tun"
  assert_output 0
  svirt -q destroy a
  wait_for 5 test ! -e /sys/class/net/svirt0
}

@test "an existing tap: used as it is, by one guest, and left" {
  ip tuntap add dev tap7 mode tap
  ip link set tap7 up mtu 1300
  local file
  file=$(write_domain a --devices "$(booting ethernet "<target dev='tap7' managed='no'/><mtu size='1400'/>")")
  svirt -q start "$file"
  wait_for 60 received tap7
  assert_equal "$(cat /sys/class/net/tap7/mtu)" 1300
  refused 5 "*tap tap7 is in use by another process*" \
    start "$(write_domain b --devices "$(net ethernet "<target dev='tap7' managed='no'/>")")"
  svirt -q stop --force a || svirt -q destroy a
  wait_for 10 gone a
  assert_exists /sys/class/net/tap7
  svirt -q start "$file"
  svirt -q destroy a
  ip link del tap7
  # a tap with several queues
  ip tuntap add dev tap7 mode tap multi_queue
  svirt -q start "$file"
  svirt -q destroy a
}

@test "a macvtap: its node gets the guest's label, and is restored" {
  ip link add link dummy0 name macvtap0 type macvtap mode bridge
  ip link set macvtap0 up
  local node before file
  node=/dev/tap$(cat /sys/class/net/macvtap0/ifindex)
  [[ -e $node ]] || mknod "$node" c "$(tr : ' ' <"/sys/class/net/macvtap0/macvtap/${node##*/}/dev" | cut -d' ' -f1)" \
    "$(cut -d: -f2 "/sys/class/net/macvtap0/macvtap/${node##*/}/dev")"
  restorecon "$node" </dev/null >/dev/null 2>&1 3>&-
  before=$(inode_of "$node")
  file=$(write_domain a --devices "$(net ethernet "<target dev='macvtap0' managed='no'/>")")
  svirt -q label "$file"
  assert_equal "$(label_of "$node")" "$(guest_image a)"
  run probe_as "$OTHER" write "$node"
  assert_output "write $node: denied EACCES"
  refused 5 "*$node is held by guest a*" \
    label "$(write_domain b --devices "$(net ethernet "<target dev='macvtap0' managed='no'/>")")"
  svirt -q start "$file"
  assert_equal "$(label_of "$node")" "$(guest_image a)"
  # the guest has the macvtap, and not another tap
  run sh -c "ls -l /proc/$(guest_pid a)/fd | grep -oE '/dev/(net/tun|tap[0-9]+)'"
  assert_output "$node"
  svirt -q destroy a
  assert_equal "$(inode_of "$node")" "$before"
}

@test "check looks at taps too" {
  local file
  file=$(write_domain a --devices "$(net bridge "<source bridge='br0'/>")" --devices "$(net bridge "<source bridge='br7'/>")")
  run svirt check "$file"
  assert_failure 1
  assert_output --partial "there is no bridge br7 on this host"
  sed -i /br7/d "$file"
  # only svirt opens the driver, so the mode of the node does not matter to the guest
  chmod 600 /dev/net/tun
  svirt -q check "$file"
}

@test "a device that does not exist or is of another kind is reported before anything changes" {
  make_disk "$IMG/a.img" 1M
  local before
  before=$(everything)
  while IFS='|' read -r type xml rc words hint; do
    refused "$rc" "*.xml:12: $words" start "$(write_domain a --disk "$IMG/a.img" --devices "$(net "$type" "$xml")")"
    assert_output --partial "hint: $hint"
  done <<'END'
bridge|<source bridge='br7'/>|6|there is no bridge br7 on this host|'ip link show type bridge' lists what is there; 'ip link add br7
bridge|<source bridge='dummy0'/>|2|network device dummy0 is no bridge|'ip link show type bridge'
ethernet|<target dev='tap7' managed='no'/>|6|there is no network device tap7 on this host|'ip tuntap add dev tap7 mode tap'
ethernet|<target dev='br0' managed='no'/>|2|network device br0 is neither a tap nor a macvtap|an <interface type='bridge'> leads
END
  assert_equal "$(everything)" "$before"
}

@test "a kernel without the driver of taps: the hint loads it" {
  mv /dev/net/tun /dev/net/tun.away
  refused 6 "*.xml:7: /dev/net/tun: No such file or directory" start "$(write_domain a --devices "$(net bridge "<source bridge='br0'/>")")"
  assert_output --partial "hint: modprobe tun, on a host that has it"
  mv /dev/net/tun.away /dev/net/tun
}

@test "a name that is in use: everything is restored" {
  make_disk "$IMG/a.img" 1M
  local before
  before=$(inode_of "$IMG/a.img")
  run svirt start "$(write_domain a --disk "$IMG/a.img" --devices "$(net bridge "<source bridge='br0'/><target dev='dummy0'/>")")"
  assert_failure 5
  assert_line --partial "a.xml:12: there is a network device dummy0 already"
  assert_line --partial "hint: <target dev='dummy0' managed='no'/> in an <interface type='ethernet'>"
  assert_equal "$(inode_of "$IMG/a.img")" "$before"
  assert_equal "$(svirt --json restore --list | jq '.results | length')" 0
  assert_equal "$(ports)" ""
}
