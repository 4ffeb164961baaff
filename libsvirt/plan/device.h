/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Block devices by their numbers: what lies on one and what it lies on, by the links of sysfs, and
 * whether the host itself uses it. Two nodes of one number are one device, and a partition, a
 * volume or a loop device is a part of what it lies on. For plan/, and for what headers name.
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

/* The device of node, all that lies on it, and all that it lies on: what is written through one of
 * them is written to a part of the others. Partitions of one disk are none of each other's. */
int sv_devices_of(const struct sv_node *node, struct sv_devices *ret,
		  struct sv_error *err) sv_must_check;
/* The device of node and what lies on it, the disk that it is a partition of, and it with all that
 * it lies on. */
int sv_devices_around(const struct sv_node *node, struct sv_devices *above,
		      struct sv_devices *disks, struct sv_devices *below,
		      struct sv_error *err) sv_must_check;
bool sv_devices_have(const struct sv_devices *list, uint64_t device);

/* The loop devices that lie on a file, or on one in a directory (tree, or NULL), and all that lies
 * on those. */
int sv_devices_over(const struct sv_loops *loops, const struct sv_node *node,
		    const struct sv_tree *tree, struct sv_devices *ret,
		    struct sv_error *err) sv_must_check;

/* fn for the file of each loop device that the block device lies on, or that lies on it; nothing
 * for what is no block device. path is its own, for messages. A return other than 0 ends it.
 * SV_E_UNKNOWN when that very file is not at its name. */
typedef int sv_file_fn(void *data, const char *path, const struct sv_node *node,
		       struct sv_error *err);
int sv_device_each_file(const struct sv_node *node, const char *path, sv_file_fn *fn, void *data,
			struct sv_error *err) sv_must_check;

/* 0: the host uses the block device, or the file, itself: it, or a device that it lies on, is
 * mounted or swapped to, or a device of the kernel lies on it; a file that is only to be read may
 * have a loop device. *ret says how, owned. SV_NONE: it is not seen to. */
int sv_device_is_used(const struct sv_node *node, bool reads, char **ret,
		      struct sv_error *err) sv_must_check;
/* The same of any file in a directory. */
int sv_device_tree_is_used(const struct sv_tree *tree, bool reads, char **ret,
			   struct sv_error *err) sv_must_check;
