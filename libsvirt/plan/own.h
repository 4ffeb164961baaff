/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The files that are svirt's own: its state, its run directory, its domains, its programs. Known by
 * their inodes, so that no other name (a hard link, a bind mount) makes one of them a guest's.
 */
#pragma once

#include "base/fs.h"

struct sv_own_inode {
	uint64_t dev, ino;
};

struct sv_own {
	struct sv_own_inode *items; /* in order */
	size_t n;
	struct sv_own_inode *dirs; /* the subset of items that is svirt's directories */
	size_t n_dirs;
	struct sv_own_inode *around; /* the directories that the others lie in, up to "/" */
	size_t n_around;
};
void sv_own_done(struct sv_own *own);
#define sv_auto_own sv_cleanup(sv_own_done)

/* Adds a directory, what lies in it, and the directories above it. A missing one is ignored. */
int sv_own_add_dir(struct sv_own *own, const char *path, struct sv_error *err) sv_must_check;
/* Adds one file. A file that cannot be looked at is ignored: it cannot be labelled either. */
int sv_own_add_file(struct sv_own *own, const char *path, struct sv_error *err) sv_must_check;
/* Sorts the lists. Call it after the last sv_own_add_*() and before sv_own_has() and the others. */
void sv_own_sort(struct sv_own *own);

/* Whether an inode is svirt's own; or a directory that svirt's directories lie in. */
bool sv_own_has(const struct sv_own *own, uint64_t dev, uint64_t ino);
bool sv_own_is_below(const struct sv_own *own, uint64_t dev, uint64_t ino);

/* Refuses node when it is svirt's own, lies below one of svirt's directories, or is a directory
 * above them; by its path, and by the place that a bind mount on the way shows. own may be NULL. */
int sv_own_refuse(const struct sv_own *own, const struct sv_node *node, const char *path,
		  struct sv_error *err) sv_must_check;
/* The same for a path that does not exist yet: dir is the directory where it would be made. */
int sv_own_refuse_in(const struct sv_own *own, const struct sv_node *dir, const char *path,
		     struct sv_error *err) sv_must_check;
/* Fills the error for a file of svirt's that lies in a directory that is labelled whole. */
int sv_own_fail(const char *path, struct sv_error *err);
