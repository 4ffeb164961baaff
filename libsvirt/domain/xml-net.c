/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * <interface> (what is behind the card: xml-netsocket.c) and <graphics type='vnc'>: the guest's
 * ways to the network of the host. Whatever else could reach it is refused by the tables here.
 */
#include "domain/xml-parts.h"

#include <arpa/inet.h>
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
	static const char *const models[] = {"virtio", "e1000", "rtl8139", NULL};
	const char *model;
	unsigned at;
	int r = sv_xml_leaf(x, node, known);

	if (r < 0)
		return r;
	model = sv_xml_attr(node, "type");
	if (!model)
		return sv_xml_missing(x, node, "type");
	r = sv_xml_choice(x, node, "model of <interface>", model, models, &at);
	return r < 0 ? r : sv_strdup(model, &((struct sv_net *)into)->model, x->err);
}

/* A cable that the document pulls out must not be in at the start. */
static int read_link(struct sv_xml *x, const xmlNode *node, void *into)
{
	static const struct sv_xml_attr known[] = {{"state", NULL}, {NULL, NULL}};
	static const char *const states[] = {"up", NULL};
	const char *state;
	unsigned at;
	int r = sv_xml_leaf(x, node, known);

	(void)into;
	if (r < 0)
		return r;
	state = sv_xml_attr(node, "state");
	return state ? sv_xml_choice(x, node, "state of <link>", state, states, &at)
		     : sv_xml_missing(x, node, "state");
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
		SV_XML_IGNORE("rom", SV_XML_HARMLESS),
		SV_XML_IGNORE("acpi", SV_XML_HARMLESS),
		SV_XML_READ("mtu", sv_xml_net_mtu),
		SV_XML_IGNORE("bandwidth", SV_XML_HARMLESS),
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

/* The attribute of <graphics> and that of its <listen> say the same thing twice. */
static int set_once(struct sv_xml *x, const xmlNode *node, const char *what, const char *value,
		    char **into)
{
	unsigned char address[sizeof(struct in6_addr)];
	char shown[128];

	if (*into && sv_streq(*into, value))
		return 0;
	if (*into)
		return sv_xml_fail(x, node, "<graphics> and <listen> name different values of %s",
				   what);
	if (sv_streq(what, "socket"))
		return sv_xml_socket_path(x, node, "socket of <graphics>", value, into);
	if (inet_pton(AF_INET, value, address) == 1 || inet_pton(AF_INET6, value, address) == 1)
		return sv_strdup(value, into, x->err);
	(void)sv_xml_fail(x, node, "listen of <graphics>: '%s' is not a numeric address",
			  sv_escape(value, shown, sizeof(shown)));
	return sv_hint(x->err, "write an address such as 127.0.0.1 or ::1");
}

static int read_listen(struct sv_xml *x, const xmlNode *node, void *into)
{
	static const struct sv_xml_attr known[] = {
		{"type", NULL}, {"address", NULL}, {"socket", NULL}, {NULL, NULL}};
	static const char *const types[] = {"address", "socket", NULL};
	struct sv_graphics *graphics = into;
	const char *type, *address, *socket;
	unsigned at;
	int r = sv_xml_leaf(x, node, known);

	if (r < 0)
		return r;
	type = sv_xml_attr(node, "type");
	address = sv_xml_attr(node, "address");
	socket = sv_xml_attr(node, "socket");
	if (!type)
		return sv_xml_missing(x, node, "type");
	r = sv_xml_choice(x, node, "type of <listen>", type, types, &at);
	if (r < 0)
		return r;
	if (at == 1 && !socket)
		return sv_xml_missing(x, node, "socket");
	if (at == 0 ? socket != NULL : address != NULL)
		return sv_xml_fail(x, node, "<listen type='%s'> has an address of the other type",
				   type);
	if (at == 1)
		return set_once(x, node, "socket", socket, &graphics->socket);
	return address ? set_once(x, node, "listen", address, &graphics->listen) : 0;
}

static int read_port(struct sv_xml *x, const xmlNode *node, struct sv_graphics *graphics)
{
	const char *port = sv_xml_attr(node, "port"), *autoport = sv_xml_attr(node, "autoport");
	bool given = port && !sv_streq(port, "-1");

	graphics->autoport = !given;
	if (autoport && sv_parse_yes_no(autoport, "autoport", &graphics->autoport, x->err) < 0)
		return sv_xml_at(x, node);
	if (graphics->autoport || graphics->socket)
		return given && graphics->socket
			       ? sv_xml_fail(x, node, "<graphics> has a socket and a port")
			       : 0;
	if (!given)
		return sv_xml_fail(x, node, "<graphics> has autoport='no' and no port");
	if (sv_parse_u32(port, 5900, 65535, "port of <graphics>", &graphics->port, x->err) < 0)
		return sv_xml_at(x, node);
	return 0;
}

static int read_graphics(struct sv_xml *x, const xmlNode *node, struct sv_graphics *graphics)
{
	static const struct sv_xml_rule rules[] = {
		SV_XML_READ("listen", read_listen),
		SV_XML_IGNORE("audio", SV_XML_HARMLESS),
		SV_XML_IGNORE("alias", SV_XML_HARMLESS),
		SV_XML_END,
	};
	const char *listen, *socket;
	int r = 0;

	listen = sv_xml_attr(node, "listen");
	socket = sv_xml_attr(node, "socket");
	if (listen)
		r = set_once(x, node, "listen", listen, &graphics->listen);
	if (r >= 0 && socket)
		r = set_once(x, node, "socket", socket, &graphics->socket);
	if (r >= 0)
		r = sv_xml_children(x, node, rules, graphics);
	if (r >= 0 && graphics->socket && graphics->listen)
		r = sv_xml_fail(x, node, "<graphics> has a socket and an address");
	return r < 0 ? r : read_port(x, node, graphics);
}

int sv_xml_graphics(struct sv_xml *x, const xmlNode *node, void *unused)
{
	static const struct sv_xml_attr known[] = {
		{"type", NULL},
		{"port", NULL},
		{"autoport", NULL},
		{"listen", NULL},
		{"socket", NULL},
		{"keymap", SV_XML_HARMLESS},
		{"sharePolicy", SV_XML_HARMLESS},
		{NULL, NULL},
	};
	static const char *const types[] = {"vnc", NULL};
	const char *type = sv_xml_attr(node, "type");
	struct sv_graphics *graphics;
	unsigned at;
	int r;

	(void)unused;
	if (!type)
		return sv_xml_missing(x, node, "type");
	r = sv_xml_choice(x, node, "type of <graphics>", type, types, &at);
	if (r < 0)
		return r;
	if (sv_xml_attr(node, "passwd")) {
		(void)sv_xml_fail(x, node, "passwd of <graphics> is not supported");
		return sv_hint(x->err, "use socket='/path': its permissions protect the display");
	}
	graphics = sv_xml_add(x, x->dom->graphics, x->dom->n_graphics);
	if (!graphics)
		return -(int)x->err->code;
	graphics->line = sv_xml_line(node);
	graphics->type = SV_GRAPHICS_VNC;
	r = sv_xml_attrs(x, node, known);
	return r < 0 ? r : read_graphics(x, node, graphics);
}
