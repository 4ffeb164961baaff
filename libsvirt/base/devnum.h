/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The number of a device. It identifies the device: two nodes with one number are one device. Block
 * and character devices are numbered separately (makedev(3)); here one number holds the kind too.
 * It is never 0.
 */
#pragma once

#include "base/fs.h"
#include "base/sysfs.h"

#include <sys/types.h>

/* The number of the block device rdev. */
uint64_t sv_devnum_block(dev_t rdev);
/* The number of the device that a node stands for; 0 when the node is not a device. */
uint64_t sv_devnum_of(const struct sv_node *node);

/* The device's directory in sysfs, for sv_sysfs_read() and the others. Returns out. */
#define SV_DEVNUM_DIR 48
const char *sv_devnum_dir(uint64_t device, char out[SV_DEVNUM_DIR]);

/* Reads "8:1" as the kernel writes it. SV_NONE: the text is not such a number. */
int sv_devnum_parse(const char *text, dev_t *ret) sv_must_check;
/* The number of the device whose directory in sysfs is dir. SV_NONE: dir is not a device.
 * SV_E_UNKNOWN: the kernel's text there is not a number. */
int sv_devnum_read(const struct sv_sysfs *sysfs, const char *dir, bool block, uint64_t *ret,
		   struct sv_error *err) sv_must_check;
