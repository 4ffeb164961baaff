/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Labels of a tree: set, and put back. Every entry is opened by its name in its directory's
 * descriptor, following nothing, and what is open is what is labelled: see tree.h.
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

struct applier {
	const struct sv_step *step;
	const struct sv_watch *watch;
	size_t done; /* entries */
};

static int fail_entry(const char *root, const char *name, int sys, struct sv_error *err)
{
	char path[SHOWN], last[SHOWN];

	sv_escape(root, path, sizeof(path));
	sv_escape(name, last, sizeof(last));
	if (sys)
		return sv_fail_errno(err, sys, "%s: '%s'", path, last);
	sv_fail(err, SV_E_BUSY, 0, "%s: '%s' was replaced since it was planned", path, last);
	return sv_hint(err, "see who writes to its directory, then run the command again");
}

static int wrap_entry(const char *root, const char *name, struct sv_error *err)
{
	char path[SHOWN], last[SHOWN];

	sv_escape(root, path, sizeof(path));
	return sv_wrap(err, "%s: '%s'", path, sv_escape(name, last, sizeof(last)));
}

/* What the plan has seen under name, opened. SV_NONE: it is gone. */
static int open_planned(const struct sv_step *step, int dir, const char *name, uint64_t ino,
			int *ret, struct sv_error *err)
{
	sv_auto_close int fd = openat(dir, name, PATH_FLAGS);
	struct stat st;

	if (fd < 0 && errno == ENOENT)
		return SV_NONE;
	if (fd < 0 || fstat(fd, &st) < 0)
		return fail_entry(step->path, name, errno, err);
	if (st.st_dev != step->tree->dev || st.st_ino != ino ||
	    (!S_ISDIR(st.st_mode) && st.st_nlink > 1))
		return fail_entry(step->path, name, 0, err);
	*ret = sv_take_fd(&fd);
	return 0;
}

static int tell(struct applier *a, struct sv_error *err)
{
	const struct sv_tree *tree = a->step->tree;

	return sv_watch_tell(a->watch, SV_WORK_LABEL, a->step->path, ++a->done,
			     tree->n_dirs + tree->n_files, err);
}

static int apply_file(struct applier *a, int dir, const struct sv_tree_file *file,
		      struct sv_error *err)
{
	const struct sv_step *step = a->step;
	const struct sv_tree *tree = step->tree;
	const char *name = tree->names + file->name;
	sv_auto_close int fd = -1;
	int r = tell(a, err);

	if (r < 0 || tree->labels[file->label].wanted)
		return r;
	r = open_planned(step, dir, name, file->ino, &fd, err);
	if (r != 0)
		return r < 0 ? r : 0;
	return step->driver->set(fd, step->to, err) < 0 ? wrap_entry(step->path, name, err) : 0;
}

/* A directory is read back, for all the files that lie in it: it is the filesystem that may accept
 * a label and forget it. */
static int apply_dir(struct applier *a, int parent, const struct sv_tree_dir *dir, int *ret,
		     struct sv_error *err)
{
	const struct sv_step *step = a->step;
	const struct sv_tree *tree = step->tree;
	const char *name = dir->depth ? tree->names + dir->name : ".";
	sv_auto_close int fd = -1;
	size_t i;
	int r = tell(a, err);

	if (r == 0)
		r = open_planned(step, parent, name, dir->ino, &fd, err);
	if (r == 0 && !tree->labels[dir->label].wanted) {
		struct sv_node node = {.fd = fd};

		r = sv_object_set(step->driver, &node, step->path, step->to, err);
	}
	for (i = dir->first; r == 0 && i < dir->first + dir->n; i++)
		r = apply_file(a, fd, &tree->files[i], err);
	if (r == 0)
		*ret = sv_take_fd(&fd);
	return r;
}

/* A directory that is gone took what was in it along: those that follow and are deeper. */
int sv_tree_apply(const struct sv_step *step, const struct sv_watch *watch, struct sv_error *err)
{
	struct applier a = {.step = step, .watch = watch};
	const struct sv_tree *tree = step->tree;
	int fds[SV_TREE_DEPTH + 1], r = 0;
	uint32_t open = 0, gone = UINT32_MAX;
	size_t i;

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
