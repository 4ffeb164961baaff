/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The scripted peer: see qmp-peer.h. */
#include "qmp-peer.h"

#include "base/string.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>

#include <cmocka.h>

static bool hear(int fd, const char *command)
{
	char line[256] = "", want[160];
	size_t n = 0;

	while (n + 1 < sizeof(line) && recv(fd, line + n, 1, 0) == 1 && line[n] != '\n')
		n++;
	(void)snprintf(want, sizeof(want), "\"execute\":\"%s\"", command);
	return strstr(line, want) != NULL;
}

void peer_pause(unsigned ms)
{
	struct timespec ts = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};

	(void)nanosleep(&ts, NULL);
}

/* Returns the error as an exit status, 0 when the script was played to its end. */
static int play(int fd, const struct peer_step *steps)
{
	unsigned i;

	for (; steps->text || steps->n; steps++) {
		switch (steps->verb) {
		case SAY:
			if (send(fd, steps->text, strlen(steps->text), MSG_NOSIGNAL) < 0)
				return 2;
			break;
		case HEAR:
			if (!hear(fd, steps->text))
				return 3;
			break;
		case PAUSE:
			peer_pause(steps->n);
			break;
		case FLOOD:
			/* ends early when the client hangs up, as it should */
			for (i = 0; i < steps->n; i++) {
				if (send(fd, steps->text, strlen(steps->text), MSG_NOSIGNAL) < 0)
					return 0;
			}
			break;
		case FILL: /* one byte many times: an endless line */
			for (i = 0; i < steps->n; i++) {
				if (send(fd, steps->text, 1, MSG_NOSIGNAL) < 0)
					return 0;
			}
			break;
		}
	}
	return 0;
}

void peer_start(struct peer *peer, const struct peer_step *steps)
{
	int fds[2];

	*peer = (struct peer){0};
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	peer->pid = fork();
	assert_true(peer->pid >= 0);
	if (peer->pid == 0) {
		close(fds[0]);
		_exit(play(fds[1], steps));
	}
	close(fds[1]);
	assert_int_equal(sv_qmp_new(fds[0], &peer->qmp, &peer->err), 0);
}

void peer_finish(struct peer *peer)
{
	int status;

	sv_qmp_free(&peer->qmp);
	assert_null(peer->qmp);
	assert_int_equal(waitpid(peer->pid, &status, 0), peer->pid);
	assert_int_equal(status, 0);
}

void peer_assert_failed(struct peer *peer, int r, const char *what)
{
	assert_int_equal(r, -SV_E_UNKNOWN);
	assert_int_equal(peer->err.code, SV_E_UNKNOWN);
	if (!strstr(peer->err.msg, what))
		fail_msg("'%s' is not in '%s'", what, peer->err.msg);
	sv_error_clear(&peer->err);
}
