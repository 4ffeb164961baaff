/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A network of libvirt's becomes the name of a bridge: see network.h. */
#include "domain/xml/network.h"

#include "domain/xml/parts.h"

#define MTU_MIN 68 /* RFC 791 */
#define MTU_MAX 65535

static void free_doc(xmlDoc **doc)
{
	if (*doc)
		xmlFreeDoc(*doc);
}

/* The element at node or behind it that has this name (NULL: any), or NULL. */
static const xmlNode *find(const xmlNode *node, const char *name)
{
	for (; node; node = node->next) {
		if (node->type == XML_ELEMENT_NODE &&
		    (!name || (!node->ns && sv_streq((const char *)node->name, name))))
			return node;
	}
	return NULL;
}

/* What would be set on the tap of each card. */
static int check_settings(struct sv_xml *x, const xmlNode *network)
{
	static const struct {
		const char *element, *attr, *harmless;
	} settings[] = {
		{"virtualport", NULL, NULL},
		{"vlan", NULL, NULL},
		{"port", "isolated", "no"},
	};

	for (size_t i = 0; i < SV_N_ELEMENTS(settings); i++) {
		const xmlNode *node = find(network->children, settings[i].element);

		if (!node || (settings[i].attr &&
			      sv_streq(sv_xml_attr(node, settings[i].attr), settings[i].harmless)))
			continue;
		(void)sv_xml_fail(x, node, "svirt does not set its <%s>", settings[i].element);
		return sv_hint(x->err, "use a network without it");
	}
	return 0;
}

static int check_portgroup(struct sv_xml *x, const xmlNode *network, const char *name)
{
	const xmlNode *node = network->children, *setting;
	char shown[96], element[64];

	while ((node = find(node, "portgroup"))) {
		if (name ? sv_streq(sv_xml_attr(node, "name"), name)
			 : sv_streq(sv_xml_attr(node, "default"), "yes"))
			break;
		node = node->next;
	}
	if (!node && name)
		return sv_xml_fail(x, network, "it has no portgroup '%s'",
				   sv_escape(name, shown, sizeof(shown)));
	setting = node ? find(node->children, NULL) : NULL;
	if (!setting)
		return 0;
	(void)sv_xml_fail(x, setting, "svirt does not set <%s> of its portgroup",
			  sv_xml_name(setting, element, sizeof(element)));
	return sv_hint(x->err, "use a portgroup without it");
}

/* Modes without a bridge are for macvtaps and for devices of the host. */
static int check_forward(struct sv_xml *x, const xmlNode *network)
{
	static const char *const modes[] = {"nat", "none", "route", "open", "bridge", NULL};
	const xmlNode *node = find(network->children, "forward");
	const char *mode = node ? sv_xml_attr(node, "mode") : NULL;
	char shown[96];
	unsigned at;

	if (!mode || sv_parse_choice(mode, modes, &at) == 0)
		return 0;
	(void)sv_xml_fail(x, node, "forward mode '%s' leads to no bridge",
			  sv_escape(mode, shown, sizeof(shown)));
	return sv_hint(x->err, "svirt makes no macvtap devices: a macvtap that was made goes with "
			       "<interface type='ethernet'> and <target dev='macvtap0' "
			       "managed='no'/>, a device of the host with <hostdev>");
}

static int read_bridge(struct sv_xml *x, const xmlNode *network, struct sv_network *ret)
{
	const xmlNode *node = find(network->children, "bridge");
	const char *name = node ? sv_xml_attr(node, "name") : NULL;
	char shown[96];

	if (!name)
		return sv_xml_fail(x, node ? node : network, "it has no <bridge name=''/>");
	if (!sv_net_name_is_valid(name))
		return sv_xml_fail(x, node, "name of <bridge>: '%s' is no name of a network device",
				   sv_escape(name, shown, sizeof(shown)));
	if (sv_streq(sv_xml_attr(node, "macTableManager"), "libvirt"))
		return sv_xml_fail(x, node, "macTableManager of <bridge>: svirt sets no MAC table");
	(void)snprintf(ret->bridge, sizeof(ret->bridge), "%s", name);
	return 0;
}

static int read_mtu(struct sv_xml *x, const xmlNode *network, struct sv_network *ret)
{
	const xmlNode *node = find(network->children, "mtu");
	const char *size = node ? sv_xml_attr(node, "size") : NULL;

	if (size && sv_parse_u32(size, MTU_MIN, MTU_MAX, "size of <mtu>", &ret->mtu, x->err) < 0)
		return sv_xml_at(x, node);
	return 0;
}

static int read_network(struct sv_xml *x, const xmlNode *root, const char *portgroup,
			struct sv_network *ret)
{
	const xmlNode *network = find(root, "network");
	char name[64];
	int r;

	if (find(root, "networkstatus"))
		network = find(root->children, "network");
	if (!network)
		return sv_xml_fail(x, root, "the document is a <%s>, not a <network>",
				   sv_xml_name(root, name, sizeof(name)));
	r = check_forward(x, network);
	if (r == 0)
		r = check_settings(x, network);
	if (r == 0)
		r = check_portgroup(x, network, portgroup);
	if (r == 0)
		r = read_mtu(x, network, ret);
	return r == 0 ? read_bridge(x, network, ret) : r;
}

int sv_network_parse(const char *bytes, size_t len, const char *file, const char *portgroup,
		     struct sv_network *ret, struct sv_error *err)
{
	sv_cleanup(free_doc) xmlDoc *doc = NULL;
	struct sv_domain place = {.file = (char *)(uintptr_t)file}; /* borrowed */
	struct sv_xml x = {.dom = &place, .err = err};
	struct sv_network network = {0};
	int r;

	if (len > SV_NETWORK_MAX_BYTES)
		return sv_fail_at(err, file, 0, "larger than %u bytes", SV_NETWORK_MAX_BYTES);
	r = sv_xml_load(bytes, len, file, &doc, err);
	if (r == 0)
		r = read_network(&x, xmlDocGetRootElement(doc), portgroup, &network);
	if (r < 0)
		return r;
	*ret = network;
	return 0;
}
