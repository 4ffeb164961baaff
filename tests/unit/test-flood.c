/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Peers that send without end, stall, or close: none blocks its reader, and none uses up memory.
 * The peer is a child that runs until it is killed.
 */
#include "base/budget.h"
#include "base/proc.h"
#include "base/string.h"
#include "guest/run/clients.h"
#include "guest/run/vmm.h"
#include "qemu/qmp.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <cmocka.h>

#define EVENT "{\"timestamp\": {\"seconds\": 1, \"microseconds\": 2}, \"event\": \"STOP\"}\r\n"

/* Sends text without end on the other end of *fd, n bytes at a time. */
static pid_t start_talker(const char *text, size_t n, int *fd)
{
	size_t len = strlen(text), at = 0;
	int fds[2];
	pid_t pid;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		close(fds[0]);
		for (;;) {
			size_t part = n < len - at ? n : len - at;

			if (send(fds[1], text + at, part, MSG_NOSIGNAL) != (ssize_t)part)
				_exit(0);
			at = at + part == len ? 0 : at + part;
		}
	}
	close(fds[1]);
	*fd = fds[0];
	return pid;
}

static void end_talker(pid_t pid)
{
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

/* None of them takes much longer than its timeout. */
static void test_deadlines(void **state)
{
	struct sv_error err = {0};
	int64_t start = sv_now_ms();
	struct sv_qmp *qmp;
	int fd = -1;
	pid_t pid;

	(void)state;
	pid = start_talker(EVENT, 10000, &fd);
	assert_int_equal(sv_qmp_new(fd, &qmp, &err), 0);
	assert_int_equal(sv_qmp_command(qmp, "cont", 100, &err), -SV_E_UNKNOWN);
	assert_int_equal(err.sys, ETIMEDOUT);
	sv_error_clear(&err);
	assert_int_equal(sv_qmp_wait(qmp, SV_QMP_EVENT_RESET, 100, &err), -SV_E_UNKNOWN);
	assert_int_equal(err.sys, ETIMEDOUT);
	sv_error_clear(&err);
	fd = -1;
	/* it may find the end of a line by chance, but not after the timeout */
	(void)!sv_qmp_release(&qmp, 100, &fd, &err);
	sv_close_fd(&fd);
	assert_true(sv_now_ms() - start < 5000);
	end_talker(pid);
}

/* A user's ^C is noticed. */
static void test_interrupt(void **state)
{
	int64_t start = sv_now_ms();
	struct sv_error err = {0};
	struct sv_qmp *qmp;
	int fds[2], fd;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], "x", 1), 1);
	pid = start_talker(EVENT, 10000, &fd);
	assert_int_equal(sv_qmp_new(fd, &qmp, &err), 0);
	sv_qmp_interrupt_by(qmp, fds[0]);
	assert_int_equal(sv_qmp_command(qmp, "cont", 60000, &err), -SV_E_UNKNOWN);
	assert_string_equal(err.msg, "interrupted");
	sv_error_clear(&err);
	assert_int_equal(sv_qmp_wait(qmp, SV_QMP_EVENT_RESET, 60000, &err), -SV_E_UNKNOWN);
	assert_string_equal(err.msg, "interrupted");
	assert_true(sv_now_ms() - start < 10000);
	sv_qmp_free(&qmp);
	end_talker(pid);
	close(fds[0]);
	close(fds[1]);
}

/* Half a line costs one read per call, and no waiting. */
static void test_half_a_line(void **state)
{
	struct sv_error err = {0};
	enum sv_qmp_event event;
	struct sv_qmp *qmp;
	unsigned calls = 0;
	int r = SV_NONE, fd;
	pid_t pid;

	(void)state;
	pid = start_talker(" ", 1, &fd);
	assert_int_equal(sv_qmp_new(fd, &qmp, &err), 0);
	while (r == SV_NONE && calls++ < 10000000)
		r = sv_qmp_event(qmp, &event, &err);
	assert_int_equal(r, -SV_E_UNKNOWN);
	assert_string_equal(err.msg, "QMP: the emulator sent a line that is too long");
	/* at most 4096 bytes at once */
	assert_true(calls >= SV_QMP_MAX_LINE / 4096);
	sv_qmp_free(&qmp);
	end_talker(pid);
}

/* A command whose answer is not waited for. */
static void test_send(void **state)
{
	struct sv_error err = {0};
	enum sv_qmp_event event;
	char heard[64] = "";
	struct sv_qmp *qmp;
	int fds[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	assert_int_equal(sv_qmp_new(fds[0], &qmp, &err), 0);
	assert_int_equal(sv_qmp_send(qmp, "stop", &err), 0);
	assert_true(read(fds[1], heard, sizeof(heard) - 1) > 0);
	assert_string_equal(heard, "{\"execute\":\"stop\",\"id\":1}\r\n");
	assert_int_equal(sv_qmp_event(qmp, &event, &err), SV_NONE);
	assert_true(dprintf(fds[1], EVENT "{\"return\": {}, \"id\": 1}\n") > 0);
	assert_int_equal(sv_qmp_event(qmp, &event, &err), 0);
	assert_int_equal(event, SV_QMP_EVENT_STOP);
	assert_int_equal(sv_qmp_event(qmp, &event, &err), 0);
	assert_int_equal(event, SV_QMP_EVENT_REPLY);
	assert_int_equal(sv_qmp_reply(qmp, &err), 0);
	/* refused; a late answer is dropped; an answer without a command is an error */
	assert_int_equal(sv_qmp_send(qmp, "cont", &err), 0);
	assert_true(dprintf(fds[1], "{\"error\": {\"desc\": \"no\"}, \"id\": 2}\n") > 0);
	assert_int_equal(sv_qmp_event(qmp, &event, &err), 0);
	assert_int_equal(sv_qmp_reply(qmp, &err), -SV_E_UNKNOWN);
	assert_string_equal(err.msg, "QMP: the emulator refused 'cont': no");
	sv_error_clear(&err);
	assert_int_equal(sv_qmp_send(qmp, "cont", &err), 0);
	assert_int_equal(sv_qmp_give_up(qmp, &err), -SV_E_UNKNOWN);
	assert_string_equal(err.msg, "QMP: no answer to 'cont': Connection timed out");
	sv_error_clear(&err);
	assert_true(dprintf(fds[1], "{\"return\": {}, \"id\": 3}\n" EVENT) > 0);
	assert_int_equal(sv_qmp_event(qmp, &event, &err), 0);
	assert_int_equal(event, SV_QMP_EVENT_STOP);
	assert_true(dprintf(fds[1], "{\"return\": {}, \"id\": 3}\n") > 0);
	assert_int_equal(sv_qmp_event(qmp, &event, &err), -SV_E_UNKNOWN);
	sv_error_clear(&err);
	assert_int_equal(sv_qmp_send(qmp, "cont", &err), -SV_E_UNKNOWN);
	sv_qmp_free(&qmp);
	close(fds[1]);
}

/* A peer that does not read, and one that has closed. */
static void test_send_to_nobody(void **state)
{
	struct sv_error err = {0};
	struct sv_qmp *qmp;
	int fds[2], r = 0;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	assert_int_equal(sv_qmp_new(fds[0], &qmp, &err), 0);
	for (int i = 0; r == 0 && i < 100000; i++)
		r = sv_qmp_send(qmp, "cont", &err);
	assert_int_equal(r, -SV_E_UNKNOWN);
	assert_string_equal(err.msg, "QMP: the emulator does not read");
	sv_error_clear(&err);
	sv_qmp_free(&qmp);
	close(fds[1]);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	assert_int_equal(sv_qmp_new(fds[0], &qmp, &err), 0);
	close(fds[1]);
	assert_int_equal(sv_qmp_send(qmp, "cont", &err), -SV_E_UNKNOWN);
	assert_non_null(strstr(err.msg, "closed the connection during 'cont'"));
	sv_qmp_free(&qmp);
}

/* The output is read in pieces, and its end is kept. */
static void test_output(void **state)
{
	struct sv_vmm vmm = SV_VMM_EMPTY;
	pid_t pid = start_talker("0123456789abcdef", 16, &vmm.output);

	(void)state;
	assert_int_equal(fcntl(vmm.output, F_SETFL, O_NONBLOCK), 0);
	while (vmm.tail_len < SV_VMM_TAIL - 1)
		assert_true(sv_vmm_read_output(&vmm) != SV_NONE);
	end_talker(pid);
	while (sv_vmm_read_output(&vmm) == SV_MORE)
		;
	assert_int_equal(vmm.tail_len, SV_VMM_TAIL - 1);
	assert_string_equal(vmm.tail + vmm.tail_len - 16, "0123456789abcdef");
	assert_memory_equal(vmm.tail, "123456789abcdef0", 16);
	assert_int_equal(sv_vmm_read_output(&vmm), SV_NONE);
	sv_vmm_done(&vmm);
}

static void test_output_is_bounded(void **state)
{
	struct sv_vmm vmm = SV_VMM_EMPTY;
	char *text = malloc(150001);
	int fds[2];

	(void)state;
	assert_non_null(text);
	memset(text, 'x', 150000);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	assert_int_equal(send(fds[1], text, 150000, MSG_DONTWAIT), 150000);
	vmm.output = fds[0];
	assert_int_equal(fcntl(vmm.output, F_SETFL, O_NONBLOCK), 0);
	assert_int_equal(sv_vmm_read_output(&vmm), SV_MORE);
	assert_int_equal(sv_vmm_read_output(&vmm), SV_MORE);
	assert_int_equal(sv_vmm_read_output(&vmm), 0);
	free(text);
	close(fds[1]);
	sv_vmm_done(&vmm);
}

static void test_budget(void **state)
{
	struct sv_budget budget = {.rate = 100, .burst = 10};
	int64_t now = 1000000;
	unsigned n;

	(void)state;
	for (n = 0; sv_budget_take(&budget, now); n++)
		;
	assert_int_equal(n, 10);
	/* after a wait it continues at the rate, however often it asks */
	assert_false(sv_budget_take(&budget, now + 9));
	assert_true(sv_budget_take(&budget, now + 10));
	assert_false(sv_budget_take(&budget, now + 11));
	for (n = 0, now += 11; now < 1001011; now++)
		n += sv_budget_take(&budget, now);
	assert_in_range(n, 99, 101);
	/* and the longest pause does not give more than the bucket */
	now += INT64_C(1) << 60;
	for (n = 0; sv_budget_take(&budget, now); n++)
		;
	assert_int_equal(n, 10);
}

static int ask(struct sv_client *client, enum sv_control_op op)
{
	const struct sv_control_request req = {.magic = SV_CONTROL_MAGIC, .op = op};
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, fds), 0);
	*client = (struct sv_client){.fd = fds[0]};
	assert_int_equal(send(fds[1], &req, sizeof(req), 0), sizeof(req));
	return fds[1];
}

/* One request per client; a client that closes or sends more loses its slot. */
static void test_clients(void **state)
{
	struct sv_control_reply reply;
	struct sv_clients clients;
	struct sv_error err = {0};
	struct sv_client *c = &clients.list[3];
	int fd;

	(void)state;
	sv_clients_init(&clients, -1);
	assert_null(sv_clients_find(&clients, SV_CLIENT_NEW));
	fd = ask(c, SV_CONTROL_SUSPEND);
	assert_ptr_equal(sv_clients_find(&clients, SV_CLIENT_NEW), c);
	assert_true(sv_client_receive(c));
	assert_int_equal(c->op, SV_CONTROL_SUSPEND);
	assert_ptr_equal(sv_clients_find(&clients, SV_CLIENT_ASKED), c);
	sv_fail(&err, SV_E_BUSY, 0, "later");
	sv_client_answer(c, &err);
	assert_int_equal(c->fd, -1);
	assert_int_equal(recv(fd, &reply, sizeof(reply), 0), sizeof(reply));
	assert_string_equal(reply.err.msg, "later");
	close(fd);
	fd = ask(c, SV_CONTROL_STOP);
	assert_true(sv_client_receive(c));
	assert_int_equal(send(fd, "more", 4, 0), 4);
	assert_false(sv_client_receive(c));
	assert_int_equal(c->fd, -1);
	close(fd);
	close(ask(c, SV_CONTROL_STOP));
	assert_true(sv_client_receive(c));
	assert_false(sv_client_receive(c));
	close(ask(c, (enum sv_control_op)99));
	assert_false(sv_client_receive(c));
	close(ask(c, SV_CONTROL_STOP));
	sv_clients_done(&clients);
	assert_int_equal(c->fd, -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_deadlines),	  cmocka_unit_test(test_interrupt),
		cmocka_unit_test(test_half_a_line),	  cmocka_unit_test(test_send),
		cmocka_unit_test(test_send_to_nobody),	  cmocka_unit_test(test_output),
		cmocka_unit_test(test_output_is_bounded), cmocka_unit_test(test_budget),
		cmocka_unit_test(test_clients),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
