/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Files that cannot get a label of their own: see fixed.h. A file that the guest may use as it is,
 * is left and shared with everyone. For other files the administrator's setting decides. The kernel
 * is asked: the mount's flags tell what can be labelled, the policy what the guest may use.
 */
#include "plan/fixed.h"

#include "base/array.h"
#include "base/string.h"

#define SHOWN 256

static const char shared_by_all[] = "one label for all files of its mount, which every guest may "
				    "use";
static const char read_only[] = "it may be used, and its mount is read-only";
static const char has_no_label[] = "its filesystem holds no labels";
static const char denied[] = "its mount gives it no label of its own, and the guest may not use it";

void sv_mounts_done(struct sv_mounts *mounts)
{
	free(mounts->items);
	*mounts = (struct sv_mounts){0};
}

int sv_mounts_of(struct sv_mounts *mounts, const struct sv_node *node, const struct sv_mount **ret,
		 struct sv_error *err)
{
	struct sv_mount *item, found;
	uint64_t id;
	size_t i;
	int r = sv_mount_id(node->fd, &id, err);

	for (i = 0; r == 0 && i < mounts->n; i++) {
		if (mounts->items[i].id == id) {
			*ret = &mounts->items[i];
			return 0;
		}
	}
	if (r == 0)
		r = sv_mount_find(id, &found, err);
	if (r != 0)
		return r;
	item = sv_array_add(mounts->items, mounts->n);
	if (!item)
		return sv_fail_oom(err);
	*item = found;
	*ret = item;
	return 0;
}

/* Chooses the hint: the remedy that opens least comes first. */
static int hint_for(const struct sv_fixed *file, const struct sv_mount *mount, struct sv_error *err)
{
	const struct sv_driver *driver = file->layer->driver;
	struct sv_boolean boolean = {0};
	struct sv_error ignored = {0};

	if (mount && mount->context)
		return sv_hint(err, "mount it without context=, or with context=\"%s\"", file->to);
	if (mount && driver->ask->boolean && driver->ask->boolean(mount, &boolean, &ignored) == 0 &&
	    !boolean.on)
		return sv_hint(err,
			       "move it to a filesystem with labels (ext4, xfs, btrfs), or: "
			       "setsebool -P %s on, which lets every guest use %s",
			       boolean.name, boolean.opens);
	if (mount && !driver->mac)
		return sv_hint(err,
			       "move it to a filesystem with owners (ext4, xfs, btrfs), or mount "
			       "this one with the uid= and gid= of %s",
			       file->to);
	return sv_hint(err, "move it to a filesystem with labels (ext4, xfs, btrfs), or write "
			    "relabel='no' into the <seclabel> of its <source>");
}

static int fail_fixed(const struct sv_fixed *file, const struct sv_mount *mount,
		      struct sv_error *err)
{
	const char *model = file->layer->driver->name;
	char path[SHOWN], label[SHOWN];

	sv_escape(file->res->path, path, sizeof(path));
	sv_escape(file->now ? file->now : "", label, sizeof(label));
	if (!mount || !file->now)
		sv_fail(err, SV_E_HOST, 0, "the filesystem of %s holds no %s labels", path, model);
	else if (mount->context)
		sv_fail(err, SV_E_HOST, 0,
			"%s (%s) was mounted with one label for all files: %s has %s", mount->point,
			mount->type, path, label);
	else
		sv_fail(err, SV_E_HOST, 0,
			"the filesystem of %s (%s on %s) holds no %s labels: all its files have %s",
			path, mount->type, mount->point, model, label);
	return hint_for(file, mount, err);
}

static int fail_read_only(const struct sv_fixed *file, const struct sv_mount *mount,
			  struct sv_error *err)
{
	char path[SHOWN];

	sv_fail(err, SV_E_HOST, 0, "%s cannot be labelled: %s (%s) is mounted read-only",
		sv_escape(file->res->path, path, sizeof(path)), mount->point, mount->type);
	return sv_hint(err,
		       "mount -o remount,rw %s; or copy the file to a place that can be "
		       "written",
		       mount->point);
}

/* 0: the guest may use the file as it is. SV_NONE: it may not, also when it would write and the
 * mount is read-only. */
static int usable(const struct sv_fixed *file, const struct sv_mount *mount, struct sv_error *err)
{
	const struct sv_layer *layer = file->layer;

	if (!file->now || !layer->driver->ask->may_use)
		return SV_NONE;
	if (mount && mount->read_only && file->res->access != SV_ACCESS_RO)
		return SV_NONE;
	return layer->driver->ask->may_use(layer->subject.label, file->now, file->node->mode,
					   file->res->access, NULL, err);
}

int sv_fixed_judge(struct sv_mounts *mounts, const struct sv_fixed *file, const char **why,
		   bool *ret_denied, struct sv_error *err)
{
	const struct sv_driver *driver = file->layer->driver;
	const struct sv_mount *mount = NULL;
	int r = sv_mounts_of(mounts, file->node, &mount, err);
	bool fixed = !file->now || (driver->label->is_fixed && driver->label->is_fixed(mount));

	if (r < 0)
		return r;
	if (!fixed && !(mount && mount->read_only))
		return 0;
	r = usable(file, mount, err);
	if (r < 0)
		return r;
	*ret_denied = r == SV_NONE;
	if (r == 0)
		*why = fixed ? shared_by_all : read_only;
	else if (file->on_unlabelled == SV_UNLABELLED_FAIL)
		return fixed ? fail_fixed(file, mount, err) : fail_read_only(file, mount, err);
	else
		*why = file->now ? denied : has_no_label;
	return SV_NONE;
}
