/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A file by what its filesystem calls it (name_to_handle_at(2)), wherever it is by now: the number
 * and the generation of an inode, which a rename does not change and a new file of the same number
 * does not share.
 */
#pragma once

#include "base/fs.h"

/* What stays valid for as long as the file exists: one word of text, owned by the caller. SV_NONE:
 * its filesystem has none. */
int sv_fhandle_of(int fd, char **ret, struct sv_error *err) sv_must_check;

/* Opens the file of that handle (O_PATH), on the filesystem of the nearest directory of path that
 * there is. SV_NONE: it has been deleted, is on another filesystem, or this process may not look
 * for it (CAP_DAC_READ_SEARCH, and reading that directory). Another filesystem may have a file of
 * the same handle: whose it is shows by dev, ino and born. */
int sv_fhandle_open(const char *handle, const char *path, struct sv_node *ret,
		    struct sv_error *err) sv_must_check;

/* 0: the filesystem of the nearest directory of path, which has to be dev, says that there is no
 * file of that handle any more. SV_NONE: there is one, or it does not say, or it is another
 * filesystem. */
int sv_fhandle_is_gone(const char *handle, const char *path, uint64_t dev) sv_must_check;
