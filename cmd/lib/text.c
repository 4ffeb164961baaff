/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text for people, escaped at the sink: see text.h. */
#include "lib/text.h"

#include "lib/error.h"

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

/* The length of a UTF-8 sequence by its first byte. 0: it cannot begin one. */
static size_t utf8_len(unsigned char first)
{
	if (first < 0x80)
		return 1;
	if (first >> 5 == 6)
		return 2;
	if (first >> 4 == 14)
		return 3;
	return first >> 3 == 30 ? 4 : 0;
}

/* Length of the UTF-8 sequence at s (RFC 3629) and its code point; 0 when it is not one. */
static size_t utf8_next(const unsigned char *s, uint32_t *ret)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t n = utf8_len(s[0]);
	uint32_t cp = n == 1 ? s[0] : s[0] & (0x7fu >> n);

	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		cp = cp << 6 | (s[i] & 0x3fu);
	}
	if (cp < least[n] || cp > 0x10ffff || (cp >= 0xd800 && cp <= 0xdfff))
		return 0;
	*ret = cp;
	return n;
}

/* Reads the locale when text beyond ASCII is printed for the first time. Most runs never do. */
static void follow_locale(void)
{
	static bool done;

	if (!done)
		(void)setlocale(LC_CTYPE, "");
	done = true;
}

/* Control characters move the cursor. Line separators and bidirectional controls change how a line
 * reads. Characters that the locale cannot show may be anything. */
static bool printable(uint32_t cp)
{
	if (cp < 0x80)
		return cp >= 0x20 && cp != 0x7f;
	if ((cp >= 0x2028 && cp <= 0x202e) || (cp >= 0x2066 && cp <= 0x2069))
		return false;
	follow_locale();
	return strcmp(nl_langinfo(CODESET), "UTF-8") == 0 && wcwidth((wchar_t)cp) >= 0;
}

enum escaping {
	ESCAPE_INVALID, /* bytes that are not UTF-8 */
	ESCAPE_TEXT,	/* also characters that are not printable */
	ESCAPE_QUOTED,	/* also \ and ', by a backslash */
};

/* Writes s; bytes that must not be written become \xHH. */
static void put_escaped(FILE *f, const char *s, enum escaping how)
{
	const unsigned char *p = (const unsigned char *)s;

	while (*p) {
		uint32_t cp = 0;
		size_t n = utf8_next(p, &cp);

		if (n && (how == ESCAPE_INVALID || printable(cp))) {
			if (how == ESCAPE_QUOTED && (cp == '\\' || cp == '\''))
				(void)fputc('\\', f);
			(void)fwrite(p, 1, n, f);
			p += n;
			continue;
		}
		for (n = n ? n : 1; n; n--)
			(void)fprintf(f, "\\x%02x", *p++);
	}
}

static FILE *collect(char **bytes, size_t *len)
{
	FILE *f = open_memstream(bytes, len);

	if (!f)
		no_memory();
	return f;
}

static void collected(FILE *f)
{
	if (fclose(f))
		no_memory();
}

/* Whether s is printable ASCII, as nearly all text is. Such text is copied as it is, which matters
 * for a table of half a million lines. */
static bool plain(const char *s)
{
	while (*s >= 0x20 && *s < 0x7f)
		s++;
	return !*s;
}

static char *escaped(const char *s, enum escaping how)
{
	char *bytes = plain(s) ? strdup(s) : NULL;
	size_t len = 0;
	FILE *f;

	if (bytes)
		return bytes;
	f = collect(&bytes, &len);
	put_escaped(f, s, how);
	collected(f);
	return bytes;
}

char *escape(const char *s)
{
	return escaped(s, ESCAPE_TEXT);
}

char *escape_invalid(const char *s)
{
	return escaped(s, ESCAPE_INVALID);
}

static const char plain_chars[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				  "0123456789@%+=:,./_-";

char *shell_quote(const char *s)
{
	char *safe = escape(s);
	char *bytes = NULL;
	size_t len = 0;
	FILE *f = collect(&bytes, &len);

	if (*s && s[strspn(s, plain_chars)] == '\0') {
		(void)fputs(s, f);
	} else if (strcmp(safe, s) != 0) {
		(void)fputs("$'", f);
		put_escaped(f, s, ESCAPE_QUOTED);
		(void)fputc('\'', f);
	} else {
		(void)fputc('\'', f);
		for (; *s; s++) {
			if (*s == '\'')
				(void)fputs("'\\'", f);
			(void)fputc(*s, f);
		}
		(void)fputc('\'', f);
	}
	free(safe);
	collected(f);
	return bytes;
}

void text_open(struct text *text, enum color_when when)
{
	const char *term = getenv("TERM");
	const char *no_color = getenv("NO_COLOR");

	*text = (struct text){.file = NULL};
	text->file = collect(&text->bytes, &text->len);
	text->color =
		when == COLOR_ALWAYS || (when == COLOR_AUTO && isatty(STDOUT_FILENO) && term &&
					 strcmp(term, "dumb") != 0 && !(no_color && *no_color));
}

void text_done(struct text *text)
{
	if (text->file)
		(void)fclose(text->file);
	free(text->bytes);
	*text = (struct text){.file = NULL};
}

int text_flush(struct text *text)
{
	size_t done = 0;

	if (fflush(text->file))
		no_memory();
	while (done < text->len) {
		ssize_t n = write(STDOUT_FILENO, text->bytes + done, text->len - done);

		if (n < 0 && errno != EINTR)
			return -1;
		if (n > 0)
			done += (size_t)n;
	}
	return 0;
}

static void __attribute__((__format__(__printf__, 2, 0))) vput(FILE *f, const char *fmt, va_list ap)
{
	char *piece = NULL;

	if (vasprintf(&piece, fmt, ap) < 0)
		no_memory();
	put_escaped(f, piece, ESCAPE_TEXT);
	free(piece);
}

void text_add(struct text *text, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vput(text->file, fmt, ap);
	va_end(ap);
}

void text_line(struct text *text, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vput(text->file, fmt, ap);
	va_end(ap);
	(void)fputc('\n', text->file);
}

void text_field(struct text *text, const char *key, const char *fmt, ...)
{
	int pad = 15 - (int)strlen(key) - 1;
	va_list ap;

	text_add(text, "%s:%*s ", key, pad > 0 ? pad : 0, "");
	va_start(ap, fmt);
	vput(text->file, fmt, ap);
	va_end(ap);
	(void)fputc('\n', text->file);
}

void text_tint(struct text *text, enum tint tint, const char *word)
{
	static const char *const codes[] = {
		[TINT_GOOD] = "\033[32m",
		[TINT_BAD] = "\033[1;31m",
		[TINT_DOUBT] = "\033[33m",
	};

	if (text->color)
		(void)fputs(codes[tint], text->file);
	text_add(text, "%s", word);
	if (text->color)
		(void)fputs("\033[0m", text->file);
}

void text_blank(struct text *text)
{
	(void)fputc('\n', text->file);
}

void talk(const char *prefix, const char *fmt, ...)
{
	char *bytes = NULL;
	size_t len = 0;
	FILE *f = collect(&bytes, &len);
	va_list ap;

	(void)fputs(prefix, f);
	va_start(ap, fmt);
	vput(f, fmt, ap);
	va_end(ap);
	(void)fputc('\n', f);
	collected(f);
	/* one write, so that lines of several processes do not mix */
	(void)fwrite(bytes, 1, len, stderr);
	free(bytes);
}

void complain(const struct svirt_error *err)
{
	const char *msg = err->msg[0] ? err->msg : "failed for a reason that was not recorded";

	if (err->file[0] && err->line)
		talk("svirt: ", "%s:%u: %s", err->file, err->line, msg);
	else if (err->file[0])
		talk("svirt: ", "%s: %s", err->file, msg);
	else
		talk("svirt: ", "%s", msg);
	if (err->hint[0])
		talk("svirt: hint: ", "%s", err->hint);
}
