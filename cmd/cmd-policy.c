/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * svirt policy: svirt's own policy module, and file-context rules for guests. It runs in the
 * caller's domain: the domain that starts guests must not have the right to change the policy.
 */
#include "lib/command.h"
#include "lib/error.h"
#include "lib/fcontext.h"
#include "lib/session.h"

#include <string.h>

static const char *const actions[] = {"status", "install", "remove", "fcontext", NULL};

struct policy_opts {
	bool remove;
};

static const struct opt opts[] = {
	{.name = "remove",
	 .kind = OPT_FLAG,
	 .off = offsetof(struct policy_opts, remove),
	 .help = "take the rules of fcontext out again"},
	{.name = NULL},
};

static bool asks_for(const struct call *call, const char *action)
{
	return strcmp(call->args[0], action) == 0;
}

static int verify(const struct call *call, struct svirt_error *err)
{
	const struct policy_opts *opt = call->opt;

	if (!opt->remove || asks_for(call, "fcontext"))
		return 0;
	(void)fail(err, SVIRT_E_USAGE, "policy: --remove is only for fcontext");
	return hint(err, "Try 'svirt policy --help'");
}

static int run_fcontext(struct call *call, struct svirt_error *err)
{
	const struct policy_opts *opt = call->opt;
	unsigned flags =
		(call->globals.dry_run ? SVIRT_DRY_RUN : 0) | (opt->remove ? SVIRT_REMOVE : 0);
	cleanup(svirt_fcontexts_free) struct svirt_fcontexts *list = NULL;
	cleanup(svirt_domain_free) struct svirt_domain *dom = NULL;
	int r = session_domain(call, call->args[1], &dom, err);

	if (r == 0)
		r = svirt_policy_fcontext(call->sv, dom, flags, &list, err);
	if (r)
		return r;
	fcontext_put(call->doc, list);
	if (!call->globals.quiet)
		fcontext_talk(list, flags);
	return 0;
}

/* "unknown" never passes. A policy store in a directory is not loaded, and that is no doubt. */
static int judge(const struct call *call, const struct svirt_policy *policy)
{
	bool doubt = policy->current < 0 || (policy->loaded < 0 && !call->globals.root);

	if (!policy->installed || !policy->enabled || !policy->loaded || !policy->current)
		return SVIRT_E_FINDINGS;
	return doubt ? SVIRT_E_UNKNOWN : 0;
}

/* Whether the module is installed and loaded already. Building and loading the policy takes a
 * while, so it is not done then. */
static int is_there(struct call *call, bool *ret, struct svirt_error *err)
{
	cleanup(svirt_policy_free) struct svirt_policy *policy = NULL;
	int r = svirt_policy_read(call->sv, &policy, err);

	if (r == 0)
		*ret = judge(call, policy) == 0;
	return r;
}

static int change(struct call *call, struct svirt_error *err)
{
	bool install = asks_for(call, "install"), dry = call->globals.dry_run, there = false;
	unsigned flags = dry ? SVIRT_DRY_RUN : 0;
	int r;

	if (asks_for(call, "status"))
		return 0;
	r = install ? is_there(call, &there, err) : 0;
	if (r == 0 && there && !dry && !call->globals.quiet)
		talk("", "Policy module of this version is installed already");
	if (r || there)
		return r;
	r = install ? svirt_policy_install(call->sv, flags, err)
		    : svirt_policy_remove(call->sv, flags, err);
	if (r == 0 && !dry && !call->globals.quiet)
		talk("", "Policy module %s", install ? "installed" : "removed");
	return r;
}

static int run(struct call *call, struct svirt_error *err)
{
	cleanup(svirt_policy_free) struct svirt_policy *policy = NULL;
	struct node *node;
	int r;

	if (asks_for(call, "fcontext"))
		return run_fcontext(call, err);
	r = change(call, err);
	if (r == 0)
		r = svirt_policy_read(call->sv, &policy, err);
	if (r)
		return r;
	node = doc_result(call->doc);
	node_str(node, "action", call->args[0]);
	node_str(node, "store", policy->store);
	node_str(node, "file", policy->file);
	node_bool(node, "installed", policy->installed);
	node_bool(node, "enabled", policy->enabled);
	node_tristate(node, "loaded", policy->loaded);
	node_tristate(node, "current", policy->current);
	return asks_for(call, "status") ? judge(call, policy) : 0;
}

static const char *yes_no(int maybe)
{
	if (maybe < 0)
		return "unknown";
	return maybe ? "yes" : "no";
}

static void show_plan(const struct node *node, bool install, struct text *out)
{
	const char *file = node_text(node, "file");
	const char *store = node_text(node, "store");

	if (install && node_yes(node, "current"))
		text_line(out, "Policy module of this version is installed already");
	else if (install)
		text_line(out, "Would %s %s in the policy store %s",
			  node_yes(node, "installed") ? "replace" : "install", file, store);
	else
		text_line(out, "Would remove the module from the policy store %s", store);
}

static void show(const struct call *call, struct text *out)
{
	const struct node *node = doc_first(call->doc);

	if (asks_for(call, "fcontext")) {
		fcontext_show(call->doc, out);
		return;
	}
	if (!asks_for(call, "status")) {
		if (call->globals.dry_run && !node_text(doc_root(call->doc), "error.message"))
			show_plan(node, asks_for(call, "install"), out);
		return;
	}
	text_field(out, "Policy store", "%s",
		   node_text(node, "store") ? node_text(node, "store") : "none");
	text_field(out, "Module file", "%s", node_text(node, "file"));
	text_field(out, "Installed", "%s", yes_no(node_maybe(node, "installed")));
	text_field(out, "Enabled", "%s", yes_no(node_maybe(node, "enabled")));
	text_field(out, "Loaded", "%s", yes_no(node_maybe(node, "loaded")));
	text_field(out, "Current", "%s", yes_no(node_maybe(node, "current")));
}

const struct command cmd_policy = {
	.name = "policy",
	.args = "status|install|remove|fcontext [DOMAIN]",
	.summary = "Manage svirt's own policy module, or rules that keep a static label",
	.flags = CMD_MUTATES | CMD_SYSTEM,
	.min_args = 1,
	.max_args = 2,
	.arg_kind = ARG_CHOICE,
	.arg_values = actions,
	.domain_after = "fcontext",
	.opt_size = sizeof(struct policy_opts),
	.opts = opts,
	.verify = verify,
	.run = IN_CALLER(run),
	.show = IN_CALLER(show),
};
