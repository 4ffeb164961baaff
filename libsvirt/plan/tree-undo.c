/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Puts a tree back by a walk of its present entries, because the guest has made, renamed and
 * removed files. An entry with the guest's label gets the label in the journal, or that of the
 * root.
 */
#include "base/array.h"
#include "plan/batch.h"
#include "plan/object.h"
#include "plan/tree.h"

#include "base/string.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

#define SHOWN	  256
#define DIR_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

struct leaf {
	char *path, *label;
};

/* The most directories that stay open on the way down; deeper ones are opened again by "..". */
enum { KEPT = 64 };

/* The length of the walk's path before a name was added. A name that does not fit is left out,
 * since the journal has no path that is so long. */
struct spot {
	size_t len, beyond;
};

/* A directory on the way down. */
struct level {
	uint64_t dev, ino;
	int fd; /* -1: to be opened again */
	struct sv_strv subdirs;
	size_t next; /* of subdirs */
	struct spot before;
};

struct walk {
	const struct sv_tree_undo_request *request;
	const struct sv_hold *hold;
	const struct sv_driver *driver;
	struct sv_batch *batch;
	uint64_t seen;	     /* entries */
	struct leaf *leaves; /* in order of path */
	size_t n_leaves, n_set;
	const char *asked; /* cache: an original, and whether it is the same as the guest's label */
	int asked_same;
	char path[PATH_MAX]; /* from the root */
	struct spot spot;
	struct level *levels;
	size_t n_levels;
	struct sv_error first; /* failure */
};

static int add_leaf(void *data, const char *path, const char *label, struct sv_error *err)
{
	struct walk *w = data;
	struct leaf *leaf = sv_array_add(w->leaves, w->n_leaves);

	if (!leaf)
		return sv_fail_oom(err);
	if (sv_strdup(path, &leaf->path, err) < 0)
		return -(int)err->code;
	return sv_strdup(label, &leaf->label, err);
}

static void level_done(struct level *level)
{
	sv_close_fd(&level->fd);
	sv_strv_done(&level->subdirs);
}

static void walk_done(struct walk *w)
{
	size_t i;

	for (i = 0; i < w->n_leaves; i++) {
		free(w->leaves[i].path);
		free(w->leaves[i].label);
	}
	free(w->leaves);
	for (i = 0; i < w->n_levels; i++)
		level_done(&w->levels[i]);
	free(w->levels);
}

static int compare(const void *key, const void *item)
{
	return strcmp(key, ((const struct leaf *)item)->path);
}

static const char *original_of(const struct walk *w)
{
	const struct leaf *leaf =
		w->n_leaves && !w->spot.beyond
			? bsearch(w->path, w->leaves, w->n_leaves, sizeof(*w->leaves), compare)
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
	if (w->spot.len)
		(void)sv_wrap(&w->first, "%s", sv_escape(w->path, shown, sizeof(shown)));
	return 0;
}

static int failed_errno(struct walk *w, int sys)
{
	struct sv_error err = {0};

	(void)sv_fail_errno(&err, sys, "cannot be reached");
	return failed(w, &err);
}

/* Adds name to the walk's path, until leave(). */
static struct spot enter(struct walk *w, const char *name)
{
	const struct spot before = w->spot;
	size_t room = sizeof(w->path) - before.len;
	int n = before.beyond
			? -1
			: snprintf(w->path + before.len, room, "%s%s", before.len ? "/" : "", name);

	if (n >= 0 && (size_t)n < room) {
		w->spot.len += (size_t)n;
		return before;
	}
	w->path[before.len] = '\0';
	w->spot.beyond++;
	return before;
}

static void leave(struct walk *w, struct spot before)
{
	w->spot = before;
	w->path[before.len] = '\0';
}

/* Only the kernel can compare labels that are spelled differently. The answer is cached, because
 * thousands of files have one original. */
static int is_same_as_ours(struct walk *w, const char *original, struct sv_error *err)
{
	if (w->asked != original) {
		w->asked_same = sv_object_same(w->driver, w->hold->wanted, original, err);
		w->asked = w->asked_same < 0 ? NULL : original;
	}
	return w->asked_same;
}

/* The label that an entry with the label found gets. NULL: it stays as it is, and *r is the result.
 */
static const char *wanted_for(struct walk *w, const char *found, int *r, struct sv_error *err)
{
	const char *original = original_of(w);

	*r = sv_object_same(w->driver, found, w->hold->wanted, err);
	if (*r != 0)
		return NULL;
	*r = is_same_as_ours(w, original, err);
	return *r > 0 ? original : NULL;
}

static int restore_dir(struct walk *w, int fd, struct sv_error *err)
{
	sv_auto_free char *found = NULL;
	const char *to = NULL;
	int r = w->driver->label->get(fd, &found, err);

	if (r == 0)
		to = wanted_for(w, found, &r, err);
	if (to)
		r = w->driver->label->set(fd, to, err);
	w->n_set += to && r == 0;
	return r < 0 ? r : 0;
}

/* Whether the entry may be another guest's file. A file with a second name may be one, since files
 * that are only read have the same label for all guests. */
static int is_others(const struct walk *w, const struct sv_batch_entry *e, struct sv_error *err)
{
	if (e->stat.stx_nlink < 2)
		return SV_NONE;
	return sv_hold_exists(w->request->store, w->hold->driver, sv_batch_dev(e), e->stat.stx_ino,
			      err);
}

/* Handles one entry: the name of a directory goes to subdirs, and a file that is another guest's is
 * skipped. <0: the store failed. */
static int sort_entry(struct walk *w, struct sv_batch_entry *e, struct sv_strv *subdirs,
		      struct sv_error *err)
{
	int r;

	e->skip = true;
	if (e->sys)
		return e->sys == ENOENT ? 0 : failed_errno(w, e->sys);
	if (sv_batch_dev(e) != w->request->root->dev || S_ISBLK(e->stat.stx_mode) ||
	    S_ISCHR(e->stat.stx_mode))
		return 0;
	if (S_ISDIR(e->stat.stx_mode)) {
		sv_strv_add(subdirs, e->name);
		return sv_strv_check(subdirs, err);
	}
	r = is_others(w, e, err);
	e->skip = r != SV_NONE;
	return r < 0 ? r : 0;
}

/* Calls fn for each entry that is not skipped, with the walk at its path. */
static void for_each(struct walk *w, void (*fn)(struct walk *w, struct sv_batch_entry *e))
{
	for (size_t i = 0; i < w->batch->n; i++) {
		struct sv_batch_entry *e = &w->batch->entries[i];
		struct spot before;

		if (e->skip)
			continue;
		before = enter(w, e->name);
		fn(w, e);
		leave(w, before);
	}
}

static void choose_label(struct walk *w, struct sv_batch_entry *e)
{
	struct sv_error why = {0};
	const char *found = NULL;
	int r = sv_batch_label(w->batch, e, -1, &found, &why);

	if (r == 0)
		e->to = wanted_for(w, found, &r, &why);
	if (r < 0)
		(void)failed(w, &why);
}

static void count_set(struct walk *w, struct sv_batch_entry *e)
{
	struct sv_error why = {0};

	if (!e->to)
		return;
	if (sv_batch_was_set(w->batch, e, &why) == 0)
		w->n_set++;
	else
		(void)failed(w, &why);
}

/* <0: the store failed, or it was told to end. */
static int undo_batch(struct walk *w, int dir, struct sv_strv *subdirs, struct sv_error *err)
{
	struct sv_batch *batch = w->batch;
	int r = 0;

	sv_batch_open(batch, dir, O_PATH);
	for (size_t i = 0; r == 0 && i < batch->n; i++) {
		struct spot before;

		r = sv_watch_tell(w->request->watch, SV_WORK_RESTORE, w->hold->path, ++w->seen, 0,
				  err);
		if (r != 0)
			continue;
		before = enter(w, batch->entries[i].name);
		r = sort_entry(w, &batch->entries[i], subdirs, err);
		leave(w, before);
	}
	if (r == 0) {
		sv_batch_read(batch, dir);
		for_each(w, choose_label);
		sv_batch_set(batch);
		for_each(w, count_set);
	}
	sv_batch_clear(batch);
	return r;
}

static int undo_files(struct walk *w, int dir, struct sv_strv *subdirs, struct sv_error *err)
{
	int n = 0, r = 0;

	while (r == 0 && (n = sv_batch_fill(w->batch, dir)) > 0)
		r = undo_batch(w, dir, subdirs, err);
	return r == 0 && n < 0 ? failed_errno(w, -n) : r;
}

static struct level *add_level(struct walk *w, struct sv_error *err)
{
	struct level *level = sv_array_add(w->levels, w->n_levels);

	if (!level) {
		(void)sv_fail_oom(err);
		return NULL;
	}
	if (w->n_levels > KEPT + 1)
		sv_close_fd(&w->levels[w->n_levels - 2].fd);
	return level;
}

/* Goes one level down: puts back the files of the directory and lists its subdirectories. A
 * directory that is gone, is on another filesystem or cannot be opened is not entered. */
static int go_down(struct walk *w, int parent, const char *name, struct sv_error *err)
{
	const struct spot before = w->n_levels ? enter(w, name) : w->spot;
	sv_auto_close int fd = openat(parent, name, DIR_FLAGS);
	struct level *level;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0) {
		if (fd >= 0 || errno != ENOENT)
			(void)failed_errno(w, errno);
		leave(w, before);
		return 0;
	}
	if (st.st_dev != w->request->root->dev) {
		leave(w, before);
		return 0;
	}
	level = add_level(w, err);
	if (!level)
		return -(int)err->code;
	*level = (struct level){
		.dev = st.st_dev, .ino = st.st_ino, .fd = sv_take_fd(&fd), .before = before};
	return undo_files(w, level->fd, &level->subdirs, err);
}

/* Opens the directory above, unless somebody has moved the one below. */
static int open_above(const struct level *level, int below)
{
	sv_auto_close int fd = openat(below, "..", DIR_FLAGS);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 || st.st_dev != level->dev || st.st_ino != level->ino)
		return -1;
	return sv_take_fd(&fd);
}

/* Goes one level up. When a directory on the way was moved it goes further up; what is left there
 * is not put back, and the next restore begins again. */
static void go_up(struct walk *w)
{
	struct level *level = &w->levels[--w->n_levels];
	struct sv_error why = {0};
	bool lost = false;

	if (restore_dir(w, level->fd, &why) < 0)
		(void)failed(w, &why);
	do {
		struct level *above = w->n_levels ? level - 1 : NULL;

		if (above && above->fd < 0 && !lost)
			above->fd = open_above(above, level->fd);
		lost = above && above->fd < 0;
		if (lost)
			(void)failed_errno(w, ESTALE);
		leave(w, level->before);
		level_done(level);
		if (lost)
			level = &w->levels[--w->n_levels];
	} while (lost);
}

/* Puts the contents of each directory back before the directory itself. Otherwise a directory could
 * have its label back while files in it still wait, and a later look at the root would not notice.
 */
static int undo_all(struct walk *w, struct sv_error *err)
{
	int r = go_down(w, w->request->root->fd, ".", err);

	while (r == 0 && w->n_levels > 0) {
		struct level *level = &w->levels[w->n_levels - 1];
		sv_auto_free char *name = NULL;

		if (level->next == level->subdirs.n) {
			go_up(w);
			continue;
		}
		/* free each name after its use, because there may be very many */
		name = sv_take_ptr(level->subdirs.v[level->next]);
		level->next++;
		r = go_down(w, level->fd, name, err);
	}
	return r;
}

int sv_tree_undo(const struct sv_tree_undo_request *request, size_t *ret_n, struct sv_error *err)
{
	sv_auto_batch struct sv_batch *batch = NULL;
	struct walk w = {.request = request, .hold = request->hold, .driver = request->driver};
	int r = sv_batch_new(request->driver, &batch, err);

	w.batch = batch;
	if (r == 0)
		r = sv_leaf_each(request->store, request->hold, add_leaf, &w, err);
	if (r == 0)
		r = undo_all(&w, err);
	if (r == 0 && w.first.code)
		r = -(int)w.first.code;
	if (r < 0 && w.first.code)
		*err = w.first;
	*ret_n = w.n_set;
	walk_done(&w);
	return r;
}
