/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What network cards open: the drivers, which serve all guests; the node of a macvtap or a vDPA
 * device and the socket of another process, which are one guest's; the code of a card. Looks at no
 * file.
 */
#include "domain/resource/parts.h"

static int add_drivers(struct sv_resources *list, const struct sv_net *net, struct sv_error *err)
{
	int r = 0;

	if (sv_net_is_tap(net) && !net->node)
		r = sv_resource_add_shared(list, SV_SHARED_TUN, net->line, err);
	if (r >= 0 && net->vhost)
		r = sv_resource_add_shared(list, SV_SHARED_VHOST_NET, net->line, err);
	return r;
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
	char name[32];
	int r = 0;

	for (size_t i = 0; r >= 0 && i < dom->n_nets; i++) {
		r = add_drivers(list, &dom->nets[i], err);
		if (r >= 0)
			r = add_own(list, &dom->nets[i], i, err);
		(void)snprintf(name, sizeof(name), "net%zu rom", i);
		if (r >= 0)
			r = sv_resource_add_loaded(list, &dom->nets[i].rom.file, name, err);
	}
	return r;
}
