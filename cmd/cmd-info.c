/* SPDX-License-Identifier: GPL-2.0-or-later */
/* svirt info: what the host offers: security model, policy, levels, and who guests run as. */
#include "lib/command.h"

#include <inttypes.h>

static int run(struct call *call, struct svirt_error *err)
{
	cleanup(svirt_host_free) struct svirt_host *host = NULL;
	struct node *node;
	int r = svirt_host_read(call->sv, &host, err);

	if (r)
		return r;
	node = doc_result(call->doc);
	node_host(node, host);
	node_label(node, "domain", host->domain);
	node_label(node, "image", host->image);
	node_label(node, "content", host->content);
	node_label(node, "self", host->self);
	node_str(node, "range", host->range);
	if (host->levels_known) {
		node_num(node, "capacity", host->capacity);
		node_num(node, "in_use", host->in_use);
	} else {
		node_str(node, "capacity", NULL);
		node_str(node, "in_use", NULL);
	}
	node_tristate(node, "policy_module", host->policy_module);
	node_tristate(node, "policy_current", host->policy_current);
	node_str(node, "user", host->user);
	node_num(node, "uid", host->uid);
	node_num(node, "gid", host->gid);
	node_str(node, "uid_range", host->uid_range);
	return 0;
}

static void show_text(const struct node *node, const char *path, const char *key, struct text *out)
{
	const char *value = node_text(node, path);

	if (value)
		text_field(out, key, "%s", value);
}

static const char *loaded(int maybe)
{
	if (maybe < 0)
		return "unknown";
	return maybe ? "loaded" : "not loaded";
}

static void show(const struct call *call, struct text *out)
{
	static const struct column drivers[] = {
		{.path = "name", .heading = "DRIVER"},
		{.path = "state", .heading = "STATE"},
	};
	const struct node *node = doc_first(call->doc);
	const char *model = node_text(node, "model");

	show_text(node, "name", "Host", out);
	show_text(node, "kernel", "Kernel", out);
	text_field(out, "Security model", "%s", model ? model : "none");
	show_text(node, "state", "State", out);
	if (node_text(node, "policy.name"))
		text_field(out, "Policy", "%s (%s)", node_text(node, "policy.name"),
			   node_yes(node, "policy.mls") ? "with levels" : "without levels");
	/* some models need none */
	if (!model || node_text(node, "policy.name") || node_maybe(node, "policy_module") >= 0)
		text_field(out, "Policy module", "%s%s", loaded(node_maybe(node, "policy_module")),
			   node_yes(node, "policy_module") &&
					   node_maybe(node, "policy_current") == 0
				   ? ", not the one of this version"
				   : "");
	show_text(node, "self", "Own label", out);
	show_text(node, "domain", "Guest label", out);
	show_text(node, "image", "Image label", out);
	show_text(node, "content", "Content label", out);
	show_text(node, "range", "Levels", out);
	if (node_count(node, "capacity")) {
		text_field(out, "Labels", "%" PRIu64 ", of them %" PRIu64 " in use",
			   node_count(node, "capacity"), node_count(node, "in_use"));
	}
	text_field(out, "Guests run as", "%s (+%" PRIu64 ":+%" PRIu64 ")",
		   node_text(node, "user") ? node_text(node, "user") : "unknown",
		   node_count(node, "uid"), node_count(node, "gid"));
	show_text(node, "uid_range", "Own users", out);
	text_blank(out);
	text_table(out, node_at(node, "drivers"), drivers, N_ELEMENTS(drivers));
}

const struct command cmd_info = {
	.name = "info",
	.args = "",
	.summary = "Print what this host offers: drivers, mode, policy, levels",
	.run = IN_CALLER(run),
	.show = IN_CALLER(show),
};
