/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reads a tree: see tree.h. It takes at most two system calls per file, by name in its directory's
 * descriptor. When the file is labelled, it is checked that it is still the same one. A directory
 * is looked at through its own descriptor.
 */
#include "plan/batch.h"
#include "plan/remembered.h"
#include "plan/tree.h"

#include "base/string.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

#define SHOWN 256

/* TOGETHER: directories of one parent that are opened at once. OPEN_MAX: the most that are open. */
enum { TOGETHER = 32, OPEN_MAX = 256 };

struct reader {
	struct sv_tree *tree;
	const struct sv_tree_request *req;
	const struct sv_driver *driver;
	struct sv_batch *batch;
	char path[PATH_MAX]; /* where it is, for messages */
	size_t len, n_open;
	bool notes; /* this process would see what libvirt remembers */
};

/* A directory that is to be read. */
struct opened {
	int fd, sys; /* fd -1: not read, and why; ENOENT: it is gone, or is not entered */
	uint64_t ino;
	uint32_t label;
};

/* Returns the array with room for n more items of size after used ones. NULL: out of memory. */
static void *grow(void *items, size_t size, size_t used, size_t n, size_t *room)
{
	size_t wanted = *room ? *room : 64;
	void *more;

	if (n <= *room - used)
		return items;
	while (wanted - used < n)
		wanted *= 2;
	more = reallocarray(items, wanted, size);
	if (more)
		*room = wanted;
	return more;
}

/* Room for n more in an array of the tree: 0, or an error. */
#define GROW(tree, what, used, n, err)                                                            \
	({                                                                                        \
		void *more_ =                                                                     \
			grow((tree)->what, sizeof(*(tree)->what), used, n, &(tree)->room_##what); \
		if (more_)                                                                        \
			(tree)->what = more_;                                                     \
		more_ ? 0 : sv_fail_oom(err);                                                     \
	})

static int fail_here(const struct reader *rd, const char *name, const char *what,
		     struct sv_error *err)
{
	char path[SHOWN], last[SHOWN];

	sv_escape(rd->path, path, sizeof(path));
	return sv_fail(err, SV_E_USAGE, 0, "%s/%s: %s", path, sv_escape(name, last, sizeof(last)),
		       what);
}

static int fail_errno_here(const struct reader *rd, const char *name, struct sv_error *err)
{
	int sys = errno;
	char path[SHOWN], last[SHOWN];

	sv_escape(rd->path, path, sizeof(path));
	return sv_fail_errno(err, sys, "%s/%s", path, sv_escape(name, last, sizeof(last)));
}

static int wrap_here(const struct reader *rd, const char *name, struct sv_error *err)
{
	char path[SHOWN], last[SHOWN];

	sv_escape(rd->path, path, sizeof(path));
	return sv_wrap(err, "%s/%s", path, sv_escape(name, last, sizeof(last)));
}

static int add_name(struct sv_tree *tree, const char *name, uint32_t *ret, struct sv_error *err)
{
	size_t len = strlen(name) + 1;
	int r = GROW(tree, names, tree->len_names, len, err);

	if (r < 0)
		return r;
	memcpy(tree->names + tree->len_names, name, len);
	*ret = (uint32_t)tree->len_names;
	tree->len_names += len;
	return 0;
}

/* The index of a label. A search from the last one is enough: trees have few labels, and files that
 * follow each other mostly have the same. */
static int add_label(struct reader *rd, const char *text, uint32_t *ret, struct sv_error *err)
{
	struct sv_tree *tree = rd->tree;
	size_t i = tree->n_labels;
	int r;

	while (i > 0) {
		if (sv_streq(tree->labels[--i].text, text)) {
			*ret = (uint32_t)i;
			return 0;
		}
	}
	r = GROW(tree, labels, tree->n_labels, 1, err);
	if (r == 0)
		r = rd->driver->same(text, rd->req->wanted, err);
	if (r < 0)
		return r;
	i = tree->n_labels;
	tree->labels[i] = (struct sv_tree_label){.wanted = r == 0};
	r = sv_strdup(text, &tree->labels[i].text, err);
	if (r < 0)
		return r;
	*ret = (uint32_t)tree->n_labels++;
	return 0;
}

static int leave(struct reader *rd, const char *name, const char *why, struct sv_error *err)
{
	struct sv_tree *tree = rd->tree;
	int r = GROW(tree, left, tree->n_left, 1, err);

	if (r < 0)
		return r;
	tree->left[tree->n_left] = (struct sv_tree_left){.why = why};
	r = sv_asprintf(&tree->left[tree->n_left].path, err, "%s/%s", rd->path, name);
	if (r < 0)
		return r;
	tree->n_left++;
	return 0;
}

/* Checks the limit before one more entry is added. */
static int check_size(const struct reader *rd, struct sv_error *err)
{
	const struct sv_tree *tree = rd->tree;
	size_t n = tree->n_dirs + tree->n_files + 1;
	char shown[SHOWN];

	if (n <= SV_TREE_ENTRIES && tree->len_names < UINT32_MAX / 2)
		return sv_watch_tell(rd->req->watch, SV_WORK_READ, rd->req->path, n, 0, err);
	sv_fail(err, SV_E_USAGE, 0,
		"%s: there is too much in it, at most %u files and directories can be "
		"labelled",
		sv_escape(rd->req->path, shown, sizeof(shown)), SV_TREE_ENTRIES);
	return sv_hint(err, "give the guest a smaller directory, or a disk image");
}

/* Handles the result of reading an entry's label. SV_NONE: the entry is gone. */
static int label_is(struct reader *rd, int r, const char *name, const char *text, uint32_t *ret,
		    struct sv_error *err)
{
	if (r < 0 && err->sys == ENOENT) {
		sv_error_clear(err);
		return SV_NONE;
	}
	if (r < 0)
		return wrap_here(rd, name, err);
	if (r > 0)
		return fail_here(rd, name, "has no label, though its directory has one", err);
	return add_label(rd, text, ret, err);
}

static const char *why_left(const struct reader *rd, const struct sv_batch_entry *e)
{
	if (sv_batch_dev(e) != rd->tree->dev)
		return "another filesystem is mounted here";
	if (S_ISBLK(e->stat.stx_mode) || S_ISCHR(e->stat.stx_mode))
		return "a device in a directory is not the guest's";
	return NULL;
}

/* Handles one entry of the directory that is read. The name of a directory goes to subdirs, which
 * are read later. Only files need the following steps. */
static int sort_entry(struct reader *rd, struct sv_batch_entry *e, struct sv_strv *subdirs,
		      struct sv_error *err)
{
	const char *why;

	e->skip = true;
	if (e->sys == ENOENT)
		return 0;
	errno = e->sys;
	if (e->sys)
		return fail_errno_here(rd, e->name, err);
	why = why_left(rd, e);
	if (why)
		return leave(rd, e->name, why, err);
	if (!S_ISREG(e->stat.stx_mode))
		e->label[0] = '\0'; /* the name leads to another file by now */
	e->skip = S_ISDIR(e->stat.stx_mode);
	if (e->skip)
		sv_strv_add(subdirs, e->name);
	return sv_strv_check(subdirs, err);
}

static int add_file(struct reader *rd, const char *name, struct sv_tree_file file,
		    struct sv_error *err)
{
	struct sv_tree *tree = rd->tree;
	int r = GROW(tree, files, tree->n_files, 1, err);

	if (r == 0)
		r = add_name(tree, name, &file.name, err);
	if (r == 0)
		tree->files[tree->n_files++] = file;
	return r;
}

static int add_unlabelled(struct reader *rd, int dir, struct sv_batch_entry *e,
			  struct sv_error *err)
{
	struct sv_tree_file file = {.ino = e->stat.stx_ino};
	const char *text = NULL;
	int r = check_size(rd, err);

	if (r < 0)
		return r;
	r = sv_batch_label(rd->batch, e, dir, &text, err);
	r = label_is(rd, r, e->name, text, &file.label, err);
	if (r != 0)
		return r < 0 ? r : 0;
	if (e->stat.stx_nlink > 1) {
		(void)fail_here(rd, e->name, "has more than one name (hard links)", err);
		return sv_hint(err, "a label belongs to the file, not to its name: find the other "
				    "names with find -samefile, or copy the file");
	}
	return add_file(rd, e->name, file, err);
}

/* Adds a file that has the wanted label already. It will not be changed, so no further checks are
 * needed. */
static int add_labelled(struct reader *rd, struct sv_batch_entry *e, struct sv_error *err)
{
	struct sv_tree_file file = {.ino = e->stat.stx_ino};
	int r;

	if (!sv_streq(e->label, rd->req->wanted))
		return 0;
	e->skip = true;
	r = check_size(rd, err);
	if (r == 0)
		r = add_label(rd, e->label, &file.label, err);
	return r == 0 ? add_file(rd, e->name, file, err) : r;
}

/* One entry that libvirt remembers is enough: the tree is refused for it. */
static int find_remembered(struct reader *rd, int dir, struct sv_error *err)
{
	char base[SV_FD_PATH_LEN], path[SV_FD_PATH_LEN + 1 + NAME_MAX];
	int r = SV_NONE;

	if (!rd->notes || rd->tree->remembered)
		return 0;
	(void)sv_fd_path(dir, base);
	for (size_t i = 0; r == SV_NONE && i < rd->batch->n; i++) {
		const char *name = rd->batch->entries[i].name;

		(void)snprintf(path, sizeof(path), "%s/%s", base, name);
		r = sv_remembered_named(path, err);
		if (r == 0)
			r = sv_asprintf(&rd->tree->remembered, err, "%s/%s", rd->path, name);
		else if (r < 0)
			(void)wrap_here(rd, name, err);
	}
	return r < 0 ? r : 0;
}

static int read_batch(struct reader *rd, int dir, struct sv_strv *subdirs, struct sv_error *err)
{
	struct sv_batch *batch = rd->batch;
	int r = find_remembered(rd, dir, err);
	size_t i;

	if (r == 0)
		sv_batch_read(batch, dir);
	for (i = 0; r == 0 && i < batch->n; i++)
		r = add_labelled(rd, &batch->entries[i], err);
	if (r == 0)
		sv_batch_look(batch, dir);
	for (i = 0; r == 0 && i < batch->n; i++) {
		if (!batch->entries[i].skip)
			r = sort_entry(rd, &batch->entries[i], subdirs, err);
	}
	for (i = 0; r == 0 && i < batch->n; i++) {
		if (!batch->entries[i].skip)
			r = add_unlabelled(rd, dir, &batch->entries[i], err);
	}
	sv_batch_clear(batch);
	return r;
}

/* Adds the directory itself, before its entries. */
static int add_dir(struct reader *rd, const struct opened *o, const char *name, uint32_t depth,
		   struct sv_error *err)
{
	struct sv_tree *tree = rd->tree;
	struct sv_tree_dir dir = {
		.ino = o->ino,
		.label = o->label,
		.depth = depth,
		.first = tree->n_files,
	};
	int r = check_size(rd, err);

	if (r == 0)
		r = GROW(tree, dirs, tree->n_dirs, 1, err);
	if (r == 0)
		r = add_name(tree, name, &dir.name, err);
	if (r == 0)
		tree->dirs[tree->n_dirs++] = dir;
	return r;
}

static int read_names(struct reader *rd, int fd, struct sv_strv *subdirs, struct sv_error *err)
{
	int n = 0, r = 0;

	while (r == 0 && (n = sv_batch_fill(rd->batch, fd)) > 0)
		r = read_batch(rd, fd, subdirs, err);
	errno = -n;
	return r == 0 && n < 0 ? fail_errno_here(rd, "", err) : r;
}

static int read_group(struct reader *rd, int parent, char *const *names, size_t n, uint32_t depth,
		      struct sv_error *err);

static int read_dir(struct reader *rd, const struct opened *o, const char *name, uint32_t depth,
		    struct sv_error *err)
{
	sv_auto_strv struct sv_strv subdirs = {0};
	size_t at = rd->tree->n_dirs, i, n;
	int r = add_dir(rd, o, name, depth, err);

	if (r < 0)
		return r;
	r = read_names(rd, o->fd, &subdirs, err);
	rd->tree->dirs[at].n = rd->tree->n_files - rd->tree->dirs[at].first;
	for (i = 0; r == 0 && i < subdirs.n; i += n) {
		n = rd->n_open + TOGETHER > OPEN_MAX ? 1 : TOGETHER;
		n = n > subdirs.n - i ? subdirs.n - i : n;
		r = read_group(rd, o->fd, subdirs.v + i, n, depth + 1, err);
	}
	return r;
}

static int read_subdir(struct reader *rd, const struct opened *o, const char *name, uint32_t depth,
		       struct sv_error *err)
{
	size_t len = rd->len, add = strlen(name) + 1;
	int r;

	if (o->sys == ENOENT)
		return 0;
	errno = o->sys;
	if (o->sys)
		return fail_errno_here(rd, name, err);
	if (depth > SV_TREE_DEPTH || len + add >= sizeof(rd->path)) {
		(void)fail_here(rd, name, "is too deep in the exported directory", err);
		return sv_hint(err, "at most %d levels can be labelled", SV_TREE_DEPTH);
	}
	(void)snprintf(rd->path + len, sizeof(rd->path) - len, "/%s", name);
	rd->len += add;
	r = read_dir(rd, o, name, depth, err);
	rd->len = len;
	rd->path[len] = '\0';
	return r;
}

/* Takes the descriptor over. A directory on which something is mounted (perhaps an automount, by
 * being opened) is not entered. */
static int take_opened(struct reader *rd, struct sv_batch_entry *e, struct opened *ret,
		       struct sv_error *err)
{
	const char *text = NULL;
	int r = SV_NONE;

	*ret = (struct opened){.fd = -1, .sys = e->sys};
	if (e->sys)
		return 0;
	if (sv_batch_dev(e) == rd->tree->dev) {
		r = sv_batch_label(rd->batch, e, -1, &text, err);
		r = label_is(rd, r, e->name, text, &ret->label, err);
	}
	if (r == SV_NONE)
		ret->sys = ENOENT;
	if (r != 0)
		return r < 0 ? r : 0;
	ret->ino = e->stat.stx_ino;
	ret->fd = e->fd;
	e->fd = -1;
	return 0;
}

/* Closes the descriptors by a batch. */
static void close_group(struct reader *rd, const struct opened *group, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (group[i].fd >= 0)
			sv_batch_add(rd->batch, "", NULL)->fd = group[i].fd;
	}
	sv_batch_clear(rd->batch);
	rd->n_open -= n;
}

static int read_group(struct reader *rd, int parent, char *const *names, size_t n, uint32_t depth,
		      struct sv_error *err)
{
	struct sv_batch *batch = rd->batch;
	struct opened group[TOGETHER];
	size_t taken = 0, i;
	int r = 0;

	for (i = 0; i < n; i++)
		(void)sv_batch_add(batch, names[i], NULL);
	sv_batch_open(batch, parent, O_RDONLY | O_DIRECTORY);
	sv_batch_read(batch, parent);
	for (; r == 0 && taken < n; taken++)
		r = take_opened(rd, &batch->entries[taken], &group[taken], err);
	sv_batch_clear(batch);
	rd->n_open += taken;
	for (i = 0; r == 0 && i < n; i++)
		r = read_subdir(rd, &group[i], names[i], depth, err);
	close_group(rd, group, taken);
	return r;
}

/* Reads the root of the tree. */
static int read_root(struct reader *rd, struct sv_error *err)
{
	sv_auto_close int fd = openat(rd->req->root->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	sv_auto_free char *text = NULL;
	struct opened o = {.fd = fd};
	struct stat st;
	int r;

	if (fd < 0 || fstat(fd, &st) < 0)
		return fail_errno_here(rd, "", err);
	rd->tree->dev = st.st_dev;
	o.ino = st.st_ino;
	r = rd->driver->label->get(fd, &text, err);
	r = label_is(rd, r, ".", text, &o.label, err);
	if (r == 0)
		r = read_dir(rd, &o, "", 0, err);
	return r < 0 ? r : 0;
}

int sv_tree_read(const struct sv_tree_request *req, struct sv_tree **ret, struct sv_error *err)
{
	sv_auto_tree struct sv_tree *tree = calloc(1, sizeof(*tree));
	sv_auto_batch struct sv_batch *batch = NULL;
	struct reader rd = {.tree = tree, .req = req, .driver = req->driver};
	struct sv_error blind = {0};
	int r;

	if (!tree)
		return sv_fail_oom(err);
	r = sv_batch_new(req->driver, &batch, err);
	if (r < 0)
		return r;
	rd.batch = batch;
	rd.len = (size_t)snprintf(rd.path, sizeof(rd.path), "%s", req->path);
	rd.notes = sv_remembered_may_see(req->root->fd, &blind) == 0;
	r = read_root(&rd, err);
	if (r == 0)
		r = sv_tree_sort(tree, err);
	if (r == 0)
		*ret = sv_take_ptr(tree);
	return r;
}
