/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The taps of a guest: see taps.h. */
#include "guest/run/taps.h"

#include "base/tap.h"

#define TUN "/dev/net/tun"

static int open_one(const struct sv_net *net, struct sv_nodes *nodes, int *ret,
		    struct sv_error *err)
{
	const char *path = net->node ? net->node : TUN;
	const struct sv_tap tap = {
		.name = net->device,
		.bridge = net->bridge,
		.mtu = net->mtu,
		.existing = net->existing,
		.multi_queue = net->multi_queue,
	};
	const struct sv_node *node = NULL;
	int r = sv_nodes_open(nodes, path, &node, err);

	if (r < 0)
		return r;
	if (!net->node)
		return sv_tap_open(node->fd, &tap, ret, err);
	r = sv_macvtap_open(node->fd, ret, err);
	return r < 0 ? sv_wrap(err, "%s", path) : 0;
}

size_t sv_taps_count(const struct sv_domain *dom)
{
	size_t n = 0;

	for (size_t i = 0; i < dom->n_nets; i++)
		n += sv_net_is_tap(&dom->nets[i]);
	return n;
}

int sv_taps_open(const struct sv_domain *dom, struct sv_nodes *nodes, struct sv_vmm_fds *fds,
		 struct sv_error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < dom->n_nets; i++) {
		int fd = -1;

		if (!sv_net_is_tap(&dom->nets[i]))
			continue;
		r = open_one(&dom->nets[i], nodes, &fd, err);
		if (r == 0)
			r = sv_vmm_fds_add(fds, fd, err);
		if (r < 0)
			r = sv_error_place(err, dom->file, dom->nets[i].line);
	}
	return r;
}
