/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Decides what a plan does with files whose label cannot be changed because of their mount. Each
 * mount is looked at once. Private to plan/.
 */
#pragma once

#include "plan/plan.h"

/* The mounts that a plan has met so far. */
struct sv_mounts {
	struct sv_mount *items;
	size_t n;
};
void sv_mounts_done(struct sv_mounts *mounts);

/* The mount of an open file, borrowed until the next call. SV_NONE: it is not known. */
int sv_mounts_of(struct sv_mounts *mounts, const struct sv_node *node, const struct sv_mount **ret,
		 struct sv_error *err) sv_must_check;

/* A file whose label differs from the one that it should get. */
struct sv_fixed {
	const struct sv_layer *layer;
	enum sv_on_unlabelled on_unlabelled;
	const struct sv_resource *res;
	const struct sv_node *node;
	const char *now; /* NULL: it has no label at all */
	const char *to;
};

/* 0: the file can be labelled. SV_NONE: leave it as it is, for the reason *why; *ret_denied says
 * that the guest may not use it as it is. Fails when it cannot be labelled and
 * on_unlabelled says so. */
int sv_fixed_judge(struct sv_mounts *mounts, const struct sv_fixed *file, const char **why,
		   bool *ret_denied, struct sv_error *err) sv_must_check;
