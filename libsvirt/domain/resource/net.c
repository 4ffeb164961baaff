/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What network cards open: the drivers, which serve all guests; the node of a macvtap or a vDPA
 * device and the socket of another process, which are one guest's. Looks at no file.
 */
#include "domain/resource/parts.h"

/* The list has each driver once, with the first of the cards that need it. */
static int add_tun(struct sv_resources *list, const struct sv_net *net, struct sv_error *err)
{
	const struct sv_resource res = {
		.kind = SV_RES_TUN,
		.access = SV_ACCESS_RW,
		.path = "/dev/net/tun",
		.line = net->line,
		.handed = true,
	};

	return sv_net_is_tap(net) && !net->node ? sv_resource_add_once(list, &res, "tap", err) : 0;
}

static int add_vhost(struct sv_resources *list, const struct sv_net *net, struct sv_error *err)
{
	const struct sv_resource res = {
		.kind = SV_RES_VHOST_NET,
		.access = SV_ACCESS_RW,
		.path = "/dev/vhost-net",
		.line = net->line,
	};

	return net->vhost ? sv_resource_add_once(list, &res, "vhost-net", err) : 0;
}

static int add_own(struct sv_resources *list, const struct sv_net *net, size_t i,
		   struct sv_error *err)
{
	bool tap = sv_net_is_tap(net);
	const struct sv_resource res = {
		.kind = tap ? SV_RES_MACVTAP : SV_RES_VDPA,
		.access = SV_ACCESS_RW,
		.path = net->node,
		.line = net->line,
		.handed = tap,
	};
	char name[32];

	(void)snprintf(name, sizeof(name), "net%zu", i);
	if (net->backend.path)
		return sv_resource_add_vhost_user(list, &net->backend, net->line, name, err);
	return net->node ? sv_resource_add(list, &res, name, err) : 0;
}

int sv_resources_of_nets(const struct sv_domain *dom, struct sv_resources *list,
			 struct sv_error *err)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < dom->n_nets; i++) {
		r = add_tun(list, &dom->nets[i], err);
		if (r >= 0)
			r = add_vhost(list, &dom->nets[i], err);
		if (r >= 0)
			r = add_own(list, &dom->nets[i], i, err);
	}
	return r;
}
