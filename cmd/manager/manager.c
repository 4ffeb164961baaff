/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * svirt-manager: the same command table as svirt, in the domain that may relabel and start guests.
 * It runs the verbs that need that domain and refuses all others, so that its policy need not
 * allow what those would do.
 */
#include "lib/cli.h"
#include "lib/error.h"

static int gate(const struct call *call, char **argv, struct svirt_error *err)
{
	(void)argv;
	if (!(call->cmd->flags & CMD_MANAGER)) {
		(void)fail(err, SVIRT_E_USAGE, "%s is no verb of svirt-manager", call->cmd->name);
		return hint(err, "Run 'svirt %s'", call->cmd->name);
	}
	return call->globals.root ? 0 : cli_need_root(call, err);
}

int main(int argc, char **argv)
{
	return cli_main(argc, argv, gate);
}
