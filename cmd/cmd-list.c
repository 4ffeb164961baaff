/* SPDX-License-Identifier: GPL-2.0-or-later */
/* svirt list: the guests and their labels, or every level in use on the host and its holder. */
#include "lib/guest.h"

#include <inttypes.h>
#include <string.h>

struct list_opts {
	bool all, levels;
};

static const struct opt opts[] = {
	{.name = "all",
	 .kind = OPT_FLAG,
	 .off = offsetof(struct list_opts, all),
	 .help = "defined domains that do not run, too; of levels, those of all guests"},
	{.name = "levels",
	 .kind = OPT_FLAG,
	 .off = offsetof(struct list_opts, levels),
	 .help = "every level in use on this host, and who holds it"},
	{.name = NULL},
};

/* Why a level counts whose holder needs no answer of the kernel. */
static const char *reason(const char *kind)
{
	static const struct {
		const char *kind, *why;
	} reasons[] = {
		{"lease", "reserved for the guest and its files"},
		{"static", "the definition gives it to the guest"},
		{"group", "each member has this category"},
	};

	for (size_t i = 0; i < N_ELEMENTS(reasons); i++) {
		if (strcmp(reasons[i].kind, kind) == 0)
			return reasons[i].why;
	}
	return NULL;
}

static void put_level(const void *data, size_t i, struct node *node)
{
	const struct svirt_level_use *use = &((const struct svirt_levels *)data)->items[i];

	node_str(node, "level", use->level);
	node_str(node, "kind", use->kind);
	node_str(node, "holder", use->holder);
	node_str(node, "why", use->why ? use->why : reason(use->kind));
	node_str(node, "share_group", use->share_group);
	node_str(node, "joined", use->joined);
}

static void free_levels(void *data)
{
	struct svirt_levels *levels = data;

	svirt_levels_free(&levels);
}

static int list_levels(struct call *call, bool all, struct svirt_error *err)
{
	struct svirt_levels *levels = NULL;
	int r = svirt_levels_read(call->sv, all, &levels, err);

	if (r)
		return r;
	doc_add_rows(call->doc, &(struct doc_rows){
					.n = levels->n,
					.fill = put_level,
					.release = free_levels,
					.data = levels,
				});
	node_num(doc_summary(call->doc), "capacity", levels->capacity);
	node_num(doc_summary(call->doc), "left", levels->left);
	node_bool(doc_summary(call->doc), "complete", levels->complete);
	return 0;
}

static int run(struct call *call, struct svirt_error *err)
{
	const struct list_opts *opt = call->opt;
	cleanup(svirt_guests_free) struct svirt_guests *guests = NULL;
	int r;

	if (opt->levels)
		return list_levels(call, opt->all, err);
	r = svirt_guests_read(call->sv, opt->all, &guests, err);
	if (r)
		return r;
	for (size_t i = 0; i < guests->n; i++)
		guest_put(doc_result(call->doc), guests->items[i]);
	return 0;
}

static void show(const struct call *call, struct text *out)
{
	static const struct column guests[] = {
		{.path = "id", .heading = "ID", .right = true},
		{.path = "name", .heading = "NAME"},
		{.path = "state", .heading = "STATE"},
		{.path = "pid", .heading = "PID", .right = true},
		{.path = "label", .heading = "LABEL"},
	};
	static const struct column levels[] = {
		{.path = "level", .heading = "LEVEL"},
		{.path = "kind", .heading = "KIND"},
		{.path = "holder", .heading = "HOLDER"},
		{.path = "share_group", .heading = "SHARE GROUP", .optional = true},
		{.path = "joined", .heading = "JOINED", .optional = true},
		{.path = "why", .heading = "WHY"},
	};
	const struct list_opts *opt = call->opt;

	if (!opt->levels) {
		text_table(out, doc_results(call->doc), guests, N_ELEMENTS(guests));
		return;
	}
	text_rows(out, call->doc, levels, N_ELEMENTS(levels));
	if (!node_yes(doc_root(call->doc), "summary.complete"))
		text_line(out, "There are more guests than these: svirt list --levels --all");
	text_line(out, "%" PRIu64 " of %" PRIu64 " labels left",
		  node_count(doc_root(call->doc), "summary.left"),
		  node_count(doc_root(call->doc), "summary.capacity"));
}

const struct command cmd_list = {
	.name = "list",
	.args = "",
	.summary = "List guests with their states and labels",
	.opt_size = sizeof(struct list_opts),
	.opts = opts,
	.run = IN_CALLER(run),
	.show = IN_CALLER(show),
};
