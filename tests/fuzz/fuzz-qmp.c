/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A conversation over QMP: the bytes are the emulator's actions during each wait. It answers, sends
 * unrequested lines, stalls, floods and closes. No call may take longer than its timeout, and a
 * failure has a reason.
 */
#include "peer.h"

#include "qemu/qmp.h"

#include <sys/socket.h>

/* ROUND: events that are read at once, as the monitor does. */
enum { ROUND = 64, TIMEOUT_MS = 3000 };

static int hello(struct sv_qmp **qmp, struct sv_error *err)
{
	return sv_qmp_hello(*qmp, TIMEOUT_MS, err);
}

static int command(struct sv_qmp **qmp, struct sv_error *err)
{
	return sv_qmp_command(*qmp, "cont", TIMEOUT_MS, err);
}

static int status(struct sv_qmp **qmp, struct sv_error *err)
{
	sv_auto_free char *word = NULL;
	bool running = false;
	int r = sv_qmp_status(*qmp, TIMEOUT_MS, &running, &word, err);

	require((r == 0) == (word != NULL));
	return r;
}

static int events(struct sv_qmp **qmp, struct sv_error *err)
{
	enum sv_qmp_event event = SV_QMP_EVENT_NONE;
	int r = 0;

	for (int i = 0; r == 0 && i < ROUND; i++) {
		r = sv_qmp_event(*qmp, &event, err);
		require(r != 0 || (event > SV_QMP_EVENT_NONE && event <= SV_QMP_EVENT_REPLY));
	}
	return r;
}

static int wait_stop(struct sv_qmp **qmp, struct sv_error *err)
{
	return sv_qmp_wait(*qmp, SV_QMP_EVENT_STOP, TIMEOUT_MS, err);
}

/* Sends a command whose answer is an event, as the monitor does, and reads the result of the last
 * one. */
static int tell(struct sv_qmp **qmp, struct sv_error *err)
{
	int r = sv_qmp_send(*qmp, "stop", err);

	return r == 0 ? sv_qmp_reply(*qmp, err) : r;
}

static int give_up(struct sv_qmp **qmp, struct sv_error *err)
{
	return sv_qmp_give_up(*qmp, err);
}

/* Hands over to the next client, as the manager does to the monitor. */
static int release(struct sv_qmp **qmp, struct sv_error *err)
{
	int fd = -1, r = sv_qmp_release(qmp, TIMEOUT_MS, &fd, err);

	require(!*qmp && (r == 0) == (fd >= 0));
	return r < 0 ? r : sv_qmp_new(fd, qmp, err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int (*const calls[])(struct sv_qmp * *qmp, struct sv_error * err) = {
		hello, command, status, events, wait_stop, release, tell, give_up,
	};
	struct fuzz_in in = {data, size};
	sv_auto_qmp struct sv_qmp *qmp = NULL;
	struct sv_error err = {0};
	uint8_t order[8];

	for (size_t i = 0; i < sizeof(order); i++)
		order[i] = fuzz_byte(&in) % 8;
	peer_begin(SOCK_STREAM, in);
	require(sv_qmp_new(peer.ours, &qmp, &err) == 0);
	for (size_t i = 0; qmp && i < sizeof(order); i++) {
		sv_error_clear(&err);
		/* a greeting is followed by a command */
		peer_expect(TIMEOUT_MS);
		(void)fuzz_check(calls[order[i]](&qmp, &err), &err);
		peer_check();
	}
	peer_end();
	return 0;
}
