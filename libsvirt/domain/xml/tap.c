/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The other end of a card that is a network device of the host: which bridge it is a port of, the
 * name of the tap, and who moves the frames. Whether the host has them is not asked here.
 */
#include "domain/xml/parts.h"

#define MTU_MIN 68 /* RFC 791 */
#define MTU_MAX 65535

static int read_name(struct sv_xml *x, const xmlNode *node, const char *what, const char *value,
		     char **ret)
{
	char shown[64];
	int r = sv_xml_word(x, node, what, value, ret);

	if (r < 0 || sv_net_name_is_valid(value))
		return r;
	(void)sv_xml_fail(x, node, "%s: '%s' is no name of a network device", what,
			  sv_escape(value, shown, sizeof(shown)));
	return sv_hint(x->err, "it has at most %u letters, digits, '.', '_', '+' and '-'",
		       SV_NET_NAME_SIZE - 1);
}

int sv_xml_net_bridge(struct sv_xml *x, const xmlNode *node, struct sv_net *net)
{
	static const struct sv_xml_attr known[] = {
		{"bridge", NULL},
		{"macTableManager", NULL},
		{"portid", SV_XML_HARMLESS},
		{"index", SV_XML_HARMLESS},
		{NULL, NULL},
	};
	static const char *const managers[] = {"kernel", NULL};
	const char *bridge = sv_xml_attr(node, "bridge");
	unsigned at;
	int r = sv_xml_leaf(x, node, known);

	if (r < 0)
		return r;
	if (!bridge)
		return sv_xml_missing(x, node, "bridge");
	r = sv_xml_attr_choice(x, node, "macTableManager", managers, &at);
	return r < 0 ? r : read_name(x, node, "bridge of <source>", bridge, &net->bridge);
}

/* What libvirt adds while a guest runs is its own word for what the network's name says. */
int sv_xml_net_network(struct sv_xml *x, const xmlNode *node, struct sv_net *net)
{
	static const struct sv_xml_attr known[] = {
		{"network", NULL},	     {"portgroup", NULL},
		{"bridge", SV_XML_HARMLESS}, {"portid", SV_XML_HARMLESS},
		{"index", SV_XML_HARMLESS},  {NULL, NULL},
	};
	const char *network = sv_xml_attr(node, "network");
	const char *portgroup = sv_xml_attr(node, "portgroup");
	char shown[96];
	int r = sv_xml_leaf(x, node, known);

	if (r < 0)
		return r;
	if (!network)
		return sv_xml_missing(x, node, "network");
	if (!sv_network_name_is_valid(network)) {
		(void)sv_xml_fail(x, node, "network of <source>: '%s' is no name of a network",
				  sv_escape(network, shown, sizeof(shown)));
		return sv_hint(x->err, "it has at most %u letters, digits, '.', '_', '+' and '-'",
			       SV_NETWORK_NAME_MAX);
	}
	if (portgroup)
		r = sv_strdup(portgroup, &net->portgroup, x->err);
	return r < 0 ? r : sv_strdup(network, &net->network, x->err);
}

/* "vnet0" is a name that libvirt gave to a guest that ran: it is no wish. */
static bool is_automatic(const char *name)
{
	return sv_starts_with(name, "vnet") && name[4] &&
	       strspn(name + 4, "0123456789") == strlen(name + 4);
}

int sv_xml_net_target(struct sv_xml *x, const xmlNode *node, void *into)
{
	static const struct sv_xml_attr known[] = {{"dev", NULL}, {"managed", NULL}, {NULL, NULL}};
	const char *dev = sv_xml_attr(node, "dev"), *managed = sv_xml_attr(node, "managed");
	struct sv_net *net = into;
	bool ours = true;
	int r = sv_xml_leaf(x, node, known);

	/* a name for something that is not made here */
	if (r < 0 || !sv_net_is_tap(net))
		return r < 0 ? r : sv_xml_note(x, node, NULL, SV_XML_HARMLESS);
	if (managed && sv_parse_yes_no(managed, "managed", &ours, x->err) < 0)
		return sv_xml_at(x, node);
	if (!ours && net->type != SV_NET_ETHERNET) {
		(void)sv_xml_fail(x, node, "managed='no' is for an <interface type='ethernet'>");
		return sv_hint(x->err, "'ip link set DEVICE master BRIDGE' makes a port of it");
	}
	net->existing = !ours;
	if (!dev)
		return ours ? 0 : sv_xml_missing(x, node, "dev");
	if (ours && is_automatic(dev))
		return 0;
	return read_name(x, node, "dev of <target>", dev, &net->device);
}

int sv_xml_net_mtu(struct sv_xml *x, const xmlNode *node, void *into)
{
	static const struct sv_xml_attr known[] = {{"size", NULL}, {NULL, NULL}};
	const char *size = sv_xml_attr(node, "size");
	struct sv_net *net = into;
	int r = sv_xml_leaf(x, node, known);

	if (r < 0)
		return r;
	if (!size)
		return sv_xml_missing(x, node, "size");
	if (sv_parse_u32(size, MTU_MIN, MTU_MAX, "size of <mtu>", &net->mtu, x->err) < 0)
		return sv_xml_at(x, node);
	return 0;
}

int sv_xml_net_driver(struct sv_xml *x, const xmlNode *node, void *into)
{
	static const char *const names[] = {"qemu", "vhost", NULL};
	struct sv_net *net = into;
	unsigned at = 0;
	int r = sv_xml_attr_choice(x, node, "name", names, &at);

	if (r < 0)
		return r;
	net->vhost = at == 1 && sv_net_is_tap(net);
	return sv_xml_ignore(x, node, SV_XML_HARMLESS);
}
