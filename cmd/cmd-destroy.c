/* SPDX-License-Identifier: GPL-2.0-or-later */
/* svirt destroy: ends the process without asking the guest, also when its monitor is gone. */
#include "lib/guest.h"

static int act(const struct call *call, const char *name, unsigned flags, struct svirt_error *err)
{
	return svirt_guest_destroy(call->sv, name, flags, err);
}

static int run(struct call *call, struct svirt_error *err)
{
	static const struct deed deed = {.verb = "destroy", .done = "destroyed", .act = act};

	return deed_run(call, &deed, err);
}

const struct command cmd_destroy = {
	.name = "destroy",
	.args = "DOMAIN",
	.summary = "End a guest at once and put its labels back",
	.flags = CMD_MANAGER | CMD_MUTATES,
	.min_args = 1,
	.max_args = 1,
	.arg_kind = ARG_GUEST,
	.run = IN_MANAGER(run),
	.show = IN_MANAGER(deed_show),
};
