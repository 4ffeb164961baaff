/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The hidden verb __names: one name per line, for completion. Errors are ignored. */
#include "lib/command.h"

#include <string.h>

static const char *const kinds[] = {"domain", "guest", NULL};

static void add(struct call *call, const char *name)
{
	node_str(doc_result(call->doc), "name", name);
}

static int run(struct call *call, struct svirt_error *err)
{
	cleanup(svirt_names_free) char **names = NULL;
	cleanup(svirt_guests_free) struct svirt_guests *guests = NULL;

	svirt_set_warn(call->sv, NULL, NULL);
	if (strcmp(call->args[0], "domain") == 0) {
		if (svirt_domain_names(call->sv, &names, err))
			return 0;
		for (size_t i = 0; names[i]; i++)
			add(call, names[i]);
	} else {
		if (svirt_guests_read(call->sv, 0, &guests, err))
			return 0;
		for (size_t i = 0; i < guests->n; i++)
			add(call, guests->items[i]->name);
	}
	return 0;
}

static void show(const struct call *call, struct text *out)
{
	const struct node *results = doc_results(call->doc);

	for (size_t i = 0; i < list_len(results); i++)
		text_line(out, "%s", node_text(list_at(results, i), "name"));
}

const struct command cmd_names = {
	.name = "__names",
	.args = "domain|guest",
	.summary = "Print names for completion",
	.flags = CMD_HIDDEN,
	.min_args = 1,
	.max_args = 1,
	.arg_kind = ARG_CHOICE,
	.arg_values = kinds,
	.run = IN_CALLER(run),
	.show = IN_CALLER(show),
};
