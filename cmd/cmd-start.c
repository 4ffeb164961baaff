/* SPDX-License-Identifier: GPL-2.0-or-later */
/* svirt start: labels a domain, launches it under that label, and verifies what it runs as. */
#include "lib/guest.h"
#include "lib/plan.h"
#include "lib/session.h"

struct start_opts {
	struct plan_opts plan;
	bool paused;
};

static const struct opt opts[] = {
	{.name = "paused",
	 .kind = OPT_FLAG,
	 .off = offsetof(struct start_opts, paused),
	 .help = "leave the guest's processors stopped; resume lets them run"},
	PLAN_OPTS(struct start_opts, plan),
	{.name = NULL},
};

static int run(struct call *call, struct svirt_error *err)
{
	const struct start_opts *opt = call->opt;
	struct svirt_options options = plan_options(call, &opt->plan);
	cleanup(svirt_domain_free) struct svirt_domain *dom = NULL;
	cleanup(svirt_plan_free) struct svirt_plan *plan = NULL;
	cleanup(svirt_guest_free) struct svirt_guest *guest = NULL;
	struct node *node;
	int r;

	options.flags |= opt->paused ? SVIRT_PAUSED : 0;
	r = session_domain(call, call->args[0], &dom, err);
	if (r)
		return r;
	/* the text shows only the plan; JSON shows the guest too */
	r = svirt_guest_start(call->sv, dom, &options, &plan, call->globals.json ? &guest : NULL,
			      err);
	if (r)
		return r;
	node = doc_result(call->doc);
	plan_put(node, plan);
	if (guest)
		guest_put(node_object(node, "guest"), guest);
	else
		node_str(node, "guest", NULL);
	return 0;
}

static void show(const struct call *call, struct text *out)
{
	const struct node *node = doc_first(call->doc);
	const char *label = node_text(node, "guest.label");

	if (call->globals.dry_run || call->globals.verbose)
		plan_show(node, out);
	if (call->globals.dry_run)
		return;
	if (!label)
		label = node_text(node, "label");
	text_line(out, "Guest %s started: %s", node_text(node, "name"), label ? label : "none");
}

const struct command cmd_start = {
	.name = "start",
	.args = "DOMAIN",
	.summary = "Label a domain, launch it under that label and verify it",
	.flags = CMD_MANAGER | CMD_MUTATES,
	.min_args = 1,
	.max_args = 1,
	.arg_kind = ARG_DOMAIN,
	.opt_size = sizeof(struct start_opts),
	.opts = opts,
	.run = IN_MANAGER(run),
	.show = IN_MANAGER(show),
};
