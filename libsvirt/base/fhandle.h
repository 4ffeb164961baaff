/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A file by the handle that its filesystem gives it (name_to_handle_at(2)): the number and the
 * generation of its inode. A rename does not change the handle, and a new file with the same number
 * has another one.
 */
#pragma once

#include "base/fs.h"

/* The handle of a file as one word of text, which is valid for as long as the file exists. The
 * caller owns it. SV_NONE: the filesystem has no handles. */
int sv_fhandle_of(int fd, char **ret, struct sv_error *err) sv_must_check;

/* Opens the file with this handle (O_PATH), on the filesystem of the nearest directory of path that
 * exists. SV_NONE: the file was deleted, is on another filesystem, or this process may not look for
 * it (that takes CAP_DAC_READ_SEARCH, and reading that directory). Another filesystem may have a
 * file with the same handle, so compare dev, ino and born. */
int sv_fhandle_open(const char *handle, const char *path, struct sv_node *ret,
		    struct sv_error *err) sv_must_check;

/* Whether the filesystem of dir gives handles of the same kind and length: where it does not, it is
 * another type of filesystem than the one that gave this handle. handle NULL, of a file whose
 * handle was not asked for, fits any. */
bool sv_fhandle_fits(const char *handle, int dir);

/* What tells the filesystem of an open file from others, also after a reboot where the filesystem
 * has such an identity (f_fsid of statfs(2): of the UUID with ext4 and btrfs, of the device number
 * with xfs). 0: it has none. */
uint64_t sv_fs_identity(int fd);

/* Opens the nearest directory on the way to path that exists, with these flags beside O_DIRECTORY.
 * -1: none may be opened. */
int sv_fs_open_near(const char *path, int flags);

/* 0: the filesystem dev says that the file with this handle does not exist any more. It is asked
 * through the nearest directory of path. SV_NONE: the file exists, the filesystem does not say, or
 * that directory is on another filesystem. */
int sv_fhandle_is_gone(const char *handle, const char *path, uint64_t dev) sv_must_check;
