/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The listening sockets of a user's guest: see sockets.h. */
#include "guest/run/sockets.h"

#include "base/string.h"
#include "guest/state/rundir.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>

#define BACKLOG 1 /* QEMU serves one client at a time, and listens anew */

static int listen_at(const char *path, int *ret, struct sv_error *err)
{
	sv_auto_close int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un addr = {.sun_family = AF_UNIX};

	if (strlen(path) >= sizeof(addr.sun_path))
		return sv_fail(err, SV_E_USAGE, 0, "%s: too long for a socket", path);
	memcpy(addr.sun_path, path, strlen(path) + 1);
	if (fd < 0 || bind(fd, (const struct sockaddr *)&addr, sizeof(addr)) < 0 ||
	    listen(fd, BACKLOG) < 0)
		return sv_fail_errno(err, errno, "cannot listen at %s", path);
	*ret = sv_take_fd(&fd);
	return 0;
}

int sv_sockets_listen(const struct svirt *sv, const struct sv_domain *dom, struct sv_vmm_fds *fds,
		      struct sv_error *err)
{
	sv_auto_free char *dir = NULL;
	int r = sv_guest_path(sv, dom->name, SV_GUEST_OWN, &dir, err);

	for (size_t i = 0; r == 0 && i < dom->n_chars; i++) {
		const struct sv_chardev *source = &dom->chars[i].source;
		sv_auto_free char *path = NULL;
		int fd = -1;

		if (!sv_chardev_is_own(source))
			continue;
		r = sv_asprintf(&path, err, "%s/%s", dir, source->own);
		if (r == 0)
			r = listen_at(path, &fd, err);
		if (r == 0)
			r = sv_vmm_fds_add(fds, fd, err);
		if (r < 0)
			r = sv_error_place(err, dom->file, dom->chars[i].line);
	}
	return r;
}
