/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs a verb: opens the library, passes its warnings on, lets the verb fill the document. For the
 * caller's program and the manager.
 */
#pragma once

#include "lib/command.h"

/* SVIRT_E_PERMISSION unless the caller is root, or asks for guests of their own (--user). */
int session_need_root(const struct call *call, struct svirt_error *err) must_check;

/* Runs the verb. The exit status, or negative with *err filled. */
int session_run(struct call *call, struct svirt_error *err) must_check;

/* The descriptor that the front has opened for the argument spec. -1: spec is a name, or nothing
 * was opened. */
int session_fd(const struct call *call, const char *spec);

/* The error of the front when it could not open the file of the argument spec: a negative status
 * with *err filled. 0: it could, or there was no file to open. */
int session_lost(const struct call *call, const char *spec, struct svirt_error *err) must_check;

/* The domain that the argument spec names. */
int session_domain(struct call *call, const char *spec, struct svirt_domain **ret,
		   struct svirt_error *err) must_check;
