/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Last words of an emulator and its swtpm: their standard error, piece by piece, and how they end;
 * also swtpm's answers on its control connection. All of it becomes one line that an administrator
 * sees.
 */
#include "fuzz.h"

#include "base/string.h"
#include "guest/run/tpm.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

int __wrap_poll(struct pollfd *p, nfds_t n, int ms);
int __wrap_kill(pid_t pid, int number);
int __wrap_waitid(idtype_t type, id_t id, siginfo_t *ret, int options);
int __wrap_sv_vmm_spawn(const struct sv_vmm_program *program, struct sv_vmm *ret,
			struct sv_error *err);
int __wrap_sv_vmm_verify(const struct sv_lease *lease, const struct sv_vmm *vmm,
			 struct sv_error *err);

static struct fuzz_in input;
static int control = -1, output = -1; /* the far ends */

static void say(int fd)
{
	const uint8_t *from;
	size_t n = fuzz_piece(&input, &from);

	if (fd >= 0 && n)
		(void)!send(fd, from, n, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* A wait gets the next piece, or times out. */
int __wrap_poll(struct pollfd *p, nfds_t n, int ms)
{
	uint8_t what = fuzz_byte(&input);

	(void)ms;
	for (nfds_t i = 0; i < n; i++)
		p[i].revents = 0;
	if (what % 4 == 3)
		return 0;
	if (what % 4 == 2)
		sv_close_fd(&control);
	else
		say(control);
	p[0].revents = POLLIN;
	return 1;
}

int __wrap_kill(pid_t pid, int number)
{
	require(pid == 7 && number == SIGKILL);
	return 0;
}

int __wrap_waitid(idtype_t type, id_t id, siginfo_t *ret, int options)
{
	(void)options;
	require(type == P_PID && id == 7);
	ret->si_code = fuzz_byte(&input) % 2 ? CLD_EXITED : CLD_KILLED;
	ret->si_status = fuzz_byte(&input) % 64;
	return 0;
}

static void make_vmm(enum sv_vmm_role role, struct sv_vmm *ret)
{
	int pairs[2][2];

	for (size_t i = 0; i < 2; i++)
		require(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pairs[i]) == 0);
	control = pairs[0][1];
	output = pairs[1][1];
	*ret = SV_VMM_EMPTY;
	ret->role = role;
	ret->id.pid = 7;
	ret->control = pairs[0][0];
	ret->output = pairs[1][0];
	require(fcntl(ret->output, F_SETFL, O_NONBLOCK) == 0);
}

int __wrap_sv_vmm_spawn(const struct sv_vmm_program *program, struct sv_vmm *ret,
			struct sv_error *err)
{
	(void)err;
	make_vmm(program->role, ret);
	say(output);
	return 0;
}

int __wrap_sv_vmm_verify(const struct sv_lease *lease, const struct sv_vmm *vmm,
			 struct sv_error *err)
{
	(void)lease;
	(void)vmm;
	return fuzz_byte(&input) % 8 ? 0 : sv_fail(err, SV_E_PERMISSION, 0, "it was ended");
}

static void try_words(enum sv_vmm_role role)
{
	struct sv_error err = {0};
	struct sv_vmm vmm;

	make_vmm(role, &vmm);
	while (input.left > 8) {
		say(output);
		(void)!sv_vmm_read_output(&vmm);
		require(vmm.tail_len < sizeof(vmm.tail) && vmm.tail[vmm.tail_len] == '\0');
	}
	sv_fail(&err, SV_E_UNKNOWN, 0, "the first cause");
	sv_vmm_end(&vmm, &err);
	(void)fuzz_check(-(int)err.code, &err);
	sv_vmm_done(&vmm);
}

static void try_tpm(void)
{
	const struct sv_vmm_program program = {.role = SV_VMM_TPM};
	const struct sv_signals signals = SV_SIGNALS_EMPTY;
	struct sv_vmm vmm = SV_VMM_EMPTY;
	struct sv_error err = {0};

	if (fuzz_check(sv_tpm_start(&program, &signals, &vmm, &err), &err) == 0)
		sv_vmm_done(&vmm);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	input = (struct fuzz_in){data, size};
	switch (fuzz_byte(&input) % 3) {
	case 0:
		try_words(SV_VMM_EMULATOR);
		break;
	case 1:
		try_words(SV_VMM_TPM);
		break;
	default:
		try_tpm();
	}
	sv_close_fd(&control);
	sv_close_fd(&output);
	return 0;
}
