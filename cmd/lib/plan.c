/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Plans in the document and as text: see plan.h. */
#include "lib/plan.h"

#include <stdlib.h>
#include <string.h>

/* In the order of enum svirt_on_unlabelled. */
const char *const plan_on_unlabelled[] = {"config", "fail", "warn", "skip", NULL};

static void put_steps(struct node *list, const struct svirt_plan *plan)
{
	for (size_t i = 0; i < plan->n_steps; i++) {
		const struct svirt_step *step = &plan->steps[i];
		struct node *node = list_object(list);

		node_str(node, "action", step->action);
		node_str(node, "driver", step->driver);
		node_str(node, "access", step->access);
		node_str(node, "target", step->target);
		node_str(node, "path", step->path);
		node_label(node, "from", step->from);
		node_label(node, "to", step->to);
		node_str(node, "why", step->why);
		node_str(node, "role", step->role);
		node_str(node, "format", step->format);
	}
}

static void put_ignored(struct node *list, const struct svirt_plan *plan)
{
	for (size_t i = 0; i < plan->n_ignored; i++) {
		const struct svirt_ignored *ignored = &plan->ignored[i];
		struct node *node = list_object(list);

		node_str(node, "element", ignored->element);
		node_num(node, "line", ignored->line);
		node_str(node, "reason", ignored->reason);
	}
}

static void put_argv(struct node *node, const char *name, char *const *argv)
{
	struct node *list;

	if (!argv) {
		node_str(node, name, NULL);
		return;
	}
	list = node_list(node, name);
	for (size_t i = 0; argv[i]; i++)
		list_str(list, argv[i]);
}

void layers_put(struct node *list, const struct svirt_layer *layers, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct node *node = list_object(list);

		node_str(node, "model", layers[i].model);
		node_label(node, "label", layers[i].label);
		node_label(node, "image", layers[i].image);
	}
}

void plan_put(struct node *node, const struct svirt_plan *plan)
{
	node_str(node, "name", plan->name);
	node_str(node, "uuid", plan->uuid);
	node_str(node, "model", plan->model);
	node_str(node, "type", plan->type);
	node_label(node, "label", plan->label);
	node_label(node, "image", plan->image);
	node_str(node, "owner", plan->owner);
	node_str(node, "level", plan->level);
	node_str(node, "share_group", plan->share_group);
	node_str(node, "joined", plan->joined);
	layers_put(node_list(node, "layers"), plan->layers, plan->n_layers);
	put_steps(node_list(node, "steps"), plan);
	put_ignored(node_list(node, "ignored"), plan);
	put_argv(node, "argv", plan->argv);
	put_argv(node, "tpm_argv", plan->tpm_argv);
}

void graph_put(struct node *node, const struct svirt_plan *plan)
{
	struct node *list = node_list(node, "graph");
	const char *driver = NULL;

	for (size_t i = 0; i < plan->n_steps; i++) {
		const struct svirt_step *step = &plan->steps[i];
		struct node *image;

		/* one line for each image: the step of the first model that labels files */
		if (step->role && !driver)
			driver = step->driver;
		if (!step->role || strcmp(step->driver, driver) != 0)
			continue;
		image = list_object(list);
		node_str(image, "node", step->target);
		node_str(image, "role", step->role);
		node_str(image, "format", step->format);
		node_str(image, "path", step->path);
		node_label(image, "now", step->from);
		node_label(image, "wanted", step->to);
		node_str(image, "why", step->why);
	}
}

void graph_show(const struct node *node, struct text *out)
{
	static const struct column columns[] = {
		{.path = "node", .heading = "NODE"},
		{.path = "role", .heading = "ROLE"},
		{.path = "format", .heading = "FORMAT"},
		{.path = "path", .heading = "PATH"},
		{.path = "now", .heading = "NOW"},
		{.heading = "->"},
		{.path = "wanted", .heading = "WANTED"},
		{.path = "why", .heading = "WHY", .optional = true},
	};

	text_table(out, node_at(node, "graph"), columns, N_ELEMENTS(columns));
}

static const char *or_none(const char *s)
{
	return s ? s : "none";
}

static void show_argv(const struct node *argv, struct text *out)
{
	text_blank(out);
	for (size_t i = 0; i < list_len(argv); i++) {
		char *word = shell_quote(list_text(argv, i));

		text_line(out, "%s%s%s", i ? "    " : "", word,
			  i + 1 < list_len(argv) ? " \\" : "");
		free(word);
	}
}

void plan_show(const struct node *node, struct text *out)
{
	static const struct column steps[] = {
		{.path = "action", .heading = "ACTION"},
		{.path = "driver", .heading = "DRIVER"},
		{.path = "access", .heading = "ACCESS"},
		{.path = "target", .heading = "TARGET"},
		{.path = "path", .heading = "PATH"},
		{.path = "from", .heading = "FROM"},
		{.heading = "->"},
		{.path = "to", .heading = "TO"},
		{.path = "why", .heading = "WHY", .optional = true},
	};
	static const struct column ignored[] = {
		{.path = "line", .heading = "LINE", .right = true},
		{.path = "element", .heading = "IGNORED"},
		{.path = "reason", .heading = "REASON"},
	};

	text_field(out, "Guest", "%s", or_none(node_text(node, "name")));
	text_field(out, "Label", "%s", or_none(node_text(node, "label")));
	text_field(out, "Image label", "%s", or_none(node_text(node, "image")));
	if (node_text(node, "share_group"))
		text_field(out, "Share group", "%s", node_text(node, "share_group"));
	if (node_text(node, "joined"))
		text_field(out, "Joined", "%s", node_text(node, "joined"));
	text_field(out, "Runs as", "%s", or_none(node_text(node, "owner")));
	if (list_len(node_at(node, "steps"))) {
		text_blank(out);
		text_table(out, node_at(node, "steps"), steps, N_ELEMENTS(steps));
	}
	if (list_len(node_at(node, "ignored"))) {
		text_blank(out);
		text_table(out, node_at(node, "ignored"), ignored, N_ELEMENTS(ignored));
	}
	if (list_len(node_at(node, "tpm_argv")))
		show_argv(node_at(node, "tpm_argv"), out);
	if (list_len(node_at(node, "argv")))
		show_argv(node_at(node, "argv"), out);
}

struct svirt_options plan_options(const struct call *call, const struct plan_opts *opts)
{
	return (struct svirt_options){
		.size = sizeof(struct svirt_options),
		.flags = (call->globals.dry_run ? SVIRT_DRY_RUN : 0) |
			 (opts->require_enforcing ? SVIRT_REQUIRE_ENFORCING : 0) |
			 (opts->shared_level ? SVIRT_SHARED_LEVEL : 0) |
			 (opts->unconfined ? SVIRT_UNCONFINED : 0),
		.level = opts->level,
		.on_unlabelled = (enum svirt_on_unlabelled)opts->on_unlabelled,
		.share_group = opts->share_group,
		.join = opts->join,
		.accept_chain = (const char *const *)opts->accept_chain,
	};
}
