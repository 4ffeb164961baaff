/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A small tree with two labels, three levels, a link and a fifo, for tests of plan/tree*. */
#pragma once

#include "plan-fixture.h"

struct sv_resource tree_of(enum sv_access access, const char *path);

/* A path in the tree, in static memory that lasts for four more calls. */
const char *at(const char *name);

void make_file(const char *path);
void make_dir(const char *path);

/* Makes the tree; returns the path of its root. */
const char *make_tree(void);

/* Everything in the tree that may have a label. */
void label_all(const char *label);
void assert_all(const char *label);
void assert_originals(void);
int64_t n_leaves(struct sv_store *store);
