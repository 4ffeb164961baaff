/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Looks devices up in /sys, or in a copy of it below another root. The links of sysfs are followed,
 * and never lead out of that /sys. Paths are relative to it and made by us, not by a user.
 */
#pragma once

#include "base/string.h"

struct sv_sysfs {
	int fd; /* O_PATH, of /sys */
	bool live;
};
#define SV_SYSFS_EMPTY ((struct sv_sysfs){.fd = -1})

/* root: "" or a directory that stands for "/". */
int sv_sysfs_open(const char *root, struct sv_sysfs *ret, struct sv_error *err) sv_must_check;
void sv_sysfs_close(struct sv_sysfs *sysfs);
#define sv_auto_sysfs sv_cleanup(sv_sysfs_close)

/* All of these return SV_NONE when the path does not exist, also when the device has gone away. */

/* Whether there is such a directory. */
int sv_sysfs_has(const struct sv_sysfs *sysfs, const char *path,
		 struct sv_error *err) sv_must_check;
/* The one line of an attribute. The caller owns *ret. */
int sv_sysfs_read(const struct sv_sysfs *sysfs, const char *path, char **ret,
		  struct sv_error *err) sv_must_check;
/* The last component of a link's target: the name of a driver, of a group. The caller owns *ret. */
int sv_sysfs_link(const struct sv_sysfs *sysfs, const char *path, char **ret,
		  struct sv_error *err) sv_must_check;
/* The names in a directory, sorted. */
int sv_sysfs_list(const struct sv_sysfs *sysfs, const char *path, struct sv_strv *ret,
		  struct sv_error *err) sv_must_check;
