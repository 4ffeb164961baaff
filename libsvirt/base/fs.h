/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Paths from users become descriptors here, once: component by component, no link followed
 * (openat2(2) with RESOLVE_NO_SYMLINKS, or a walk where the kernel lacks it), and everything after
 * that works on the descriptor. O_PATH: no right to read the object is needed or taken.
 */
#pragma once

#include "base/error.h"

#include <stdint.h>
#include <sys/types.h>

struct sv_node {
	int fd; /* O_PATH, -1 when empty */
	mode_t mode;
	uid_t uid;
	gid_t gid;
	uint64_t dev, ino;
	uint64_t born; /* ns since the epoch, 0 where the filesystem does not tell: the number of a
			  deleted file is used again, and this tells the two apart */
	uint64_t nlink;
	dev_t rdev; /* that a device's node stands for */
};
#define SV_NODE_EMPTY ((struct sv_node){.fd = -1})

/* Opens an absolute path. An error names the component that is a link, is missing or may not be
 * searched. SV_E_NOTFOUND when a component is missing, SV_E_USAGE for a link or a relative path. */
int sv_node_open(const char *path, struct sv_node *ret, struct sv_error *err) sv_must_check;
/* What fd is, opened O_PATH by whatever way; path is for messages. Takes fd over, also when it
 * fails. */
int sv_node_of(int fd, const char *path, struct sv_node *ret, struct sv_error *err) sv_must_check;
void sv_node_done(struct sv_node *node);
#define sv_auto_node sv_cleanup(sv_node_done)

/* What the object is now, without opening it again: its mode, owner and number of names. SV_NONE:
 * path leads to another one, or to none. */
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

/* "/proc/self/fd/N" for calls that want a path: follows the descriptor, not the name. */
#define SV_FD_PATH_LEN 40
const char *sv_fd_path(int fd, char out[SV_FD_PATH_LEN]);

/* Reads a whole small file. A file of more than max bytes is an error. The caller owns *ret
 * (terminated; *len may be NULL). sys in err tells ENOENT from the rest. */
int sv_fs_read(const char *path, size_t max, char **ret, size_t *len,
	       struct sv_error *err) sv_must_check;

/* mkdir that accepts an existing directory, which must then be a real directory owned by us and
 * not writable by others. Parents must exist. */
int sv_fs_mkdir(const char *path, mode_t mode, struct sv_error *err) sv_must_check;

/* Removes the directory path and what is in it, following nothing, staying on its filesystem,
 * however deep it is and however long its paths are. A missing directory is done. */
int sv_fs_remove_tree(const char *path, struct sv_error *err) sv_must_check;
