/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The QMP client against a compromised peer: nonsense, endless lines and floods, answers to no
 * command, a peer that does not read.
 */
#include "qmp-peer.h"

#include "base/string.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/socket.h>

#include <cmocka.h>

/* Input that is not JSON, not an object, not a message, or an answer to no command. */
static void test_garbage(void **state)
{
	static const struct {
		const char *bytes, *message;
	} cases[] = {
		{"hello\n", "not a JSON object"},
		{"\n", "not a JSON object"},
		{"[]\n", "not a JSON object"},
		{"{\"a\": 1} {\"b\": 2}\n", "not a JSON object"},
		{"{\"return\": {}, \"id\": 1, \"id\": 1}\n", "not a JSON object"},
		{"{\"event\": \"\xff\"}\n", "not a JSON object"},
		{"{}\n", "neither an event nor a reply"},
		{GREETING, "neither an event nor a reply"},
		{"{\"event\": 7}\n", "neither an event nor a reply"},
		{"{\"return\": {}}\n", "neither an event nor a reply"},
		{"{\"return\": {}, \"id\": \"1\"}\n", "neither an event nor a reply"},
		{"{\"return\": {}, \"error\": {}, \"id\": 1}\n", "neither an event nor a reply"},
		{OK(0), "a reply to nothing"},
		{OK(2), "a reply to nothing"},
		{OK(-1), "a reply to nothing"},
	};
	struct peer p;
	size_t i;

	(void)state;
	for (i = 0; i < SV_N_ELEMENTS(cases); i++) {
		const struct peer_step steps[] = {
			{HEAR, "cont", 0}, {SAY, cases[i].bytes, 0}, {FLOOD, OK(1), 1}, {0}};
		enum sv_qmp_event event;

		peer_start(&p, steps);
		peer_assert_failed(&p, sv_qmp_command(p.qmp, "cont", 5000, &p.err),
				   cases[i].message);
		/* the connection is never used again, even if the peer behaves from then on */
		peer_assert_failed(&p, sv_qmp_command(p.qmp, "cont", 5000, &p.err),
				   "nonsense before");
		peer_assert_failed(&p, sv_qmp_event(p.qmp, &event, &p.err), "nonsense before");
		peer_finish(&p);
	}
}

static void test_bad_greeting(void **state)
{
	static const struct peer_step steps[] = {{SAY, EVENT("RESUME") GREETING, 0}, {0}};
	struct peer p;

	(void)state;
	peer_start(&p, steps);
	peer_assert_failed(&p, sv_qmp_hello(p.qmp, 5000, &p.err), "sent no greeting");
	peer_finish(&p);
}

static void test_bad_status(void **state)
{
	static const char *const replies[] = {
		"{\"return\": {}, \"id\": 1}\n",
		"{\"return\": [], \"id\": 1}\n",
		"{\"return\": {\"running\": 1, \"status\": \"running\"}, \"id\": 1}\n",
		"{\"return\": {\"running\": true, \"status\": null}, \"id\": 1}\n",
	};
	struct peer p;
	size_t i;

	(void)state;
	for (i = 0; i < SV_N_ELEMENTS(replies); i++) {
		const struct peer_step steps[] = {
			{HEAR, "query-status", 0}, {SAY, replies[i], 0}, {0}};
		bool running = true;
		char *status = NULL;

		peer_start(&p, steps);
		peer_assert_failed(&p, sv_qmp_status(p.qmp, 5000, &running, &status, &p.err),
				   "a status without its fields");
		assert_true(running);
		assert_null(status);
		peer_finish(&p);
	}
}

static void test_long_line(void **state)
{
	static const struct peer_step steps[] = {{FILL, " ", SV_QMP_MAX_LINE + 1}, {0}};
	struct peer p;

	(void)state;
	peer_start(&p, steps);
	peer_assert_failed(&p, sv_qmp_wait(p.qmp, SV_QMP_EVENT_STOP, 20000, &p.err),
			   "a line that is too long");
	peer_finish(&p);
}

/* The longest line that is allowed is not refused. */
static void test_longest_line(void **state)
{
	static const char end[] = "{\"event\":\"STOP\"}\n";
	static const struct peer_step steps[] = {
		{FILL, " ", SV_QMP_MAX_LINE - (sizeof(end) - 1)}, {SAY, end, 0}, {0}};
	struct peer p;

	(void)state;
	peer_start(&p, steps);
	assert_int_equal(sv_qmp_wait(p.qmp, SV_QMP_EVENT_STOP, 20000, &p.err), 0);
	peer_finish(&p);
}

/* A socket full of events; *n is their number. There is no peer, because one could be slower than
 * this process. */
static struct sv_qmp *with_events(int *peer, unsigned *n)
{
	static const char event[] = EVENT("VNC_CONNECTED");
	struct sv_error err = {0};
	struct sv_qmp *qmp = NULL;
	struct sv_buf buf = {0};
	sv_auto_free char *text = NULL;
	int fds[2];
	unsigned i;

	for (i = 0; i < 1500; i++)
		sv_buf_puts(&buf, event);
	assert_int_equal(sv_buf_take(&buf, &text, &err), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	*n = (unsigned)send(fds[1], text, strlen(text), MSG_DONTWAIT) / (sizeof(event) - 1);
	assert_in_range(*n, 2 * SV_QMP_MAX_EVENTS, 1500);
	assert_int_equal(sv_qmp_new(fds[0], &qmp, &err), 0);
	*peer = fds[1];
	return qmp;
}

static unsigned count_events(struct sv_qmp *qmp)
{
	struct sv_error err = {0};
	enum sv_qmp_event event;
	unsigned n = 0;

	while (sv_qmp_event(qmp, &event, &err) == 0)
		n++;
	assert_int_equal(err.code, SV_OK);
	return n;
}

/* A peer that never stops sending cannot block the caller beyond the deadline, nor use up its
 * memory. */
static void test_flood(void **state)
{
	struct sv_error err = {0};
	struct sv_qmp *qmp;
	unsigned n = 0;
	int peer = -1;

	(void)state;
	qmp = with_events(&peer, &n);
	assert_int_equal(sv_qmp_command(qmp, "cont", 0, &err), -SV_E_UNKNOWN);
	assert_true(count_events(qmp) > SV_QMP_MAX_EVENTS); /* some events are left unread */
	sv_qmp_free(&qmp);
	close(peer);
	sv_error_clear(&err);
	qmp = with_events(&peer, &n);
	assert_int_equal(sv_qmp_wait(qmp, SV_QMP_EVENT_STOP, 0, &err), -SV_E_UNKNOWN);
	assert_true(count_events(qmp) > 0);
	sv_qmp_free(&qmp);
	close(peer);
}

/* Of too many events the unimportant ones are dropped first. */
static void test_queue_bound(void **state)
{
	static const struct peer_step steps[] = {
		{HEAR, "cont", 0},
		{SAY, EVENT("RESUME"), 0},
		{FLOOD, EVENT("VNC_CONNECTED"), SV_QMP_MAX_EVENTS + 100},
		{SAY, EVENT("SHUTDOWN") OK(1), 0},
		{HEAR, "stop", 0},
		{FLOOD, EVENT("STOP"), SV_QMP_MAX_EVENTS},
		{SAY, EVENT("RESET") OK(2), 0},
		{0},
	};
	enum sv_qmp_event event;
	unsigned i;
	struct peer p;

	(void)state;
	peer_start(&p, steps);
	assert_int_equal(sv_qmp_command(p.qmp, "cont", 20000, &p.err), 0);
	for (i = 0; i < SV_QMP_MAX_EVENTS; i++) {
		assert_int_equal(sv_qmp_event(p.qmp, &event, &p.err), 0);
		assert_int_equal(event, i == 0			     ? SV_QMP_EVENT_RESUME
					: i + 1 == SV_QMP_MAX_EVENTS ? SV_QMP_EVENT_SHUTDOWN
								     : SV_QMP_EVENT_OTHER);
	}
	assert_int_equal(sv_qmp_event(p.qmp, &event, &p.err), SV_NONE);
	assert_int_equal(sv_qmp_command(p.qmp, "stop", 20000, &p.err), 0);
	for (i = 0; i < SV_QMP_MAX_EVENTS; i++) {
		assert_int_equal(sv_qmp_event(p.qmp, &event, &p.err), 0);
		assert_int_equal(event, i + 1 == SV_QMP_MAX_EVENTS ? SV_QMP_EVENT_RESET
								   : SV_QMP_EVENT_STOP);
	}
	assert_int_not_equal(sv_qmp_event(p.qmp, &event, &p.err), 0);
	peer_finish(&p);
}

static void test_peer_that_does_not_read(void **state)
{
	static const struct peer_step steps[] = {{PAUSE, NULL, 1500}, {0}};
	struct peer p;
	int fd, room = 0, r = 0;

	(void)state;
	peer_start(&p, steps);
	fd = sv_qmp_fd(p.qmp);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room)), 0);
	while (send(fd, "x", 1, MSG_NOSIGNAL) > 0)
		;
	assert_int_equal(errno, EAGAIN);
	r = sv_qmp_command(p.qmp, "cont", 30, &p.err);
	peer_assert_failed(&p, r, "no answer to 'cont'");
	peer_assert_failed(&p, sv_qmp_command(p.qmp, "cont", 30, &p.err), "could not be sent");
	peer_finish(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_garbage),	     cmocka_unit_test(test_bad_greeting),
		cmocka_unit_test(test_bad_status),   cmocka_unit_test(test_long_line),
		cmocka_unit_test(test_longest_line), cmocka_unit_test(test_flood),
		cmocka_unit_test(test_queue_bound),  cmocka_unit_test(test_peer_that_does_not_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
