/* SPDX-License-Identifier: GPL-2.0-or-later */
/* svirt label: reserves the domain's label and labels its resources; starts nothing. */
#include "lib/plan.h"
#include "lib/session.h"

struct label_opts {
	struct plan_opts plan;
	bool show_graph;
};

static const struct opt opts[] = {
	PLAN_OPTS(struct label_opts, plan),
	{.name = "show-graph",
	 .kind = OPT_FLAG,
	 .off = offsetof(struct label_opts, show_graph),
	 .help = "show the images behind each disk and their labels, change nothing"},
	{.name = NULL},
};

static int run(struct call *call, struct svirt_error *err)
{
	const struct label_opts *opt = call->opt;
	struct svirt_options options = plan_options(call, &opt->plan);
	cleanup(svirt_domain_free) struct svirt_domain *dom = NULL;
	cleanup(svirt_plan_free) struct svirt_plan *plan = NULL;
	struct node *node;
	int r;

	if (opt->show_graph)
		options.flags |= SVIRT_DRY_RUN;
	r = session_domain(call, call->args[0], &dom, err);
	if (r)
		return r;
	r = svirt_guest_label(call->sv, dom, &options, &plan, err);
	if (r)
		return r;
	node = doc_result(call->doc);
	plan_put(node, plan);
	if (opt->show_graph)
		graph_put(node, plan);
	return 0;
}

static void show(const struct call *call, struct text *out)
{
	const struct node *node = doc_first(call->doc);
	const char *label = node_text(node, "label");

	if (((const struct label_opts *)call->opt)->show_graph) {
		graph_show(node, out);
		return;
	}
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
