/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * svirt-manager: the verbs that relabel, start or write state. It runs in the domain that may do
 * that and little else. It has no code of other verbs, so the policy need not allow what those do.
 */
#include "lib/cli.h"
#include "lib/error.h"
#include "lib/inherit.h"
#include "lib/session.h"

static int work(struct call *call, char **argv, struct svirt_error *err)
{
	int r;

	(void)argv;
	inherit_nothing();
	if (!call->cmd->run) {
		(void)fail(err, SVIRT_E_USAGE, "%s is no verb of svirt-manager", call->cmd->name);
		return hint(err, "Run 'svirt %s'", call->cmd->name);
	}
	r = session_need_root(call, err);
	return r ? r : session_run(call, err);
}

int main(int argc, char **argv)
{
	return cli_main(argc, argv, work);
}
