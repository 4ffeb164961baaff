/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Some entries of one directory that are looked at, opened and labelled together: each step is one
 * run of calls (base/calls.h) for all of them. When a call fails, the driver repeats it for that
 * entry alone, because the driver has the error messages. Private to plan/.
 */
#pragma once

#include "base/calls.h"
#include "driver/driver.h"

#include <dirent.h>
#include <limits.h>

/* Room for a label. A longer one is read by the driver. */
enum { SV_BATCH_LABEL = 256 };

struct sv_batch {
	const struct sv_driver *driver;
	struct sv_calls *calls;
	size_t n;
	struct sv_batch_entry {
		char name[NAME_MAX + 1];
		const void *data; /* the user's */
		int sys;	  /* why it could not be looked at or opened; ENOENT: it is gone */
		bool skip;	  /* set by the user: later steps leave it out */
		bool regular;	  /* set by sv_batch_fill(): its label may be read by name */
		const char *to;	  /* set by the user: the label that it gets, borrowed */
		int fd;		  /* -1 when it is not open */
		struct statx stat;
		char path[SV_FD_PATH_LEN + 1 + NAME_MAX + 1];
		char label[SV_BATCH_LABEL]; /* "": not read */
		char *own;		    /* the label that the driver has read */
		bool done;		    /* its label was set */
	} entries[SV_CALLS_MAX];
	_Alignas(struct dirent64) char names[32768]; /* entries of the directory that is read */
	ssize_t len_names, at;
	bool ended; /* the directory has no more entries; the next sv_batch_fill() returns 0 */
};
int sv_batch_new(const struct sv_driver *driver, struct sv_batch **ret,
		 struct sv_error *err) sv_must_check;
void sv_batch_free(struct sv_batch **batch);
#define sv_auto_batch sv_cleanup(sv_batch_free)

/* Closes what is open and forgets all entries. */
void sv_batch_clear(struct sv_batch *batch);
/* Appends an entry. The batch must not be full. */
struct sv_batch_entry *sv_batch_add(struct sv_batch *batch, const char *name, const void *data);
static inline bool sv_batch_is_full(const struct sv_batch *batch)
{
	return batch->n == SV_CALLS_MAX;
}

/* Reads the next names of the directory fd into the batch, as many as there is room for, with the
 * inode number and the kind that the directory tells. Returns how many; 0: there are no more;
 * -errno. Read one directory to its end before another one. */
int sv_batch_fill(struct sv_batch *batch, int fd) sv_must_check;

/* Looks at each entry by its name in the directory dir, without following links. */
void sv_batch_look(struct sv_batch *batch, int dir);
/* Opens each entry without following links, with flags (O_PATH or others), and looks at it. */
void sv_batch_open(struct sv_batch *batch, int dir, int flags);
/* The filesystem that an entry is on, as st_dev. */
uint64_t sv_batch_dev(const struct sv_batch_entry *entry);

/* Reads the labels of all entries that are open, and by name those of regular files in dir that are
 * not. */
void sv_batch_read(struct sv_batch *batch, int dir);
/* The label of an entry. SV_NONE: it has none. err->sys ENOENT: it is gone. *ret belongs to the
 * batch. */
int sv_batch_label(const struct sv_batch *batch, struct sv_batch_entry *entry, int dir,
		   const char **ret, struct sv_error *err) sv_must_check;

/* Labels the entries that are open and have a label to get. */
void sv_batch_set(struct sv_batch *batch);
/* Returns whether the label of an entry was set, and tries once more when it was not. */
int sv_batch_was_set(const struct sv_batch *batch, struct sv_batch_entry *entry,
		     struct sv_error *err) sv_must_check;
