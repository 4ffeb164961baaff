/* SPDX-License-Identifier: GPL-2.0-or-later */
/* svirt resume: also a guest that was started with --paused. */
#include "lib/guest.h"

static int act(const struct call *call, const char *name, unsigned flags, struct svirt_error *err)
{
	return svirt_guest_resume(call->sv, name, flags, err);
}

static int run(struct call *call, struct svirt_error *err)
{
	static const struct deed deed = {
		.verb = "resume", .done = "resumed", .reached = "running", .act = act};

	return deed_run(call, &deed, err);
}

const struct command cmd_resume = {
	.name = "resume",
	.args = "DOMAIN",
	.summary = "Let a suspended guest run again",
	.flags = CMD_MANAGER | CMD_MUTATES,
	.min_args = 1,
	.max_args = 1,
	.arg_kind = ARG_GUEST,
	.run = IN_MANAGER(run),
	.show = IN_MANAGER(deed_show),
};
