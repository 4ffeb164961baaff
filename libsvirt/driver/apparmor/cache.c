/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Keeps the compiled profile of each guest, so that its next start compiles nothing. A file is
 * named after the profile, and holds all that it was made from in front of what was made: the whole
 * text is compared, not a digest of it. Must not know what is in a profile.
 */
#include "driver/apparmor/apparmor.h"

#include "base/fs.h"
#include "base/string.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>

#define FILE_MAX (20u * 1024 * 1024)
#define MAGIC	 "svirt-apparmor-1"
#define NEW	 ".new"
#define END	 "\nwhole\n"

/* A guest that did not start for so long is forgotten; where there are many (a document without a
 * UUID is a new guest each time), sooner. */
enum { UNUSED_S = 90 * 24 * 60 * 60, UNUSED_MANY_S = 60 * 60, MANY = 1000 };

static int path_of(const struct sv_apparmor_key *key, const char *suffix, char **ret)
{
	struct sv_error ignored = {0};

	return sv_asprintf(ret, &ignored, "%s/%s%s", key->dir, key->label, suffix);
}

/* What stands in front of the compiled profile. END stands behind it: it is whole. */
static int head_of(const struct sv_apparmor_key *key, char **ret)
{
	struct sv_error ignored = {0};

	return sv_asprintf(ret, &ignored, "%s\n%s\n%s\n", MAGIC, key->toolchain, key->text);
}

/* Whether only root can have written here. */
static bool is_ours(const char *dir)
{
	struct stat st;

	return lstat(dir, &st) == 0 && S_ISDIR(st.st_mode) &&
	       sv_fs_only_writer(st.st_mode, st.st_uid, geteuid());
}

int sv_apparmor_cached(const struct sv_apparmor_key *key, struct sv_apparmor_blob *ret)
{
	sv_auto_free char *path = NULL, *all = NULL, *head = NULL, *bytes = NULL;
	const size_t end = strlen(END);
	struct sv_error ignored = {0};
	size_t n = 0, len;

	if (!is_ours(key->dir) || path_of(key, "", &path) < 0 || head_of(key, &head) < 0 ||
	    sv_fs_read(path, FILE_MAX, &all, &n, &ignored) < 0)
		return SV_NONE;
	len = strlen(head);
	if (n < len + end || memcmp(all, head, len) != 0 || memcmp(all + n - end, END, end) != 0)
		return SV_NONE;
	n -= len + end;
	bytes = malloc(n + 1);
	if (!bytes)
		return SV_NONE;
	memcpy(bytes, all + len, n);
	/* its age tells what is in use */
	(void)utimensat(AT_FDCWD, path, NULL, AT_SYMLINK_NOFOLLOW);
	*ret = (struct sv_apparmor_blob){sv_take_ptr(bytes), n};
	return 0;
}

static size_t count(DIR *dir)
{
	size_t n = 0;

	while (readdir(dir))
		n++;
	rewinddir(dir);
	return n;
}

/* Removes what no guest has used for long, and what a killed process left half written. */
static void sweep(const char *path)
{
	sv_auto_dir DIR *dir = opendir(path);
	const time_t unused = dir && count(dir) > MANY ? UNUSED_MANY_S : UNUSED_S;
	const struct dirent *entry;
	time_t now = time(NULL);
	struct stat st;

	while (dir && (entry = readdir(dir))) {
		if (fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISREG(st.st_mode) && now - st.st_mtime > unused)
			(void)unlinkat(dirfd(dir), entry->d_name, 0);
	}
}

static bool write_all(int fd, const char *head, const struct sv_apparmor_blob *blob)
{
	size_t len = strlen(head);

	return write(fd, head, len) == (ssize_t)len &&
	       write(fd, blob->bytes, blob->n) == (ssize_t)blob->n &&
	       write(fd, END, strlen(END)) == (ssize_t)strlen(END);
}

void sv_apparmor_keep(const struct sv_apparmor_key *key, const struct sv_apparmor_blob *blob)
{
	sv_auto_free char *path = NULL, *made = NULL, *head = NULL;
	struct sv_error ignored = {0};
	sv_auto_close int fd = -1;

	if (sv_fs_mkdir(key->dir, 0700, &ignored) < 0 || path_of(key, "", &path) < 0 ||
	    path_of(key, NEW, &made) < 0 || head_of(key, &head) < 0)
		return;
	sweep(key->dir);
	(void)unlink(made);
	fd = open(made, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return;
	if (!write_all(fd, head, blob) || rename(made, path) < 0)
		(void)unlink(made);
}

void sv_apparmor_drop(const struct sv_apparmor_key *key)
{
	sv_auto_free char *path = NULL;

	if (path_of(key, "", &path) == 0)
		(void)unlink(path);
}
