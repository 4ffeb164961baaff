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

/* 0: the filesystem dev says that the file with this handle does not exist any more. It is asked
 * through the nearest directory of path. SV_NONE: the file exists, the filesystem does not say, or
 * that directory is on another filesystem. */
int sv_fhandle_is_gone(const char *handle, const char *path, uint64_t dev) sv_must_check;
