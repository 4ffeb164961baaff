/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Pins: what was behind a file that a guest has had to write, when that was accepted. See pin.c.
 */
#pragma once

#include "store/store.h"

/* One file behind an image, as a header names it. */
struct sv_pin_file {
	uint32_t depth; /* images above it: 0 for a part of the image itself */
	char *what;	/* "backing file", "data file", "extent" */
	char *name;	/* as it stands in the header; or NULL */
	char *path;	/* that this means */
	char *format;	/* NULL: nobody names one */
};

/* A file that a guest has had to write, and so may have written a header into: whose it was last,
 * and all that was behind it when that was accepted. It outlives the lease. */
struct sv_pin {
	int64_t id;
	uint64_t dev, ino, born;
	char boot[SV_UUID_LEN + 1]; /* in which dev was seen */
	char *path;
	char *handle; /* as in struct sv_hold */
	char *guest;  /* its name */
	bool tree;    /* a directory: the same is true of all that is in it */
	struct sv_pin_file *files;
	size_t n_files;
};

void sv_pin_done(struct sv_pin *pin);
#define sv_auto_pin sv_cleanup(sv_pin_done)

/* The pin of the file of key (dev, ino, born, boot and path count). The number of a device may be
 * another one after a boot, and a copy of a whole filesystem has the same inodes: without a pin for
 * that very number, one for the same inode of the same birth is as good. Where a filesystem tells
 * no birth, dev, the path or the boot has to speak for it too. SV_NONE: there is none. */
int sv_pin_find(struct sv_store *store, const struct sv_pin *key, struct sv_pin *ret,
		struct sv_error *err) sv_must_check;
/* Whose the innermost directory above path was that a guest has had to write, by name. The caller
 * owns *ret. SV_NONE: none. */
int sv_pin_above(struct sv_store *store, const char *path, char **ret,
		 struct sv_error *err) sv_must_check;
/* Whose an image is, by name, that has the file at path somewhere below it, and not as a part of
 * its own, by a pin. The caller owns *ret. SV_NONE: there is none. */
int sv_pin_below(struct sv_store *store, const char *path, char **ret,
		 struct sv_error *err) sv_must_check;
/* Writes the pin of (dev, ino, born) anew, whole; its id does not count. In a transaction. */
int sv_pin_put(struct sv_store *store, const struct sv_pin *pin,
	       struct sv_error *err) sv_must_check;
/* fn for each pin, in order of id; those of this path alone unless it is NULL. fn must not write.
 */
int sv_pin_each(struct sv_store *store, const char *path, bool backwards,
		int (*fn)(void *data, const struct sv_pin *pin, struct sv_error *err), void *data,
		struct sv_error *err) sv_must_check;
/* Forgets a pin. */
int sv_pin_remove(struct sv_store *store, int64_t id, struct sv_error *err) sv_must_check;
