/* SPDX-License-Identifier: GPL-2.0-or-later */
/* svirt restore: puts labels and owners back, for one guest or for all that are gone. */
#include "lib/error.h"
#include "lib/guest.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct restore_opts {
	bool all, stale, rebuild, list;
	unsigned to;
};

enum { GROUP_WHICH = 1 };
enum { TO_ORIGINAL, TO_POLICY };

static const char *const goals[] = {"original", "policy", NULL};

static const struct opt opts[] = {
	{.name = "all",
	 .kind = OPT_FLAG,
	 .group = GROUP_WHICH,
	 .off = offsetof(struct restore_opts, all),
	 .help = "every guest that is stale or only labelled"},
	{.name = "stale",
	 .kind = OPT_FLAG,
	 .group = GROUP_WHICH,
	 .off = offsetof(struct restore_opts, stale),
	 .help = "every guest whose monitor is gone; with IMAGE: what libvirt left on that file"},
	{.name = "rebuild",
	 .kind = OPT_FLAG,
	 .group = GROUP_WHICH,
	 .off = offsetof(struct restore_opts, rebuild),
	 .help = "set damaged state aside, save what can still be found out"},
	{.name = "list",
	 .kind = OPT_FLAG,
	 .group = GROUP_WHICH,
	 .off = offsetof(struct restore_opts, list),
	 .help = "show what is held, by whom, and what restore would do"},
	{.name = "to",
	 .kind = OPT_CHOICE,
	 .off = offsetof(struct restore_opts, to),
	 .arg = "WHAT",
	 .values = goals,
	 .help = "the label that was there before, or the policy's for the path"},
	{.name = NULL},
};

static int verify(const struct call *call, struct svirt_error *err)
{
	const struct restore_opts *opt = call->opt;

	if ((opt->all || opt->rebuild) && call->n_args)
		(void)fail(err, SVIRT_E_USAGE, "restore: --%s and a DOMAIN exclude each other",
			   opt->all ? "all" : "rebuild");
	else if (!opt->stale && call->n_args > 1)
		(void)fail(err, SVIRT_E_USAGE, "restore: unexpected argument '%s'", call->args[1]);
	else if (opt->stale && call->n_args && opt->to == TO_POLICY)
		(void)fail(err, SVIRT_E_USAGE, "restore: --to=policy is not for an IMAGE");
	else if (!opt->all && !opt->stale && !opt->list && !opt->rebuild && !call->n_args)
		(void)fail(err, SVIRT_E_USAGE,
			   "restore: needs a DOMAIN, --all, --stale, --rebuild or --list");
	else
		return 0;
	return hint(err, "Try 'svirt restore --help'");
}

static enum svirt_restore_which which(const struct restore_opts *opt)
{
	if (opt->all)
		return SVIRT_RESTORE_ALL;
	if (opt->rebuild)
		return SVIRT_RESTORE_REBUILD;
	return opt->stale ? SVIRT_RESTORE_STALE : SVIRT_RESTORE_GUEST;
}

static void put(struct doc *doc, const struct svirt_undos *undos)
{
	for (size_t i = 0; undos && i < undos->n; i++) {
		const struct svirt_undo *undo = &undos->items[i];
		struct node *node = doc_result(doc);

		node_str(node, "guest", undo->guest);
		node_str(node, "driver", undo->driver);
		node_str(node, "path", undo->path);
		node_str(node, "result", undo->result);
		node_label(node, "label", undo->label);
		node_str(node, "reason", undo->reason);
		node_str(node, "target", undo->target);
		node_label(node, "wanted", undo->wanted);
		node_label(node, "original", undo->original);
		node_id(node, "dev", (int64_t)undo->dev);
		node_id(node, "inode", (int64_t)undo->ino);
	}
	node_num(doc_summary(doc), "items", undos ? undos->n : 0);
	node_num(doc_summary(doc), "failed", undos ? undos->failed : 0);
}

static void free_paths(char ***paths)
{
	for (size_t i = 0; *paths && (*paths)[i]; i++)
		free((*paths)[i]);
	free(*paths);
}

/* Makes paths absolute, because the library takes no others. */
static int restore_images(const struct call *call, unsigned flags, struct svirt_undos **ret,
			  struct svirt_error *err)
{
	cleanup(free_paths) char **paths = calloc(call->n_args + 1, sizeof(*paths));
	char here[PATH_MAX];

	if (!paths)
		no_memory();
	if (!getcwd(here, sizeof(here)))
		return fail(err, SVIRT_E_HOST, "the working directory has no name: %m");
	for (unsigned i = 0; i < call->n_args; i++) {
		const char *arg = call->args[i];

		if ((*arg == '/' ? asprintf(&paths[i], "%s", arg)
				 : asprintf(&paths[i], "%s/%s", here, arg)) < 0)
			no_memory();
	}
	return svirt_restore_files(call->sv, (const char *const *)paths, call->n_args, flags, ret,
				   err);
}

static int run(struct call *call, struct svirt_error *err)
{
	const struct restore_opts *opt = call->opt;
	unsigned flags = (call->globals.dry_run ? SVIRT_DRY_RUN : 0) |
			 (opt->to == TO_POLICY ? SVIRT_TO_POLICY : 0);
	cleanup(svirt_undos_free) struct svirt_undos *undos = NULL;
	bool images = opt->stale && call->n_args;
	char *name = NULL;
	int r = 0;

	if (call->n_args && !images)
		r = guest_name(call, call->args[0], &name, err);
	if (r)
		return r;
	if (images)
		r = restore_images(call, flags, &undos, err);
	else if (opt->list)
		r = svirt_journal_read(call->sv, name, flags, &undos, err);
	else
		r = svirt_restore(call->sv, which(opt), name, flags, &undos, err);
	free(name);
	put(call->doc, undos); /* undos is set also when only a part succeeded */
	if (r == 0 && undos && !undos->n && !opt->rebuild && !call->globals.quiet)
		talk("", opt->list ? "Nothing is held" : "Nothing to restore");
	return r;
}

static void show(const struct call *call, struct text *out)
{
	static const struct column columns[] = {
		{.path = "result", .heading = "RESULT"},
		{.path = "guest", .heading = "GUEST", .optional = true},
		{.path = "driver", .heading = "DRIVER"},
		{.path = "path", .heading = "PATH"},
		{.path = "label", .heading = "LABEL"},
		{.path = "reason", .heading = "REASON", .optional = true},
	};
	static const struct column journal[] = {
		{.path = "result", .heading = "RESULT"},
		{.path = "guest", .heading = "GUEST"},
		{.path = "driver", .heading = "DRIVER"},
		{.path = "path", .heading = "PATH"},
		{.path = "label", .heading = "NOW"},
		{.path = "wanted", .heading = "WANTED"},
		{.path = "original", .heading = "ORIGINAL"},
		{.path = "reason", .heading = "REASON", .optional = true},
	};
	const struct restore_opts *opt = call->opt;

	if (opt->list)
		text_table(out, doc_results(call->doc), journal, N_ELEMENTS(journal));
	else
		text_table(out, doc_results(call->doc), columns, N_ELEMENTS(columns));
}

const struct command cmd_restore = {
	.name = "restore",
	.args = "[DOMAIN | --stale IMAGE...]",
	.summary = "Put labels and owners back",
	.flags = CMD_MANAGER | CMD_MUTATES,
	.max_args = 200,
	.arg_kind = ARG_GUEST,
	.opt_size = sizeof(struct restore_opts),
	.opts = opts,
	.verify = verify,
	.run = IN_MANAGER(run),
	.show = IN_MANAGER(show),
};
