/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the three programs share: everything except what is done with a valid command line.
 */
#pragma once

#include "lib/command.h"

/* Does the work of a valid command line, whose verb is not CMD_BARE. Nothing was done before.
 * Returns the exit status, or negative with *err filled. argv is that of the program. */
typedef int cli_work(struct call *call, char **argv, struct svirt_error *err);

/* Whether an argument that stands for a domain is a path: it holds a slash or ends in .xml. */
bool cli_is_file(const char *spec);

/* The whole run. Returns the exit status. */
int cli_main(int argc, char **argv, cli_work *work);
