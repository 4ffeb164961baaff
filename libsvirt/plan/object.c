/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reads and sets the label of one object, and checks the result: see object.h. Knows no order and
 * no journal.
 */
#include "plan/object.h"

#include "base/array.h"
#include "base/fhandle.h"
#include "base/proc.h"
#include "base/string.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>

#define SHOWN 256

/* 0: node is the object of hold. SV_NONE: it is another one. */
static int is_held(const struct sv_hold *hold, const struct sv_node *node, struct sv_error *err)
{
	char boot[SV_UUID_LEN + 1];
	int r;

	if (node->ino != hold->ino || node->born != hold->born)
		return SV_NONE;
	if (node->dev == hold->dev)
		return 0;
	r = sv_proc_boot(boot, err);
	return r == 0 && sv_streq(boot, hold->boot) ? SV_NONE : r;
}

/* SV_NONE: the path of hold does not lead to its object. The file may have been moved, with a link
 * left in its place (SV_E_USAGE). */
static int open_by_path(const struct sv_hold *hold, struct sv_node *ret, struct sv_error *err)
{
	int r = sv_node_open(hold->path, ret, err);

	if (r < 0 && (err->code == SV_E_NOTFOUND || err->code == SV_E_USAGE)) {
		sv_error_clear(err);
		return SV_NONE;
	}
	return r == 0 ? is_held(hold, ret, err) : r;
}

static int open_by_handle(const struct sv_hold *hold, struct sv_node *ret, struct sv_error *err)
{
	int r = hold->handle ? sv_fhandle_open(hold->handle, hold->path, ret, err) : SV_NONE;

	if (r == 0)
		r = is_held(hold, ret, err);
	/* a file without a name ends when the last process closes it */
	return r == 0 && ret->nlink == 0 ? SV_NONE : r;
}

int sv_object_open(const struct sv_hold *hold, struct sv_node *ret, bool *ret_moved,
		   struct sv_error *err)
{
	sv_auto_node struct sv_node node = SV_NODE_EMPTY;
	int r = open_by_path(hold, &node, err);
	bool moved = r == SV_NONE;

	if (moved) {
		sv_node_done(&node);
		r = open_by_handle(hold, &node, err);
	}
	if (r != 0)
		return r;
	*ret_moved = moved;
	*ret = node;
	node = SV_NODE_EMPTY;
	return 0;
}

/* Whether dir is on a filesystem in memory, as the file of hold was: such a file ends with the
 * boot. Their device numbers have no major part, and their handles a form of their own. */
static bool ends_with_boot(const struct sv_hold *hold, int dir)
{
	static const uint32_t types[] = {TMPFS_MAGIC, RAMFS_MAGIC, SYSFS_MAGIC, HUGETLBFS_MAGIC};
	struct statfs fs;

	if (major(hold->dev) != 0 || fstatfs(dir, &fs) < 0 || !sv_fhandle_fits(hold->handle, dir))
		return false;
	for (size_t i = 0; i < SV_N_ELEMENTS(types); i++)
		if ((uint32_t)fs.f_type == types[i])
			return true;
	return false;
}

int sv_object_is_gone(const struct sv_hold *hold, struct sv_error *err)
{
	sv_auto_close int dir = sv_fs_open_near(hold->path, O_PATH);
	char boot[SV_UUID_LEN + 1];
	struct stat st;
	bool gone;
	int r = sv_proc_boot(boot, err);

	if (r < 0)
		return r;
	if (dir < 0 || fstat(dir, &st) < 0)
		return SV_NONE;
	if (sv_streq(boot, hold->boot))
		gone = st.st_dev == hold->dev;
	else
		gone = (hold->fs && sv_fs_identity(dir) == hold->fs) || ends_with_boot(hold, dir);
	return gone ? 0 : SV_NONE;
}

int sv_object_label(const struct sv_driver *driver, const struct sv_node *node, const char *path,
		    char **ret, struct sv_error *err)
{
	char shown[SHOWN];
	int r = driver->label->get(node->fd, ret, err);

	sv_escape(path, shown, sizeof(shown));
	if (r < 0)
		return sv_wrap(err, "%s", shown);
	if (r > 0) {
		sv_fail(err, SV_E_HOST, 0, "the filesystem of %s holds no %s labels", shown,
			driver->name);
		return sv_hint(err, "move it to a filesystem with labels (ext4, xfs, btrfs), or "
				    "write relabel='no' into the <seclabel> of its <source>");
	}
	return 0;
}

int sv_object_same(const struct sv_driver *driver, const char *a, const char *b,
		   struct sv_error *err)
{
	return sv_streq(a, b) ? 0 : driver->same(a, b, err);
}

int sv_object_set(const struct sv_driver *driver, const struct sv_node *node, const char *path,
		  const char *label, struct sv_error *err)
{
	sv_auto_free char *now = NULL;
	char shown[SHOWN];
	int r;

	sv_escape(path, shown, sizeof(shown));
	r = driver->label->set(node->fd, label, err);
	if (r < 0)
		return sv_wrap(err, "%s", shown);
	r = sv_object_label(driver, node, path, &now, err);
	if (r == 0)
		r = sv_object_same(driver, now, label, err);
	if (r > 0)
		return sv_fail(err, SV_E_HOST, 0,
			       "%s: its filesystem accepted the label %.128s but has %.128s", shown,
			       label, now);
	return r;
}

static int add(void *data, const struct sv_hold *hold, unsigned others, struct sv_error *err)
{
	struct sv_holds *holds = data;
	struct sv_held *held = sv_array_add(holds->items, holds->n);

	if (!held)
		return sv_fail_oom(err);
	held->others = others;
	return sv_hold_copy(hold, &held->hold, err);
}

int sv_holds_of(struct sv_store *store, int64_t guest, bool reverse, struct sv_holds *ret,
		struct sv_error *err)
{
	sv_auto_holds struct sv_holds holds = {0};
	int r = sv_hold_each(store, guest, reverse, add, &holds, err);

	if (r < 0)
		return r;
	*ret = holds;
	holds = (struct sv_holds){0};
	return 0;
}

void sv_holds_done(struct sv_holds *holds)
{
	size_t i;

	for (i = 0; i < holds->n; i++)
		sv_hold_done(&holds->items[i].hold);
	free(holds->items);
	*holds = (struct sv_holds){0};
}
