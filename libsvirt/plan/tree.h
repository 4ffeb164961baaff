/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A directory and all that is in it, as one step of a plan. The tree is read once, with the present
 * label of each entry, and applied entry by entry. It is put back by a new walk. A walk stays on
 * one filesystem, follows no link, and holds descriptors of directories only: one per level, 256 at
 * most. Private to plan/.
 */
#pragma once

#include "base/nodes.h"
#include "base/watch.h"
#include "driver/driver.h"
#include "store/hold.h"

/* The most levels below the root of a tree; each costs a descriptor. What a guest has made in its
 * tree is put back at any depth. */
enum { SV_TREE_DEPTH = 64 };
/* The most entries of a tree, which are held in memory. */
#define SV_TREE_ENTRIES 1000000u

/* Directories stand before what is in them; their files follow each other. Names are offsets into
 * names, labels are indexes into labels. */
struct sv_tree {
	uint64_t dev;
	struct sv_tree_dir {
		uint64_t ino;
		uint32_t name, label, depth;
		size_t first, n; /* of files */
	} * dirs;
	size_t n_dirs, room_dirs;
	struct sv_tree_file {
		uint64_t ino;
		uint32_t name, label;
	} * files;
	size_t n_files, room_files;
	char *names;
	size_t len_names, room_names;
	struct sv_tree_label {
		char *text;
		bool wanted; /* it is the label that the guest needs */
	} * labels;
	size_t n_labels, room_labels;
	/* What keeps its label, with the reason: mount points, device nodes. */
	struct sv_tree_left {
		char *path;
		const char *why; /* static text */
	} * left;
	size_t n_left, room_left;
	uint64_t *inos; /* of all that is below the root, in order, each once */
	size_t n_inos;
	char *remembered; /* a path for which libvirt remembers another label, or NULL */
};
void sv_tree_free(struct sv_tree **tree);
#define sv_auto_tree sv_cleanup(sv_tree_free)

/* tree-read.c */

/* Reads the tree of root, an O_PATH descriptor of the directory path; everything is borrowed.
 * SV_E_USAGE for a file with more than one name and for a tree that is too deep or too big. */
struct sv_tree_request {
	const struct sv_node *root;
	const char *path;
	const struct sv_driver *driver;
	const char *wanted;
	const struct sv_watch *watch; /* or NULL */
};
int sv_tree_read(const struct sv_tree_request *req, struct sv_tree **ret,
		 struct sv_error *err) sv_must_check;

/* Fills inos, when all has been read. */
int sv_tree_sort(struct sv_tree *tree, struct sv_error *err) sv_must_check;

/* Whether all of it has the wanted label. */
bool sv_tree_is_labelled(const struct sv_tree *tree);
/* Whether node is in it. */
bool sv_tree_has(const struct sv_tree *tree, const struct sv_node *node);

/* The path of what had this number in the tree of the directory root. The caller owns *ret. */
int sv_tree_find(const struct sv_tree *tree, const char *root, uint64_t ino, char **ret,
		 struct sv_error *err) sv_must_check;
/* The same of the first object that has this label. */
int sv_tree_labelled(const struct sv_tree *tree, const char *root, const char *label, char **ret,
		     struct sv_error *err) sv_must_check;

/* Calls fn for each entry below the root, with its path from the root and its label. */
int sv_tree_each(const struct sv_tree *tree,
		 int (*fn)(void *data, const char *path, const struct sv_tree_label *label,
			   uint64_t ino, struct sv_error *err),
		 void *data, struct sv_error *err) sv_must_check;

/* tree-undo.c */

/* What sv_tree_undo() works on; everything is borrowed. */
struct sv_tree_undo_request {
	struct sv_store *store;
	const struct sv_hold *hold;
	const struct sv_node *root;
	const struct sv_driver *driver;
	const struct sv_watch *watch; /* or NULL */
};
/* Puts back everything in the tree of root that has the label of hold: to its original label, or to
 * that of the root when it did not exist before. *ret_n: how many were set. After an entry that
 * fails the others are still put back; the first failure is returned. Call it outside of any
 * transaction, while the hold is marked as being put back (sv_hold_going()). */
int sv_tree_undo(const struct sv_tree_undo_request *request, size_t *ret_n,
		 struct sv_error *err) sv_must_check;
