/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Files that one command works on, each opened once, by its path, and kept open: what was looked
 * at first is what is labelled in the end.
 */
#pragma once

#include "base/fs.h"

struct sv_nodes {
	struct sv_named_node **items; /* one by one, so that a node stays where it is */
	size_t n;
};
void sv_nodes_done(struct sv_nodes *nodes);
#define sv_auto_nodes sv_cleanup(sv_nodes_done)

/* The node of path: opened now (sv_node_open(), and its errors), or at an earlier call. *ret is
 * borrowed from nodes. */
int sv_nodes_open(struct sv_nodes *nodes, const char *path, const struct sv_node **ret,
		  struct sv_error *err) sv_must_check;
