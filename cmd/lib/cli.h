/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the three programs have in common: everything but the question what is done with a command
 * line that is right.
 */
#pragma once

#include "lib/command.h"

/* Called with a command line that is known to be right, before anything is touched, for a verb that
 * is not CMD_BARE. The exit status, or negative with *err filled. argv is what the program got. */
typedef int cli_work(struct call *call, char **argv, struct svirt_error *err);

/* Whether an argument that stands for a domain is a path: it holds a slash or ends in .xml. */
bool cli_is_file(const char *spec);

/* The whole run. Returns the exit status. */
int cli_main(int argc, char **argv, cli_work *work);
