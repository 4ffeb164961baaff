/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From argv to a struct call. Global options are taken before the verb, after it and between its
 * arguments. The parser knows the command table and nothing of what verbs do.
 */
#pragma once

#include "lib/command.h"

/* Fills *call, which is zeroed; call->cmd stays NULL when only --help or --version was asked for.
 * On failure too the globals seen so far are set. The caller releases with call_done(). */
int call_parse(int argc, char **argv, struct call *call, struct svirt_error *err) must_check;

/* Number of arguments, then the verb's own rules. */
int call_verify(const struct call *call, struct svirt_error *err) must_check;

void call_done(struct call *call);
