/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Many small calls of the kernel at once: what is done to each of thousands of files. Where
 * entering the kernel is dear (virtual machines without hardware, sandboxes), a ring (io_uring(7))
 * takes a hundred calls for the price of one; where it is cheap, the ring's own work costs more
 * than it saves. So the first calls of a kind are done both ways, and the rest in the quicker one.
 * A host without rings, or that forbids them (the kernel.io_uring_disabled of sysctl, its policy),
 * does them one by one. Knows nothing of labels.
 */
#pragma once

#include "base/cleanup.h"
#include "base/error.h"

#include <stddef.h>
#include <sys/stat.h>

/* At once, at most. */
enum { SV_CALLS_MAX = 128 };

enum sv_call_kind {
	SV_CALL_STAT,  /* statx(2): fd and path, flags, stat; of type, mode, links, inode */
	SV_CALL_OPEN,  /* openat(2): fd and path, flags; result is the descriptor */
	SV_CALL_GET,   /* getxattr(2): path, name, value and its room len; result is its length */
	SV_CALL_SET,   /* setxattr(2): path, name, text of len */
	SV_CALL_CLOSE, /* close(2): fd */
	SV_N_CALL_KINDS
};

/* Everything is borrowed until it is run. */
struct sv_call {
	int fd, flags;
	const char *path, *name, *text;
	char *value;
	size_t len;
	struct statx *stat;
	int result; /* of the call; -errno for a failure */
};

/* Who runs them. One thread's. */
struct sv_calls;
int sv_calls_new(struct sv_calls **ret, struct sv_error *err) sv_must_check;
void sv_calls_free(struct sv_calls **calls);
#define sv_auto_calls sv_cleanup(sv_calls_free)

/* All n (at most SV_CALLS_MAX) are done when this returns, in no order. What came of each stands in
 * its result. */
void sv_calls_run(struct sv_calls *calls, enum sv_call_kind kind, struct sv_call *list, size_t n);

/* For tests: which way from now on. */
enum sv_calls_way { SV_CALLS_QUICKER, SV_CALLS_ONE_BY_ONE, SV_CALLS_RING };
/* SV_NONE: not to be had here. */
int sv_calls_force(struct sv_calls *calls, enum sv_calls_way way) sv_must_check;
