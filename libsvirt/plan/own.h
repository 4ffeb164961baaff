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
	struct sv_own_inode *dirs; /* those of them that are svirt's directories */
	size_t n_dirs;
	struct sv_own_inode *around; /* the directories that the others lie in, up to "/" */
	size_t n_around;
};
void sv_own_done(struct sv_own *own);
#define sv_auto_own sv_cleanup(sv_own_done)

/* A directory, what lies in it, and what it lies in. One that is not there is nobody's. */
int sv_own_add_dir(struct sv_own *own, const char *path, struct sv_error *err) sv_must_check;
/* One file. What cannot be looked at cannot be labelled either. */
int sv_own_add_file(struct sv_own *own, const char *path, struct sv_error *err) sv_must_check;
/* After the last one, before anybody asks. */
void sv_own_sort(struct sv_own *own);

/* Whether an inode is svirt's own; or a directory that svirt's directories lie in. */
bool sv_own_has(const struct sv_own *own, uint64_t dev, uint64_t ino);
bool sv_own_is_below(const struct sv_own *own, uint64_t dev, uint64_t ino);

/* Refuses node, if it is one of either or lies below one, by path or by the place that a bind mount
 * on the way shows. own may be NULL. */
int sv_own_refuse(const struct sv_own *own, const struct sv_node *node, const char *path,
		  struct sv_error *err) sv_must_check;
/* Refuses path, which is not there, when dir, where it would be made, is one or lies below one. */
int sv_own_refuse_in(const struct sv_own *own, const struct sv_node *dir, const char *path,
		     struct sv_error *err) sv_must_check;
/* The same for what lies in a directory that is labelled whole. */
int sv_own_fail(const char *path, struct sv_error *err);
