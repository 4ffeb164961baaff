/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Runs many small system calls at once, such as those on each of thousands of files. Where entering
 * the kernel is expensive (virtual machines without hardware, sandboxes), a ring (io_uring(7))
 * makes a hundred calls for the price of one. Where it is cheap, the ring costs more than it saves.
 * So the first calls of a kind are made both ways, and the rest in the quicker way. A host that has
 * no rings or forbids them (kernel.io_uring_disabled of sysctl, its policy) makes the calls one by
 * one. Knows nothing of labels.
 */
#pragma once

#include "base/cleanup.h"
#include "base/error.h"

#include <stddef.h>
#include <sys/stat.h>

/* The most calls of one run. */
enum { SV_CALLS_MAX = 128 };

enum sv_call_kind {
	SV_CALL_STAT,  /* statx(2): fd and path, flags, stat; of type, mode, links, inode */
	SV_CALL_OPEN,  /* openat(2): fd and path, flags; result is the descriptor */
	SV_CALL_GET,   /* getxattr(2): path, name, value and its room len; result is its length */
	SV_CALL_SET,   /* setxattr(2): path, name, text of len */
	SV_CALL_CLOSE, /* close(2): fd */
	SV_N_CALL_KINDS
};

/* One call. Its pointers are borrowed until it was run. */
struct sv_call {
	int fd, flags;
	const char *path, *name, *text;
	char *value;
	size_t len;
	struct statx *stat;
	int result; /* of the call; -errno for a failure */
};

/* The state of one thread that runs calls. */
struct sv_calls;
int sv_calls_new(struct sv_calls **ret, struct sv_error *err) sv_must_check;
void sv_calls_free(struct sv_calls **calls);
#define sv_auto_calls sv_cleanup(sv_calls_free)

/* Runs n calls (at most SV_CALLS_MAX), in no order. All are done when this returns, and each has
 * its result. */
void sv_calls_run(struct sv_calls *calls, enum sv_call_kind kind, struct sv_call *list, size_t n);

/* For tests: sets which way is used from now on. */
enum sv_calls_way { SV_CALLS_QUICKER, SV_CALLS_ONE_BY_ONE, SV_CALLS_RING };
/* SV_NONE: this host does not have that way. */
int sv_calls_force(struct sv_calls *calls, enum sv_calls_way way) sv_must_check;
