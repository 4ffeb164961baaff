/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Scope-bound release of memory and descriptors, so that an early return leaks nothing.
 * Build into a cleanup variable, hand over with sv_take_ptr()/sv_take_fd() in the last line.
 * Knows nothing but libc.
 */
#pragma once

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define sv_cleanup(fn)	      __attribute__((__cleanup__(fn)))
#define sv_must_check	      __attribute__((__warn_unused_result__))
#define sv_printf(fmt, first) __attribute__((__format__(__printf__, fmt, first)))

/* p is the address of a pointer of any type: copied, because a T * may not be read as a void *. */
static inline void sv_free_ptr(void *p)
{
	void *value;

	memcpy(&value, p, sizeof(value));
	free(value);
}

static inline void sv_close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static inline void sv_close_dir(DIR **dir)
{
	if (*dir)
		closedir(*dir);
	*dir = NULL;
}

static inline void sv_close_file(FILE **file)
{
	if (*file)
		fclose(*file);
	*file = NULL;
}

#define sv_auto_free  sv_cleanup(sv_free_ptr)
#define sv_auto_close sv_cleanup(sv_close_fd)
#define sv_auto_dir   sv_cleanup(sv_close_dir)
#define sv_auto_file  sv_cleanup(sv_close_file)

/* Hand the value of a cleanup variable over: the variable is empty afterwards. */
#define sv_take_ptr(p)                          \
	({                                      \
		__typeof__(p) *taken_ = &(p);   \
		__typeof__(p) value_ = *taken_; \
		*taken_ = NULL;                 \
		value_;                         \
	})

static inline int sv_take_fd(int *fd)
{
	int value = *fd;

	*fd = -1;
	return value;
}
