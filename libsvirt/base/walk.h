/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The directories that lead to a path, each as a descriptor, so that questions about each can be
 * asked. Nothing is changed through them.
 */
#pragma once

#include "base/nodes.h"

/* Its descriptors are borrowed. */
struct sv_walk {
	struct sv_node *dirs;	 /* "/" first; as far as they could be opened */
	size_t n, n_all;	 /* opened, and in the path */
	struct sv_node end;	 /* what path leads to; fd -1 when stopped is set */
	struct sv_error stopped; /* why the walk ended early; code SV_OK when it did not */
	mode_t at;		 /* what it ended at, 0 when nothing is there */
};
void sv_walk_done(struct sv_walk *walk);
#define sv_auto_walk sv_cleanup(sv_walk_done)

/* Opens the directories that nodes does not have yet, and adds them: many paths share their
 * directories, and the end is open already in most cases. *ret borrows from nodes. Fails only when
 * out of memory, and for a path that is not absolute or not in its one spelling. */
int sv_walk_open(const char *path, struct sv_nodes *nodes, struct sv_walk *ret,
		 struct sv_error *err) sv_must_check;

/* The name of the nth directory of a walk along path (0: "/"). Returns out. */
const char *sv_walk_name(const char *path, size_t nth, char *out, size_t room);
