/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Finds the first thing that keeps a guest from one of its files, and names it by the closed list
 * in svirt-check-rules(7). The kernel answers for the guest's label and user, along the path and
 * then for the file as it would be labelled. Changes nothing.
 */
#pragma once

#include "guest/prepare/prepared.h"

struct sv_blocker {
	char name[96];	      /* "dac-search", "boolean-off:virt_use_nfs" */
	char evidence[320];   /* "" when the message says it all */
	struct sv_error what; /* message, remedy and place */
};

/* A cache of directories that the guest may search. */
struct sv_searched {
	size_t n;
	struct {
		dev_t dev;
		ino_t ino;
	} items[64];
};

/* The guest and the file in question. */
struct sv_blocker_case {
	const struct sv_domain *dom;
	const struct sv_prepared *prep; /* its labels */
	struct sv_store *store;		/* NULL: there is none yet */
	const char *manager;	/* label of the process that would relabel; NULL: this one */
	struct sv_nodes *nodes; /* files that are open; new ones are added */
	struct sv_resource *res;
	/* The question of a start, whose plan exists: holds are left to the journal, a file without
	 * a label matters only when the guest cannot use it, and a model only when it enforces. */
	bool start;
	struct sv_searched *searched; /* NULL: no cache */
};

/* 0: nothing is in the way. SV_NONE: *ret is. <0: it could not be found out, or the document asks
 * for something that no file could be. */
int sv_blocker_find(const struct sv_blocker_case *c, struct sv_blocker *ret,
		    struct sv_error *err) sv_must_check;
