/* SPDX-License-Identifier: GPL-2.0-or-later */
/* svirt suspend: the guest stays in memory, its label stays in use. */
#include "lib/guest.h"

static int act(const struct call *call, const char *name, unsigned flags, struct svirt_error *err)
{
	return svirt_guest_suspend(call->sv, name, flags, err);
}

static int run(struct call *call, struct svirt_error *err)
{
	static const struct deed deed = {
		.verb = "suspend", .done = "suspended", .reached = "paused", .act = act};

	return deed_run(call, &deed, err);
}

const struct command cmd_suspend = {
	.name = "suspend",
	.args = "DOMAIN",
	.summary = "Stop the processors of a running guest",
	.flags = CMD_MANAGER | CMD_MUTATES,
	.min_args = 1,
	.max_args = 1,
	.arg_kind = ARG_GUEST,
	.run = IN_MANAGER(run),
	.show = IN_MANAGER(deed_show),
};
