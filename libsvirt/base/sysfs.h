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
/* Where the directory path, which may be a link, really is: an absolute path without links. The
 * caller owns *ret. */
int sv_sysfs_path(const struct sv_sysfs *sysfs, const char *path, char **ret,
		  struct sv_error *err) sv_must_check;
/* The names in a directory, sorted. */
int sv_sysfs_list(const struct sv_sysfs *sysfs, const char *path, struct sv_strv *ret,
		  struct sv_error *err) sv_must_check;

/* The same for one device: dir is a descriptor of its directory, which may be O_PATH. */

/* Its name in the kernel, such as "0000:06:00.0". SV_NONE: the device has gone away. The caller
 * owns *ret. */
int sv_sysfs_name(int dir, char **ret, struct sv_error *err) sv_must_check;
int sv_sysfs_read_at(int dir, const char *attr, char **ret, struct sv_error *err) sv_must_check;
int sv_sysfs_link_at(int dir, const char *attr, char **ret, struct sv_error *err) sv_must_check;
/* Writes text to an attribute of the device, or of what a link of the device leads to. It returns
 * when the kernel has done what the attribute is for. */
int sv_sysfs_write_at(int dir, const char *attr, const char *text,
		      struct sv_error *err) sv_must_check;
