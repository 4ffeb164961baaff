/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Holding signals back: see signals.h. Knows nothing of what is done meanwhile. */
#include "guest/state/signals.h"

#include "base/string.h"

#include <errno.h>
#include <poll.h>
#include <sys/signalfd.h>

int sv_signals_hold(struct sv_signals *ret, struct sv_error *err)
{
	static const int ending[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
	struct sv_signals signals = SV_SIGNALS_EMPTY;
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < SV_N_ELEMENTS(ending); i++) {
		struct sigaction now;

		if (sigaction(ending[i], NULL, &now) == 0 && now.sa_handler != SIG_IGN)
			sigaddset(&set, ending[i]);
	}
	if (sigprocmask(SIG_BLOCK, &set, &signals.old) < 0)
		return sv_fail_errno(err, errno, "sigprocmask");
	signals.fd = signalfd(-1, &set, SFD_CLOEXEC);
	if (signals.fd < 0) {
		(void)sv_fail_errno(err, errno, "signalfd");
		(void)sigprocmask(SIG_SETMASK, &signals.old, NULL);
		return -(int)err->code;
	}
	*ret = signals;
	return 0;
}

int sv_signals_check(const struct sv_signals *signals, struct sv_error *err)
{
	struct pollfd p = {.fd = signals->fd, .events = POLLIN};

	if (poll(&p, 1, 0) <= 0)
		return 0;
	(void)sv_fail(err, SV_E_UNKNOWN, 0, "interrupted");
	err->sys = EINTR; /* for programs; the message has the word for people */
	return -(int)err->code;
}

void sv_signals_release(struct sv_signals *signals)
{
	if (signals->fd < 0)
		return;
	sv_close_fd(&signals->fd);
	(void)sigprocmask(SIG_SETMASK, &signals->old, NULL);
}
