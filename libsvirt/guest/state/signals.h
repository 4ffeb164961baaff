/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Holds back signals that would end this process until there is nothing left to put back: SIGINT,
 * SIGTERM, SIGHUP and SIGQUIT, each unless it is ignored (nohup(1), a shell's background).
 */
#pragma once

#include "base/error.h"

#include <signal.h>

struct sv_signals {
	sigset_t old;
	int fd; /* a signalfd(2), readable when a signal has come; -1: not held */
};
#define SV_SIGNALS_EMPTY ((struct sv_signals){.fd = -1})

/* Holds the signals back for this thread. */
int sv_signals_hold(struct sv_signals *ret, struct sv_error *err) sv_must_check;

/* SV_E_UNKNOWN with EINTR and "interrupted": a signal has come. */
int sv_signals_check(const struct sv_signals *signals, struct sv_error *err) sv_must_check;

/* Delivers the signals that have come, so this may not return. Harmless when none are held. */
void sv_signals_release(struct sv_signals *signals);
#define sv_auto_signals sv_cleanup(sv_signals_release)
