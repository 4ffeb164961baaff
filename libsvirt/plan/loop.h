/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Loop devices and what they lie on. Whoever has the device has the file, whatever name either has:
 * sysfs tells the name that the file had when the device was set up, and the kernel
 * (LOOP_GET_STATUS64, drivers/block/loop.c) the numbers of the file itself. Only the numbers
 * decide.
 */
#pragma once

#include "base/devnum.h"

struct sv_loop {
	uint64_t device;   /* as base/devnum.h has them */
	uint64_t dev, ino; /* what it lies on */
	uint64_t below;	   /* the same of that: a loop device may lie on a block device; or 0 */
	char *path;	   /* the name that it had */
	char name[32];	   /* of the device: "loop0" */
};
void sv_loop_done(struct sv_loop *loop);
#define sv_auto_loop sv_cleanup(sv_loop_done)

/* SV_NONE: the block device is no loop device, or lies on nothing. SV_E_UNKNOWN: the kernel cannot
 * be asked about it. */
int sv_loop_read(const struct sv_sysfs *sysfs, uint64_t device, struct sv_loop *ret,
		 struct sv_error *err) sv_must_check;

struct sv_loops {
	struct sv_loop *items;
	size_t n;
};
void sv_loops_done(struct sv_loops *list);
#define sv_auto_loops sv_cleanup(sv_loops_done)

/* All that lie on something. One that the kernel cannot be asked about counts by the name. */
int sv_loops_read(const struct sv_sysfs *sysfs, struct sv_loops *ret,
		  struct sv_error *err) sv_must_check;
