/* SPDX-License-Identifier: GPL-2.0-or-later */
/* svirt stop: asks the guest to power off; ends when its labels are back, or time is up. */
#include "lib/guest.h"

struct stop_opts {
	uint32_t timeout;
};

static const struct opt opts[] = {
	{.name = "timeout",
	 .kind = OPT_NUMBER,
	 .off = offsetof(struct stop_opts, timeout),
	 .min = 1,
	 .max = 86400,
	 .initial = 60,
	 .arg = "SECONDS",
	 .help = "how long to wait for the guest (60)"},
	{.name = NULL},
};

static int act(const struct call *call, const char *name, unsigned flags, struct svirt_error *err)
{
	const struct stop_opts *opt = call->opt;

	return svirt_guest_stop(call->sv, name, opt->timeout * 1000, flags, err);
}

static int run(struct call *call, struct svirt_error *err)
{
	static const struct deed deed = {.verb = "stop", .done = "stopped", .act = act};

	return deed_run(call, &deed, err);
}

const struct command cmd_stop = {
	.name = "stop",
	.args = "DOMAIN",
	.summary = "Ask a guest to power off, and wait until its labels are back",
	.flags = CMD_MANAGER | CMD_MUTATES,
	.min_args = 1,
	.max_args = 1,
	.arg_kind = ARG_GUEST,
	.opt_size = sizeof(struct stop_opts),
	.opts = opts,
	.run = IN_MANAGER(run),
	.show = IN_MANAGER(deed_show),
};
