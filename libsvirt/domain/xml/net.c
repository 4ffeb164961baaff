/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * <interface> (what is behind the card: netsocket.c): the guest's ways to the network of the
 * host. Whatever else could reach it is refused by the tables here.
 */
#include "domain/xml/parts.h"

#include <ctype.h>

static int read_mac(struct sv_xml *x, const xmlNode *node, void *into)
{
	static const struct sv_xml_attr known[] = {
		{"address", NULL},
		{"type", SV_XML_HARMLESS},
		{"check", SV_XML_HARMLESS},
		{NULL, NULL},
	};
	char mac[sizeof("00:00:00:00:00:00")], shown[64];
	const char *address;
	size_t i;
	int r = sv_xml_leaf(x, node, known);

	if (r < 0)
		return r;
	address = sv_xml_attr(node, "address");
	if (!address)
		return sv_xml_missing(x, node, "address");
	for (i = 0; i + 1 < sizeof(mac); i++) {
		if (i % 3 == 2 ? address[i] != ':' : !isxdigit((unsigned char)address[i]))
			break;
		mac[i] = (char)tolower((unsigned char)address[i]);
	}
	if (i + 1 < sizeof(mac) || address[i])
		return sv_xml_fail(x, node, "'%s' is not a MAC address",
				   sv_escape(address, shown, sizeof(shown)));
	mac[i] = '\0';
	if (strchr("13579bdf", mac[1])) {
		(void)sv_xml_fail(x, node, "MAC address %s is a multicast address", mac);
		return sv_hint(x->err, "take an address that begins with 52:54:00");
	}
	return sv_strdup(mac, &((struct sv_net *)into)->mac, x->err);
}

static int read_net_model(struct sv_xml *x, const xmlNode *node, void *into)
{
	static const struct sv_xml_attr known[] = {{"type", NULL}, {NULL, NULL}};
	struct sv_net *net = into;
	const char *model;
	unsigned at;
	int r = sv_xml_leaf(x, node, known);

	if (r < 0)
		return r;
	model = sv_xml_attr(node, "type");
	if (!model)
		return sv_xml_missing(x, node, "type");
	if (sv_parse_choice(model, sv_xml_virtio_models, &at) == 0) {
		net->virtio = (enum sv_virtio)at;
		model = sv_xml_virtio_models[SV_VIRTIO_ANY];
	}
	r = sv_xml_choice(x, node, "model of <interface>", model, sv_net_models, &at);
	return r < 0 ? r : sv_strdup(model, &net->model, x->err);
}

static int read_rom(struct sv_xml *x, const xmlNode *node, void *into)
{
	return sv_xml_rom(x, node, &((struct sv_net *)into)->rom);
}

static int read_link(struct sv_xml *x, const xmlNode *node, void *into)
{
	static const struct sv_xml_attr known[] = {{"state", NULL}, {NULL, NULL}};
	static const char *const states[] = {"up", "down", NULL};
	unsigned at = 0;
	int r = sv_xml_leaf(x, node, known);

	if (r >= 0)
		r = sv_xml_need_choice(x, node, "state", states, &at);
	((struct sv_net *)into)->unplugged = at == 1;
	return r;
}

static int read_boot(struct sv_xml *x, const xmlNode *node, void *into)
{
	return sv_xml_boot_order(x, node, &((struct sv_net *)into)->boot_order);
}

int sv_xml_interface(struct sv_xml *x, const xmlNode *node, void *unused)
{
	static const struct sv_xml_rule rules[] = {
		SV_XML_READ("mac", read_mac),
		SV_XML_READ("model", read_net_model),
		SV_XML_READ("link", read_link),
		SV_XML_READ("boot", read_boot),
		SV_XML_IGNORE("address", SV_XML_HARMLESS),
		SV_XML_IGNORE("alias", SV_XML_HARMLESS),
		SV_XML_READ("driver", sv_xml_net_driver),
		SV_XML_READ("rom", read_rom),
		SV_XML_IGNORE("acpi", SV_XML_HARMLESS),
		SV_XML_READ("mtu", sv_xml_net_mtu),
		{"bandwidth", .read = sv_xml_refuse_limit, .may_lack = true},
		SV_XML_IGNORE("coalesce", SV_XML_HARMLESS),
		SV_XML_READ("source", sv_xml_net_source),
		SV_XML_READ("target", sv_xml_net_target),
		SV_XML_REFUSE("backend"),
		SV_XML_REFUSE("script"),
		SV_XML_REFUSE("portForward"),
		SV_XML_REFUSE("filterref"),
		SV_XML_END,
	};
	static const struct sv_xml_attr known[] = {{"type", NULL}, {NULL, NULL}};
	struct sv_net *net = sv_xml_add(x, x->dom->nets, x->dom->n_nets);
	int r;

	(void)unused;
	if (!net)
		return -(int)x->err->code;
	net->line = sv_xml_line(node);
	r = sv_xml_net_type(x, node, net);
	if (r >= 0)
		r = sv_xml_attrs(x, node, known);
	if (r >= 0)
		r = sv_xml_children(x, node, rules, net);
	return r < 0 ? r : sv_xml_net_done(x, node, net);
}
