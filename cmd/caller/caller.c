/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * svirt-caller: the verbs that only read, and those that need the administrator's own rights (the
 * policy module). It runs in the domain of the process that started svirt.
 */
#include "lib/cli.h"
#include "lib/error.h"
#include "lib/session.h"

static int work(struct call *call, char **argv, struct svirt_error *err)
{
	(void)argv;
	if (!call->cmd->run) {
		(void)fail(err, SVIRT_E_USAGE, "%s is no verb of svirt-caller", call->cmd->name);
		return hint(err, "Run 'svirt %s'", call->cmd->name);
	}
	return session_run(call, err);
}

int main(int argc, char **argv)
{
	return cli_main(argc, argv, work);
}
