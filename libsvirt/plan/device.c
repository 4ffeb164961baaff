/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What lies on which device: see device.h. Looks at sysfs, and opens no device. */
#include "plan/device.h"

#include "base/array.h"
#include "base/string.h"
#include "base/sysfs.h"
#include "plan/tree.h"

#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#define SHOWN 256

/* A limit: no host has so many devices in one stack, and sysfs should have no loops. */
enum { DEVICES_MAX = 4096, SG_MAJOR = 21 };

void sv_devices_done(struct sv_devices *list)
{
	free(list->items);
	*list = (struct sv_devices){0};
}

bool sv_devices_have(const struct sv_devices *list, uint64_t device)
{
	for (size_t i = 0; i < list->n; i++) {
		if (list->items[i] == device)
			return true;
	}
	return false;
}

int sv_devices_add(struct sv_devices *list, uint64_t device, struct sv_error *err)
{
	uint64_t *item;

	if (sv_devices_have(list, device))
		return 0;
	if (list->n == DEVICES_MAX)
		return sv_fail(err, SV_E_UNKNOWN, 0, "more than %d devices lie on one another",
			       DEVICES_MAX);
	item = sv_array_add(list->items, list->n);
	if (!item)
		return sv_fail_oom(err);
	*item = device;
	return 0;
}

/* Adds the devices below DIR/SUB whose name begins with prefix. */
static int add_all(const struct sv_sysfs *sysfs, const char *dir, const char *sub,
		   const char *prefix, struct sv_devices *list, struct sv_error *err)
{
	sv_auto_strv struct sv_strv names = {0};
	sv_auto_free char *path = NULL;
	int r = sv_asprintf(&path, err, "%s%s", dir, sub);

	if (r == 0)
		r = sv_sysfs_list(sysfs, path, &names, err);
	for (size_t i = 0; r == 0 && i < names.n; i++) {
		sv_auto_free char *one = NULL;
		uint64_t device;

		if (!sv_starts_with(names.v[i], prefix))
			continue;
		r = sv_asprintf(&one, err, "%s/%s", path, names.v[i]);
		if (r == 0)
			r = sv_devnum_read(sysfs, one, true, &device, err);
		if (r == 0)
			r = sv_devices_add(list, device, err);
		r = r == SV_NONE ? 0 : r;
	}
	return r == SV_NONE ? 0 : r;
}

/* Adds what lies on the device: its partitions, whose names begin with its own, and devices of the
 * kernel. */
static int add_above(const struct sv_sysfs *sysfs, uint64_t device, struct sv_devices *list,
		     struct sv_error *err)
{
	sv_auto_free char *name = NULL;
	char dir[SV_DEVNUM_DIR];
	int r = sv_sysfs_link(sysfs, sv_devnum_dir(device, dir), &name, err);

	if (r == SV_NONE)
		return 0;
	if (r == 0)
		r = add_all(sysfs, dir, "", name, list, err);
	return r == 0 ? add_all(sysfs, dir, "/holders", "", list, err) : r;
}

static int is_partition(const struct sv_sysfs *sysfs, const char *dir, struct sv_error *err)
{
	sv_auto_free char *path = NULL, *text = NULL;
	int r = sv_asprintf(&path, err, "%s/partition", dir);

	return r == 0 ? sv_sysfs_read(sysfs, path, &text, err) : r;
}

/* The disk that the device is a partition of. SV_NONE: it is not a partition. */
static int find_disk(const struct sv_sysfs *sysfs, const char *dir, uint64_t *ret,
		     struct sv_error *err)
{
	sv_auto_free char *path = NULL;
	int r = is_partition(sysfs, dir, err);

	if (r == 0)
		r = sv_asprintf(&path, err, "%s/..", dir);
	return r == 0 ? sv_devnum_read(sysfs, path, true, ret, err) : r;
}

/* Adds what a loop device lies on. The kernel has no links in sysfs for that. */
static int add_looped(const struct sv_sysfs *sysfs, uint64_t device, struct sv_devices *list,
		      struct sv_error *err)
{
	sv_auto_loop struct sv_loop loop = {0};
	int r = sv_loop_read(sysfs, device, &loop, err);

	if (r != 0 || !loop.below)
		return r < 0 ? r : 0;
	return sv_devices_add(list, loop.below, err);
}

static int add_below(const struct sv_sysfs *sysfs, uint64_t device, struct sv_devices *list,
		     struct sv_error *err)
{
	char dir[SV_DEVNUM_DIR];
	uint64_t disk;
	int r = find_disk(sysfs, sv_devnum_dir(device, dir), &disk, err);

	if (r == 0)
		r = sv_devices_add(list, disk, err);
	if (r >= 0)
		r = add_all(sysfs, dir, "/slaves", "", list, err);
	return r < 0 ? r : add_looped(sysfs, device, list, err);
}

/* Calls fn for each device of the list, which fn extends. */
static int follow(const struct sv_sysfs *sysfs,
		  int (*fn)(const struct sv_sysfs *sysfs, uint64_t device, struct sv_devices *list,
			    struct sv_error *err),
		  struct sv_devices *list, struct sv_error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < list->n; i++)
		r = fn(sysfs, list->items[i], list, err);
	return r;
}

/* Adds the other node of a SCSI disk: the generic SCSI device, or the disk. */
static int add_scsi(const struct sv_sysfs *sysfs, uint64_t device, struct sv_devices *list,
		    struct sv_error *err)
{
	sv_auto_strv struct sv_strv names = {0};
	sv_auto_free char *path = NULL;
	char dir[SV_DEVNUM_DIR];
	int r;

	(void)sv_devnum_dir(device, dir);
	if (!(device & 1))
		return major((dev_t)(device >> 1)) == SG_MAJOR
			       ? add_all(sysfs, dir, "/device/block", "", list, err)
			       : 0;
	r = sv_asprintf(&path, err, "%s/device/scsi_generic", dir);
	if (r == 0)
		r = sv_sysfs_list(sysfs, path, &names, err);
	for (size_t i = 0; r == 0 && i < names.n; i++) {
		sv_auto_free char *one = NULL;
		uint64_t generic;

		r = sv_asprintf(&one, err, "%s/%s", path, names.v[i]);
		if (r == 0)
			r = sv_devnum_read(sysfs, one, false, &generic, err);
		if (r == 0)
			r = sv_devices_add(list, generic, err);
		r = r == SV_NONE ? 0 : r;
	}
	return r == SV_NONE ? 0 : r;
}

int sv_devices_append(struct sv_devices *list, const struct sv_devices *more, struct sv_error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < more->n; i++)
		r = sv_devices_add(list, more->items[i], err);
	return r;
}

static bool is_one_file(const struct sv_loop *a, const struct sv_loop *b)
{
	return !a->below && a->dev == b->dev && a->ino == b->ino;
}

/* Adds the loop devices that lie on the same file, because they are the same object. */
static int add_twins(const struct sv_sysfs *sysfs, struct sv_devices *list, struct sv_error *err)
{
	sv_auto_devices struct sv_devices twins = {0};
	int r = 0;

	for (size_t i = 0, n = list->n; r == 0 && i < n; i++) {
		sv_auto_loop struct sv_loop loop = {0};
		sv_auto_loops struct sv_loops all = {0};

		r = sv_loop_read(sysfs, list->items[i], &loop, err);
		if (r == 0)
			r = sv_loops_read(sysfs, &all, err);
		for (size_t k = 0; r == 0 && k < all.n; k++) {
			if (is_one_file(&loop, &all.items[k]) &&
			    !sv_devices_have(list, all.items[k].device))
				r = sv_devices_add(&twins, all.items[k].device, err);
		}
		r = r == SV_NONE ? 0 : r;
	}
	if (r == 0)
		r = follow(sysfs, add_above, &twins, err);
	return r == 0 ? sv_devices_append(list, &twins, err) : r;
}

int sv_devices_of(const struct sv_node *node, struct sv_devices *ret, struct sv_error *err)
{
	sv_auto_sysfs struct sv_sysfs sysfs = SV_SYSFS_EMPTY;
	sv_auto_devices struct sv_devices above = {0}, below = {0};
	uint64_t self = sv_devnum_of(node);
	bool alone = S_ISCHR(node->mode) && major(node->rdev) != SG_MAJOR;
	int r = sv_devices_add(&above, self, err);

	if (r == 0 && !alone)
		r = sv_sysfs_open("", &sysfs, err);
	if (r == 0 && !alone)
		r = add_scsi(&sysfs, self, &above, err);
	if (r == 0)
		r = sv_devices_append(&below, &above, err);
	if (r == 0 && !alone)
		r = follow(&sysfs, add_above, &above, err);
	if (r == 0 && !alone)
		r = follow(&sysfs, add_below, &below, err);
	for (size_t i = 0, n = below.n; r == 0 && !alone && i < n; i++)
		r = add_scsi(&sysfs, below.items[i], &below, err);
	if (r == 0)
		r = sv_devices_append(&above, &below, err);
	if (r == 0 && !alone)
		r = add_twins(&sysfs, &above, err);
	if (r < 0)
		return r;
	*ret = above;
	above = (struct sv_devices){0};
	return 0;
}

int sv_devices_around(const struct sv_node *node, struct sv_devices *above,
		      struct sv_devices *disks, struct sv_devices *below, struct sv_error *err)
{
	sv_auto_sysfs struct sv_sysfs sysfs = SV_SYSFS_EMPTY;
	char dir[SV_DEVNUM_DIR];
	uint64_t disk;
	int r = sv_sysfs_open("", &sysfs, err);

	if (r == 0)
		r = sv_devices_add(above, sv_devnum_of(node), err);
	if (r == 0)
		r = add_scsi(&sysfs, sv_devnum_of(node), above, err);
	if (r == 0)
		r = sv_devices_append(below, above, err);
	if (r == 0)
		r = follow(&sysfs, add_below, below, err);
	if (r == 0)
		r = follow(&sysfs, add_above, above, err);
	if (r == 0)
		r = find_disk(&sysfs, sv_devnum_dir(sv_devnum_of(node), dir), &disk, err);
	if (r == 0)
		r = sv_devices_add(disks, disk, err);
	return r < 0 ? r : 0;
}

int sv_devices_over(const struct sv_loops *loops, const struct sv_node *node,
		    const struct sv_tree *tree, struct sv_devices *ret, struct sv_error *err)
{
	sv_auto_sysfs struct sv_sysfs sysfs = SV_SYSFS_EMPTY;
	int r = 0;

	for (size_t i = 0; r == 0 && i < loops->n; i++) {
		const struct sv_loop *loop = &loops->items[i];
		const struct sv_node file = {.dev = loop->dev, .ino = loop->ino};

		if (!loop->below && (tree ? sv_tree_has(tree, &file)
					  : node->dev == file.dev && node->ino == file.ino))
			r = sv_devices_add(ret, loop->device, err);
	}
	if (r == 0 && ret->n)
		r = sv_sysfs_open("", &sysfs, err);
	return r == 0 && ret->n ? follow(&sysfs, add_above, ret, err) : r;
}

static int fail_elsewhere(const char *path, const struct sv_loop *loop, struct sv_error *err)
{
	char mine[SHOWN], theirs[SHOWN];

	/* the file was removed, has another name, or is in another mount namespace */
	sv_fail(err, SV_E_UNKNOWN, 0,
		"%s lies on %s, which is not there: nobody can tell who holds that file",
		sv_escape(path, mine, sizeof(mine)), sv_escape(loop->path, theirs, sizeof(theirs)));
	return sv_hint(err, "detach it, and set it up again from a file that has its name "
			    "(losetup -l shows which has which)");
}

int sv_device_each_file(const struct sv_node *node, const char *path, sv_file_fn *fn, void *data,
			struct sv_error *err)
{
	sv_auto_devices struct sv_devices all = {0};
	sv_auto_sysfs struct sv_sysfs sysfs = SV_SYSFS_EMPTY;
	int r;

	if (!node || !S_ISBLK(node->mode))
		return 0;
	r = sv_devices_of(node, &all, err);
	if (r == 0)
		r = sv_sysfs_open("", &sysfs, err);
	for (size_t i = 0; r == 0 && i < all.n; i++) {
		sv_auto_loop struct sv_loop loop = {0};
		sv_auto_node struct sv_node file = SV_NODE_EMPTY;
		struct sv_error ignored = {0};

		r = sv_loop_read(&sysfs, all.items[i], &loop, err);
		if (r < 0)
			return r;
		if (r == SV_NONE || loop.below) {
			r = 0;
			continue;
		}
		if (sv_node_open(loop.path, &file, &ignored) < 0 || file.dev != loop.dev ||
		    file.ino != loop.ino)
			return fail_elsewhere(path, &loop, err);
		r = fn(data, loop.path, &file, err);
	}
	return r;
}
