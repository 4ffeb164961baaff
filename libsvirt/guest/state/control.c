/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Both ends of the monitor's control socket: see control.h. */
#include "guest/state/control.h"

#include "base/proc.h"
#include "base/string.h"
#include "guest/state/rundir.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>

#define BACKLOG		  8
#define CONNECT_TIMEOUT_S 3

static int make_address(const char *path, struct sockaddr_un *ret, struct sv_error *err)
{
	*ret = (struct sockaddr_un){.sun_family = AF_UNIX};
	if (strlen(path) >= sizeof(ret->sun_path))
		return sv_fail(err, SV_E_USAGE, 0, "%s: too long for a socket", path);
	memcpy(ret->sun_path, path, strlen(path) + 1);
	return 0;
}

int sv_control_listen(const char *path, int *ret, struct sv_error *err)
{
	sv_auto_close int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un addr;
	int r = make_address(path, &addr, err);

	if (r < 0)
		return r;
	(void)unlink(path);
	if (fd < 0 || fchmod(fd, 0600) < 0 ||
	    bind(fd, (const struct sockaddr *)&addr, sizeof(addr)) < 0 || listen(fd, BACKLOG) < 0)
		return sv_fail_errno(err, errno, "cannot listen at %s", path);
	*ret = sv_take_fd(&fd);
	return 0;
}

int sv_control_accept(int listener, int *ret, struct sv_error *err)
{
	sv_auto_close int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct ucred peer;
	socklen_t len = sizeof(peer);

	if (fd < 0) {
		if (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED)
			return SV_NONE;
		return sv_fail_errno(err, errno, "accept");
	}
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0 || peer.uid != geteuid())
		return SV_NONE;
	*ret = sv_take_fd(&fd);
	return 0;
}

int sv_control_receive(int client, enum sv_control_op *ret)
{
	struct sv_control_request req;
	/* MSG_TRUNC: the length of what was sent */
	ssize_t n = recv(client, &req, sizeof(req), MSG_TRUNC);

	if (n != (ssize_t)sizeof(req) || req.magic != SV_CONTROL_MAGIC ||
	    req.op < SV_CONTROL_STOP || req.op > SV_CONTROL_RESUME)
		return SV_NONE;
	*ret = (enum sv_control_op)req.op;
	return 0;
}

void sv_control_answer(int client, const struct sv_error *err)
{
	struct sv_control_reply reply = {.magic = SV_CONTROL_MAGIC, .err = *err};

	(void)send(client, &reply, sizeof(reply), MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* A monitor that was taken over may answer anything: its texts may lack the NUL, its code may be
 * invalid. */
static int take_reply(struct sv_control_reply *reply, struct sv_error *err)
{
	struct sv_error *from = &reply->err;

	from->msg[sizeof(from->msg) - 1] = '\0';
	from->hint[sizeof(from->hint) - 1] = '\0';
	*err = (struct sv_error){.code = from->code, .sys = from->sys};
	if (err->code < SV_OK || err->code > SV_E_UNKNOWN || (err->code && !from->msg[0]))
		return SV_NONE;
	(void)sv_escape(from->msg, err->msg, sizeof(err->msg));
	(void)sv_escape(from->hint, err->hint, sizeof(err->hint));
	return 0;
}

static int no_sense(const char *name, struct sv_error *err)
{
	return sv_fail(err, SV_E_UNKNOWN, 0,
		       "the monitor of guest '%s' gave no answer that makes sense", name);
}

int sv_control_wait(const struct svirt *sv, int fd, const char *name, int timeout_ms,
		    struct sv_error *err)
{
	int64_t deadline = sv_now_ms() + timeout_ms;
	struct pollfd p = {.fd = fd, .events = POLLIN};
	struct sv_control_reply reply;
	struct sv_error said;
	ssize_t n;
	int r;

	do {
		int64_t left = deadline - sv_now_ms();

		r = poll(&p, 1, left > 0 ? (int)left : 0);
	} while (r < 0 && errno == EINTR);
	if (r == 0)
		return SV_BUSY;
	n = recv(fd, &reply, sizeof(reply), MSG_TRUNC);
	/* the monitor has ended before it read the request */
	if (n == 0 || (n < 0 && errno == ECONNRESET))
		return SV_NONE;
	if (n != (ssize_t)sizeof(reply) || reply.magic != SV_CONTROL_MAGIC ||
	    take_reply(&reply, &said) != 0)
		return no_sense(name, err);
	if (said.code == SV_OK) {
		if (said.msg[0])
			sv_warn(sv, "%s", said.msg);
		return 0;
	}
	*err = said;
	return -(int)err->code;
}

int sv_control_reach(const struct svirt *sv, const char *name, int *ret, struct sv_error *err)
{
	const struct timeval patience = {.tv_sec = CONNECT_TIMEOUT_S};
	sv_auto_close int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	sv_auto_free char *path = NULL;
	struct sockaddr_un addr;
	int r = sv_guest_path(sv, name, SV_GUEST_MONITOR, &path, err);

	if (r == 0)
		r = make_address(path, &addr, err);
	if (r < 0)
		return r;
	/* when a monitor does not accept, its queue may be full */
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) < 0)
		return sv_fail_errno(err, errno, "socket");
	if (connect(fd, (const struct sockaddr *)&addr, sizeof(addr)) < 0) {
		if (errno == ENOENT || errno == ECONNREFUSED)
			return SV_NONE;
		if (errno == EAGAIN)
			return SV_BUSY;
		return sv_fail_errno(err, errno, "cannot reach the monitor of guest '%s'", name);
	}
	*ret = sv_take_fd(&fd);
	return 0;
}

int sv_control_ask(const struct svirt *sv, const char *name, enum sv_control_op op, int *ret,
		   struct sv_error *err)
{
	struct sv_control_request req = {.magic = SV_CONTROL_MAGIC, .op = op};
	sv_auto_close int fd = -1;
	int r = sv_control_reach(sv, name, &fd, err);

	if (r != 0)
		return r;
	if (send(fd, &req, sizeof(req), MSG_NOSIGNAL) != (ssize_t)sizeof(req))
		return sv_fail_errno(err, errno, "cannot reach the monitor of guest '%s'", name);
	*ret = sv_take_fd(&fd);
	return 0;
}
