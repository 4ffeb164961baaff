/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The vhost devices of a guest: see vhost.h. */
#include "guest/run/vhost.h"

#include <errno.h>
#include <fcntl.h>

#define VHOST_NET   "/dev/vhost-net"
#define VHOST_VSOCK "/dev/vhost-vsock"

size_t sv_vhosts_count(const struct sv_domain *dom)
{
	size_t n = dom->vsock.line ? 1 : 0;

	for (size_t i = 0; i < dom->n_nets; i++)
		n += dom->nets[i].vhost;
	return n;
}

static int open_one(const char *path, const char *module, struct sv_nodes *nodes,
		    struct sv_vmm_fds *fds, struct sv_error *err)
{
	const struct sv_node *node = NULL;
	char own[SV_FD_PATH_LEN];
	int fd, r = sv_nodes_open(nodes, path, &node, err);

	if (r < 0)
		return r;
	fd = open(sv_fd_path(node->fd, own), O_RDWR | O_CLOEXEC);
	if (fd >= 0)
		return sv_vmm_fds_add(fds, fd, err);
	if (errno != ENODEV && errno != ENXIO)
		return sv_fail_errno(err, errno, "cannot open %s", path);
	(void)sv_fail(err, SV_E_HOST, 0, "cannot open %s: the kernel has no driver for it", path);
	return sv_hint(err, "modprobe %s", module);
}

int sv_vhosts_open(const struct sv_domain *dom, struct sv_nodes *nodes, struct sv_vmm_fds *fds,
		   struct sv_error *err)
{
	unsigned line = 0;
	int r = 0;

	for (size_t i = 0; r == 0 && i < dom->n_nets; i++) {
		line = dom->nets[i].line;
		r = dom->nets[i].vhost ? open_one(VHOST_NET, "vhost_net", nodes, fds, err) : 0;
	}
	if (r == 0 && dom->vsock.line) {
		line = dom->vsock.line;
		r = open_one(VHOST_VSOCK, "vhost_vsock", nodes, fds, err);
	}
	return r < 0 ? sv_error_place(err, dom->file, line) : 0;
}
