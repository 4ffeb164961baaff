/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Turns paths from users into descriptors, once. Components are opened one by one and no link is
 * followed (openat2(2) with RESOLVE_NO_SYMLINKS, or a walk where the kernel lacks it). Everything
 * after that works on the descriptor. It is O_PATH, so no right to read the object is needed.
 */
#pragma once

#include "base/error.h"

#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

struct sv_node {
	int fd; /* O_PATH, -1 when empty */
	mode_t mode;
	uid_t uid;
	gid_t gid;
	uint64_t dev, ino;
	uint64_t born; /* time of creation, ns since the epoch, 0 where the filesystem does not
			  tell. Inode numbers of deleted files are used again; this tells the files
			  apart */
	uint64_t nlink;
	dev_t rdev; /* the device that a device node stands for */
};
#define SV_NODE_EMPTY ((struct sv_node){.fd = -1})

/* Opens an absolute path. An error names the component that is a link, is missing or may not be
 * searched. SV_E_NOTFOUND when a component is missing, SV_E_USAGE for a link or a relative path. */
int sv_node_open(const char *path, struct sv_node *ret, struct sv_error *err) sv_must_check;
/* Makes a node of fd, which was opened O_PATH. path is for messages. Takes fd over, also on
 * failure. */
int sv_node_of(int fd, const char *path, struct sv_node *ret, struct sv_error *err) sv_must_check;
void sv_node_done(struct sv_node *node);
#define sv_auto_node sv_cleanup(sv_node_done)

/* Reads mode, owner and number of names of the object again, without opening it again. SV_NONE:
 * path leads to another object, or to none. */
int sv_node_refresh(struct sv_node *node, const char *path, struct sv_error *err) sv_must_check;

/* Refuses what must never be relabelled for a guest: system paths, a regular file with more than
 * one name, a directory, and anything that is neither a regular file, a device, a fifo nor a
 * socket.
 */
int sv_node_check_target(const struct sv_node *node, const char *path,
			 struct sv_error *err) sv_must_check;

/* The system directory that holds path ("/etc"), NULL when it lies in none. /dev is not one:
 * devices are resources. Lexical: the path must have passed sv_node_open(). */
const char *sv_fs_system_dir(const char *path);

/* Whether mode lets nobody but the owner write, and that is owner. */
static inline bool sv_fs_only_writer(mode_t mode, uid_t uid, uid_t owner)
{
	return uid == owner && !(mode & (S_IWGRP | S_IWOTH));
}

/* "/proc/self/fd/N" for calls that want a path: follows the descriptor, not the name. */
#define SV_FD_PATH_LEN 40
const char *sv_fd_path(int fd, char out[SV_FD_PATH_LEN]);

/* Opens path, O_CLOEXEC, as if the directory root (a descriptor) were "/": links may be followed,
 * and lead nowhere else. -1 with errno; ENOSYS where the kernel lacks openat2(2). */
int sv_fs_open_inside(int root, const char *path, int flags) sv_must_check;

/* Reads a whole small file. A file of more than max bytes is an error. The caller owns *ret, which
 * is terminated. len may be NULL. err->sys tells ENOENT from other errors. */
int sv_fs_read(const char *path, size_t max, char **ret, size_t *len,
	       struct sv_error *err) sv_must_check;

/* mkdir that accepts an existing directory, which must then be a real directory owned by us and
 * not writable by others. Parents must exist. */
int sv_fs_mkdir(const char *path, mode_t mode, struct sv_error *err) sv_must_check;

/* Removes the directory path and what is in it, whatever its depth and the length of its paths. No
 * link is followed, and other filesystems are not entered. A missing directory is not an error. */
int sv_fs_remove_tree(const char *path, struct sv_error *err) sv_must_check;
