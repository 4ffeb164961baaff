/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * svirt dominfo: facts about a guest, with the keys that virsh(1) prints, so that a script for one
 * can read the other.
 */
#include "lib/guest.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static int run(struct call *call, struct svirt_error *err)
{
	cleanup(svirt_guest_free) struct svirt_guest *guest = NULL;
	char *name = NULL;
	int r = guest_name(call, call->args[0], &name, err);

	if (r)
		return r;
	r = svirt_guest_read(call->sv, name, &guest, err);
	free(name);
	if (r)
		return r;
	guest_put(doc_result(call->doc), guest);
	return 0;
}

/* The joined guests, by name; they may use its files too. */
static void show_joined(const struct node *names, struct text *out)
{
	for (size_t i = 0; i < list_len(names); i++)
		text_field(out, "Joined with", "%s", list_text(names, i));
}

static void show_limits(const struct node *limits, struct text *out)
{
	if (!limits)
		text_field(out, "Limit", "unknown");
	for (size_t i = 0; i < list_len(limits); i++)
		text_field(out, "Limit", "%s %s", node_text(list_at(limits, i), "file"),
			   node_text(list_at(limits, i), "value"));
}

static void show_security(const struct node *node, struct text *out)
{
	const char *label = node_text(node, "label");
	const char *model = node_text(node, "model");
	const char *policy = node_text(node, "policy");
	const char *mode = node_text(node, "mode");
	bool claimed = node_count(node, "pid") && !node_yes(node, "verified");

	if (node_text(node, "share_group"))
		text_field(out, "Share group", "%s", node_text(node, "share_group"));
	show_joined(node_at(node, "joined_with"), out);
	if (node_text(node, "cgroup"))
		text_field(out, "Control group", "%s", node_text(node, "cgroup"));
	if (node_text(node, "cgroup"))
		show_limits(node_at(node, "limits"), out);
	text_field(out, "Security model", "%s", model ? model : "none");
	if (!model)
		return;
	text_field(out, "Security DOI", "%s",
		   node_text(node, "doi") ? node_text(node, "doi") : "0");
	if (label)
		text_field(out, "Security label", "%s (%s%s%s%s%s%s)", label, model,
			   policy ? "/" : "", policy ? policy : "", mode ? "/" : "",
			   mode ? mode : "", claimed ? ", not verified" : "");
}

static void show(const struct call *call, struct text *out)
{
	const struct node *node = doc_first(call->doc);
	uint64_t cpu = node_count(node, "cpu_time_ns") / 100000000;

	if (node_count(node, "id"))
		text_field(out, "Id", "%" PRIu64, node_count(node, "id"));
	else
		text_field(out, "Id", "-");
	text_field(out, "Name", "%s", node_text(node, "name"));
	text_field(out, "UUID", "%s", node_text(node, "uuid"));
	text_field(out, "OS Type", "%s", node_text(node, "os_type"));
	text_field(out, "State", "%s", node_text(node, "state"));
	text_field(out, "CPU(s)", "%" PRIu64, node_count(node, "vcpus"));
	if (node_count(node, "pid"))
		text_field(out, "CPU time", "%" PRIu64 ".%" PRIu64 "s", cpu / 10, cpu % 10);
	text_field(out, "Max memory", "%" PRIu64 " KiB", node_count(node, "max_memory_kib"));
	text_field(out, "Used memory", "%" PRIu64 " KiB", node_count(node, "used_memory_kib"));
	text_field(out, "Persistent", "%s", node_yes(node, "persistent") ? "yes" : "no");
	text_field(out, "Autostart", "%s", node_yes(node, "autostart") ? "enable" : "disable");
	text_field(out, "Managed save", "no");
	show_security(node, out);
}

const struct command cmd_dominfo = {
	.name = "dominfo",
	.args = "DOMAIN",
	.summary = "Print facts about a guest, its security label last",
	.min_args = 1,
	.max_args = 1,
	.arg_kind = ARG_DOMAIN,
	.run = IN_CALLER(run),
	.show = IN_CALLER(show),
};
