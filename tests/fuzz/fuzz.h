/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Common code of the fuzz targets: how an input is split, and the conditions that hold for every
 * function of the library with any input. A target is one function; libFuzzer (make fuzz) or
 * fuzz-main.c (make check) calls it.
 */
#pragma once

#include "base/error.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define require(condition)        \
	do {                      \
		if (!(condition)) \
			abort();  \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* An input that is consumed from its beginning. When it is used up, all further values are zero and
 * empty. */
struct fuzz_in {
	const uint8_t *p;
	size_t left;
};

static inline uint8_t fuzz_byte(struct fuzz_in *in)
{
	if (in->left == 0)
		return 0;
	in->left--;
	return *in->p++;
}

/* The number of bytes before the next 0xff, or the end. They and the 0xff are consumed; *ret points
 * to the first. */
static inline size_t fuzz_piece(struct fuzz_in *in, const uint8_t **ret)
{
	const uint8_t *end = in->left ? memchr(in->p, 0xff, in->left) : NULL;
	size_t len = end ? (size_t)(end - in->p) : in->left;

	*ret = in->p;
	in->p += len + (end != NULL);
	in->left -= len + (end != NULL);
	return len;
}

/* The same as a terminated copy, in memory of its own size. The caller owns it. */
static inline char *fuzz_copy(struct fuzz_in *in, size_t *ret_len)
{
	const uint8_t *from;
	size_t len = fuzz_piece(in, &from);
	char *copy = malloc(len + 1);

	require(copy);
	if (len)
		memcpy(copy, from, len);
	copy[len] = '\0';
	if (ret_len)
		*ret_len = len;
	return copy;
}

static inline char *fuzz_text(struct fuzz_in *in)
{
	return fuzz_copy(in, NULL);
}

/* A directory for files: in memory where that is possible. */
static inline const char *fuzz_tmp(void)
{
	return access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
}

/* One line that is safe for a terminal, terminated inside its field. */
static inline void fuzz_check_text(const char *text, size_t room)
{
	require(memchr(text, '\0', room));
	for (; *text; text++)
		require((unsigned char)*text >= 0x20 && *text != 0x7f);
}

/* The convention of base/error.h: a failure has filled err, an outcome has left it alone. Returns
 * r. */
static inline int fuzz_check(int r, const struct sv_error *err)
{
	require((r < 0) == (err->code != SV_OK));
	if (r < 0) {
		require(r == -(int)err->code && err->code <= SV_E_UNKNOWN && err->msg[0]);
		fuzz_check_text(err->msg, sizeof(err->msg));
		fuzz_check_text(err->hint, sizeof(err->hint));
		fuzz_check_text(err->file, sizeof(err->file));
	}
	return r;
}
