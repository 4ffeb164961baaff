/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two security models that no kernel enforces, so that plans run on real files without privileges.
 * The labels are in a directory, one file per model, device and inode. They outlive the process, as
 * real ones do, and need no extended attributes. A program that links this file has it in place of
 * driver/table.c.
 */
#pragma once

#include "driver/driver.h"

#define FAKE_DEFAULT "old" /* the label of a file that was never labelled */

/* "fake": labels everything; its labels are compared without case. "owner": like dac, leaves a file
 * that everyone may read. */
extern const struct sv_driver sv_driver_fake, sv_driver_owner;

struct fake {
	char dir[256];
	bool forgets;	     /* set succeeds and does nothing */
	bool refuses;	     /* set fails */
	bool unlabelled;     /* the filesystem holds no labels */
	const char *policy;  /* the policy's label for every path, NULL: none */
	bool fixed;	     /* all files of every mount have one label, which cannot be changed */
	bool open;	     /* guests may use files with that label */
	const char *boolean; /* the boolean that would allow it, off */
	int steps;	     /* calls of set until the process kills itself, 0: never */
};
extern struct fake fake;

/* The label of path, in a static buffer: copy it to keep it. */
const char *fake_label(const struct sv_driver *driver, const char *path);
void fake_set_label(const struct sv_driver *driver, const char *path, const char *label);
