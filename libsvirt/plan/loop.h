/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Loop devices and the files that they lie on. A guest that has the device has the file, whatever
 * their names. sysfs tells the name that the file had when the device was set up. The kernel
 * (LOOP_GET_STATUS64, drivers/block/loop.c) tells the file's device and inode. Only these decide.
 */
#pragma once

#include "base/devnum.h"

struct sv_loop {
	uint64_t device;   /* as base/devnum.h has them */
	uint64_t dev, ino; /* the file that it lies on */
	uint64_t below;	   /* the number of that file when it is a block device itself; or 0 */
	char *path;	   /* the name that the file had */
	char name[32];	   /* of the device: "loop0" */
};
void sv_loop_done(struct sv_loop *loop);
#define sv_auto_loop sv_cleanup(sv_loop_done)

/* SV_NONE: the block device is not a loop device, or lies on nothing. SV_E_UNKNOWN: the kernel
 * cannot be asked about it. */
int sv_loop_read(const struct sv_sysfs *sysfs, uint64_t device, struct sv_loop *ret,
		 struct sv_error *err) sv_must_check;

struct sv_loops {
	struct sv_loop *items;
	size_t n;
};
void sv_loops_done(struct sv_loops *list);
#define sv_auto_loops sv_cleanup(sv_loops_done)

/* All loop devices that lie on a file. For one that the kernel cannot be asked about, the name of
 * its file counts. */
int sv_loops_read(const struct sv_sysfs *sysfs, struct sv_loops *ret,
		  struct sv_error *err) sv_must_check;
