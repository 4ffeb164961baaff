/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Directories as a filesystem server or a guest makes them: names of any bytes, kinds that change
 * between two looks, repeated inode numbers, labels of any kind, entries that vanish, nested
 * directories until the input ends. They are read as an exported tree, and restored.
 */
#include "fuzz.h"

#include "base/string.h"
#include "plan/batch.h"
#include "plan/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/sysmacros.h>

ssize_t __wrap_getdents64(int fd, void *to, size_t room);
void __wrap_sv_calls_run(struct sv_calls *calls, enum sv_call_kind kind, struct sv_call *list,
			 size_t n);
int __real_openat(int dir, const char *name, int flags, ...);
int __wrap_openat(int dir, const char *name, int flags, ...);
int __wrap_sv_leaf_each(struct sv_store *store, const struct sv_hold *hold,
			int (*fn)(void *data, const char *path, const char *label,
				  struct sv_error *err),
			void *data, struct sv_error *err);
int __wrap_sv_hold_exists(struct sv_store *store, const char *driver, uint64_t dev, uint64_t ino,
			  struct sv_error *err);

#define OURS "system_u:object_r:svirt_image_t:s0:c1,c2"

static struct fuzz_in input;
static struct stat root;
static int root_fd = -1;
static unsigned n_open; /* opened by open_one(), and not closed yet */

/* One entry for each step of the input that has one. A reader of a directory asks until there is no
 * more entry, so each directory costs at least one byte. */
ssize_t __wrap_getdents64(int fd, void *to, size_t room)
{
	uint8_t *at = to;
	size_t left = room;

	require(fd >= 0);
	while (fuzz_byte(&input) % 4) {
		sv_auto_free char *name = fuzz_text(&input);
		size_t len = strlen(name), size;
		struct dirent64 *entry = (struct dirent64 *)(void *)at;

		/* the kernel itself guarantees this */
		if (len == 0 || len > NAME_MAX || strchr(name, '/'))
			continue;
		size = (offsetof(struct dirent64, d_name) + len + 8) & ~(size_t)7;
		if (size > left)
			break;
		entry->d_ino = fuzz_byte(&input);
		entry->d_off = 0;
		entry->d_reclen = (unsigned short)size;
		entry->d_type = fuzz_byte(&input) % 16;
		memcpy(entry->d_name, name, len + 1);
		at += size;
		left -= size;
	}
	return (ssize_t)(room - left);
}

static int failure(void)
{
	static const int errors[] = {0, 0, 0, 0, 0, 0, ENOENT, EACCES};

	return errors[fuzz_byte(&input) % 8];
}

static int fill_stat(struct statx *st)
{
	static const mode_t modes[] = {S_IFREG, S_IFDIR, S_IFREG,  S_IFLNK,
				       S_IFBLK, S_IFCHR, S_IFSOCK, S_IFIFO};
	int error = failure();
	uint8_t what = fuzz_byte(&input);

	if (error)
		return -error;
	*st = (struct statx){
		.stx_mask = STATX_BASIC_STATS,
		.stx_mode = (uint16_t)(modes[what % 8] | 0644),
		.stx_nlink = 1u + (what & 0x10),
		.stx_ino = fuzz_byte(&input),
		.stx_dev_major = major(root.st_dev),
		.stx_dev_minor = minor(root.st_dev) + (what >= 0xf0),
	};
	return 0;
}

static int open_one(void)
{
	int error = failure(), fd;

	if (error)
		return -error;
	fd = fcntl(root_fd, F_DUPFD_CLOEXEC, 0);
	require(fd >= 0 && ++n_open <= 600);
	return fd;
}

static int get_label(struct sv_call *call)
{
	const uint8_t *from;
	size_t n;

	require(strcmp(call->name, "security.fuzz") == 0);
	if (fuzz_byte(&input) % 2) {
		n = strlen(OURS);
		require(n <= call->len);
		memcpy(call->value, OURS, n);
		return (int)n;
	}
	n = fuzz_piece(&input, &from);
	if (n == 0 || n > call->len)
		return n ? -ERANGE : -ENODATA;
	memcpy(call->value, from, n);
	return (int)n;
}

void __wrap_sv_calls_run(struct sv_calls *calls, enum sv_call_kind kind, struct sv_call *list,
			 size_t n)
{
	(void)calls;
	require(n <= SV_CALLS_MAX);
	for (size_t i = 0; i < n; i++) {
		struct sv_call *call = &list[i];

		if (kind == SV_CALL_CLOSE) {
			require(call->fd >= 0 && close(call->fd) == 0);
			n_open--;
		} else if (kind == SV_CALL_STAT) {
			call->result = fill_stat(call->stat);
		} else if (kind == SV_CALL_OPEN) {
			require(call->flags & O_NOFOLLOW && !strchr(call->path, '/'));
			call->result = open_one();
		} else if (kind == SV_CALL_GET) {
			call->result = get_label(call);
		} else {
			call->result = -failure();
		}
	}
}

/* Opens an entry, or a directory that is restored. */
int __wrap_openat(int dir, const char *name, int flags, ...)
{
	int error;

	require(dir >= 0 && flags & (O_NOFOLLOW | O_DIRECTORY) && flags & O_CLOEXEC);
	if (strcmp(name, ".") == 0)
		return __real_openat(root_fd, ".", flags);
	require(!strchr(name, '/') && strcmp(name, "..") != 0);
	error = failure();
	errno = error;
	return error ? -1 : fcntl(root_fd, F_DUPFD_CLOEXEC, 0);
}

int __wrap_sv_leaf_each(struct sv_store *store, const struct sv_hold *hold,
			int (*fn)(void *data, const char *path, const char *label,
				  struct sv_error *err),
			void *data, struct sv_error *err)
{
	sv_auto_free char *path = fuzz_text(&input);

	(void)store;
	(void)hold;
	return fn(data, path, "system_u:object_r:var_t:s0", err);
}

int __wrap_sv_hold_exists(struct sv_store *store, const char *driver, uint64_t dev, uint64_t ino,
			  struct sv_error *err)
{
	(void)store;
	(void)driver;
	(void)dev;
	(void)ino;
	(void)err;
	return fuzz_byte(&input) % 2 ? 0 : SV_NONE;
}

static int get(int fd, char **ret, struct sv_error *err)
{
	sv_auto_free char *text = NULL;

	require(fd >= 0);
	if (fuzz_byte(&input) % 4)
		return sv_strdup(OURS, ret, err);
	text = fuzz_text(&input);
	return *text ? sv_strdup(text, ret, err) : SV_NONE;
}

static int set(int fd, const char *label, struct sv_error *err)
{
	int error = failure();

	require(fd >= 0 && label);
	return error ? sv_fail_errno(err, error, "cannot set its label") : 0;
}

static int same(const char *a, const char *b, struct sv_error *err)
{
	(void)err;
	return sv_streq(a, b) ? 0 : SV_NONE;
}

static const struct sv_label_ops label_ops = {
	.xattr = "security.fuzz",
	.get = get,
	.set = set,
};

static const struct sv_driver driver = {
	.name = "fuzz",
	.mac = true,
	.label = &label_ops,
	.same = same,
};

static void read_tree(const struct sv_node *node)
{
	const struct sv_tree_request req = {
		.root = node, .path = "/srv/tree", .driver = &driver, .wanted = OURS};
	sv_auto_tree struct sv_tree *tree = NULL;
	struct sv_error err = {0};

	if (fuzz_check(sv_tree_read(&req, &tree, &err), &err) != 0)
		return;
	require(tree->n_dirs >= 1 && tree->n_dirs + tree->n_files <= SV_TREE_ENTRIES);
	for (size_t i = 0; i < tree->n_dirs; i++) {
		require(tree->dirs[i].first + tree->dirs[i].n <= tree->n_files);
		require(tree->dirs[i].label < tree->n_labels);
	}
	(void)sv_tree_is_labelled(tree);
}

static void undo_tree(const struct sv_node *node)
{
	const struct sv_hold hold = {
		.driver = (char[]){"fuzz"},
		.path = (char[]){"/srv/tree"},
		.wanted = (char[]){OURS},
		.original = (char[]){"system_u:object_r:var_t:s0"},
		.tree = true,
	};
	const struct sv_tree_undo_request request = {
		.hold = &hold, .root = node, .driver = &driver};
	struct sv_error err = {0};
	size_t n = 0;

	(void)fuzz_check(sv_tree_undo(&request, &n, &err), &err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sv_node node;

	if (root_fd < 0) {
		root_fd = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		require(root_fd >= 0 && fstat(root_fd, &root) == 0);
	}
	node = (struct sv_node){
		.fd = root_fd, .mode = S_IFDIR | 0755, .dev = root.st_dev, .ino = root.st_ino};
	input = (struct fuzz_in){data, size};
	n_open = 0;
	if (fuzz_byte(&input) % 2)
		read_tree(&node);
	else
		undo_tree(&node);
	require(n_open == 0);
	return 0;
}
