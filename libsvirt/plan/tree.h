/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A directory and all that is in it, as one step of a plan: read once with what each entry's label
 * is now, applied entry by entry, put back by a walk of what is there then. Stays on one
 * filesystem, follows no link, holds descriptors of directories only: one per level, and 256 at
 * most. Private to plan/.
 */
#pragma once

#include "base/nodes.h"
#include "base/watch.h"
#include "driver/driver.h"
#include "store/store.h"

/* Levels below the root that a tree may have: each costs a descriptor. What a guest has made below
 * its tree is put back at any depth. */
enum { SV_TREE_DEPTH = 64 };
/* All that may be in one tree: it is held in memory. */
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
		bool wanted; /* it is the one that the guest needs */
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
	char *remembered; /* a path that libvirt remembers another label of, or NULL */
};
void sv_tree_free(struct sv_tree **tree);
#define sv_auto_tree sv_cleanup(sv_tree_free)

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

/* fn for each entry below the root: its path from there, and its label. */
int sv_tree_each(const struct sv_tree *tree,
		 int (*fn)(void *data, const char *path, const struct sv_tree_label *label,
			   uint64_t ino, struct sv_error *err),
		 void *data, struct sv_error *err) sv_must_check;

/* What sv_tree_undo() works on; everything is borrowed. */
struct sv_tree_way {
	struct sv_store *store;
	const struct sv_hold *hold;
	const struct sv_node *root;
	const struct sv_driver *driver;
	const struct sv_watch *watch; /* or NULL */
};
/* Everything in the tree of root that has the label of hold gets its own back, or that of the root
 * when it was not there before. *ret_n: how many were set. An entry that fails does not keep the
 * others from theirs; the first failure is returned. In no transaction, while the hold is noted as
 * being on its way back. */
int sv_tree_undo(const struct sv_tree_way *way, size_t *ret_n, struct sv_error *err) sv_must_check;
