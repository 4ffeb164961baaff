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

/* Does nothing for a source that is no socket of the guest's own. */
static int listen_own(const char *dir, const struct sv_chardev *source, struct sv_vmm_fds *fds,
		      struct sv_error *err)
{
	sv_auto_free char *path = NULL;
	int fd = -1, r;

	if (!sv_chardev_is_own(source))
		return 0;
	r = sv_asprintf(&path, err, "%s/%s", dir, source->own);
	if (r == 0)
		r = listen_at(path, &fd, err);
	return r == 0 ? sv_vmm_fds_add(fds, fd, err) : r;
}

int sv_sockets_listen(const struct svirt *sv, const struct sv_domain *dom, struct sv_vmm_fds *fds,
		      struct sv_error *err)
{
	sv_auto_free char *dir = NULL;
	size_t i;
	int r = sv_guest_path(sv, dom->name, SV_GUEST_OWN, &dir, err);

	for (i = 0; r == 0 && i < dom->n_chars; i++) {
		r = listen_own(dir, &dom->chars[i].source, fds, err);
		if (r < 0)
			r = sv_error_place(err, dom->file, dom->chars[i].line);
	}
	for (i = 0; r == 0 && i < dom->n_redirs; i++) {
		r = listen_own(dir, &dom->redirs[i].source, fds, err);
		if (r < 0)
			r = sv_error_place(err, dom->file, dom->redirs[i].line);
	}
	return r;
}

size_t sv_sockets_count(const struct sv_domain *dom)
{
	size_t n = 0;

	for (size_t i = 0; i < dom->n_chars; i++)
		n += sv_chardev_is_own(&dom->chars[i].source);
	for (size_t i = 0; i < dom->n_redirs; i++)
		n += sv_chardev_is_own(&dom->redirs[i].source);
	return n;
}
