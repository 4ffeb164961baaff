/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is behind the card of an <interface>: QEMU's user network, a socket that carries frames to
 * another one, or a tap (tap.c). Other types are refused here, with what to use.
 */
#include "domain/xml/parts.h"

#include <arpa/inet.h>

static const char *const types[] = {"user",   "server",	   "client", "mcast",	"udp", "ethernet",
				    "bridge", "vhostuser", "vdpa",   "network", NULL};
_Static_assert(SV_N_ELEMENTS(types) == SV_NET_NETWORK + 2, "a name for each type");

/* Types that libvirt has and svirt does not, and what to do about it. */
static const struct {
	const char *type, *instead;
} refused[] = {
	{"direct", "svirt makes no macvtap devices: 'ip link add link eth0 name macvtap0 type "
		   "macvtap mode bridge' does, for type='ethernet' and <target dev='macvtap0' "
		   "managed='no'/>"},
	{"hostdev", "use <hostdev>"},
};

int sv_xml_net_type(struct sv_xml *x, const xmlNode *node, struct sv_net *net)
{
	const char *type = sv_xml_attr(node, "type");
	unsigned at;
	size_t i;
	int r;

	for (i = 0; i < SV_N_ELEMENTS(refused); i++) {
		if (!sv_streq(refused[i].type, type))
			continue;
		(void)sv_xml_fail(x, node, "type of <interface>: '%s' is not supported", type);
		return sv_hint(x->err, "%s", refused[i].instead);
	}
	r = sv_xml_need_choice(x, node, "type", types, &at);
	if (r >= 0)
		net->type = (enum sv_net_type)at;
	return r;
}

/* QEMU takes these by the colon between address and port, so IPv6 is none of them. */
static int read_address(struct sv_xml *x, const xmlNode *node, struct sv_inet *into)
{
	const char *address = sv_xml_attr(node, "address"), *port = sv_xml_attr(node, "port");
	char what[96], name[32], shown[64];
	struct in_addr ignored;

	(void)snprintf(what, sizeof(what), "port of <%s>", sv_xml_name(node, name, sizeof(name)));
	if (!port)
		return sv_xml_missing(x, node, "port");
	if (sv_parse_u32(port, 1, 65535, what, &into->port, x->err) < 0)
		return sv_xml_at(x, node);
	if (!address)
		return 0;
	if (inet_pton(AF_INET, address, &ignored) == 1)
		return sv_strdup(address, &into->host, x->err);
	(void)sv_xml_fail(x, node, "address of <%s>: '%s' is not a numeric IPv4 address", name,
			  sv_escape(address, shown, sizeof(shown)));
	return sv_hint(x->err, "write an address such as 127.0.0.1");
}

static int read_local(struct sv_xml *x, const xmlNode *node, void *into)
{
	static const struct sv_xml_attr known[] = {{"address", NULL}, {"port", NULL}, {NULL, NULL}};
	int r = sv_xml_leaf(x, node, known);

	return r < 0 ? r : read_address(x, node, &((struct sv_net *)into)->local);
}

int sv_xml_net_source(struct sv_xml *x, const xmlNode *node, void *into)
{
	static const struct sv_xml_attr known[] = {{"address", NULL}, {"port", NULL}, {NULL, NULL}};
	static const struct sv_xml_rule udp[] = {SV_XML_READ("local", read_local), SV_XML_END};
	struct sv_net *net = into;
	char shown[64];
	int r;

	if (net->type == SV_NET_BRIDGE)
		return sv_xml_net_bridge(x, node, net);
	if (net->type == SV_NET_NETWORK)
		return sv_xml_net_network(x, node, net);
	if (net->type == SV_NET_VHOST_USER)
		return sv_xml_vhost_user(x, node, &net->backend);
	if (net->type == SV_NET_VDPA)
		return sv_xml_vdpa(x, node, &net->node);
	/* the source of the type that it was before */
	if (net->type == SV_NET_USER)
		return sv_xml_ignore(x, node, SV_XML_HARMLESS);
	if (net->type == SV_NET_ETHERNET)
		return sv_xml_fail(x, node,
				   "<source> of an <interface type='%s'> would have no effect",
				   types[net->type]);
	r = sv_xml_attrs(x, node, known);
	if (r >= 0)
		r = sv_xml_children(x, node, net->type == SV_NET_UDP ? udp : sv_xml_no_children,
				    net);
	if (r >= 0)
		r = read_address(x, node, &net->peer);
	if (r >= 0 && !net->peer.host && net->type != SV_NET_SERVER)
		return sv_xml_missing(x, node, "address");
	if (r >= 0 && net->type == SV_NET_MCAST && !IN_MULTICAST(ntohl(inet_addr(net->peer.host))))
		return sv_xml_fail(x, node, "address of <source>: %s is not a multicast address",
				   sv_escape(net->peer.host, shown, sizeof(shown)));
	return r;
}

static bool has_source(const struct sv_net *net)
{
	switch (net->type) {
	case SV_NET_USER:
	case SV_NET_ETHERNET:
		return true;
	case SV_NET_SERVER:
	case SV_NET_CLIENT:
	case SV_NET_MCAST:
	case SV_NET_UDP:
		return net->peer.port;
	case SV_NET_BRIDGE:
		return net->bridge;
	case SV_NET_VHOST_USER:
		return net->backend.path;
	case SV_NET_VDPA:
		return net->node;
	case SV_NET_NETWORK:
		return net->network;
	}
	return false;
}

int sv_xml_net_done(struct sv_xml *x, const xmlNode *node, const struct sv_net *net)
{
	bool vhost = net->type == SV_NET_VHOST_USER || net->type == SV_NET_VDPA;

	if (!has_source(net))
		return sv_xml_fail(x, node, "<interface type='%s'> has no <source>",
				   types[net->type]);
	if (net->type == SV_NET_UDP && !net->local.port)
		return sv_xml_fail(x, node, "<interface type='udp'> has no <local>");
	if (!vhost || !net->model || sv_streq(net->model, "virtio"))
		return 0;
	(void)sv_xml_fail(x, node, "<interface type='%s'> cannot be a card of model %s",
			  types[net->type], net->model);
	return sv_hint(x->err, "<model type='virtio'/>");
}
