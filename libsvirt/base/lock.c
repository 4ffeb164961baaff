/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Open-file-description locks on lock files: see lock.h. */
#include "base/lock.h"

#include "base/string.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#define TRIES 16 /* each lost race means that somebody else took and dropped the lock */

int sv_lock_take(const char *path, int *ret, struct sv_error *err)
{
	int i;

	for (i = 0; i < TRIES; i++) {
		struct flock fl = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
		sv_auto_close int fd = -1;
		struct stat mine, named;

		fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (fd < 0)
			return sv_fail_errno(err, errno, "cannot open the lock %s", path);
		if (fcntl(fd, F_OFD_SETLK, &fl) < 0) {
			if (errno == EAGAIN || errno == EACCES)
				return SV_BUSY;
			return sv_fail_errno(err, errno, "cannot lock %s", path);
		}
		/* the file may have been dropped between open and lock: a lock on a file without
		 * a name excludes nobody */
		if (fstat(fd, &mine) < 0)
			return sv_fail_errno(err, errno, "%s", path);
		if (stat(path, &named) == 0 && named.st_dev == mine.st_dev &&
		    named.st_ino == mine.st_ino) {
			*ret = sv_take_fd(&fd);
			return 0;
		}
	}
	return SV_BUSY;
}

int sv_lock_probe(const char *path, int *ret_fd, struct sv_error *err)
{
	struct flock fl = {.l_type = F_RDLCK, .l_whence = SEEK_SET};
	sv_auto_close int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

	*ret_fd = -1;
	if (fd < 0) {
		if (errno == ENOENT)
			return SV_NONE;
		return sv_fail_errno(err, errno, "cannot open the lock %s", path);
	}
	if (fcntl(fd, F_OFD_GETLK, &fl) < 0)
		return sv_fail_errno(err, errno, "cannot ask for the lock %s", path);
	*ret_fd = sv_take_fd(&fd);
	return fl.l_type == F_UNLCK ? SV_NONE : 0;
}

void sv_lock_drop(const char *path, int *fd)
{
	if (*fd >= 0)
		(void)unlink(path);
	sv_close_fd(fd);
}
