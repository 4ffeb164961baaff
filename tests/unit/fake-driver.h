/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two security models that no kernel enforces, so that plans run on real files without rights. The
 * labels live in a directory, one file per model, device and inode: they outlive the process, as
 * real ones do, and need no extended attributes. Linking this file replaces driver/table.c.
 */
#pragma once

#include "driver/driver.h"

#define FAKE_DEFAULT "old" /* what has never been labelled */

/* "fake": labels everything; case does not matter in its labels. "owner": like dac, leaves what
 * everyone may read. */
extern const struct sv_driver sv_driver_fake, sv_driver_owner;

struct fake {
	char dir[256];
	bool forgets;	     /* set succeeds and does nothing */
	bool refuses;	     /* set fails */
	bool unlabelled;     /* the filesystem holds no labels */
	const char *policy;  /* the fake policy's label for every path, NULL: it says nothing */
	bool fixed;	     /* all files of every mount have one label, which cannot be changed */
	bool open;	     /* guests may use what has that label */
	const char *boolean; /* the boolean that would allow it, off */
	int steps;	     /* calls of set until the process kills itself, 0: never */
};
extern struct fake fake;

/* The label of path, in one buffer per call site's lifetime: copy what has to last. */
const char *fake_label(const struct sv_driver *driver, const char *path);
void fake_set_label(const struct sv_driver *driver, const char *path, const char *label);
