/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Some entries of one directory on their way through a tree, looked at, opened and labelled
 * together: each step is one run of calls (base/calls.h) for all of them. A call that fails is made
 * again for its entry alone by the driver, which knows what to say of it. Private to plan/.
 */
#pragma once

#include "base/calls.h"
#include "driver/driver.h"

#include <dirent.h>
#include <limits.h>

/* Room for a label; a longer one is asked for by the driver. */
enum { SV_BATCH_LABEL = 256 };

struct sv_batch {
	const struct sv_driver *driver;
	struct sv_calls *calls;
	size_t n;
	struct sv_batch_entry {
		char name[NAME_MAX + 1];
		const void *data; /* the user's */
		int sys;	  /* why it could not be looked at or opened; ENOENT: it is gone */
		bool skip;	  /* set by the user: the steps that follow leave it alone */
		bool regular;	/* set by sv_batch_fill(): its label may be asked for by its name */
		const char *to; /* set by the user: the label that it gets, borrowed */
		int fd;		/* -1 when it is not open */
		struct statx stat;
		char path[SV_FD_PATH_LEN + 1 + NAME_MAX + 1];
		char label[SV_BATCH_LABEL]; /* "": not read */
		char *own;		    /* the label that the driver has read */
		bool done;		    /* has got its label */
	} entries[SV_CALLS_MAX];
	_Alignas(struct dirent64) char names[32768]; /* of the directory that is read */
	ssize_t len_names, at;
	bool ended; /* it has no more of them, which is still to be said */
};
int sv_batch_new(const struct sv_driver *driver, struct sv_batch **ret,
		 struct sv_error *err) sv_must_check;
void sv_batch_free(struct sv_batch **batch);
#define sv_auto_batch sv_cleanup(sv_batch_free)

/* Closes what is open and forgets all entries. */
void sv_batch_clear(struct sv_batch *batch);
/* Not when it is full. */
struct sv_batch_entry *sv_batch_add(struct sv_batch *batch, const char *name, const void *data);
static inline bool sv_batch_is_full(const struct sv_batch *batch)
{
	return batch->n == SV_CALLS_MAX;
}

/* The next names of the directory fd, with what they say of inode and kind, as many as there is
 * room for; to the end of one directory before another one. How many; 0: that was all; -errno. */
int sv_batch_fill(struct sv_batch *batch, int fd) sv_must_check;

/* What each name is in the directory dir, without following it. */
void sv_batch_look(struct sv_batch *batch, int dir);
/* Opens each without following it, O_PATH or for what else flags says, and looks at what is open.
 */
void sv_batch_open(struct sv_batch *batch, int dir, int flags);
/* The filesystem that an entry is on, as st_dev. */
uint64_t sv_batch_dev(const struct sv_batch_entry *entry);

/* Asks for the labels: of what is open, else of what the name of a regular file in dir leads to by
 * now. */
void sv_batch_read(struct sv_batch *batch, int dir);
/* The label of an entry. SV_NONE: it has none; ENOENT in sys of err: it is gone. *ret belongs to
 * the batch. */
int sv_batch_label(const struct sv_batch *batch, struct sv_batch_entry *entry, int dir,
		   const char **ret, struct sv_error *err) sv_must_check;

/* Labels what is open and has a label to get. */
void sv_batch_set(struct sv_batch *batch);
/* Whether an entry has got it; the second try of one that has not. */
int sv_batch_was_set(const struct sv_batch *batch, struct sv_batch_entry *entry,
		     struct sv_error *err) sv_must_check;
