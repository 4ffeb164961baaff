/* SPDX-License-Identifier: GPL-2.0-or-later */
/* svirt label: reserves the domain's label and labels its resources; starts nothing. */
#include "lib/plan.h"
#include "lib/session.h"

struct label_opts {
	struct plan_opts plan;
};

static const struct opt opts[] = {
	PLAN_OPTS(struct label_opts, plan),
	{.name = NULL},
};

static int run(struct call *call, struct svirt_error *err)
{
	const struct label_opts *opt = call->opt;
	const struct svirt_options options = plan_options(call, &opt->plan);
	cleanup(svirt_domain_free) struct svirt_domain *dom = NULL;
	cleanup(svirt_plan_free) struct svirt_plan *plan = NULL;
	int r;

	r = session_domain(call, call->args[0], &dom, err);
	if (r)
		return r;
	r = svirt_guest_label(call->sv, dom, &options, &plan, err);
	if (r)
		return r;
	plan_put(doc_result(call->doc), plan);
	return 0;
}

static void show(const struct call *call, struct text *out)
{
	const struct node *node = doc_first(call->doc);
	const char *label = node_text(node, "label");

	if (call->globals.dry_run || call->globals.verbose)
		plan_show(node, out);
	if (!call->globals.dry_run)
		text_line(out, "Guest %s labelled: %s", node_text(node, "name"),
			  label ? label : "none");
}

const struct command cmd_label = {
	.name = "label",
	.args = "DOMAIN",
	.summary = "Reserve a domain's label and label its resources, start nothing",
	.flags = CMD_MANAGER | CMD_MUTATES,
	.min_args = 1,
	.max_args = 1,
	.arg_kind = ARG_DOMAIN,
	.opt_size = sizeof(struct label_opts),
	.opts = opts,
	.run = IN_MANAGER(run),
	.show = IN_MANAGER(show),
};
