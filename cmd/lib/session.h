/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A verb at work: the library is opened, its warnings go where they belong, the verb fills the
 * document. In the caller's program and in the manager.
 */
#pragma once

#include "lib/command.h"

/* SVIRT_E_PERMISSION unless the caller is root. */
int session_need_root(const struct call *call, struct svirt_error *err) must_check;

/* Runs the verb. The exit status, or negative with *err filled. */
int session_run(struct call *call, struct svirt_error *err) must_check;

/* The descriptor that the front has opened for the argument spec; -1: it is a name, or nothing was
 * opened. */
int session_fd(const struct call *call, const char *spec);

/* Why the front could not open the file of the argument spec, as a negative status with *err
 * filled; 0: it could, or had none to open. */
int session_lost(const struct call *call, const char *spec, struct svirt_error *err) must_check;

/* The domain that the argument spec names. */
int session_domain(struct call *call, const char *spec, struct svirt_domain **ret,
		   struct svirt_error *err) must_check;
