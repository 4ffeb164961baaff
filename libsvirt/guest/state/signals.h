/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Signals that would end this process wait until there is nothing left to put back: SIGINT,
 * SIGTERM, SIGHUP and SIGQUIT, each unless it is ignored (nohup(1), a shell's background).
 */
#pragma once

#include "base/error.h"

#include <signal.h>

struct sv_signals {
	sigset_t old;
	int fd; /* can be read when one has come: signalfd(2); -1: not held */
};
#define SV_SIGNALS_EMPTY ((struct sv_signals){.fd = -1})

/* For this thread. */
int sv_signals_hold(struct sv_signals *ret, struct sv_error *err) sv_must_check;

/* SV_E_UNKNOWN, EINTR and "interrupted", when one has come. */
int sv_signals_check(const struct sv_signals *signals, struct sv_error *err) sv_must_check;

/* What has come is delivered now: this may not return. Harmless when nothing is held. */
void sv_signals_release(struct sv_signals *signals);
#define sv_auto_signals sv_cleanup(sv_signals_release)
