/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is behind network cards: sockets, taps, other processes and vDPA devices; and disks that
 * another process serves. What of a document is accepted, and what it says then.
 */
#include "domain-fixture.h"

#include "base/string.h"

#define NET(type, inner) "<interface type='" type "'>" inner "</interface>"

static void test_bad_net_sockets(void **state)
{
	static const struct bad_lines table[] = {
		{IN_DEVICES, NET("network", ""), 1, "<interface type='network'> has no <source>",
		 NULL},
		{IN_DEVICES, NET("direct", ""), 1, "'direct' is not supported",
		 "<target dev='macvtap0' managed='no'/>"},
		{IN_DEVICES, NET("hostdev", ""), 1, "'hostdev' is not supported", "<hostdev>"},
		{IN_DEVICES, NET("token", ""), 1, "'token' is not supported",
		 "accepted: user, server, client, mcast, udp, ethernet, bridge, vhostuser, vdpa, "
		 "network"},
		{IN_DEVICES, NET("user", "<source dev='eth0'/>"), 1,
		 "attribute dev of <source> names a host resource", NULL},
		{IN_DEVICES, NET("server", ""), 1, "<interface type='server'> has no <source>",
		 NULL},
		{IN_DEVICES, NET("client", "<source port='1'/>"), 1,
		 "attribute address is missing in <source>", NULL},
		{IN_DEVICES, NET("client", "<source address='1.2.3.4'/>"), 1,
		 "attribute port is missing in <source>", NULL},
		{IN_DEVICES, NET("client", "<source address='::1' port='1'/>"), 1,
		 "address of <source>: '::1' is not a numeric IPv4 address", "127.0.0.1"},
		{IN_DEVICES, NET("server", "<source port='65536'/>"), 1,
		 "port of <source>: 65536 is out of range", NULL},
		{IN_DEVICES, NET("server", "<source port='1'><local port='1'/></source>"), 1,
		 "element <local> is not known in <source>", NULL},
		{IN_DEVICES, NET("mcast", "<source address='1.2.3.4' port='1'/>"), 1,
		 "1.2.3.4 is not a multicast address", NULL},
		{IN_DEVICES, NET("udp", "<source address='1.2.3.4' port='1'/>"), 1,
		 "<interface type='udp'> has no <local>", NULL},
		{IN_DEVICES, NET("server", "<source port='1' path='/a'/>"), 1,
		 "attribute path of <source> is not known", NULL},
	};

	(void)state;
	assert_all_bad(table, SV_N_ELEMENTS(table));
}

#define BRIDGE(rest) NET("bridge", "<source bridge='br0'/>" rest)

static void test_bad_taps(void **state)
{
	static const struct bad_lines table[] = {
		{IN_DEVICES, NET("bridge", ""), 1, "<interface type='bridge'> has no <source>",
		 NULL},
		{IN_DEVICES, NET("bridge", "<source/>"), 1,
		 "attribute bridge is missing in <source>", NULL},
		{IN_DEVICES, NET("bridge", "<source network='default'/>"), 1,
		 "attribute network of <source> is not known", NULL},
		{IN_DEVICES, NET("bridge", "<source bridge='../br0'/>"), 1,
		 "bridge of <source>: '../br0' is not 1 to 64 letters", NULL},
		{IN_DEVICES, NET("bridge", "<source bridge='..'/>"), 1,
		 "bridge of <source>: '..' is no name of a network device", "at most 15 letters"},
		{IN_DEVICES, NET("bridge", "<source bridge='bridge-of-sixtee'/>"), 1,
		 "'bridge-of-sixtee' is no name of a network device", NULL},
		{IN_DEVICES, NET("bridge", "<source bridge='br0' macTableManager='libvirt'/>"), 1,
		 "macTableManager of <source>: 'libvirt' is not supported", "kernel"},
		{IN_DEVICES, NET("ethernet", "<source bridge='br0'/>"), 1,
		 "<source> of an <interface type='ethernet'> would have no effect", NULL},
		{IN_DEVICES, NET("user", "<target dev='tap0' fd='3'/>"), 1,
		 "attribute fd of <target> is not known", NULL},
		{IN_DEVICES, NET("ethernet", "<target managed='no'/>"), 1,
		 "attribute dev is missing in <target>", NULL},
		{IN_DEVICES, NET("ethernet", "<target dev='a' managed='maybe'/>"), 1, "managed",
		 NULL},
		{IN_DEVICES, NET("ethernet", "<target dev='-a'/>"), 1,
		 "dev of <target>: '-a' is no name of a network device", NULL},
		{IN_DEVICES, BRIDGE("<target dev='a' managed='no'/>"), 1,
		 "managed='no' is for an <interface type='ethernet'>", "ip link set DEVICE master"},
		{IN_DEVICES, BRIDGE("<script path='/etc/up'/>"), 1,
		 "element <script> can carry a host resource", NULL},
		{IN_DEVICES, BRIDGE("<mtu/>"), 1, "attribute size is missing in <mtu>", NULL},
		{IN_DEVICES, BRIDGE("<mtu size='67'/>"), 1, "size of <mtu>: 67 is out of range",
		 NULL},
		{IN_DEVICES, BRIDGE("<driver name='vfio'/>"), 1,
		 "name of <driver>: 'vfio' is not supported", "qemu, vhost"},
		{IN_DEVICES, BRIDGE("<virtualport type='openvswitch'/>"), 1,
		 "element <virtualport> is not known in <interface>", NULL},
	};

	(void)state;
	assert_all_bad(table, SV_N_ELEMENTS(table));
}

#define LONG_NAME "network-of-more-than-64-letters-which-is-no-name-of-any-file-nor-of-us"

static void test_bad_networks(void **state)
{
	static const struct bad_lines table[] = {
		{IN_DEVICES, NET("network", "<source/>"), 1,
		 "attribute network is missing in <source>", NULL},
		{IN_DEVICES, NET("network", "<source network=''/>"), 1,
		 "network of <source>: '' is no name of a network",
		 "at most 64 letters, digits, '.', '_', '+' and '-'"},
		{IN_DEVICES, NET("network", "<source network='..'/>"), 1,
		 "network of <source>: '..' is no name of a network", NULL},
		{IN_DEVICES, NET("network", "<source network='../a'/>"), 1,
		 "'../a' is no name of a network", NULL},
		{IN_DEVICES, NET("network", "<source network='-a'/>"), 1,
		 "'-a' is no name of a network", NULL},
		{IN_DEVICES, NET("network", "<source network='a&#10;b'/>"), 1,
		 "'a\\x0ab' is no name of a network", NULL},
		{IN_DEVICES, NET("network", "<source network='" LONG_NAME "'/>"), 1,
		 "is no name of a network", NULL},
		{IN_DEVICES, NET("network", "<source network='a' dev='eth0'/>"), 1,
		 "attribute dev of <source> is not known", NULL},
		{IN_DEVICES, NET("network", "<source network='a'/><target dev='b' managed='no'/>"),
		 1, "managed='no' is for an <interface type='ethernet'>", NULL},
		{IN_DEVICES, NET("network", "<source network='a'/><virtualport/>"), 1,
		 "element <virtualport> is not known in <interface>", NULL},
	};

	(void)state;
	assert_all_bad(table, SV_N_ELEMENTS(table));
}

static void test_networks(void **state)
{
	sv_auto_domain struct sv_domain *dom = domain_of(
		IN_DEVICES,
		NET("network", "<source network='default' portgroup='a b' bridge='virbr0' "
			       "portid='6d0c' index='1'/><target dev='vnet3'/><mtu size='1400'/>")
			NET("bridge", "<source bridge='br0' portid='6d0c' index='1'/>"));

	(void)state;
	assert_int_equal(dom->nets[0].type, SV_NET_NETWORK);
	assert_string_equal(dom->nets[0].network, "default");
	assert_string_equal(dom->nets[0].portgroup, "a b");
	/* what libvirt wrote is not believed */
	assert_null(dom->nets[0].bridge);
	assert_null(dom->nets[0].device);
	assert_true(sv_net_is_tap(&dom->nets[0]));
	assert_string_equal(dom->nets[1].bridge, "br0");
}

static void test_bad_vhost_cards(void **state)
{
	static const struct bad_lines table[] = {
		{IN_DEVICES, NET("vhostuser", ""), 1,
		 "<interface type='vhostuser'> has no <source>", NULL},
		{IN_DEVICES, NET("vhostuser", "<source mode='client'/>"), 1,
		 "attribute path is missing in <source>", NULL},
		{IN_DEVICES, NET("vhostuser", "<source type='tcp' path='/a'/>"), 1,
		 "type of <source>: 'tcp' is not supported", "unix"},
		{IN_DEVICES, NET("vhostuser", "<source path='/a' mode='bind'/>"), 1,
		 "mode of <source>: 'bind' is not supported", "client, server"},
		{IN_DEVICES, NET("vhostuser", "<source path='a'/>"), 1, "'a' is not absolute",
		 NULL},
		{IN_DEVICES,
		 NET("vhostuser", "<source path='/a' mode='server'><reconnect enabled='yes' "
				  "timeout='1'/></source>"),
		 1, "<reconnect> of a device that does not connect", NULL},
		{IN_DEVICES, NET("vhostuser", "<source path='/a'/><model type='e1000'/>"), 1,
		 "<interface type='vhostuser'> cannot be a card of model e1000", "virtio"},
		{IN_DEVICES, NET("vdpa", ""), 1, "<interface type='vdpa'> has no <source>", NULL},
		{IN_DEVICES, NET("vdpa", "<source/>"), 1, "attribute dev is missing in <source>",
		 NULL},
		{IN_DEVICES, NET("vdpa", "<source dev='/dev/vhost-vdpa-'/>"), 1,
		 "dev of <source>: '/dev/vhost-vdpa-' is no vDPA device", "vdpa dev show"},
		{IN_DEVICES, NET("vdpa", "<source dev='/dev/vhost-vdpa-0a'/>"), 1,
		 "'/dev/vhost-vdpa-0a' is no vDPA device", NULL},
		{IN_DEVICES, NET("vdpa", "<source dev='/dev/dri/renderD128'/>"), 1,
		 "'/dev/dri/renderD128' is no vDPA device", NULL},
		{IN_DEVICES,
		 NET("vdpa", "<source dev='/dev/vhost-vdpa-0'/><model type='rtl8139'/>"), 1,
		 "<interface type='vdpa'> cannot be a card of model rtl8139", NULL},
	};

	(void)state;
	assert_all_bad(table, SV_N_ELEMENTS(table));
}

#define VHOST_DISK(rest)                                                  \
	"<disk type='vhostuser'><source type='unix' path='/run/b.sock'/>" \
	"<target dev='vda'/>" rest "</disk>"

static void test_bad_vhost_disks(void **state)
{
	static const struct bad_lines table[] = {
		{IN_DEVICES, "<disk type='vhostuser'><target dev='vda'/></disk>", 1,
		 "disk vda has no <source>", NULL},
		{IN_DEVICES,
		 "<disk type='vhostuser'><source type='unix' path='/a'/><target dev='sda'/></disk>",
		 1, "disk sda: vhostuser is for disks on bus 'virtio'", "bus='virtio'"},
		{IN_DEVICES,
		 "<disk type='vhostuser' device='cdrom'><source type='unix' path='/a'/>"
		 "<target dev='vda' bus='virtio'/></disk>",
		 1, "disk vda: vhostuser is for disks on bus 'virtio'", NULL},
		{IN_DEVICES, VHOST_DISK("<readonly/>"), 1,
		 "disk vda: <readonly/> has no effect with vhostuser", "who serves the disk"},
		{IN_DEVICES, VHOST_DISK("<shareable/>"), 1, "<shareable/> has no effect", NULL},
		{IN_DEVICES, VHOST_DISK("<serial>a</serial>"), 1, "<serial> has no effect", NULL},
		{IN_DEVICES, VHOST_DISK("<backingStore/>"), 1, "<backingStore> has no effect",
		 NULL},
		{IN_DEVICES,
		 VHOST_DISK("<backingStore type='file'><format type='raw'/><source file='/b'/>"
			    "</backingStore>"),
		 1, "<backingStore> has no effect", NULL},
		{IN_DEVICES, VHOST_DISK("<driver cache='none'/>"), 1,
		 "a mode in <driver> has no effect", NULL},
		{IN_DEVICES, VHOST_DISK("<driver io='native'/>"), 1,
		 "a mode in <driver> has no effect", NULL},
		{IN_DEVICES, VHOST_DISK("<driver discard='unmap'/>"), 1,
		 "a mode in <driver> has no effect", NULL},
	};

	(void)state;
	assert_all_bad(table, SV_N_ELEMENTS(table));
}

static void test_taps(void **state)
{
	sv_auto_domain struct sv_domain *dom = domain_of(
		IN_DEVICES,
		BRIDGE("<target dev='vnet17'/>")
			BRIDGE("<target dev='vnet'/><mtu size='9000'/><driver queues='2'/>")
				NET("ethernet", "<target dev='vnet1' managed='no'/>")
					NET("ethernet", "<driver name='vhost' queues='4'/>")
						NET("user", "<driver name='vhost'/>"));

	(void)state;
	/* a name of libvirt's own making is none */
	assert_null(dom->nets[0].device);
	assert_string_equal(dom->nets[0].bridge, "br0");
	assert_string_equal(dom->nets[1].device, "vnet");
	assert_int_equal(dom->nets[1].mtu, 9000);
	assert_string_equal(dom->nets[2].device, "vnet1");
	assert_true(dom->nets[2].existing);
	assert_true(dom->nets[3].vhost);
	assert_false(dom->nets[4].vhost);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad_net_sockets),
		cmocka_unit_test(test_bad_taps),
		cmocka_unit_test(test_bad_networks),
		cmocka_unit_test(test_networks),
		cmocka_unit_test(test_taps),
		cmocka_unit_test(test_bad_vhost_cards),
		cmocka_unit_test(test_bad_vhost_disks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
