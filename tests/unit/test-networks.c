/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The network of <interface type='network'>: from svirt.conf, or from the state of libvirt's
 * networks, in a tree of the test's own below the handle's root. Must not look at this host's
 * networks.
 */
#include "domain-fixture.h"

#include "base/fs.h"
#include "base/string.h"
#include "guest/files/nets.h"
#include "guest/files/networks.h"
#include "guest/prepare/user.h"

#include <sys/stat.h>

#define CARD(more) "<interface type='network'><source network='lan'/>" more "</interface>"
#define GROUP(name) \
	"<interface type='network'><source network='lan' portgroup='" name "'/></interface>"
#define BRIDGE	      "<bridge name='virbr7' stp='on' delay='0'/>"
#define NETWORK(more) "<network><name>lan</name>" more "</network>"
#define STATUS(more)                                                                                \
	"<!--\nmade by libvirt\n-->\n<networkstatus>\n<class_id bitmap='0-2'/>\n<floor sum='0'/>\n" \
	"<network connections='2'><name>lan</name>" more "</network>\n</networkstatus>\n"
#define FILE_NAME "run/libvirt/network/lan.xml"

static char root[64], conf_dir[] = "/etc/svirt";

static const char *below(const char *path)
{
	static char full[256];
	char *slash;

	(void)snprintf(full, sizeof(full), "%s/%s", root, path);
	for (slash = strchr(full + strlen(root) + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		(void)mkdir(full, 0755);
		*slash = '/';
	}
	return full;
}

static void put(const char *name, const char *text)
{
	FILE *f = fopen(below(name), "we");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(below(name), 0600), 0);
}

static int make_root(void **state)
{
	(void)state;
	(void)snprintf(root, sizeof(root), "/tmp/svirt-networks-XXXXXX");
	assert_non_null(mkdtemp(root));
	put("sys/class/net/virbr7/bridge/bridge_id", "8000.000000000000\n");
	put("sys/class/net/br0/bridge/bridge_id", "8000.000000000000\n");
	return 0;
}

static int drop_root(void **state)
{
	struct sv_error err = {0};

	(void)state;
	assert_int_equal(sv_fs_remove_tree(root, &err), 0);
	return 0;
}

static void leads_to(const char *text, const char *card, const char *bridge, uint32_t mtu)
{
	const struct svirt sv = {.root = root, .conf_dir = conf_dir};
	sv_auto_domain struct sv_domain *dom = domain_of(IN_DEVICES, card);
	struct sv_error err = {0};

	put(FILE_NAME, text);
	/* a second search finds the same */
	for (int i = 0; i < 2; i++) {
		if (sv_net_find(&sv, dom, &dom->nets[0], &err) < 0)
			fail_msg("%s for %s", err.msg, text);
		assert_int_equal(dom->nets[0].type, SV_NET_BRIDGE);
		assert_string_equal(dom->nets[0].bridge, bridge);
		assert_string_equal(dom->nets[0].network, "lan");
		assert_int_equal(dom->nets[0].mtu, mtu);
	}
}

static void test_bridges(void **state)
{
	static const char *const forwards[] = {
		"",
		"<forward/>",
		"<forward mode='none'/>",
		"<forward mode='nat'><nat><port start='1024' end='65535'/></nat></forward>",
		"<forward mode='route' dev='eth0'/>",
		"<forward mode='open'/>",
		"<forward mode='bridge'/>",
	};

	(void)state;
	for (size_t i = 0; i < SV_N_ELEMENTS(forwards); i++) {
		char text[512];

		(void)snprintf(text, sizeof(text), NETWORK("%s" BRIDGE), forwards[i]);
		leads_to(text, CARD(""), "virbr7", 0);
		(void)snprintf(text, sizeof(text), STATUS("%s" BRIDGE "<ip address='192.0.2.1'/>"),
			       forwards[i]);
		leads_to(text, CARD(""), "virbr7", 0);
	}
	leads_to(NETWORK(BRIDGE "<mtu size='9000'/>"), CARD(""), "virbr7", 9000);
	leads_to(NETWORK(BRIDGE "<mtu size='9000'/>"), CARD("<mtu size='1400'/>"), "virbr7", 1400);
	leads_to(NETWORK(BRIDGE "<bandwidth/><port isolated='no'/>"), CARD(""), "virbr7", 0);
	leads_to(NETWORK(BRIDGE "<portgroup name='a'/><portgroup name='b'><vlan/></portgroup>"),
		 GROUP("a"), "virbr7", 0);
	leads_to(NETWORK(BRIDGE "<portgroup name='a'><vlan/></portgroup>"), CARD(""), "virbr7", 0);
}

static void refused(const struct svirt *sv, const char *card, enum sv_code code, const char *msg,
		    const char *hint)
{
	sv_auto_domain struct sv_domain *dom = domain_of(IN_DEVICES, card);
	struct sv_error err = {0};
	int r = sv_net_find(sv, dom, &dom->nets[0], &err);

	if (!strstr(err.msg, msg) || !strstr(err.hint, hint))
		fail_msg("'%s', hint '%s' instead of '%s', '%s'", err.msg, err.hint, msg, hint);
	assert_int_equal(r, -(int)code);
	assert_string_equal(err.file, "good.xml");
	assert_int_equal(err.line, FRAME_DEVICES_LINE);
	assert_null(dom->nets[0].bridge);
}

static void test_refused_networks(void **state)
{
	static const struct {
		const char *text, *card, *msg, *hint;
	} cases[] = {
		{NETWORK("<forward mode='bridge'><interface dev='eth0'/></forward>"), CARD(""),
		 "lan.xml:1: it has no <bridge name=''/>", ""},
		{NETWORK("\n<forward mode='private'/>" BRIDGE), CARD(""), "network 'lan': /",
		 "svirt makes no macvtap devices"},
		{NETWORK("\n<forward mode='private'/>" BRIDGE), CARD(""),
		 "/" FILE_NAME ":2: forward mode 'private' leads to no bridge", ""},
		{NETWORK("<forward mode='vepa'/>" BRIDGE), CARD(""), "forward mode 'vepa'", ""},
		{NETWORK("<forward mode='passthrough'/>" BRIDGE), CARD(""),
		 "forward mode 'passthrough'", ""},
		{NETWORK("<forward mode='hostdev'/>" BRIDGE), CARD(""), "forward mode 'hostdev'",
		 "<hostdev>"},
		{NETWORK("<bridge/>"), CARD(""), "it has no <bridge name=''/>", ""},
		{NETWORK("<bridge name='../br0'/>"), CARD(""),
		 "name of <bridge>: '../br0' is no name of a network device", ""},
		{NETWORK("<bridge name='virbr7' macTableManager='libvirt'/>"), CARD(""),
		 "macTableManager of <bridge>: svirt sets no MAC table", ""},
		{NETWORK(BRIDGE "<virtualport type='openvswitch'/>"), CARD(""),
		 "svirt does not set its <virtualport>", "use a network without it"},
		{NETWORK(BRIDGE "<vlan><tag id='7'/></vlan>"), CARD(""),
		 "svirt does not set its <vlan>", ""},
		{NETWORK(BRIDGE "<port isolated='yes'/>"), CARD(""),
		 "svirt does not set its <port>", ""},
		{NETWORK(BRIDGE "<mtu size='1'/>"), CARD(""), "size of <mtu>: 1 is out of range",
		 ""},
		{NETWORK(BRIDGE), GROUP("a"), "it has no portgroup 'a'", ""},
		{NETWORK(BRIDGE "<portgroup name='a'><bandwidth/></portgroup>"), GROUP("a"),
		 "svirt does not set <bandwidth> of its portgroup", "use a portgroup without it"},
		{NETWORK(BRIDGE "<portgroup name='a' default='yes'><vlan/></portgroup>"), CARD(""),
		 "svirt does not set <vlan> of its portgroup", ""},
		{"<domain/>", CARD(""), "the document is a <domain>, not a <network>", ""},
		{"<networkstatus/>", CARD(""), "the document is a <networkstatus>", ""},
		{"<network>", CARD(""), "not well-formed XML", ""},
		{"<!DOCTYPE a [<!ENTITY b 'c'>]>" NETWORK(BRIDGE), CARD(""),
		 "a DOCTYPE is not allowed", ""},
	};
	const struct svirt sv = {.root = root, .conf_dir = conf_dir};

	(void)state;
	for (size_t i = 0; i < SV_N_ELEMENTS(cases); i++) {
		put(FILE_NAME, cases[i].text);
		refused(&sv, cases[i].card, SV_E_USAGE, cases[i].msg, cases[i].hint);
	}
}

static void test_missing(void **state)
{
	const struct svirt sv = {.root = root, .conf_dir = conf_dir};
	sv_auto_domain struct sv_domain *dom = domain_of(IN_DEVICES, CARD(""));
	struct sv_error err = {0};

	(void)state;
	refused(&sv, CARD(""), SV_E_NOTFOUND, "there is no network 'lan' on this host",
		"add two lines to /etc/svirt/svirt.conf, with a bridge of this host: [network lan] "
		"and bridge = br0; or type = user");
	put("etc/libvirt/qemu/networks/lan.xml", NETWORK(BRIDGE));
	refused(&sv, CARD(""), SV_E_NOTFOUND, "network 'lan' of libvirt's does not run",
		"'virsh net-start lan' starts it");
	put(FILE_NAME, NETWORK("<bridge name='virbr8'/>"));
	assert_int_equal(sv_net_find(&sv, dom, &dom->nets[0], &err), -SV_E_NOTFOUND);
	assert_string_equal(err.msg, "network 'lan': there is no bridge virbr8 on this host");
	assert_non_null(strstr(err.hint, "'virsh net-start lan'"));
	assert_int_equal(err.line, FRAME_DEVICES_LINE);
}

/* The file is root's alone, a regular file, in a directory that no other user may change, and of
 * limited size. */
static void test_files(void **state)
{
	const struct svirt sv = {.root = root, .conf_dir = conf_dir};
	static char large[300000];
	char path[256];

	(void)state;
	put(FILE_NAME, NETWORK(BRIDGE));
	(void)snprintf(path, sizeof(path), "%s", below(FILE_NAME));
	assert_int_equal(chmod(path, 0660), 0);
	refused(&sv, CARD(""), SV_E_PERMISSION,
		"lan.xml has another owner than root, or may be written by others",
		"would choose the guest's bridge");
	assert_int_equal(chmod(path, 0602), 0);
	refused(&sv, CARD(""), SV_E_PERMISSION, "may be written by others", "");
	assert_int_equal(chmod(path, 0600), 0);
	assert_int_equal(chmod(below("run/libvirt/network"), 0777), 0);
	refused(&sv, CARD(""), SV_E_PERMISSION,
		"/run/libvirt/network has another owner than root, or may be written by others",
		"");
	assert_int_equal(chmod(below("run/libvirt/network"), 0755), 0);
	memset(large, ' ', sizeof(large) - 1);
	put(FILE_NAME, large);
	refused(&sv, CARD(""), SV_E_USAGE, FILE_NAME " is larger than 262144 bytes", "");
	assert_int_equal(rename(path, below("run/elsewhere.xml")), 0);
	assert_int_equal(symlink("../../elsewhere.xml", path), 0);
	refused(&sv, CARD(""), SV_E_USAGE, "is a symbolic link", "");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	refused(&sv, CARD(""), SV_E_USAGE, "lan.xml is no regular file", "");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(below("run/libvirt/network")), 0);
	put("run/libvirt/network", "");
	refused(&sv, CARD(""), SV_E_USAGE, "/run/libvirt/network is no directory", "");
}

static void test_configured(void **state)
{
	struct sv_config_network of_bridge = {.name = (char[]){"lan"}, .bridge = (char[]){"br0"}},
				 of_user = {.name = (char[]){"lan"}},
				 away = {.name = (char[]){"lan"}, .bridge = (char[]){"br8"}};
	struct svirt sv = {.root = root, .conf_dir = conf_dir};
	sv_auto_domain struct sv_domain *dom = domain_of(IN_DEVICES, CARD(""));
	sv_auto_domain struct sv_domain *other =
		domain_of(IN_DEVICES, CARD("<target dev='a'/><driver name='vhost'/>"));
	sv_auto_domain struct sv_domain *third = domain_of(IN_DEVICES, CARD(""));
	struct sv_error err = {0};

	(void)state;
	/* libvirt's state is not even read */
	put(FILE_NAME, "<network>");
	sv.conf.networks.n = 1;
	sv.conf.networks.items = &of_bridge;
	assert_int_equal(sv_net_find(&sv, dom, &dom->nets[0], &err), 0);
	assert_int_equal(dom->nets[0].type, SV_NET_BRIDGE);
	assert_string_equal(dom->nets[0].bridge, "br0");
	sv.conf.networks.items = &of_user;
	assert_int_equal(sv_net_find(&sv, other, &other->nets[0], &err), 0);
	assert_int_equal(other->nets[0].type, SV_NET_USER);
	assert_false(sv_net_is_tap(&other->nets[0]) || other->nets[0].vhost);
	assert_null(other->nets[0].device);
	refused(&sv, GROUP("a"), SV_E_USAGE, "network 'lan' of svirt.conf has no portgroups",
		"take portgroup= out of <source>");
	sv.conf.networks.items = &of_bridge;
	refused(&sv, GROUP("a"), SV_E_USAGE, "network 'lan' of svirt.conf has no portgroups",
		"or name a bridge that is in that segment");
	sv.conf.networks.items = &away;
	assert_int_equal(sv_net_find(&sv, third, &third->nets[0], &err), -SV_E_NOTFOUND);
	assert_string_equal(err.msg, "there is no bridge br8 on this host");
	assert_non_null(strstr(err.hint, "ip link add br8"));
}

/* A user's guest gets no bridge, but gets a network of its own where svirt.conf says so. */
static void test_of_a_user(void **state)
{
	struct sv_config_network of_user = {.name = (char[]){"lan"}};
	struct svirt sv = {.root = root,
			   .conf_dir = conf_dir,
			   .user = true,
			   .run_dir = (char[]){"/run/user/1000/svirt"}};
	sv_auto_domain struct sv_domain *dom = domain_of(IN_DEVICES, CARD(""));
	struct sv_error err = {0};

	(void)state;
	assert_int_equal(sv_user_check(&sv, dom, false, &err), -SV_E_PERMISSION);
	assert_string_equal(err.msg, "the bridge of network 'lan' needs root");
	assert_non_null(
		strstr(err.hint, "[network lan] with type = user in /etc/svirt/svirt.conf"));
	assert_int_equal(err.line, FRAME_DEVICES_LINE);
	sv_error_clear(&err);
	sv.conf.networks.items = &of_user;
	sv.conf.networks.n = 1;
	assert_int_equal(sv_user_check(&sv, dom, false, &err), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_bridges, make_root, drop_root),
		cmocka_unit_test_setup_teardown(test_refused_networks, make_root, drop_root),
		cmocka_unit_test_setup_teardown(test_missing, make_root, drop_root),
		cmocka_unit_test_setup_teardown(test_files, make_root, drop_root),
		cmocka_unit_test_setup_teardown(test_configured, make_root, drop_root),
		cmocka_unit_test_setup_teardown(test_of_a_user, make_root, drop_root),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
