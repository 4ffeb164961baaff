/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The monitor's control socket from both ends. A guest may have compromised its monitor, so the
 * monitor's answers are an attacker's. A client is root, and may send anything.
 */
#include "peer.h"

#include "guest/state/control.h"

#include <sys/socket.h>

int __wrap_connect(int fd, const struct sockaddr *to, socklen_t len);

int __wrap_connect(int fd, const struct sockaddr *to, socklen_t len)
{
	(void)to;
	(void)len;
	require(dup2(peer.ours, fd) == fd);
	return 0;
}

static void check_warning(void *data, const char *msg)
{
	(void)data;
	fuzz_check_text(msg, 1024);
}

/* A reply whose fields have values that svirt's monitor would not send. */
static void reply(struct fuzz_in *in)
{
	struct sv_control_reply answer = {.magic = SV_CONTROL_MAGIC};
	const uint8_t *from;
	uint8_t how = fuzz_byte(in);
	size_t n;

	answer.err.code = (enum sv_code)(int8_t)fuzz_byte(in);
	memset(answer.err.msg, how & 1 ? 'm' : 0, sizeof(answer.err.msg));
	memset(answer.err.hint, how & 2 ? 'h' : 0, sizeof(answer.err.hint));
	memset(answer.err.file, how & 4 ? 'f' : 0, sizeof(answer.err.file));
	n = fuzz_piece(in, &from);
	memcpy(answer.err.msg, from, n < sizeof(answer.err.msg) ? n : sizeof(answer.err.msg));
	n = fuzz_piece(in, &from);
	memcpy(answer.err.hint, from, n < sizeof(answer.err.hint) ? n : sizeof(answer.err.hint));
	(void)!send(peer.fd, &answer, sizeof(answer), MSG_NOSIGNAL);
}

static void ask(struct fuzz_in in, bool whole)
{
	sv_auto_handle struct svirt *sv = NULL;
	sv_auto_close int fd = -1;
	struct sv_error err = {0};

	require(sv_handle_paths(NULL, &sv, &err) == 0);
	sv->warn = check_warning;
	peer_begin(SOCK_SEQPACKET, in);
	if (whole)
		reply(&peer.in);
	peer_expect(3000);
	if (fuzz_check(sv_control_ask(sv, "a", SV_CONTROL_STOP, &fd, &err), &err) == 0)
		(void)fuzz_check(sv_control_wait(sv, fd, "a", 3000, &err), &err);
	peer_check();
	close(peer.ours);
	peer_end();
}

static void receive(struct fuzz_in in)
{
	const struct sv_error fine = {0};
	enum sv_control_op op = 0;
	const uint8_t *from;
	size_t n;

	peer_begin(SOCK_SEQPACKET, in);
	peer_expect(0);
	n = fuzz_piece(&peer.in, &from);
	(void)!send(peer.fd, from, n, MSG_NOSIGNAL);
	if (sv_control_receive(peer.ours, &op) == 0) {
		require(op >= SV_CONTROL_STOP && op <= SV_CONTROL_RESUME);
		require(n == sizeof(struct sv_control_request));
		sv_control_answer(peer.ours, &fine);
	}
	close(peer.ours);
	peer_end();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_in in = {data, size};

	switch (fuzz_byte(&in) % 3) {
	case 0:
		ask(in, true);
		break;
	case 1:
		ask(in, false);
		break;
	default:
		receive(in);
	}
	return 0;
}
