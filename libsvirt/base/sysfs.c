/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Attributes, links and directories of sysfs: see sysfs.h. Knows no device. */
#include "base/sysfs.h"

#include "base/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>

#define MAX_ATTRIBUTE 4096 /* a page is all that the kernel gives */

int sv_sysfs_open(const char *root, struct sv_sysfs *ret, struct sv_error *err)
{
	sv_auto_free char *path = NULL;
	int r = sv_asprintf(&path, err, "%s/sys", root), fd;

	if (r < 0)
		return r;
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return sv_fail_errno(err, errno, "%s", path);
	*ret = (struct sv_sysfs){.fd = fd, .live = !root[0]};
	return 0;
}

void sv_sysfs_close(struct sv_sysfs *sysfs)
{
	sv_close_fd(&sysfs->fd);
}

static int fail(const char *path, struct sv_error *err)
{
	if (errno == ENOENT || errno == ENOTDIR || errno == ENODEV || errno == ENXIO)
		return SV_NONE;
	return sv_fail_errno(err, errno, "/sys/%s", path);
}

/* Links of the kernel's own sysfs stay inside it, so only a copy needs openat2(2). */
static int open_inside(const struct sv_sysfs *sysfs, const char *path, int flags)
{
	int fd = sv_fs_open_inside(sysfs->fd, path, flags);

	if (fd < 0 && errno == ENOSYS && sysfs->live)
		fd = openat(sysfs->fd, path, flags | O_CLOEXEC);
	return fd;
}

int sv_sysfs_has(const struct sv_sysfs *sysfs, const char *path, struct sv_error *err)
{
	sv_auto_close int fd = open_inside(sysfs, path, O_PATH | O_DIRECTORY);

	return fd < 0 ? fail(path, err) : 0;
}

int sv_sysfs_read(const struct sv_sysfs *sysfs, const char *path, char **ret, struct sv_error *err)
{
	sv_auto_close int fd = open_inside(sysfs, path, O_RDONLY | O_NOCTTY | O_NONBLOCK);
	char text[MAX_ATTRIBUTE + 1];
	ssize_t n;

	if (fd < 0)
		return fail(path, err);
	do
		n = read(fd, text, MAX_ATTRIBUTE);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return fail(path, err);
	text[n] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return sv_strdup(text, ret, err);
}

int sv_sysfs_link(const struct sv_sysfs *sysfs, const char *path, char **ret, struct sv_error *err)
{
	sv_auto_close int fd = open_inside(sysfs, path, O_PATH | O_NOFOLLOW);
	char text[PATH_MAX];
	const char *slash;
	ssize_t n;

	if (fd < 0)
		return fail(path, err);
	n = readlinkat(fd, "", text, sizeof(text) - 1);
	if (n < 0)
		return fail(path, err);
	text[n] = '\0';
	slash = strrchr(text, '/');
	return sv_strdup(slash ? slash + 1 : text, ret, err);
}

int sv_sysfs_list(const struct sv_sysfs *sysfs, const char *path, struct sv_strv *ret,
		  struct sv_error *err)
{
	sv_auto_close int fd = open_inside(sysfs, path, O_RDONLY | O_DIRECTORY);
	sv_auto_strv struct sv_strv names = {0};
	sv_auto_dir DIR *dir = NULL;
	const struct dirent *entry;
	int r;

	if (fd < 0)
		return fail(path, err);
	dir = fdopendir(fd);
	if (!dir)
		return sv_fail_errno(err, errno, "/sys/%s", path);
	(void)sv_take_fd(&fd);
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] != '.')
			sv_strv_add(&names, entry->d_name);
	}
	r = sv_strv_check(&names, err);
	if (r < 0)
		return r;
	sv_strv_sort(&names);
	*ret = names;
	names = (struct sv_strv){0};
	return 0;
}
