/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Inodes that are svirt's own: see own.h. */
#include "plan/own.h"

#include "base/array.h"
#include "base/mount.h"
#include "base/string.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#define SHOWN	  256
#define DIR_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
#define UP_FLAGS  (O_PATH | O_DIRECTORY | O_CLOEXEC)

void sv_own_done(struct sv_own *own)
{
	free(own->items);
	free(own->dirs);
	free(own->around);
	*own = (struct sv_own){0};
}

static int push(struct sv_own_inode **items, size_t *n, struct sv_own_inode inode,
		struct sv_error *err)
{
	struct sv_own_inode *item = sv_array_add(*items, *n);

	if (!item)
		return sv_fail_oom(err);
	*item = inode;
	return 0;
}

static int add(struct sv_own *own, uint64_t dev, uint64_t ino, struct sv_error *err)
{
	return push(&own->items, &own->n, (struct sv_own_inode){dev, ino}, err);
}

static bool is_around(const struct sv_own *own, const struct stat *st)
{
	for (size_t i = 0; i < own->n_around; i++)
		if (own->around[i].dev == st->st_dev && own->around[i].ino == st->st_ino)
			return true;
	return false;
}

/* Adds the directories above dir, up to "/" (which is its own parent) or to one that is in the
 * list. ".." also leads out of a mount. */
static int add_around(struct sv_own *own, int dir, struct sv_error *err)
{
	sv_auto_close int fd = openat(dir, "..", UP_FLAGS);
	struct stat st;
	int r = 0;

	while (r == 0 && fd >= 0 && fstat(fd, &st) == 0) {
		int up;

		if (is_around(own, &st))
			return 0;
		r = push(&own->around, &own->n_around, (struct sv_own_inode){st.st_dev, st.st_ino},
			 err);
		up = openat(fd, "..", UP_FLAGS);
		close(fd);
		fd = up;
	}
	return r < 0 ? r : sv_fail_errno(err, errno, "the directories that svirt's own lie in");
}

/* Adds an entry of a directory. When the entry is a mount point, its inode differs from the
 * entry's. */
static int add_entry(struct sv_own *own, int dir, uint64_t dev, const struct dirent *entry,
		     struct sv_error *err)
{
	struct stat st;

	if (sv_streq(entry->d_name, ".") || sv_streq(entry->d_name, ".."))
		return 0;
	if ((entry->d_type == DT_DIR || entry->d_type == DT_UNKNOWN) &&
	    fstatat(dir, entry->d_name, &st, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) == 0)
		return add(own, st.st_dev, st.st_ino, err);
	return add(own, dev, entry->d_ino, err);
}

int sv_own_add_dir(struct sv_own *own, const char *path, struct sv_error *err)
{
	sv_auto_close int fd = open(path, DIR_FLAGS);
	sv_auto_dir DIR *dir = NULL;
	const struct dirent *entry;
	struct stat st;
	int r;

	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0 || fstat(fd, &st) < 0)
		return sv_fail_errno(err, errno, "%s", path);
	r = add(own, st.st_dev, st.st_ino, err);
	if (r == 0)
		r = push(&own->dirs, &own->n_dirs, (struct sv_own_inode){st.st_dev, st.st_ino},
			 err);
	if (r == 0)
		r = add_around(own, fd, err);
	if (r < 0)
		return r;
	dir = fdopendir(fd);
	if (!dir)
		return sv_fail_errno(err, errno, "%s", path);
	(void)sv_take_fd(&fd);
	while (r == 0 && (entry = readdir(dir)))
		r = add_entry(own, dirfd(dir), st.st_dev, entry, err);
	return r;
}

int sv_own_add_file(struct sv_own *own, const char *path, struct sv_error *err)
{
	struct stat st;

	return stat(path, &st) < 0 ? 0 : add(own, st.st_dev, st.st_ino, err);
}

static int compare(const void *a, const void *b)
{
	const struct sv_own_inode *x = a, *y = b;

	if (x->dev != y->dev)
		return x->dev < y->dev ? -1 : 1;
	return (x->ino > y->ino) - (x->ino < y->ino);
}

void sv_own_sort(struct sv_own *own)
{
	if (own->n)
		qsort(own->items, own->n, sizeof(*own->items), compare);
	if (own->n_around)
		qsort(own->around, own->n_around, sizeof(*own->around), compare);
}

bool sv_own_has(const struct sv_own *own, uint64_t dev, uint64_t ino)
{
	const struct sv_own_inode key = {dev, ino};

	return own->n && bsearch(&key, own->items, own->n, sizeof(key), compare);
}

bool sv_own_is_below(const struct sv_own *own, uint64_t dev, uint64_t ino)
{
	const struct sv_own_inode key = {dev, ino};

	return own->n_around && bsearch(&key, own->around, own->n_around, sizeof(key), compare);
}

int sv_own_fail(const char *path, struct sv_error *err)
{
	char shown[SHOWN];

	sv_fail(err, SV_E_USAGE, 0, "%s is svirt's own, whatever name it has: no guest uses it",
		sv_escape(path, shown, sizeof(shown)));
	return sv_hint(err, "keep guests' files in a directory of their own, e.g. "
			    "/var/lib/libvirt/images");
}

/* Whether path leads through a directory of svirt's. */
static bool lies_below(const struct sv_own *own, const char *path)
{
	char dir[PATH_MAX];
	struct stat st;

	for (const char *p = strchr(path + 1, '/'); p; p = strchr(p + 1, '/')) {
		(void)snprintf(dir, sizeof(dir), "%.*s", (int)(p - path), path);
		if (stat(dir, &st) == 0 && sv_own_has(own, st.st_dev, st.st_ino))
			return true;
	}
	return false;
}

/* lies_below() for the path that a bind mount shows the file from. Only needed on the filesystems
 * of svirt's directories. */
static int lies_below_origin(const struct sv_own *own, const struct sv_node *node, const char *path,
			     bool *ret, struct sv_error *err)
{
	sv_auto_free char *origin = NULL;
	bool beside = false;
	int r;

	for (size_t i = 0; i < own->n_dirs; i++)
		beside |= own->dirs[i].dev == node->dev;
	r = beside ? sv_mount_origin(node->fd, path, &origin, err) : SV_NONE;
	*ret = r == 0 && lies_below(own, origin);
	return r < 0 ? r : 0;
}

/* Whether node or a directory above it is svirt's. */
static int is_inside(const struct sv_own *own, const struct sv_node *node, const char *path,
		     struct sv_error *err)
{
	bool below = sv_own_has(own, node->dev, node->ino) || lies_below(own, path);
	int r = below ? 0 : lies_below_origin(own, node, path, &below, err);

	return r < 0 ? r : (below ? 0 : SV_NONE);
}

int sv_own_refuse_in(const struct sv_own *own, const struct sv_node *dir, const char *path,
		     struct sv_error *err)
{
	int r = own ? is_inside(own, dir, path, err) : SV_NONE;

	return r == 0 ? sv_own_fail(path, err) : (r < 0 ? r : 0);
}

int sv_own_refuse(const struct sv_own *own, const struct sv_node *node, const char *path,
		  struct sv_error *err)
{
	char shown[SHOWN];
	int r = own ? is_inside(own, node, path, err) : SV_NONE;

	if (r <= 0)
		return r == 0 ? sv_own_fail(path, err) : r;
	if (!own || !S_ISDIR(node->mode) || !sv_own_is_below(own, node->dev, node->ino))
		return 0;
	sv_fail(err, SV_E_USAGE, 0, "%s is a directory that svirt's own files lie in",
		sv_escape(path, shown, sizeof(shown)));
	return sv_hint(err, "give the guest a directory of its own");
}
