/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* swtpm as a process, and the first exchange with it: see tpm.h. Must not know what a TPM does. */
#include "guest/run/tpm.h"

#include "base/string.h"
#include "qemu/swtpm.h"

#include <endian.h>
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#define ANSWER_TIMEOUT_MS 30000

/* Commands of the control connection: swtpm_ioctls(3). All numbers are big-endian. */
enum { GET_CAPABILITY = 1, INIT = 2, STOP = 14 };

bool sv_tpm_is_emulated(const struct sv_domain *dom)
{
	return dom->tpm.line && dom->tpm.backend == SV_TPM_EMULATOR;
}

int sv_tpm_check(const struct sv_domain *dom, struct sv_error *err)
{
	if (!sv_tpm_is_emulated(dom) || access(SV_SWTPM, F_OK) == 0)
		return 0;
	(void)sv_fail(err, SV_E_HOST, errno, "TPM emulator " SV_SWTPM);
	(void)sv_hint(err, "install the package swtpm");
	return sv_error_place(err, dom->file, dom->tpm.line);
}

static int wait_answer(const struct sv_vmm *tpm, const struct sv_signals *signals,
		       struct sv_error *err)
{
	struct pollfd p[] = {
		{.fd = tpm->control, .events = POLLIN},
		{.fd = signals->fd, .events = POLLIN},
	};
	int r;

	do {
		r = poll(p, SV_N_ELEMENTS(p), ANSWER_TIMEOUT_MS);
	} while (r < 0 && errno == EINTR);
	if (r > 0 && p[1].revents)
		return sv_signals_check(signals, err);
	return r > 0 ? 0 : sv_fail(err, SV_E_UNKNOWN, 0, "swtpm does not answer");
}

/* A command of n words, and an answer of size bytes. */
struct exchange {
	const uint32_t *command;
	size_t n;
	void *answer;
	size_t size;
};

static int ask(const struct sv_vmm *tpm, const struct sv_signals *signals, const struct exchange *x,
	       struct sv_error *err)
{
	size_t len = x->n * sizeof(*x->command);
	ssize_t n;
	int r;

	/* when swtpm has ended, waiting for the answer reports it */
	(void)!send(tpm->control, x->command, len, MSG_NOSIGNAL);
	r = wait_answer(tpm, signals, err);
	if (r < 0)
		return r;
	n = recv(tpm->control, x->answer, x->size, MSG_DONTWAIT);
	if (n == (ssize_t)x->size)
		return 0;
	return sv_fail(err, SV_E_UNKNOWN, 0,
		       n > 0 ? "swtpm gives half an answer" : "swtpm has ended");
}

/* Sends a command whose answer has to be the number 0. */
static int order(const struct sv_vmm *tpm, const struct sv_signals *signals,
		 const uint32_t *command, size_t n, struct sv_error *err)
{
	uint32_t result = 0;
	int r = ask(tpm, signals, &(struct exchange){command, n, &result, sizeof(result)}, err);

	if (r == 0 && result != 0)
		return sv_fail(err, SV_E_UNKNOWN, 0, "swtpm answers with error 0x%x",
			       be32toh(result));
	return r;
}

/* The first answer shows that swtpm was executed and has its label. The label is verified then,
 * before swtpm reads its state. Afterwards the TPM is switched off again, as QEMU expects it. */
static int prove(const struct sv_lease *lease, const struct sv_vmm *tpm,
		 const struct sv_signals *signals, struct sv_error *err)
{
	const uint32_t get[] = {htobe32(GET_CAPABILITY)};
	const uint32_t init[] = {htobe32(INIT), 0 /* flags */};
	const uint32_t stop[] = {htobe32(STOP)};
	uint64_t capabilities;
	int r = ask(
		tpm, signals,
		&(struct exchange){get, SV_N_ELEMENTS(get), &capabilities, sizeof(capabilities)},
		err);

	if (r == 0)
		r = sv_vmm_verify(lease, tpm, err);
	if (r == 0)
		r = order(tpm, signals, init, SV_N_ELEMENTS(init), err);
	return r < 0 ? r : order(tpm, signals, stop, SV_N_ELEMENTS(stop), err);
}

int sv_tpm_start(const struct sv_vmm_program *program, const struct sv_signals *signals,
		 struct sv_vmm *ret, struct sv_error *err)
{
	sv_cleanup(sv_vmm_done) struct sv_vmm tpm = SV_VMM_EMPTY;
	int r = sv_vmm_spawn(program, &tpm, err);

	if (r == 0)
		r = prove(program->lease, &tpm, signals, err);
	if (r < 0) {
		sv_vmm_end(&tpm, err);
		return -(int)err->code;
	}
	*ret = tpm;
	tpm = SV_VMM_EMPTY;
	return 0;
}
