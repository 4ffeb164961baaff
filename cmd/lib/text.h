/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sink for text: every byte that a person reads passes here. Untrusted strings are escaped
 * here, not where they are formatted. A piece of text cannot hold a line break, a control byte or a
 * change of direction; only the functions for lines and colours make these.
 *
 * Standard output is collected and written once, so that a run that fails prints no half of it.
 */
#pragma once

#include "svirt.h"

#include <stdbool.h>
#include <stdio.h>

enum color_when {
	COLOR_AUTO,
	COLOR_ALWAYS,
	COLOR_NEVER,
};

enum tint {
	TINT_GOOD,
	TINT_BAD,
	TINT_DOUBT,
};

struct text {
	FILE *file;
	char *bytes; /* the collected output of file */
	size_t len;
	bool color;
};

void text_open(struct text *text, enum color_when when);
void text_done(struct text *text);
/* Writes the collected text to standard output. 0, or -1 with errno. */
int text_flush(struct text *text);

/* Prints a piece of a line. The result is escaped, fmt included. */
void text_add(struct text *text, const char *fmt, ...)
	__attribute__((__format__(__printf__, 2, 3)));
/* Prints the rest of a line and ends it. */
void text_line(struct text *text, const char *fmt, ...)
	__attribute__((__format__(__printf__, 2, 3)));
/* "KEY:            value", as virsh(1) prints facts. */
void text_field(struct text *text, const char *key, const char *fmt, ...)
	__attribute__((__format__(__printf__, 3, 4)));
void text_tint(struct text *text, enum tint tint, const char *word);
void text_blank(struct text *text);

/* Prints a line on standard error. prefix: "" or "svirt: ". */
void talk(const char *prefix, const char *fmt, ...) __attribute__((__format__(__printf__, 2, 3)));
/* Prints the message of an error, with its place, and the hint. */
void complain(const struct svirt_error *err);

/* s with everything that this locale cannot print as \xHH. The caller frees it. */
char *escape(const char *s);
/* s with everything that is not UTF-8 as \xHH. The caller frees it. */
char *escape_invalid(const char *s);
/* s as one word of a POSIX shell, or of bash(1) when it holds control bytes. The caller frees. */
char *shell_quote(const char *s);
