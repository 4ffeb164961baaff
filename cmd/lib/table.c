/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The list of verbs and of the options that every verb takes, and the search for what a mistyped
 * word may have meant. A new verb is one line here and one file.
 */
#include "lib/command.h"

#include <string.h>

const struct command *const commands[] = {
	&cmd_label,   &cmd_start,   &cmd_stop,	  &cmd_destroy, &cmd_suspend, &cmd_resume,
	&cmd_dominfo, &cmd_list,    &cmd_restore, &cmd_check,	&cmd_info,    &cmd_policy,
	&cmd_help,    &cmd_version, &cmd_names,	  &cmd_dump,	NULL,
};

static const char *const color_values[] = {"auto", "always", "never", NULL};
_Static_assert(COLOR_AUTO == 0 && COLOR_ALWAYS == 1 && COLOR_NEVER == 2, "color_values");

static const char *const progress_values[] = {"auto", "json", "never", NULL};
_Static_assert(PROGRESS_AUTO == 0 && PROGRESS_JSON == 1 && PROGRESS_NEVER == 2, "progress_values");

enum { GROUP_TALK = 1, GROUP_WHERE };

const struct opt global_opts[] = {
	{.name = "json",
	 .kind = OPT_FLAG,
	 .off = offsetof(struct globals, json),
	 .help = "print one JSON document instead of text"},
	{.name = "quiet",
	 .ch = 'q',
	 .kind = OPT_FLAG,
	 .group = GROUP_TALK,
	 .off = offsetof(struct globals, quiet),
	 .help = "no warnings and no talk; check prints only what did not pass"},
	{.name = "verbose",
	 .ch = 'v',
	 .kind = OPT_FLAG,
	 .group = GROUP_TALK,
	 .off = offsetof(struct globals, verbose),
	 .help = "print the plan, the evidence and other details too"},
	{.name = "dry-run",
	 .ch = 'n',
	 .kind = OPT_FLAG,
	 .off = offsetof(struct globals, dry_run),
	 .help = "show what would be done and change nothing"},
	{.name = "color",
	 .kind = OPT_CHOICE,
	 .off = offsetof(struct globals, color),
	 .arg = "WHEN",
	 .values = color_values,
	 .help = "colour the output: auto (the default), always or never"},
	{.name = "progress",
	 .kind = OPT_CHOICE,
	 .off = offsetof(struct globals, progress),
	 .arg = "HOW",
	 .values = progress_values,
	 .help = "how far long work is: on a terminal (auto, the default), as lines of json, or never"},
	{.name = "user",
	 .kind = OPT_FLAG,
	 .group = GROUP_WHERE,
	 .off = offsetof(struct globals, user),
	 .help = "your own guests, without root: confined by Landlock, in your directories"},
	{.name = "root",
	 .kind = OPT_DIR,
	 .group = GROUP_WHERE,
	 .off = offsetof(struct globals, root),
	 .arg = "DIR",
	 .help = "work on the system below DIR, which is at rest"},
	{.name = "version",
	 .kind = OPT_FLAG,
	 .off = offsetof(struct globals, version),
	 .help = "print the version and end"},
	{.name = "help",
	 .ch = 'h',
	 .kind = OPT_FLAG,
	 .off = offsetof(struct globals, help),
	 .help = "print help and end"},
	{.name = "domain-fd",
	 .kind = OPT_NUMBER,
	 .off = offsetof(struct globals, domain_fd),
	 .min = 3,
	 .max = 1023,
	 .hidden = true,
	 .arg = "N",
	 .help = "the domain files, opened by the front"},
	{.name = "domain-lost",
	 .kind = OPT_TEXT,
	 .off = offsetof(struct globals, domain_lost),
	 .hidden = true,
	 .arg = "ERRNO,...",
	 .help = "of the domain files that the front could not open"},
	{.name = "output-fd",
	 .kind = OPT_NUMBER,
	 .off = offsetof(struct globals, output_fd),
	 .min = 3,
	 .max = 1023,
	 .hidden = true,
	 .arg = "N",
	 .help = "where the front says that all output is written"},
	{.name = "test-args",
	 .kind = OPT_FLAG,
	 .off = offsetof(struct globals, test_args),
	 .hidden = true,
	 .help = "check the command line and end"},
	{.name = NULL},
};

const struct command *command_find(const char *name)
{
	for (size_t i = 0; commands[i]; i++) {
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	}
	return NULL;
}

enum { LONGEST = 32 };

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* Single-letter edits between two words, one row of Levenshtein's matrix at a time. */
static unsigned distance(const char *a, const char *b)
{
	unsigned row[LONGEST + 1];
	size_t len = strlen(b);

	if (strlen(a) > LONGEST || len > LONGEST)
		return LONGEST;
	for (size_t j = 0; j <= len; j++)
		row[j] = (unsigned)j;
	for (size_t i = 0; a[i]; i++) {
		unsigned corner = row[0];

		row[0] = (unsigned)i + 1;
		for (size_t j = 0; j < len; j++) {
			unsigned above = row[j + 1];

			row[j + 1] = least(least(above, row[j]) + 1, corner + (a[i] != b[j]));
			corner = above;
		}
	}
	return row[len];
}

/* Keeps the nearer of two guesses. A name that begins with word counts as near. */
static void consider(const char *word, const char *name, const char **best, unsigned *best_cost)
{
	size_t len = strlen(word);
	unsigned cost = distance(word, name);

	if (len >= 2 && strncmp(word, name, len) == 0)
		cost = 1;
	if (cost < *best_cost && cost <= 2 && cost < strlen(name)) {
		*best = name;
		*best_cost = cost;
	}
}

const char *command_guess(const char *name)
{
	const char *best = NULL;
	unsigned cost = LONGEST;

	for (size_t i = 0; commands[i]; i++) {
		if (!(commands[i]->flags & CMD_HIDDEN))
			consider(name, commands[i]->name, &best, &cost);
	}
	return best;
}

const char *opt_guess(const struct command *cmd, const char *name)
{
	const struct opt *tables[] = {cmd ? cmd->opts : NULL, global_opts};
	const char *best = NULL;
	unsigned cost = LONGEST;

	for (size_t t = 0; t < N_ELEMENTS(tables); t++) {
		for (const struct opt *o = tables[t]; o && o->name; o++) {
			if (!o->hidden)
				consider(name, o->name, &best, &cost);
		}
	}
	return best;
}
