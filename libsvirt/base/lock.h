/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Lock files: an open-file-description lock (fcntl(2), F_OFD_SETLK) that lives exactly as long as
 * the descriptor and its duplicates. A guest whose lock is held is alive, so no pid file is needed.
 */
#pragma once

#include "base/error.h"

/* Creates path when needed and takes its lock without waiting. SV_BUSY: another process holds it.
 * *ret is O_CLOEXEC. Closing the last duplicate releases the lock. */
int sv_lock_take(const char *path, int *ret, struct sv_error *err) sv_must_check;

/* Looks at a lock and changes nothing. 0: it is held. SV_NONE: it is free, or the file does not
 * exist. *ret_fd is the file, opened for reading, or -1; the caller closes it. */
int sv_lock_probe(const char *path, int *ret_fd, struct sv_error *err) sv_must_check;

/* Removes the file while the lock is held and closes *fd. */
void sv_lock_drop(const char *path, int *fd);
