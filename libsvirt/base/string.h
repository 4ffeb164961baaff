/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Strings: bounded comparison, a growing buffer, and the escaping that untrusted text goes
 * through before it reaches a terminal or a log. Knows nothing but libc.
 */
#pragma once

#include "base/error.h"

#include <string.h>

static inline bool sv_streq(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static inline bool sv_starts_with(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

#define SV_N_ELEMENTS(a) (sizeof(a) / sizeof((a)[0]))

/* strdup() with an error. s may be NULL, *ret is NULL then. The caller owns *ret. */
int sv_strdup(const char *s, char **ret, struct sv_error *err) sv_must_check;
/* The same for n of them. When it fails, some are copied: what holds them is freed as ever. */
struct sv_text {
	const char *from;
	char **to;
};
int sv_strdup_all(const struct sv_text *texts, size_t n, struct sv_error *err) sv_must_check;

/* asprintf() with an error. The caller owns *ret. */
int sv_asprintf(char **ret, struct sv_error *err, const char *fmt, ...)
	sv_printf(3, 4) sv_must_check;

/* A growing, always terminated text. Errors stick: append freely, ask once with sv_buf_take(). */
struct sv_buf {
	char *s;
	size_t len, room;
	bool failed;
};

void sv_buf_add(struct sv_buf *buf, const char *s, size_t len);
void sv_buf_puts(struct sv_buf *buf, const char *s);
void sv_buf_printf(struct sv_buf *buf, const char *fmt, ...) sv_printf(2, 3);
/* Two digits for each byte, in lower case: what sv_parse_hex() (base/parse.h) reads. */
void sv_buf_hex(struct sv_buf *buf, const void *bytes, size_t n);
/* Hands the text over (never NULL on success, "" when nothing was added). */
int sv_buf_take(struct sv_buf *buf, char **ret, struct sv_error *err) sv_must_check;
void sv_buf_done(struct sv_buf *buf);
#define sv_auto_buf sv_cleanup(sv_buf_done)

/* A list of strings that ends with NULL: argument vectors, names. Errors stick as in sv_buf. */
struct sv_strv {
	char **v;
	size_t n, room;
	bool failed;
};

void sv_strv_add(struct sv_strv *v, const char *s);
void sv_strv_printf(struct sv_strv *v, const char *fmt, ...) sv_printf(2, 3);
/* 0 when every append succeeded. */
int sv_strv_check(const struct sv_strv *v, struct sv_error *err) sv_must_check;
/* In the order of strcmp(3). */
void sv_strv_sort(struct sv_strv *v);
void sv_strv_done(struct sv_strv *v);
#define sv_auto_strv sv_cleanup(sv_strv_done)

/* Writes s into out, bytes that are not printable ASCII or UTF-8 text as \xHH, cut to fit with
 * "..." at the end. Returns out. */
const char *sv_escape(const char *s, char *out, size_t room);
