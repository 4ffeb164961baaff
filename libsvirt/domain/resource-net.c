/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What network cards open: the drivers, which serve all guests; the node of a macvtap or a vDPA
 * device and the socket of another process, which are one guest's. Looks at no file.
 */
#include "domain/resource-parts.h"

#include "base/string.h"

/* Which cards need this device of all guests'. */
static bool wants_tun(const struct sv_net *net)
{
	return sv_net_is_tap(net) && !net->node;
}

static bool wants_vhost(const struct sv_net *net)
{
	return net->vhost;
}

static const struct {
	enum sv_resource_kind kind;
	const char *path, *target;
	bool handed;
	bool (*wants)(const struct sv_net *net);
} drivers[] = {
	{SV_RES_TUN, "/dev/net/tun", "tap", true, wants_tun},
	{SV_RES_VHOST_NET, "/dev/vhost-net", "vhost-net", false, wants_vhost},
};

/* Once, with the line of the first card that needs it. */
static int add_driver(struct sv_resources *list, const struct sv_domain *dom, size_t driver,
		      struct sv_error *err)
{
	struct sv_resource res = {
		.kind = drivers[driver].kind,
		.access = SV_ACCESS_RW,
		.path = drivers[driver].path,
		.handed = drivers[driver].handed,
	};

	for (size_t i = 0; i < dom->n_nets; i++) {
		if (!drivers[driver].wants(&dom->nets[i]))
			continue;
		res.line = dom->nets[i].line;
		return sv_resource_add(list, &res, drivers[driver].target, err);
	}
	return 0;
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
	size_t i;
	int r = 0;

	for (i = 0; r >= 0 && i < SV_N_ELEMENTS(drivers); i++)
		r = add_driver(list, dom, i, err);
	for (i = 0; r >= 0 && i < dom->n_nets; i++)
		r = add_own(list, &dom->nets[i], i, err);
	return r;
}
