/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sets the labels of a tree: see tree-apply.h. Every entry is opened by its name in its directory's
 * descriptor, without following links, and labelled through its own descriptor.
 */
#include "plan/tree-apply.h"

#include "base/string.h"
#include "plan/batch.h"
#include "plan/object.h"
#include "plan/tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

#define SHOWN	   256
#define PATH_FLAGS (O_PATH | O_NOFOLLOW | O_CLOEXEC)

struct applier {
	const struct sv_step *step;
	const struct sv_watch *watch;
	struct sv_batch *batch;
	size_t done; /* entries */
};

static int fail_entry(const char *root, const char *name, int sys, struct sv_error *err)
{
	char path[SHOWN], last[SHOWN];

	sv_escape(root, path, sizeof(path));
	return sv_fail_errno(err, sys, "%s: '%s'", path, sv_escape(name, last, sizeof(last)));
}

/* what: "was replaced" */
static int fail_changed(const char *root, const char *name, const char *what, struct sv_error *err)
{
	char path[SHOWN], last[SHOWN];

	sv_escape(root, path, sizeof(path));
	sv_escape(name, last, sizeof(last));
	sv_fail(err, SV_E_BUSY, 0, "%s: '%s' %s since it was planned", path, last, what);
	return sv_hint(err, "see who writes to its directory, then run the command again");
}

static int wrap_entry(const char *root, const char *name, struct sv_error *err)
{
	char path[SHOWN], last[SHOWN];

	sv_escape(root, path, sizeof(path));
	return sv_wrap(err, "%s: '%s'", path, sv_escape(name, last, sizeof(last)));
}

/* Opens the directory that the plan has seen under name. SV_NONE: it is gone. */
static int open_planned(const struct sv_step *step, int dir, const char *name, uint64_t ino,
			int *ret, struct sv_error *err)
{
	sv_auto_close int fd = openat(dir, name, PATH_FLAGS);
	struct stat st;

	if (fd < 0 && errno == ENOENT)
		return SV_NONE;
	if (fd < 0 || fstat(fd, &st) < 0)
		return fail_entry(step->path, name, errno, err);
	if (st.st_dev != step->tree->dev || st.st_ino != ino || !S_ISDIR(st.st_mode))
		return fail_changed(step->path, name, "was replaced", err);
	*ret = sv_take_fd(&fd);
	return 0;
}

static int tell(struct applier *a, struct sv_error *err)
{
	const struct sv_tree *tree = a->step->tree;

	return sv_watch_tell(a->watch, SV_WORK_LABEL, a->step->path, ++a->done,
			     tree->n_dirs + tree->n_files, err);
}

/* Checks that the open file is the one that the plan has seen. A file that is gone is skipped. */
static int check_file(const struct sv_step *step, struct sv_batch_entry *e, struct sv_error *err)
{
	const struct sv_tree_file *file = e->data;

	e->skip = e->sys == ENOENT;
	if (e->skip)
		return 0;
	if (e->sys)
		return fail_entry(step->path, e->name, e->sys, err);
	if (sv_batch_dev(e) != step->tree->dev || e->stat.stx_ino != file->ino ||
	    S_ISDIR(e->stat.stx_mode) || e->stat.stx_nlink > 1)
		return fail_changed(step->path, e->name, "was replaced", err);
	e->to = step->to;
	return 0;
}

/* Checks that the label is the one in the plan. The plan has read it by name, so it may be that of
 * another file, if somebody exchanged the two for a moment. A file that has the wanted label is not
 * written. */
static int check_label(struct applier *a, struct sv_batch_entry *e, struct sv_error *err)
{
	const struct sv_driver *driver = a->step->driver;
	const struct sv_tree_file *file = e->data;
	const char *now = NULL;
	int r = sv_batch_label(a->batch, e, -1, &now, err);

	if (r == 0)
		r = sv_object_same(driver, now, a->step->tree->labels[file->label].text, err);
	if (r > 0 && now) {
		e->skip = true;
		r = sv_object_same(driver, now, a->step->to, err);
	}
	if (r > 0)
		return fail_changed(a->step->path, e->name, "got another label", err);
	return r < 0 ? wrap_entry(a->step->path, e->name, err) : 0;
}

static int set_label(struct applier *a, struct sv_batch_entry *e, struct sv_error *err)
{
	int r = sv_batch_was_set(a->batch, e, err);

	return r < 0 ? wrap_entry(a->step->path, e->name, err) : tell(a, err);
}

static int apply_batch(struct applier *a, int dir, struct sv_error *err)
{
	struct sv_batch *batch = a->batch;
	int r = 0;
	size_t i;

	sv_batch_open(batch, dir, O_PATH);
	for (i = 0; r == 0 && i < batch->n; i++)
		r = check_file(a->step, &batch->entries[i], err);
	if (r == 0)
		sv_batch_read(batch, dir);
	for (i = 0; r == 0 && i < batch->n; i++) {
		if (!batch->entries[i].skip)
			r = check_label(a, &batch->entries[i], err);
	}
	if (r == 0)
		sv_batch_set(batch);
	for (i = 0; r == 0 && i < batch->n; i++)
		r = batch->entries[i].skip ? tell(a, err) : set_label(a, &batch->entries[i], err);
	sv_batch_clear(batch);
	return r;
}

static int apply_files(struct applier *a, int dir, const struct sv_tree_dir *of,
		       struct sv_error *err)
{
	const struct sv_tree *tree = a->step->tree;
	int r = 0;

	for (size_t i = of->first; r == 0 && i < of->first + of->n; i++) {
		const struct sv_tree_file *file = &tree->files[i];

		if (tree->labels[file->label].wanted) {
			r = tell(a, err);
			continue;
		}
		(void)sv_batch_add(a->batch, tree->names + file->name, file);
		if (sv_batch_is_full(a->batch))
			r = apply_batch(a, dir, err);
	}
	return r < 0 ? r : apply_batch(a, dir, err);
}

/* The label is read back from the directory only and not from its files, because it depends on the
 * filesystem whether a label is kept. */
static int apply_dir(struct applier *a, int parent, const struct sv_tree_dir *dir, int *ret,
		     struct sv_error *err)
{
	const struct sv_step *step = a->step;
	const struct sv_tree *tree = step->tree;
	const char *name = dir->depth ? tree->names + dir->name : ".";
	sv_auto_close int fd = -1;
	int r = tell(a, err);

	if (r == 0)
		r = open_planned(step, parent, name, dir->ino, &fd, err);
	if (r == 0 && !tree->labels[dir->label].wanted) {
		struct sv_node node = {.fd = fd};

		r = sv_object_set(step->driver, &node, step->path, step->to, err);
	}
	if (r == 0)
		r = apply_files(a, fd, dir, err);
	if (r == 0)
		*ret = sv_take_fd(&fd);
	return r;
}

/* When a directory is gone, the deeper directories that follow it are gone too. */
int sv_tree_apply(const struct sv_step *step, const struct sv_watch *watch, struct sv_error *err)
{
	sv_auto_batch struct sv_batch *batch = NULL;
	struct applier a = {.step = step, .watch = watch};
	const struct sv_tree *tree = step->tree;
	int fds[SV_TREE_DEPTH + 1], r = sv_batch_new(step->driver, &batch, err);
	uint32_t open = 0, gone = UINT32_MAX;
	size_t i;

	/* when everything is labelled, no directory is opened */
	if (r == 0 && sv_tree_is_labelled(tree)) {
		a.done = tree->n_dirs + tree->n_files - 1;
		return tell(&a, err);
	}
	a.batch = batch;
	for (i = 0; r >= 0 && i < tree->n_dirs; i++) {
		const struct sv_tree_dir *dir = &tree->dirs[i];

		if (dir->depth > gone)
			continue;
		gone = UINT32_MAX;
		while (open > dir->depth)
			close(fds[--open]);
		r = apply_dir(&a, dir->depth ? fds[open - 1] : step->node->fd, dir, &fds[open],
			      err);
		if (r == 0)
			open++;
		else if (r == SV_NONE)
			gone = dir->depth;
	}
	while (open > 0)
		close(fds[--open]);
	return r < 0 ? r : 0;
}
