/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The first thing that keeps a guest from one of its files, by a name out of the closed list in
 * svirt-check-rules(7). Each answer is the kernel's, for the guest's label and user, along the path
 * and then for the file as it would be labelled. Looks, and changes nothing.
 */
#pragma once

#include "guest/prepare/prepared.h"

struct sv_blocker {
	char name[96];	      /* "dac-search", "boolean-off:virt_use_nfs" */
	char evidence[320];   /* "" when the message says it all */
	struct sv_error what; /* message, remedy and place */
};

/* Directories that the guest may search, so that none is asked about twice. */
struct sv_searched {
	size_t n;
	struct {
		dev_t dev;
		ino_t ino;
	} items[64];
};

/* Who would use which file. */
struct sv_blocker_case {
	const struct sv_domain *dom;
	const struct sv_prepared *prep; /* its labels */
	struct sv_store *store;		/* NULL: there is none yet */
	const char *manager;		/* label of who would relabel; NULL: this process */
	struct sv_nodes *nodes;		/* opened already, and opened now */
	struct sv_resource *res;
	/* as a start asks, whose plan is made: what is held by whom is the journal's to say, what
	 * is left without a label only matters when the guest cannot use it, and a model only when
	 * it enforces */
	bool start;
	struct sv_searched *searched; /* NULL: nothing is remembered */
};

/* 0: nothing is in the way. SV_NONE: *ret is. <0: it could not be found out, or the document is
 * wrong about the file in a way that no file could be right. */
int sv_blocker_find(const struct sv_blocker_case *c, struct sv_blocker *ret,
		    struct sv_error *err) sv_must_check;
