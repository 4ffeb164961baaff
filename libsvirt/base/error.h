/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The error object that every fallible function of libsvirt fills, and the three-way return
 * convention:
 *
 *    0   done
 *   <0   failed: err is filled; the caller forwards it, wraps it or shows it, nothing else
 *   >0   an outcome that this one function documents (enum sv_outcome); err is untouched and
 *        the caller handles it, it is never forwarded
 *
 * The object has fixed buffers: it cannot leak and it works when memory has run out.
 */
#pragma once

#include "base/cleanup.h"

#include <stdbool.h>
#include <stddef.h>

/* The values are the exit codes of the command line (svirt(8), EXIT STATUS). */
enum sv_code {
	SV_OK = 0,
	SV_E_FINDINGS = 1,   /* the answer is no */
	SV_E_USAGE = 2,	     /* the input is wrong: command line, domain file, configuration */
	SV_E_HOST = 3,	     /* this host cannot do it: no LSM, permissive, filesystem */
	SV_E_PERMISSION = 4, /* DAC, a capability or the MAC policy refused */
	SV_E_BUSY = 5,	     /* held by somebody else, or in conflict */
	SV_E_NOTFOUND = 6,
	SV_E_EXHAUSTED = 7, /* no free label */
	SV_E_PARTIAL = 8,   /* partly done, the journal is kept */
	SV_E_UNKNOWN = 9,   /* could not find out; also out of memory and our own faults */
};

/* Positive returns. */
enum sv_outcome {
	SV_NONE = 1, /* there is no such thing */
	SV_BUSY,     /* somebody else holds it */
	SV_SKIP,     /* nothing to do for this one */
	SV_MORE,     /* call again */
};

struct sv_error {
	enum sv_code code;
	int sys;	/* errno, 0 when no system call is to blame */
	unsigned line;	/* of file, 0 when the error is not about a place in a file */
	char file[256]; /* the input the error is about, "" when none */
	char msg[512];	/* object and reason; without file:line */
	char hint[320]; /* what the administrator should do next, "" when there is nothing to say */
};

/* Fills err and returns -code. sys is an errno and its text is appended to the message, or 0.
 * The first error wins: an err that is filled already is left as it is. */
int sv_fail(struct sv_error *err, enum sv_code code, int sys, const char *fmt, ...) sv_printf(4, 5);

/* sv_fail() with the code that fits errno (EACCES and EPERM: permission; ENOENT: not found;
 * EBUSY, EAGAIN: busy; EOPNOTSUPP, EROFS: host; everything else: unknown). */
int sv_fail_errno(struct sv_error *err, int sys, const char *fmt, ...) sv_printf(3, 4);

/* Out of memory. */
int sv_fail_oom(struct sv_error *err);

/* An error about a place in an input: "file:line: message". Code SV_E_USAGE. */
int sv_fail_at(struct sv_error *err, const char *file, unsigned line, const char *fmt, ...)
	sv_printf(4, 5);

/* Says which place of which input an error is about; a place that is known already stays. Returns
 * -code. */
int sv_error_place(struct sv_error *err, const char *file, unsigned line);

/* Puts "CONTEXT: " before the message. Returns -code, so that it ends a function. */
int sv_wrap(struct sv_error *err, const char *fmt, ...) sv_printf(2, 3);

/* Sets the hint; an earlier hint stays, the one nearest to the cause knows best. Returns -code. */
int sv_hint(struct sv_error *err, const char *fmt, ...) sv_printf(2, 3);

static inline void sv_error_clear(struct sv_error *err)
{
	*err = (struct sv_error){.code = SV_OK};
}
