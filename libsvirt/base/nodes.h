/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The files that one command works on. Each is opened once, by its path, and kept open, so that the
 * file that was examined is the file that is labelled.
 */
#pragma once

#include "base/fs.h"

struct sv_nodes {
	struct sv_named_node **items; /* each allocated by itself, so that nodes do not move */
	size_t n;
};
void sv_nodes_done(struct sv_nodes *nodes);
#define sv_auto_nodes sv_cleanup(sv_nodes_done)

/* Closes the node of path, which is borrowed by nobody: the next call opens what is there then. */
void sv_nodes_forget(struct sv_nodes *nodes, const char *path);

/* The node of path that an earlier call opened, borrowed from nodes. NULL: none did. */
const struct sv_node *sv_nodes_find(const struct sv_nodes *nodes, const char *path);

/* The node of path, which is opened now or was at an earlier call. Errors as of sv_node_open().
 * *ret is borrowed from nodes. */
int sv_nodes_open(struct sv_nodes *nodes, const char *path, const struct sv_node **ret,
		  struct sv_error *err) sv_must_check;
