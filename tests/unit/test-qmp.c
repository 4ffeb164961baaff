/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The QMP client against a peer that behaves as QEMU does, with its errors, delays and its death.
 * test-qmp-hostile.c has the hostile peers.
 */
#include "qmp-peer.h"

#include "base/string.h"
#include "qemu/settle.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/wait.h>
#include <time.h>

#include <cmocka.h>

static void test_life(void **state)
{
	static const struct peer_step steps[] = {
		{SAY, GREETING, 0},
		{HEAR, "qmp_capabilities", 0},
		{SAY, OK(1), 0},
		{HEAR, "query-status", 0},
		{SAY,
		 "{\"return\": {\"status\": \"prelaunch\", \"running\": false}, \"id\": 2}\r\n", 0},
		{HEAR, "cont", 0},
		{SAY, EVENT("NIC_RX_FILTER_CHANGED") EVENT("RESUME") OK(3), 0},
		{HEAR, "quit", 0},
		{SAY, OK(4) EVENT("SHUTDOWN"), 0},
		{0},
	};
	sv_auto_free char *status = NULL;
	enum sv_qmp_event event;
	bool running = true;
	struct peer p;

	(void)state;
	peer_start(&p, steps);
	assert_true(sv_qmp_fd(p.qmp) >= 0);
	assert_int_equal(sv_qmp_hello(p.qmp, 5000, &p.err), 0);
	assert_int_equal(sv_qmp_status(p.qmp, 5000, &running, &status, &p.err), 0);
	assert_string_equal(status, "prelaunch");
	assert_false(running);
	assert_int_equal(sv_qmp_command(p.qmp, "cont", 5000, &p.err), 0);
	assert_int_equal(sv_qmp_event(p.qmp, &event, &p.err), 0);
	assert_int_equal(event, SV_QMP_EVENT_OTHER);
	assert_int_equal(sv_qmp_event(p.qmp, &event, &p.err), 0);
	assert_int_equal(event, SV_QMP_EVENT_RESUME);
	assert_int_equal(sv_qmp_event(p.qmp, &event, &p.err), SV_NONE);
	assert_int_equal(sv_qmp_command(p.qmp, "quit", 5000, &p.err), 0);
	assert_int_equal(sv_qmp_wait(p.qmp, SV_QMP_EVENT_SHUTDOWN, 5000, &p.err), 0);
	peer_finish(&p);
}

/* What the command line does not say, in the order of the document; nothing of a display that
 * nobody can connect to. */
static void test_settle(void **state)
{
	static const struct peer_step steps[] = {
		{HEAR, WITH("set_link", "\"name\":\"net1\",\"up\":false"), 0},
		{SAY, OK(1), 0},
		{HEAR, WITH("set_password", "\"protocol\":\"vnc\",\"password\":\"a\\\"b\""), 0},
		{SAY, OK(2), 0},
		{HEAR, WITH("set_password", "\"protocol\":\"spice\",\"password\":\"secret\""), 0},
		{SAY, "{\"error\": {\"desc\": \"no spice\"}, \"id\": 3}\r\n", 0},
		{0},
	};
	char word[] = "a\"b", secret[] = "secret";
	struct sv_net nets[] = {{.line = 1}, {.line = 2, .unplugged = true}};
	struct sv_graphics graphics[] = {
		{.type = SV_GRAPHICS_VNC, .password = word},
		{.type = SV_GRAPHICS_VNC, .password = word, .closed = true},
		{.type = SV_GRAPHICS_SPICE, .password = secret},
	};
	const struct sv_domain dom = {.nets = nets,
				      .n_nets = SV_N_ELEMENTS(nets),
				      .graphics = graphics,
				      .n_graphics = SV_N_ELEMENTS(graphics)};
	struct peer p;

	(void)state;
	peer_start(&p, steps);
	assert_int_equal(sv_qemu_settle(p.qmp, &dom, 5000, &p.err), -SV_E_UNKNOWN);
	assert_string_equal(p.err.msg, "QMP: the emulator refused 'set_password': no spice");
	peer_finish(&p);
}

/* The memory that the guest is to have, less what virtio-mem gives it; where that is all of
 * it, or there is no balloon, nothing is said. */
static void test_settle_memory(void **state)
{
	static const struct peer_step steps[] = {
		{HEAR, WITH("balloon", "\"value\":68719476736"), 0},
		{SAY, OK(1), 0},
		{HEAR, WITH("balloon", "\"value\":2097152"), 0},
		{SAY, "{\"error\": {\"desc\": \"no balloon\"}, \"id\": 2}\r\n", 0},
		{HEAR, "cont", 0},
		{SAY, OK(3), 0},
		{0},
	};
	struct sv_memory_device devices[] = {
		{.model = SV_MEMORY_DIMM, .size_kib = 4096},
		{.model = SV_MEMORY_NVDIMM, .size_kib = 1024},
		{.model = SV_MEMORY_VIRTIO_MEM, .size_kib = 8192, .requested_kib = 2048},
	};
	const struct sv_domain large = {.memory_kib = UINT64_C(128) << 20,
					.current_memory_kib = UINT64_C(64) << 20,
					.memballoon = true},
			       parts = {.memory_kib = 65536,
					.current_memory_kib = 4096,
					.memballoon = true,
					.memory = {.devices = devices,
						   .n_devices = SV_N_ELEMENTS(devices)}},
			       whole = {.memory_kib = 64,
					.current_memory_kib = 64,
					.memballoon = true},
			       without = {.memory_kib = 64, .current_memory_kib = 32};
	struct peer p;

	(void)state;
	peer_start(&p, steps);
	assert_int_equal(sv_qemu_settle(p.qmp, &large, 5000, &p.err), 0);
	assert_int_equal(sv_qemu_settle(p.qmp, &parts, 5000, &p.err), -SV_E_UNKNOWN);
	assert_string_equal(p.err.msg, "QMP: the emulator refused 'balloon': no balloon");
	sv_error_clear(&p.err);
	assert_int_equal(sv_qemu_settle(p.qmp, &whole, 5000, &p.err), 0);
	assert_int_equal(sv_qemu_settle(p.qmp, &without, 5000, &p.err), 0);
	assert_int_equal(sv_qmp_command(p.qmp, "cont", 5000, &p.err), 0);
	peer_finish(&p);
}

/* Lines arrive in pieces, several at once, and slowly. */
static void test_split_lines(void **state)
{
	static const struct peer_step steps[] = {
		{SAY, "{\"QMP\": {\"ver", 0},
		{PAUSE, NULL, 20},
		{SAY, "sion\": {}, \"capabilities\": []}}\r", 0},
		{PAUSE, NULL, 20},
		{SAY, "\n", 0},
		{HEAR, "qmp_capabilities", 0},
		{SAY, EVENT("STOP") EVENT("POWERDOWN") "{\"return\"", 0},
		{PAUSE, NULL, 20},
		{SAY, ": {}, \"id\": 1}\n" EVENT("RESET") "{\"event\": \"GUEST_", 0},
		{PAUSE, NULL, 20},
		{SAY, "PANICKED\"}\n", 0},
		{0},
	};
	static const enum sv_qmp_event want[] = {SV_QMP_EVENT_STOP, SV_QMP_EVENT_POWERDOWN,
						 SV_QMP_EVENT_RESET};
	enum sv_qmp_event event;
	struct peer p;
	size_t i;

	(void)state;
	peer_start(&p, steps);
	assert_int_equal(sv_qmp_hello(p.qmp, 5000, &p.err), 0);
	for (i = 0; i < SV_N_ELEMENTS(want); i++) {
		assert_int_equal(sv_qmp_event(p.qmp, &event, &p.err), 0);
		assert_int_equal(event, want[i]);
	}
	assert_int_equal(sv_qmp_wait(p.qmp, SV_QMP_EVENT_OTHER, 5000, &p.err), 0);
	peer_finish(&p);
}

static void test_event_names(void **state)
{
	static const struct peer_step steps[] = {
		{SAY,
		 EVENT("RESUME") EVENT("STOP") EVENT("SHUTDOWN") EVENT("POWERDOWN") EVENT("RESET")
			 EVENT("") EVENT("resume"),
		 0},
		{0},
	};
	static const enum sv_qmp_event want[] = {SV_QMP_EVENT_RESUME,	SV_QMP_EVENT_STOP,
						 SV_QMP_EVENT_SHUTDOWN, SV_QMP_EVENT_POWERDOWN,
						 SV_QMP_EVENT_RESET,	SV_QMP_EVENT_OTHER,
						 SV_QMP_EVENT_OTHER};
	enum sv_qmp_event event;
	struct peer p;
	size_t i;
	int r;

	(void)state;
	peer_start(&p, steps);
	for (i = 0; i < SV_N_ELEMENTS(want); i++) {
		while ((r = sv_qmp_event(p.qmp, &event, &p.err)) == SV_NONE)
			peer_pause(5);
		assert_int_equal(r, 0);
		assert_int_equal(event, want[i]);
	}
	peer_finish(&p);
}

static void test_error_reply(void **state)
{
	static const struct peer_step steps[] = {
		{HEAR, "cont", 0},
		{SAY,
		 "{\"id\": 1, \"error\": {\"class\": \"GenericError\", "
		 "\"desc\": \"no\\u001b[2J way\"}}\r\n",
		 0},
		{HEAR, "stop", 0},
		{SAY, "{\"id\": 2, \"error\": 7}\r\n", 0},
		{HEAR, "quit", 0},
		{SAY, OK(3), 0},
		{0},
	};
	struct peer p;

	(void)state;
	peer_start(&p, steps);
	peer_assert_failed(&p, sv_qmp_command(p.qmp, "cont", 5000, &p.err),
			   "refused 'cont': no\\x1b[2J way");
	peer_assert_failed(&p, sv_qmp_command(p.qmp, "stop", 5000, &p.err),
			   "refused 'stop': no reason given");
	assert_int_equal(sv_qmp_command(p.qmp, "quit", 5000, &p.err), 0);
	peer_finish(&p);
}

static void test_closed(void **state)
{
	static const struct peer_step steps[] = {{SAY, EVENT("SHUTDOWN") EVENT("STOP") "{\"ev", 0},
						 {0}};
	enum sv_qmp_event event;
	struct peer p;
	int status;

	(void)state;
	peer_start(&p, steps);
	assert_int_equal(waitpid(p.pid, &status, 0), p.pid);
	assert_int_equal(status, 0);
	/* neither SIGPIPE nor the loss of earlier output */
	peer_assert_failed(&p, sv_qmp_command(p.qmp, "cont", 5000, &p.err),
			   "closed the connection");
	assert_int_equal(sv_qmp_event(p.qmp, &event, &p.err), 0);
	assert_int_equal(event, SV_QMP_EVENT_SHUTDOWN);
	assert_int_equal(sv_qmp_event(p.qmp, &event, &p.err), 0);
	assert_int_equal(event, SV_QMP_EVENT_STOP);
	assert_int_equal(sv_qmp_event(p.qmp, &event, &p.err), SV_SKIP);
	assert_int_equal(sv_qmp_event(p.qmp, &event, &p.err), SV_SKIP);
	peer_assert_failed(&p, sv_qmp_wait(p.qmp, SV_QMP_EVENT_STOP, 5000, &p.err),
			   "closed the connection");
	peer_assert_failed(&p, sv_qmp_hello(p.qmp, 5000, &p.err), "closed the connection");
	sv_qmp_free(&p.qmp);
}

/* A reply that comes too late is dropped, once, and the next command gets its own. */
static void test_late_reply(void **state)
{
	static const struct peer_step steps[] = {
		{HEAR, "cont", 0}, {HEAR, "stop", 0}, {SAY, OK(1) OK(2), 0},
		{HEAR, "quit", 0}, {SAY, OK(1), 0},   {0},
	};
	struct peer p;

	(void)state;
	peer_start(&p, steps);
	peer_assert_failed(&p, sv_qmp_command(p.qmp, "cont", 30, &p.err), "no answer to 'cont'");
	assert_int_equal(sv_qmp_command(p.qmp, "stop", 5000, &p.err), 0);
	peer_assert_failed(&p, sv_qmp_command(p.qmp, "quit", 5000, &p.err), "a reply to nothing");
	peer_finish(&p);
}

static int64_t boottime_ms(void)
{
	struct timespec ts;

	assert_int_equal(clock_gettime(CLOCK_BOOTTIME, &ts), 0);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void test_time_out(void **state)
{
	static const struct peer_step steps[] = {{PAUSE, NULL, 400}, {0}};
	struct peer p;
	int64_t begin, took;

	(void)state;
	peer_start(&p, steps);
	begin = boottime_ms();
	peer_assert_failed(&p, sv_qmp_hello(p.qmp, 50, &p.err), "no answer to 'greeting'");
	peer_assert_failed(&p, sv_qmp_wait(p.qmp, SV_QMP_EVENT_STOP, 50, &p.err),
			   "waiting for an event");
	peer_assert_failed(&p, sv_qmp_wait(p.qmp, SV_QMP_EVENT_STOP, 0, &p.err),
			   "waiting for an event");
	peer_assert_failed(&p, sv_qmp_wait(p.qmp, SV_QMP_EVENT_STOP, -1, &p.err),
			   "waiting for an event");
	took = boottime_ms() - begin;
	assert_in_range(took, 100, 390);
	peer_finish(&p);
}

static bool works_once(void *data)
{
	return ++*(int *)data < 2;
}

/* A late peer that works is given time, as long as the callback allows it. */
static void test_slow(void **state)
{
	static const struct peer_step steps[] = {{PAUSE, NULL, 400},
						 {SAY, GREETING, 0},
						 {HEAR, "qmp_capabilities", 0},
						 {PAUSE, NULL, 400},
						 {SAY, OK(1), 0},
						 {PAUSE, NULL, 1400},
						 {0}};
	struct peer p;
	int asked = -1;

	(void)state;
	peer_start(&p, steps);
	sv_qmp_wait_while(p.qmp, works_once, &asked);
	assert_int_equal(sv_qmp_hello(p.qmp, 20, &p.err), 0);
	assert_int_equal(asked, 1);
	asked = 0;
	peer_assert_failed(&p, sv_qmp_wait(p.qmp, SV_QMP_EVENT_STOP, 20, &p.err),
			   "waiting for an event");
	assert_int_equal(asked, 2);
	peer_finish(&p);
}

static void test_bad_descriptor(void **state)
{
	struct sv_error err = {0};
	struct sv_qmp *qmp = NULL;
	int fds[2];

	(void)state;
	assert_int_equal(sv_qmp_new(-1, &qmp, &err), -SV_E_UNKNOWN);
	assert_null(qmp);
	sv_error_clear(&err);
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(sv_qmp_new(fds[0], &qmp, &err), 0);
	assert_int_equal(sv_qmp_hello(qmp, 10, &err), -SV_E_UNKNOWN);
	sv_qmp_free(&qmp);
	close(fds[1]);
	sv_qmp_free(&qmp);
}

/* At the release half a line has arrived: the next client starts with a whole one. */
static void test_release(void **state)
{
	static const struct peer_step steps[] = {
		{SAY, GREETING, 0},
		{HEAR, "qmp_capabilities", 0},
		{SAY, OK(1) "{\"timestamp\": {\"seconds\": 1, ", 0},
		{PAUSE, NULL, 50},
		{SAY, "\"microseconds\": 2}, \"event\": \"STOP\"}\r\n", 0},
		{HEAR, "query-status", 0},
		{SAY, "{\"return\": {\"status\": \"paused\", \"running\": false}, \"id\": 1}\r\n",
		 0},
		{0},
	};
	sv_auto_free char *status = NULL;
	bool running = true;
	struct peer p;
	int fd = -1;

	(void)state;
	peer_start(&p, steps);
	assert_int_equal(sv_qmp_hello(p.qmp, 5000, &p.err), 0);
	assert_int_equal(sv_qmp_release(&p.qmp, 5000, &fd, &p.err), 0);
	assert_null(p.qmp);
	assert_true(fd >= 0);
	assert_int_equal(sv_qmp_new(fd, &p.qmp, &p.err), 0);
	assert_int_equal(sv_qmp_status(p.qmp, 5000, &running, &status, &p.err), 0);
	assert_string_equal(status, "paused");
	peer_finish(&p);
}

static void test_release_of_half_a_line(void **state)
{
	static const struct peer_step steps[] = {
		{SAY, GREETING, 0},
		{HEAR, "qmp_capabilities", 0},
		{SAY, OK(1) "{\"timestamp\"", 0},
		{PAUSE, NULL, 200},
		{0},
	};
	struct peer p;
	int fd = -1;

	(void)state;
	peer_start(&p, steps);
	assert_int_equal(sv_qmp_hello(p.qmp, 5000, &p.err), 0);
	peer_assert_failed(&p, sv_qmp_release(&p.qmp, 50, &fd, &p.err), "the end of a line");
	assert_null(p.qmp);
	assert_int_equal(fd, -1);
	peer_finish(&p);
}

static void test_interrupt(void **state)
{
	static const struct peer_step steps[] = {{PAUSE, NULL, 100}, {0}};
	struct peer p;
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	peer_start(&p, steps);
	sv_qmp_interrupt_by(p.qmp, fds[0]);
	peer_assert_failed(&p, sv_qmp_hello(p.qmp, 20, &p.err), "no answer to 'greeting'");
	assert_int_equal(write(fds[1], "x", 1), 1);
	assert_int_equal(sv_qmp_hello(p.qmp, 5000, &p.err), -SV_E_UNKNOWN);
	assert_string_equal(p.err.msg, "interrupted");
	sv_error_clear(&p.err);
	peer_finish(&p);
	close(fds[0]);
	close(fds[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_life),	    cmocka_unit_test(test_split_lines),
		cmocka_unit_test(test_event_names), cmocka_unit_test(test_error_reply),
		cmocka_unit_test(test_closed),	    cmocka_unit_test(test_late_reply),
		cmocka_unit_test(test_time_out),    cmocka_unit_test(test_bad_descriptor),
		cmocka_unit_test(test_release),	    cmocka_unit_test(test_release_of_half_a_line),
		cmocka_unit_test(test_interrupt),   cmocka_unit_test(test_slow),
		cmocka_unit_test(test_settle),	    cmocka_unit_test(test_settle_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
