/* SPDX-License-Identifier: GPL-2.0-or-later */
/* File-context rules for people and programs: see fcontext.h. Decides nothing. */
#include "lib/fcontext.h"

#include "lib/command.h"

#include <stdlib.h>
#include <string.h>

static size_t count(const struct svirt_fcontexts *list, const char *action)
{
	size_t n = 0;

	for (size_t i = 0; i < list->n; i++)
		n += strcmp(list->items[i].action, action) == 0;
	return n;
}

void fcontext_put(struct doc *doc, const struct svirt_fcontexts *list)
{
	size_t differ = 0;

	for (size_t i = 0; i < list->n; i++) {
		const struct svirt_fcontext *item = &list->items[i];
		struct node *node = doc_result(doc);

		node_str(node, "action", item->action);
		node_str(node, "path", item->path);
		node_str(node, "target", item->target);
		node_str(node, "access", item->access);
		node_str(node, "type", item->type);
		node_str(node, "rule", item->rule);
		node_label(node, "context", item->context);
		node_label(node, "label", item->label);
		node_bool(node, "differs", item->differs);
		node_str(node, "why", item->why);
		differ += item->differs != 0;
	}
	node_num(doc_summary(doc), "added", count(list, "add"));
	node_num(doc_summary(doc), "removed", count(list, "remove"));
	node_num(doc_summary(doc), "differ", differ);
}

void fcontext_show(const struct doc *doc, struct text *out)
{
	static const struct column columns[] = {
		{.path = "action", .heading = "ACTION"},
		{.path = "type", .heading = "TYPE", .optional = true},
		{.path = "context", .heading = "CONTEXT"},
		{.path = "rule", .heading = "RULE", .optional = true},
		{.path = "path", .heading = "PATH"},
		{.path = "why", .heading = "WHY", .optional = true},
	};

	if (list_len(doc_results(doc)))
		text_table(out, doc_results(doc), columns, N_ELEMENTS(columns));
}

static void talk_differing(const struct svirt_fcontexts *list)
{
	bool any = false;

	for (size_t i = 0; i < list->n; i++) {
		const struct svirt_fcontext *item = &list->items[i];
		char *word;

		if (!item->differs)
			continue;
		word = shell_quote(item->path);
		talk("", "%s is labelled %s, its rule says %s: restorecon -%sF %s", item->path,
		     item->label, item->context, item->whole ? "R" : "", word);
		free(word);
		any = true;
	}
	if (any && list->relabel)
		talk("", "Or 'svirt label %s', until that is put back", list->name);
}

void fcontext_talk(const struct svirt_fcontexts *list, unsigned flags)
{
	bool remove = flags & SVIRT_REMOVE;
	size_t n = count(list, remove ? "remove" : "add");

	if (!n)
		talk("", "Nothing to %s", remove ? "remove" : "add");
	else if (!(flags & SVIRT_DRY_RUN))
		talk("", "%zu file-context rule%s %s", n, n == 1 ? "" : "s",
		     remove ? "removed" : "added");
	talk_differing(list);
}
