/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Pins: a record for each file that a guest has had to write, of what was behind that file when it
 * was accepted. See pin.c.
 */
#pragma once

#include "store/store.h"

/* One file behind an image, as a header names it. */
struct sv_pin_file {
	uint32_t depth; /* images above it: 0 for a part of the image itself */
	char *what;	/* "backing file", "data file", "extent" */
	char *name;	/* as it stands in the header; or NULL */
	char *path;	/* the file that the name leads to */
	char *format;	/* NULL: neither header nor domain names one */
};

/* A file that a guest has had to write, so that its header may be the guest's: which guest had it
 * last, and all that was behind it when that was accepted. A pin outlives the lease. */
struct sv_pin {
	int64_t id;
	uint64_t dev, ino, born;
	char boot[SV_UUID_LEN + 1]; /* in which dev was seen */
	char *path;
	char *handle; /* as in struct sv_hold */
	char *guest;  /* its name */
	bool tree;    /* a directory; the pin is for all that is in it */
	struct sv_pin_file *files;
	size_t n_files;
};

void sv_pin_done(struct sv_pin *pin);
#define sv_auto_pin sv_cleanup(sv_pin_done)

/* The pin of the file that key describes by dev, ino, born, boot and path. SV_NONE: there is none.
 * A device may have another number after a boot, and a copy of a whole filesystem has the same
 * inodes. So when there is no pin for dev, a pin for the same ino and born is taken. Where the
 * filesystem does not tell born, dev, path or boot has to be the same too. */
int sv_pin_find(struct sv_store *store, const struct sv_pin *key, struct sv_pin *ret,
		struct sv_error *err) sv_must_check;
/* The guest that has had to write the innermost pinned directory above path; by name. The caller
 * owns *ret. SV_NONE: there is no such directory. */
int sv_pin_above(struct sv_store *store, const char *path, char **ret,
		 struct sv_error *err) sv_must_check;
/* The guest whose image has the file at path somewhere below it by a pin, and not as a part of the
 * image itself; by name. The caller owns *ret. SV_NONE: there is none. */
int sv_pin_below(struct sv_store *store, const char *path, char **ret,
		 struct sv_error *err) sv_must_check;
/* Replaces the whole pin of (dev, ino, born), in a transaction. The id of pin does not count. */
int sv_pin_put(struct sv_store *store, const struct sv_pin *pin,
	       struct sv_error *err) sv_must_check;
/* Calls fn for each pin of path, or for every pin when path is NULL, in order of id. fn must not
 * write. */
int sv_pin_each(struct sv_store *store, const char *path, bool backwards,
		int (*fn)(void *data, const struct sv_pin *pin, struct sv_error *err), void *data,
		struct sv_error *err) sv_must_check;
/* Forgets a pin. */
int sv_pin_remove(struct sv_store *store, int64_t id, struct sv_error *err) sv_must_check;
