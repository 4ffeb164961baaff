/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The peer and its time: see peer.h. */
#include "peer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>

/* Reading takes time, so an endless reader misses its deadline. */
enum { READ_MS = 1, FLOOD_MS = 250, GRACE_MS = 2000 };

int __real_poll(struct pollfd *p, nfds_t n, int ms);
int __wrap_poll(struct pollfd *p, nfds_t n, int ms);
ssize_t __real_recv(int fd, void *to, size_t room, int flags);
ssize_t __wrap_recv(int fd, void *to, size_t room, int flags);
ssize_t __real_read(int fd, void *to, size_t room);
ssize_t __wrap_read(int fd, void *to, size_t room);
int __real_clock_gettime(clockid_t clock, struct timespec *ret);
int __wrap_clock_gettime(clockid_t clock, struct timespec *ret);

struct peer peer = {.fd = -1, .ours = -1};

void peer_begin(int type, struct fuzz_in in)
{
	int fds[2];

	require(socketpair(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) == 0);
	peer = (struct peer){
		.in = in, .fd = fds[1], .ours = fds[0], .ms = 1000, .packets = type != SOCK_STREAM};
}

void peer_end(void)
{
	sv_close_fd(&peer.fd);
}

void peer_expect(int ms)
{
	peer.until = peer.ms + ms + GRACE_MS;
}

void peer_check(void)
{
	require(peer.ms <= peer.until);
}

int __wrap_clock_gettime(clockid_t clock, struct timespec *ret)
{
	(void)clock;
	*ret = (struct timespec){peer.ms / 1000, peer.ms % 1000 * 1000000};
	return 0;
}

/* False when the other end is closed, or the socket is full. */
static bool send_last(void)
{
	return peer.fd >= 0 && send(peer.fd, peer.last, peer.len, MSG_NOSIGNAL | MSG_DONTWAIT) > 0;
}

static void say(const void *text, size_t len)
{
	size_t end = peer.packets ? 0 : 2;

	len = len > sizeof(peer.last) - end ? sizeof(peer.last) - end : len;
	memcpy(peer.last, text, len);
	memcpy(peer.last + len, "\r\n", end);
	peer.len = len + end;
	(void)send_last();
}

/* The answer to the command that was read last, and an event, as an honest peer sends them. */
static void say_answer(uint8_t which)
{
	char heard[512], line[128];
	ssize_t n = peer.fd < 0 ? 0 : __real_recv(peer.fd, heard, sizeof(heard) - 1, MSG_DONTWAIT);
	const char *id;
	int len;

	heard[n > 0 ? n : 0] = '\0';
	id = strstr(heard, "\"id\":");
	len = snprintf(line, sizeof(line), "{\"return\": %s, \"id\": %.*s}",
		       which % 2 ? "{}" : "{\"status\": \"running\", \"running\": true}",
		       id ? (int)strcspn(id + 5, "}") : 1, id ? id + 5 : "1");
	say(line, (size_t)len < sizeof(line) ? (size_t)len : sizeof(line) - 1);
}

static void say_event(uint8_t which)
{
	static const char *const events[] = {"STOP", "RESUME", "SHUTDOWN", "WHATEVER"};
	char line[64];
	int len = snprintf(line, sizeof(line), "{\"event\": \"%s\"}", events[which % 4]);

	say(line, (size_t)len);
}

/* Plays one step of the script. Returns the time that it takes. */
static int64_t step(void)
{
	uint8_t what = fuzz_byte(&peer.in);
	const uint8_t *from;
	size_t n;

	switch (what % 8) {
	case 0:
	case 1: /* a line, or a packet */
		n = fuzz_piece(&peer.in, &from);
		say(from, n);
		return 1;
	case 2: /* half of one */
		n = fuzz_piece(&peer.in, &from);
		if (peer.fd >= 0 && n)
			(void)!send(peer.fd, from, n, MSG_NOSIGNAL | MSG_DONTWAIT);
		return 1;
	case 3:
		say_answer(what / 8);
		return 1;
	case 4:
		say_event(what / 8);
		return 1;
	case 5: /* it stalls */
		return (int64_t)fuzz_byte(&peer.in) * 100;
	case 6:
		peer.flood = peer.len > 0;
		return 1;
	default: /* it closes, both directions or one */
		if (what / 8 % 2 && peer.fd >= 0)
			(void)shutdown(peer.fd, SHUT_WR);
		else
			sv_close_fd(&peer.fd);
		return 1;
	}
}

/* At the end of the script the peer closes, so that no wait is endless. */
int __wrap_poll(struct pollfd *p, nfds_t n, int ms)
{
	int64_t end = peer.ms + ms;

	for (;;) {
		int r = __real_poll(p, n, 0);

		if (r != 0 || ms == 0)
			return r;
		if (peer.in.left == 0 && ms >= 0)
			break;
		if (peer.in.left == 0) {
			require(peer.fd >= 0);
			sv_close_fd(&peer.fd);
			continue;
		}
		peer.ms += step();
		if (ms >= 0 && peer.ms >= end)
			break;
	}
	peer.ms = end;
	return 0;
}

static void before_read(int fd)
{
	if (fd != peer.ours)
		return;
	peer.ms += peer.flood ? FLOOD_MS : READ_MS;
	peer_check();
	while (peer.flood && send_last())
		;
}

ssize_t __wrap_recv(int fd, void *to, size_t room, int flags)
{
	before_read(fd);
	return __real_recv(fd, to, room, flags);
}

ssize_t __wrap_read(int fd, void *to, size_t room)
{
	before_read(fd);
	return __real_read(fd, to, room);
}
