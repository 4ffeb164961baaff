/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A plan in the document and on paper: what label and start would do, or did.
 */
#pragma once

#include "lib/command.h"

void plan_put(struct node *node, const struct svirt_plan *plan);

/* The plan that node holds; with its command line when it has one. */
void plan_show(const struct node *node, struct text *out);

/* What label and start have in common. */
struct plan_opts {
	bool require_enforcing, unconfined;
};
enum { PLAN_GROUP_CONFINED = 1 };
#define PLAN_OPTS(type, member)                                                       \
	{.name = "require-enforcing",                                                 \
	 .kind = OPT_FLAG,                                                            \
	 .group = PLAN_GROUP_CONFINED,                                                \
	 .off = offsetof(type, member.require_enforcing),                             \
	 .help = "refuse unless the kernel enforces the policy"},                     \
	{                                                                             \
		.name = "unconfined", .kind = OPT_FLAG, .group = PLAN_GROUP_CONFINED, \
		.off = offsetof(type, member.unconfined),                             \
		.help = "accept a domain that asks for no confinement"                \
	}

/* The flags of the library for these and the global options. */
unsigned plan_flags(const struct call *call, const struct plan_opts *opts);
