/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Lines of JSON from and to the emulator: see qmp-stream.h. Everything that is read here was
 * written by a process which a guest may have taken over, so nothing in it is believed but its
 * shape, nothing grows without a bound, and no loop runs past the deadline however fast the peer
 * talks.
 */
#include "qemu/qmp-stream.h"

#include "base/proc.h"
#include "base/string.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#define AGAIN_MS 1000 /* between two calls of works() */

static const size_t read_size = 4096;

int64_t sv_qmp_deadline_in(int timeout_ms)
{
	return sv_now_ms() + (timeout_ms > 0 ? timeout_ms : 0);
}

int sv_qmp_nonsense(struct sv_qmp_stream *stream, struct sv_error *err, const char *what)
{
	stream->broken = "the emulator has sent nonsense before";
	return sv_fail(err, SV_E_UNKNOWN, 0, "QMP: the emulator sent %s", what);
}

int sv_qmp_broken(const struct sv_qmp_stream *stream, struct sv_error *err)
{
	return sv_fail(err, SV_E_UNKNOWN, 0, "QMP: %s", stream->broken);
}

/* Whether to wait past the deadline, for at least AGAIN_MS more. */
static bool goes_on(struct sv_qmp_stream *stream)
{
	if (!stream->works || !stream->works(stream->works_data))
		return false;
	stream->good_until = sv_now_ms() + AGAIN_MS;
	return true;
}

/* SV_NONE when the deadline has passed first. */
static int wait_for(struct sv_qmp_stream *stream, short what, int64_t deadline,
		    struct sv_error *err)
{
	struct pollfd p[] = {{.fd = stream->fd, .events = what},
			     {.fd = stream->interrupt, .events = POLLIN}};
	int64_t left;
	int n;

	do {
		left = deadline - sv_now_ms();
		if (left <= 0 && !goes_on(stream))
			return SV_NONE;
		if (left <= 0)
			left = AGAIN_MS;
		n = poll(p, SV_N_ELEMENTS(p), left > 60000 ? 60000 : (int)left);
	} while (n == 0 || (n < 0 && errno == EINTR));
	if (n < 0)
		return sv_fail(err, SV_E_UNKNOWN, errno, "QMP: poll");
	return p[1].revents ? sv_fail(err, SV_E_UNKNOWN, 0, "interrupted") : 0;
}

/* Reads once. SV_NONE when nothing has arrived, SV_SKIP when the peer has closed. */
static int fill(struct sv_qmp_stream *stream, struct sv_error *err)
{
	size_t room = sizeof(stream->in) - stream->n_in;
	ssize_t n;

	if (room == 0)
		return sv_qmp_nonsense(stream, err, "a line that is too long");
	if (stream->closed)
		return SV_SKIP;
	do {
		n = recv(stream->fd, stream->in + stream->n_in, room < read_size ? room : read_size,
			 0);
	} while (n < 0 && errno == EINTR);
	if (n < 0 && errno == EAGAIN) /* EWOULDBLOCK is the same on Linux */
		return SV_NONE;
	if (n == 0 || (n < 0 && errno == ECONNRESET)) {
		stream->closed = true;
		return SV_SKIP;
	}
	if (n < 0)
		return sv_fail(err, SV_E_UNKNOWN, errno, "QMP: read");
	stream->n_in += (size_t)n;
	return 0;
}

/* Takes one whole line out of the buffer and parses it. SV_NONE when there is none. */
static int take_line(struct sv_qmp_stream *stream, json_t **ret, struct sv_error *err)
{
	char *end = memchr(stream->in, '\n', stream->n_in);
	size_t len;
	json_t *msg;

	if (!end)
		return SV_NONE;
	len = (size_t)(end - stream->in) + 1;
	msg = json_loadb(stream->in, len, JSON_REJECT_DUPLICATES, NULL);
	stream->n_in -= len;
	memmove(stream->in, end + 1, stream->n_in);
	if (!json_is_object(msg)) {
		json_decref(msg);
		return sv_qmp_nonsense(stream, err, "something that is not a JSON object");
	}
	*ret = msg;
	return 0;
}

int sv_qmp_look_up(struct sv_qmp_stream *stream, int64_t deadline, struct sv_error *err)
{
	struct pollfd p = {.fd = stream->interrupt, .events = POLLIN};
	int64_t now;

	if (p.fd >= 0 && poll(&p, 1, 0) > 0)
		return sv_fail(err, SV_E_UNKNOWN, 0, "interrupted");
	now = sv_now_ms();
	return now < deadline || now < stream->good_until || goes_on(stream) ? 0 : SV_NONE;
}

int sv_qmp_read_message(struct sv_qmp_stream *stream, int64_t deadline, json_t **ret,
			struct sv_error *err)
{
	bool has_read = false;
	int r;

	if (stream->broken)
		return sv_qmp_broken(stream, err);
	for (;;) {
		r = take_line(stream, ret, err);
		if (r != SV_NONE)
			return r;
		r = has_read ? sv_qmp_look_up(stream, deadline, err) : 0;
		if (r == 0)
			r = fill(stream, err);
		has_read = true;
		if (r == SV_NONE)
			r = wait_for(stream, POLLIN, deadline, err);
		if (r)
			return r;
	}
}

int sv_qmp_send_text(struct sv_qmp_stream *stream, const char *text, int64_t deadline,
		     struct sv_error *err)
{
	size_t left = strlen(text);
	ssize_t n;
	int r = 0;

	while (left && r == 0) {
		n = send(stream->fd, text, left, MSG_NOSIGNAL);
		if (n > 0) {
			text += n;
			left -= (size_t)n;
		} else if (errno == EAGAIN) {
			r = wait_for(stream, POLLOUT, deadline, err);
		} else if (errno == EPIPE || errno == ECONNRESET) {
			return SV_SKIP;
		} else if (errno != EINTR) {
			r = sv_fail(err, SV_E_UNKNOWN, errno, "QMP: write");
		}
	}
	if (r)
		stream->broken = "an earlier command could not be sent";
	return r;
}
