/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The number of a device, which is what it is known by: two nodes with one number are one device.
 * Block and character devices have numbers of their own (makedev(3)); here both kinds go into one
 * number, which 0 is never.
 */
#pragma once

#include "base/fs.h"
#include "base/sysfs.h"

#include <sys/types.h>

/* That of the block device with this number. */
uint64_t sv_devnum_block(dev_t rdev);
/* That of the device that a node stands for; 0 for what is none. */
uint64_t sv_devnum_of(const struct sv_node *node);

/* Its directory in sysfs, for sv_sysfs_read() and the others; returns out. */
#define SV_DEVNUM_DIR 48
const char *sv_devnum_dir(uint64_t device, char out[SV_DEVNUM_DIR]);

/* "8:1" as the kernel writes it. SV_NONE: it is no such number. */
int sv_devnum_parse(const char *text, dev_t *ret) sv_must_check;
/* That of the device which DIR of sysfs is, block or not. SV_NONE: it is none. SV_E_UNKNOWN: what
 * stands there is no number. */
int sv_devnum_read(const struct sv_sysfs *sysfs, const char *dir, bool block, uint64_t *ret,
		   struct sv_error *err) sv_must_check;
