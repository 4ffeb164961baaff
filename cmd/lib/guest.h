/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest in the document, and the four verbs that do one thing to a running guest.
 */
#pragma once

#include "lib/command.h"

void guest_put(struct node *node, const struct svirt_guest *guest);

/* The guest's name from what stands on the command line: a name, or an XML file that defines one.
 * The caller frees *ret. */
int guest_name(struct call *call, const char *spec, char **ret, struct svirt_error *err) must_check;

/* One deed: its words for the document and for talk. */
struct deed {
	const char *verb;    /* "stop" */
	const char *done;    /* "stopped" */
	const char *reached; /* the state in which there is nothing left to do; NULL: none */
	int (*act)(const struct call *call, const char *name, unsigned flags,
		   struct svirt_error *err);
};
/* Does it to the guest that the first argument names; with --dry-run says whether it could. */
int deed_run(struct call *call, const struct deed *deed, struct svirt_error *err) must_check;
void deed_show(const struct call *call, struct text *out);
