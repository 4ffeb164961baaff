/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * svirt stop, destroy, suspend, resume: each does one thing to a guest that runs. stop asks the
 * guest to power off, and returns when its labels are back or the time is up. destroy does not ask
 * the guest and needs no monitor.
 */
#include "lib/guest.h"

#include <stdlib.h>
#include <string.h>

struct stop_opts {
	uint32_t timeout;
};

static const struct opt stop_opts[] = {
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

struct action {
	const char *verb;
	const char *done;    /* "destroyed", for talk */
	const char *reached; /* the state in which there is nothing left to do; NULL: none */
	int (*act)(struct svirt *sv, const char *name, unsigned flags, struct svirt_error *err);
};

/* Only stop has a time-out. */
static const struct action actions[] = {
	{"stop", "stopped", NULL, NULL},
	{"destroy", "destroyed", NULL, svirt_guest_destroy},
	{"suspend", "suspended", "paused", svirt_guest_suspend},
	{"resume", "resumed", "running", svirt_guest_resume},
};

static const struct action *find_action(const struct call *call)
{
	const struct action *action = actions;

	while (strcmp(action->verb, call->cmd->name) != 0)
		action++;
	return action;
}

static int act(const struct call *call, const struct action *action, const char *name,
	       struct svirt_error *err)
{
	const struct stop_opts *opt = call->opt;
	unsigned flags = call->globals.dry_run ? SVIRT_DRY_RUN : 0;

	if (action->act)
		return action->act(call->sv, name, flags, err);
	return svirt_guest_stop(call->sv, name, opt->timeout * 1000, flags, err);
}

/* Puts the guest's state into the document, when there is a guest, and returns whether the state is
 * already what the action leads to. Errors about the guest are left to the action. */
static bool is_reached(struct call *call, const struct action *action, const char *name,
		       struct node *node)
{
	struct svirt_error ignored = SVIRT_ERROR_INIT;
	struct svirt_guest *guest = NULL;
	bool reached;

	if (svirt_guest_read(call->sv, name, &guest, &ignored))
		return false;
	node_str(node, "state", guest->state);
	reached = action->reached && strcmp(guest->state, action->reached) == 0;
	svirt_guest_free(&guest);
	return reached;
}

static int run(struct call *call, struct svirt_error *err)
{
	const struct action *action = find_action(call);
	bool dry = call->globals.dry_run, already;
	struct node *node;
	char *name = NULL;
	int r = guest_name(call, call->args[0], &name, err);

	if (r)
		return r;
	node = doc_result(call->doc);
	node_str(node, "name", name);
	node_str(node, "action", action->verb);
	already = (dry || action->reached) && is_reached(call, action, name, node);
	r = act(call, action, name, err);
	node_bool(node, "done", r == 0 && !dry);
	if (r == 0 && already && !call->globals.quiet)
		talk("", "Guest %s is %s already", name, action->reached);
	else if (r == 0 && !dry && !call->globals.quiet)
		talk("", "Guest %s %s", name, action->done);
	if (already)
		node_str(node, "action", "none");
	free(name);
	return r;
}

/* The action itself reports what was done, so there is text to print only for a dry run. */
static void show(const struct call *call, struct text *out)
{
	const struct node *node = doc_first(call->doc);
	const char *state = node_text(node, "state"), *action = node_text(node, "action");

	if (!call->globals.dry_run || !state || node_text(doc_root(call->doc), "error.message"))
		return;
	if (strcmp(action, "none") != 0)
		text_line(out, "Would %s guest %s (%s)", action, node_text(node, "name"), state);
}

#define LIFE_COMMAND(verb, text, ...)                                          \
	const struct command cmd_##verb = {.name = #verb,                      \
					   .args = "DOMAIN",                   \
					   .summary = (text),                  \
					   .flags = CMD_MANAGER | CMD_MUTATES, \
					   .min_args = 1,                      \
					   .max_args = 1,                      \
					   .arg_kind = ARG_GUEST,              \
					   .run = IN_MANAGER(run),             \
					   .show = IN_MANAGER(show),           \
					   __VA_ARGS__}

LIFE_COMMAND(stop, "Ask a guest to power off, and wait until its labels are back",
	     .opt_size = sizeof(struct stop_opts), .opts = stop_opts);
LIFE_COMMAND(destroy, "End a guest at once and put its labels back");
LIFE_COMMAND(suspend, "Stop the processors of a running guest");
LIFE_COMMAND(resume, "Let a suspended guest run again");
