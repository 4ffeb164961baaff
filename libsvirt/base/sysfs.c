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

static int read_text(int fd, const char *path, char **ret, struct sv_error *err)
{
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

/* The last component of the target of the link at. */
static int read_last(int dir, const char *at, const char *path, char **ret, struct sv_error *err)
{
	char text[PATH_MAX];
	const char *slash;
	ssize_t n = readlinkat(dir, at, text, sizeof(text) - 1);

	if (n < 0)
		return fail(path, err);
	text[n] = '\0';
	slash = strrchr(text, '/');
	return sv_strdup(slash ? slash + 1 : text, ret, err);
}

int sv_sysfs_read(const struct sv_sysfs *sysfs, const char *path, char **ret, struct sv_error *err)
{
	sv_auto_close int fd = open_inside(sysfs, path, O_RDONLY | O_NOCTTY | O_NONBLOCK);

	return read_text(fd, path, ret, err);
}

int sv_sysfs_link(const struct sv_sysfs *sysfs, const char *path, char **ret, struct sv_error *err)
{
	sv_auto_close int fd = open_inside(sysfs, path, O_PATH | O_NOFOLLOW);

	return fd < 0 ? fail(path, err) : read_last(fd, "", path, ret, err);
}

int sv_sysfs_path(const struct sv_sysfs *sysfs, const char *path, char **ret, struct sv_error *err)
{
	sv_auto_close int fd = open_inside(sysfs, path, O_PATH | O_DIRECTORY);
	char link[SV_FD_PATH_LEN], text[PATH_MAX];
	ssize_t n;

	if (fd < 0)
		return fail(path, err);
	n = readlink(sv_fd_path(fd, link), text, sizeof(text) - 1);
	if (n < 0)
		return sv_fail_errno(err, errno, "/sys/%s", path);
	text[n] = '\0';
	return sv_strdup(text, ret, err);
}

int sv_sysfs_name(int dir, char **ret, struct sv_error *err)
{
	char link[SV_FD_PATH_LEN];

	/* one that has gone away has no attributes any more */
	if (faccessat(dir, "uevent", F_OK, 0) < 0)
		return fail("the device", err);
	return read_last(AT_FDCWD, sv_fd_path(dir, link), "the device", ret, err);
}

int sv_sysfs_read_at(int dir, const char *attr, char **ret, struct sv_error *err)
{
	sv_auto_close int fd = openat(dir, attr, O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);

	return read_text(fd, attr, ret, err);
}

int sv_sysfs_link_at(int dir, const char *attr, char **ret, struct sv_error *err)
{
	return read_last(dir, attr, attr, ret, err);
}

int sv_sysfs_write_at(int dir, const char *attr, const char *text, struct sv_error *err)
{
	sv_auto_close int fd = openat(dir, attr, O_WRONLY | O_NOCTTY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return fail(attr, err);
	do
		n = write(fd, text, strlen(text));
	while (n < 0 && errno == EINTR);
	/* what the kernel answers here is its driver's answer, ENODEV too */
	return n < 0 ? sv_fail_errno(err, errno, "%s", attr) : 0;
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
