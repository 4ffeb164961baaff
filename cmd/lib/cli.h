/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What svirt and svirt-manager have in common: everything but the question which of the two runs a
 * verb.
 */
#pragma once

#include "lib/command.h"

/* Called with a command line that is known to be right, before anything is touched, for a verb that
 * is not CMD_BARE. Negative with *err filled ends the run. argv is what the program was given. */
typedef int cli_gate(const struct call *call, char **argv, struct svirt_error *err);

/* The whole run. Returns the exit status. */
int cli_main(int argc, char **argv, cli_gate *gate);

/* SVIRT_E_PERMISSION unless the caller is root. */
int cli_need_root(const struct call *call, struct svirt_error *err) must_check;
