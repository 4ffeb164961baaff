/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Putting a tree back: by what is there now, not by what was there. The guest has made, renamed and
 * removed files meanwhile; what has its label gets the label of the journal, or that of the root.
 */
#include "plan/object.h"
#include "plan/tree.h"

#include "base/string.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

#define SHOWN	   256
#define PATH_FLAGS (O_PATH | O_NOFOLLOW | O_CLOEXEC)
#define DIR_FLAGS  (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

struct leaf {
	char *path, *label;
};

struct walk {
	const struct sv_tree_way *way;
	const struct sv_hold *hold;
	const struct sv_driver *driver;
	uint64_t seen;	     /* entries */
	struct leaf *leaves; /* in order of path */
	size_t n_leaves, room, n_set;
	char path[PATH_MAX]; /* from the root */
	size_t len;
	struct sv_error first; /* failure */
};

static int add_leaf(void *data, const char *path, const char *label, struct sv_error *err)
{
	struct walk *w = data;
	struct leaf *leaf;

	if (w->n_leaves == w->room) {
		size_t room = w->room ? w->room * 2 : 64;
		struct leaf *more = reallocarray(w->leaves, room, sizeof(*more));

		if (!more)
			return sv_fail_oom(err);
		w->leaves = more;
		w->room = room;
	}
	leaf = &w->leaves[w->n_leaves++];
	*leaf = (struct leaf){0};
	if (sv_strdup(path, &leaf->path, err) < 0)
		return -(int)err->code;
	return sv_strdup(label, &leaf->label, err);
}

static void walk_done(struct walk *w)
{
	size_t i;

	for (i = 0; i < w->n_leaves; i++) {
		free(w->leaves[i].path);
		free(w->leaves[i].label);
	}
	free(w->leaves);
}

static int compare(const void *key, const void *item)
{
	return strcmp(key, ((const struct leaf *)item)->path);
}

static const char *original_of(const struct walk *w)
{
	const struct leaf *leaf =
		w->n_leaves ? bsearch(w->path, w->leaves, w->n_leaves, sizeof(*w->leaves), compare)
			    : NULL;

	return leaf ? leaf->label : w->hold->original;
}

/* Remembers the first failure and goes on. */
static int failed(struct walk *w, const struct sv_error *err)
{
	char shown[SHOWN];

	if (w->first.code)
		return 0;
	w->first = *err;
	(void)sv_wrap(&w->first, "%s", sv_escape(w->path, shown, sizeof(shown)));
	return 0;
}

static int failed_errno(struct walk *w)
{
	struct sv_error err = {0};

	(void)sv_fail_errno(&err, errno, "cannot be reached");
	return failed(w, &err);
}

/* A second name may be that of another guest's file, which has the same label when it is only
 * read. */
static int is_others(const struct walk *w, const struct stat *st, struct sv_error *err)
{
	if (S_ISDIR(st->st_mode) || st->st_nlink < 2)
		return SV_NONE;
	return sv_hold_exists(w->way->store, w->hold->driver, st->st_dev, st->st_ino, err);
}

static int restore_entry(struct walk *w, int fd, struct sv_error *err)
{
	const char *original = original_of(w);
	sv_auto_free char *found = NULL;
	int r = w->driver->get(fd, &found, err);

	if (r == 0)
		r = sv_object_same(w->driver, found, w->hold->wanted, err);
	if (r == 0)
		r = sv_object_same(w->driver, found, original, err) == 0 ? SV_NONE : 0;
	if (r == 0)
		r = w->driver->set(fd, original, err);
	if (r == 0)
		w->n_set++;
	return r < 0 ? r : 0;
}

/* <0: the store failed. */
static int visit(struct walk *w, int dir, const char *name, unsigned depth, struct sv_error *err);

static int visit_all(struct walk *w, int parent, const char *name, unsigned depth,
		     struct sv_error *err)
{
	sv_auto_close int fd = openat(parent, name, DIR_FLAGS);
	sv_auto_dir DIR *dir = NULL;
	const struct dirent *entry;
	int r = 0;

	if (fd < 0)
		return errno == ENOENT ? 0 : failed_errno(w);
	dir = fdopendir(fd);
	if (!dir)
		return failed_errno(w);
	(void)sv_take_fd(&fd);
	while (r == 0 && (errno = 0, entry = readdir(dir))) {
		if (!sv_streq(entry->d_name, ".") && !sv_streq(entry->d_name, ".."))
			r = visit(w, dirfd(dir), entry->d_name, depth + 1, err);
	}
	return r == 0 && errno ? failed_errno(w) : r;
}

/* Contents first: what is left in a directory that has its own label back is not looked for by
 * anybody who sees the root's. */
static int visit_open(struct walk *w, int dir, const char *name, unsigned depth,
		      struct sv_error *err)
{
	sv_auto_close int fd = openat(dir, name, PATH_FLAGS);
	struct sv_error why = {0};
	struct stat st;
	int r = 0;

	if (fd < 0)
		return errno == ENOENT ? 0 : failed_errno(w);
	if (fstat(fd, &st) < 0)
		return failed_errno(w);
	if (st.st_dev != w->way->root->dev || S_ISBLK(st.st_mode) || S_ISCHR(st.st_mode))
		return 0;
	if (S_ISDIR(st.st_mode) && depth > SV_TREE_UNDO_DEPTH) {
		(void)sv_fail(&why, SV_E_HOST, 0, "is more than %d levels deep",
			      SV_TREE_UNDO_DEPTH);
		return failed(w, &why);
	}
	if (S_ISDIR(st.st_mode))
		r = visit_all(w, fd, ".", depth, err);
	if (r == 0)
		r = is_others(w, &st, err);
	if (r == 0 || r < 0)
		return r;
	return restore_entry(w, fd, &why) < 0 ? failed(w, &why) : 0;
}

static int visit(struct walk *w, int dir, const char *name, unsigned depth, struct sv_error *err)
{
	size_t len = w->len;
	int n = snprintf(w->path + len, sizeof(w->path) - len, "%s%s", len ? "/" : "", name);
	struct sv_error why = {0};
	int r = sv_watch_tell(w->way->watch, SV_WORK_RESTORE, w->hold->path, ++w->seen, 0, err);

	if (r < 0)
		return r;
	if (n < 0 || (size_t)n >= sizeof(w->path) - len) {
		w->path[len] = '\0';
		(void)sv_fail(&why, SV_E_HOST, ENAMETOOLONG, "what is in it");
		return failed(w, &why);
	}
	w->len += (size_t)n;
	r = visit_open(w, dir, name, depth, err);
	w->len = len;
	w->path[len] = '\0';
	return r;
}

int sv_tree_undo(const struct sv_tree_way *way, size_t *ret_n, struct sv_error *err)
{
	struct walk w = {.way = way, .hold = way->hold, .driver = way->driver};
	int r = sv_leaf_each(way->store, way->hold, add_leaf, &w, err);

	if (r == 0)
		r = visit_all(&w, way->root->fd, ".", 0, err);
	if (r == 0 && restore_entry(&w, way->root->fd, &w.first) < 0)
		r = -(int)w.first.code;
	if (r == 0 && w.first.code)
		r = -(int)w.first.code;
	if (r < 0 && w.first.code)
		*err = w.first;
	*ret_n = w.n_set;
	walk_done(&w);
	return r;
}
