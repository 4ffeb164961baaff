/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target: the bytes are everything that the emulator ever says. They stand in the socket
 * before the first call, and the peer has hung up, so nothing waits.
 */
#include "qemu/qmp.h"

#include <stdint.h>
#include <sys/socket.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void talk(struct sv_qmp *qmp)
{
	struct sv_error err = {0};
	enum sv_qmp_event event;
	sv_auto_free char *status = NULL;
	bool running;
	int r;

	if (sv_qmp_hello(qmp, 0, &err) > 0)
		abort();
	sv_error_clear(&err);
	if (sv_qmp_status(qmp, 0, &running, &status, &err) == 0 && !status)
		abort();
	sv_error_clear(&err);
	do {
		r = sv_qmp_event(qmp, &event, &err);
		if (r == 0 && (event <= SV_QMP_EVENT_NONE || event > SV_QMP_EVENT_OTHER))
			abort();
	} while (r == 0);
	/* an outcome leaves the error alone, a failure fills it */
	if ((r < 0) != (err.code != SV_OK))
		abort();
	sv_error_clear(&err);
	if (sv_qmp_wait(qmp, SV_QMP_EVENT_STOP, 0, &err) == 0)
		abort(); /* everything has been read */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sv_error err = {0};
	struct sv_qmp *qmp = NULL;
	sv_auto_close int peer = -1;
	int fds[2];
	size_t done = 0;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) < 0)
		return 0;
	peer = fds[1];
	if (sv_qmp_new(fds[0], &qmp, &err) < 0)
		return 0;
	while (done < size) {
		ssize_t n = send(peer, data + done, size - done, MSG_NOSIGNAL);

		if (n <= 0)
			break;
		done += (size_t)n;
	}
	/* half closed: commands can be sent, answers end where the input ends */
	(void)shutdown(peer, SHUT_WR);
	talk(qmp);
	sv_qmp_free(&qmp);
	return 0;
}
