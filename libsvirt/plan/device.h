/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Block devices by number: what lies on a device, what it lies on (by the links of sysfs), and
 * whether the host itself uses it. Two nodes with one number are one device. A partition, a volume
 * or a loop device is a part of what it lies on. For plan/, and for files that headers name.
 */
#pragma once

#include "base/devnum.h"
#include "plan/loop.h"

struct sv_tree;

struct sv_devices {
	uint64_t *items; /* as base/devnum.h has them */
	size_t n;
};
void sv_devices_done(struct sv_devices *list);
#define sv_auto_devices sv_cleanup(sv_devices_done)
/* Adds a device, or all of another list; each is in a list once. */
int sv_devices_add(struct sv_devices *list, uint64_t device, struct sv_error *err) sv_must_check;
int sv_devices_append(struct sv_devices *list, const struct sv_devices *more,
		      struct sv_error *err) sv_must_check;

/* The device of node, all that lies on it, and all that it lies on. What is written to one of them
 * is written to a part of the others. Two partitions of one disk are not parts of each other. */
int sv_devices_of(const struct sv_node *node, struct sv_devices *ret,
		  struct sv_error *err) sv_must_check;
/* above: the device of node and all that lies on it. disks: the disk that it is a partition of.
 * below: the device and all that it lies on. */
int sv_devices_around(const struct sv_node *node, struct sv_devices *above,
		      struct sv_devices *disks, struct sv_devices *below,
		      struct sv_error *err) sv_must_check;
bool sv_devices_have(const struct sv_devices *list, uint64_t device);

/* The loop devices that lie on the file node, or on a file in the directory tree (or NULL), and all
 * that lies on those. */
int sv_devices_over(const struct sv_loops *loops, const struct sv_node *node,
		    const struct sv_tree *tree, struct sv_devices *ret,
		    struct sv_error *err) sv_must_check;

/* Calls fn for the file of each loop device that the block device lies on, or that lies on it. What
 * is not a block device has none. path is the device's, for messages. A return other than 0 ends
 * the walk. SV_E_UNKNOWN: the file is not at its name any more. */
typedef int sv_file_fn(void *data, const char *path, const struct sv_node *node,
		       struct sv_error *err);
int sv_device_each_file(const struct sv_node *node, const char *path, sv_file_fn *fn, void *data,
			struct sv_error *err) sv_must_check;

/* device-use.c */

/* 0: the host itself uses the block device or the file. That is so when it, or a device that it
 * lies on, is mounted or swapped to, or when a device of the kernel lies on it. A file that is only
 * read may have a loop device. *ret, owned by the caller, says how it is used. SV_NONE: no use is
 * seen. */
int sv_device_is_used(const struct sv_node *node, bool reads, char **ret,
		      struct sv_error *err) sv_must_check;
/* The same for a disk that is taken away without being opened. SV_E_UNKNOWN: this process may not
 * ask the kernel who has it. */
int sv_disk_is_used(const struct sv_node *node, char **ret, struct sv_error *err) sv_must_check;
/* sv_device_is_used() for the files in a directory. */
int sv_device_tree_is_used(const struct sv_tree *tree, bool reads, char **ret,
			   struct sv_error *err) sv_must_check;
