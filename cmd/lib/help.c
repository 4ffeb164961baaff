/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Prints the command table: as help for people, and as JSON for the completions and the check of
 * the manual pages. Holds no text about any one verb.
 */
#include "lib/command.h"
#include "lib/error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define USAGE_WIDTH 28 /* width of the column with a verb and its arguments */

static const char *const flag_names[] = {"manager", "mutates"};
static const unsigned flag_bits[] = {CMD_MANAGER, CMD_MUTATES};
_Static_assert(N_ELEMENTS(flag_names) == N_ELEMENTS(flag_bits), "one name for each flag");

static const char *const arg_kind_names[] = {
	[ARG_NONE] = NULL,   [ARG_DOMAIN] = "domain", [ARG_GUEST] = "guest",
	[ARG_VERB] = "verb", [ARG_CHOICE] = "choice",
};

static const char *const opt_kind_names[] = {
	[OPT_FLAG] = "flag",	 [OPT_NUMBER] = "number", [OPT_CHOICE] = "choice",
	[OPT_DIR] = "directory", [OPT_TEXT] = "text",	  [OPT_TEXTS] = "texts",
};

static void put_values(struct node *node, const char *key, const char *const *values)
{
	struct node *list;

	if (!values) {
		node_str(node, key, NULL);
		return;
	}
	list = node_list(node, key);
	for (size_t i = 0; values[i]; i++)
		list_str(list, values[i]);
}

static void put_excluded(struct node *node, const struct opt *opts, const struct opt *self)
{
	struct node *list = node_list(node, "excludes");

	for (const struct opt *o = opts; self->group && o->name; o++) {
		if (o != self && o->group == self->group)
			list_str(list, o->name);
	}
}

static void put_opts(struct node *node, const char *key, const struct opt *opts)
{
	struct node *list = node_list(node, key);

	for (const struct opt *o = opts; o && o->name; o++) {
		const char letter[] = {o->ch, '\0'};
		struct node *n;

		if (o->hidden)
			continue;
		n = list_object(list);
		node_str(n, "name", o->name);
		node_str(n, "short", o->ch ? letter : NULL);
		node_str(n, "kind", opt_kind_names[o->kind]);
		node_str(n, "arg", o->arg);
		node_str(n, "help", o->help);
		put_values(n, "values", o->values);
		node_str(n, "names", arg_kind_names[o->names]);
		put_excluded(n, opts, o);
		if (o->kind == OPT_NUMBER) {
			node_num(n, "min", o->min);
			node_num(n, "max", o->max);
			node_num(n, "default", o->initial);
		}
	}
}

static void put_command(struct node *node, const struct command *cmd)
{
	struct node *flags;

	node_str(node, "name", cmd->name);
	node_str(node, "args", cmd->args);
	node_str(node, "summary", cmd->summary);
	node_str(node, "arg_kind", arg_kind_names[cmd->arg_kind]);
	put_values(node, "arg_values", cmd->arg_values);
	node_str(node, "domain_after", cmd->domain_after);
	flags = node_list(node, "flags");
	for (size_t i = 0; i < N_ELEMENTS(flag_bits); i++) {
		if (cmd->flags & flag_bits[i])
			list_str(flags, flag_names[i]);
	}
	put_opts(node, "options", cmd->opts);
}

static void put_commands(struct node *list)
{
	for (size_t i = 0; commands[i]; i++) {
		if (!(commands[i]->flags & CMD_HIDDEN))
			put_command(list_object(list), commands[i]);
	}
}

static void show_opts(struct text *out, const char *heading, const struct opt *opts, bool mutates)
{
	if (!opts || !opts->name)
		return;
	text_blank(out);
	text_line(out, "%s:", heading);
	for (; opts->name; opts++) {
		char letter[] = "    ", name[40];

		if (opts->hidden || (!mutates && strcmp(opts->name, "dry-run") == 0))
			continue;
		if (opts->ch)
			(void)snprintf(letter, sizeof(letter), "-%c, ", opts->ch);
		(void)snprintf(name, sizeof(name), "--%s%s%s", opts->name, opts->arg ? " " : "",
			       opts->arg ? opts->arg : "");
		text_line(out, "  %s%-22s %s", letter, name, opts->help);
	}
}

static void show_verb(struct text *out, const struct command *cmd)
{
	text_line(out, "Usage: svirt %s [OPTIONS]%s%s", cmd->name, *cmd->args ? " " : "",
		  cmd->args);
	text_blank(out);
	text_line(out, "%s.", cmd->summary);
	show_opts(out, "Options", cmd->opts, true);
	show_opts(out, "Options of every verb", global_opts, cmd->flags & CMD_MUTATES);
	text_blank(out);
	text_line(out, "See svirt-%s(8).", cmd->name);
}

static void show_verbs(struct text *out)
{
	text_line(out, "Usage: svirt VERB [OPTIONS] [ARGUMENTS]");
	text_blank(out);
	text_line(out, "Gives each guest a mandatory-access-control label of its own.");
	text_blank(out);
	text_line(out, "Verbs:");
	for (size_t i = 0; commands[i]; i++) {
		char usage[64];

		if (commands[i]->flags & CMD_HIDDEN)
			continue;
		(void)snprintf(usage, sizeof(usage), "%s %s", commands[i]->name, commands[i]->args);
		if (strlen(usage) > USAGE_WIDTH)
			text_line(out, "  %s", usage);
		text_line(out, "  %-*s %s", USAGE_WIDTH, strlen(usage) > USAGE_WIDTH ? "" : usage,
			  commands[i]->summary);
	}
	show_opts(out, "Options of every verb", global_opts, true);
	text_blank(out);
	text_line(out, "'svirt VERB --help' tells more about a verb. See svirt(8).");
}

static const struct command *topic(const struct call *call)
{
	return call->n_args ? command_find(call->args[0]) : NULL;
}

static int verify_help(const struct call *call, struct svirt_error *err)
{
	const char *near;

	if (!call->n_args || topic(call))
		return 0;
	near = command_guess(call->args[0]);
	if (near)
		(void)fail(err, SVIRT_E_USAGE, "unknown verb '%s', did you mean '%s'?",
			   call->args[0], near);
	else
		(void)fail(err, SVIRT_E_USAGE, "unknown verb '%s'", call->args[0]);
	return hint(err, "Try 'svirt help', which lists the verbs");
}

static int run_help(struct call *call, struct svirt_error *err)
{
	const struct command *cmd = topic(call);

	(void)err;
	if (cmd) {
		put_command(doc_result(call->doc), cmd);
		return 0;
	}
	for (size_t i = 0; commands[i]; i++) {
		if (!(commands[i]->flags & CMD_HIDDEN))
			put_command(doc_result(call->doc), commands[i]);
	}
	return 0;
}

static void show_help(const struct call *call, struct text *out)
{
	const struct command *cmd = topic(call);

	if (cmd)
		show_verb(out, cmd);
	else
		show_verbs(out);
}

const struct command cmd_help = {
	.name = "help",
	.args = "[VERB]",
	.summary = "Print help about svirt or about a verb",
	.flags = CMD_BARE,
	.max_args = 1,
	.arg_kind = ARG_VERB,
	.verify = verify_help,
	.run = run_help,
	.show = show_help,
};

static int run_version(struct call *call, struct svirt_error *err)
{
	struct node *node = doc_result(call->doc);

	(void)err;
	node_str(node, "name", "svirt");
	node_str(node, "version", PACKAGE_VERSION);
	return 0;
}

static void show_version(const struct call *call, struct text *out)
{
	const struct node *node = doc_first(call->doc);

	text_line(out, "%s %s", node_text(node, "name"), node_text(node, "version"));
}

const struct command cmd_version = {
	.name = "version",
	.args = "",
	.summary = "Print the version",
	.flags = CMD_BARE | CMD_HIDDEN,
	.run = run_version,
	.show = show_version,
};

static int run_dump(struct call *call, struct svirt_error *err)
{
	struct node *node = doc_result(call->doc);

	(void)err;
	put_commands(node_list(node, "verbs"));
	put_opts(node, "global", global_opts);
	return 0;
}

static void show_dump(const struct call *call, struct text *out)
{
	node_print(doc_first(call->doc), out);
}

const struct command cmd_dump = {
	.name = "__dump",
	.args = "",
	.summary = "Print the command table as JSON",
	.flags = CMD_BARE | CMD_HIDDEN,
	.run = run_dump,
	.show = show_dump,
};
