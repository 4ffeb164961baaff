/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A plan in the document and as text: what label and start would do, or did.
 */
#pragma once

#include "lib/command.h"

void plan_put(struct node *node, const struct svirt_plan *plan);

/* What a guest is in each model, of a plan or of a guest. */
void layers_put(struct node *list, const struct svirt_layer *layers, size_t n);

/* Prints the plan in node, with its command line when it has one. */
void plan_show(const struct node *node, struct text *out);

/* The images of the plan's disks, one line for each: into the document, and as text. */
void graph_put(struct node *node, const struct svirt_plan *plan);
void graph_show(const struct node *node, struct text *out);

/* The options that label and start share. */
struct plan_opts {
	bool require_enforcing, unconfined, shared_level;
	char *level, *share_group, *join;
	char **accept_chain;
	unsigned on_unlabelled; /* enum svirt_on_unlabelled */
};
extern const char *const plan_on_unlabelled[];
enum { PLAN_GROUP_CONFINED = 1 };
#define PLAN_OPTS(type, member)                                                       \
	{.name = "level",                                                             \
	 .kind = OPT_TEXT,                                                            \
	 .off = offsetof(type, member.level),                                         \
	 .arg = "LEVEL",                                                              \
	 .help = "this very level for a dynamic guest, such as s0:c1,c2"},            \
		{.name = "on-unlabelled",                                             \
		 .kind = OPT_CHOICE,                                                  \
		 .off = offsetof(type, member.on_unlabelled),                         \
		 .arg = "WHAT",                                                       \
		 .help = "with files that cannot be labelled: fail, warn, skip, or "  \
			 "config, what svirt.conf says",                              \
		 .values = plan_on_unlabelled},                                       \
		{.name = "share-group",                                               \
		 .kind = OPT_TEXT,                                                    \
		 .off = offsetof(type, member.share_group),                           \
		 .arg = "NAME",                                                       \
		 .help = "share <shareable/> disks with this group of guests alone"}, \
		{.name = "join",                                                      \
		 .kind = OPT_TEXT,                                                    \
		 .off = offsetof(type, member.join),                                  \
		 .arg = "DOMAIN",                                                     \
		 .names = ARG_GUEST,                                                  \
		 .help = "this guest's level too: each may use the other's files"},   \
		{.name = "shared-level",                                              \
		 .kind = OPT_FLAG,                                                    \
		 .off = offsetof(type, member.shared_level),                          \
		 .help = "let the domain ask for labels that other guests may use"},  \
		{.name = "accept-chain",                                              \
		 .kind = OPT_TEXTS,                                                   \
		 .off = offsetof(type, member.accept_chain),                          \
		 .arg = "TARGET",                                                     \
		 .help = "accept what the images of this disk (vda) name now"},       \
		{.name = "require-enforcing",                                         \
		 .kind = OPT_FLAG,                                                    \
		 .group = PLAN_GROUP_CONFINED,                                        \
		 .off = offsetof(type, member.require_enforcing),                     \
		 .help = "refuse unless the kernel enforces the policy"},             \
	{                                                                             \
		.name = "unconfined", .kind = OPT_FLAG, .group = PLAN_GROUP_CONFINED, \
		.off = offsetof(type, member.unconfined),                             \
		.help = "accept a domain that asks for no confinement"                \
	}

/* These and the global options as options of the library. Borrows their text. */
struct svirt_options plan_options(const struct call *call, const struct plan_opts *opts);
