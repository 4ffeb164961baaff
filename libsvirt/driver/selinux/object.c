/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a guest may do with objects, by their labels: open one, go on using one that is open, search
 * the directories that lead to one. Must not know what the object is to a guest.
 */
#include "driver/selinux/selinux.h"

#include "base/string.h"

#include <sys/stat.h>

/* The permissions that a VMM needs for a resource of this kind. Only images are locked. */
static const char *wanted(mode_t mode, enum sv_access access)
{
	bool image = S_ISREG(mode) || S_ISBLK(mode);

	if (S_ISSOCK(mode))
		return "getattr write";
	switch (access) {
	case SV_ACCESS_RO:
		return image ? "getattr open read lock" : "getattr open read";
	case SV_ACCESS_RW:
	case SV_ACCESS_SHARED:
		return image ? "getattr open read write lock" : "getattr open read write";
	}
	return "";
}

const char *sv_selinux_class_of(mode_t mode)
{
	static const struct {
		mode_t kind;
		const char *name;
	} classes[] = {
		{S_IFREG, "file"},     {S_IFBLK, "blk_file"},	{S_IFCHR, "chr_file"},
		{S_IFDIR, "dir"},      {S_IFSOCK, "sock_file"}, {S_IFIFO, "fifo_file"},
		{S_IFLNK, "lnk_file"},
	};

	for (size_t i = 0; i < SV_N_ELEMENTS(classes); i++)
		if ((mode & S_IFMT) == classes[i].kind)
			return classes[i].name;
	return "file";
}

int sv_selinux_may_use(const char *label, const char *object, mode_t mode, enum sv_access access,
		       struct sv_denial *why, struct sv_error *err)
{
	return sv_selinux_allows(label, object, sv_selinux_class_of(mode), wanted(mode, access),
				 why, err);
}

/* A descriptor that is there when the program is executed: the kernel asks then, and at each use.
 */
int sv_selinux_may_hold(const char *label, const char *object, mode_t mode, enum sv_access access,
			struct sv_denial *why, struct sv_error *err)
{
	return sv_selinux_allows(label, object, sv_selinux_class_of(mode),
				 access == SV_ACCESS_RO ? "read ioctl" : "read write ioctl", why,
				 err);
}

int sv_selinux_may_search(const char *label, const struct sv_dirs *dirs, size_t *ret_at,
			  struct sv_denial *why, struct sv_error *err)
{
	for (size_t i = 0; i < dirs->n; i++) {
		bool last = i + 1 == dirs->n;
		sv_auto_free char *object = NULL;
		int r = sv_selinux_get(dirs->items[i].fd, &object, err);

		if (r == 0)
			r = sv_selinux_allows(
				label, object, "dir",
				dirs->make && last ? "search write add_name" : "search", why, err);
		if (r < 0)
			return r;
		if (r == SV_NONE && object) {
			*ret_at = i;
			return SV_NONE;
		}
	}
	return 0;
}
