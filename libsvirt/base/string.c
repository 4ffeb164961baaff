/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Growing text and string lists, and escaping of untrusted text: see string.h. */
#include "base/string.h"

#include <errno.h>
#include <stdarg.h>

int sv_strdup(const char *s, char **ret, struct sv_error *err)
{
	char *copy = NULL;

	if (s) {
		copy = strdup(s);
		if (!copy)
			return sv_fail_oom(err);
	}
	*ret = copy;
	return 0;
}

int sv_strdup_all(const struct sv_text *texts, size_t n, struct sv_error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++)
		r = sv_strdup(texts[i].from, texts[i].to, err);
	return r;
}

/* NULL: no memory. */
static char *sv_printf(1, 0) format(const char *fmt, va_list ap)
{
	char *text = NULL;

	return vasprintf(&text, fmt, ap) < 0 ? NULL : text;
}

int sv_asprintf(char **ret, struct sv_error *err, const char *fmt, ...)
{
	char *text;
	va_list ap;

	va_start(ap, fmt);
	text = format(fmt, ap);
	va_end(ap);
	if (!text)
		return sv_fail_oom(err);
	*ret = text;
	return 0;
}

/* Doubles *room until need fits. */
static bool grow(void **items, size_t *room, size_t need, size_t size)
{
	size_t more = *room ? *room : 16;
	size_t bytes;
	void *p;

	while (more < need) {
		if (__builtin_mul_overflow(more, (size_t)2, &more))
			return false;
	}
	if (more == *room)
		return true;
	if (__builtin_mul_overflow(more, size, &bytes))
		return false;
	p = realloc(*items, bytes);
	if (!p)
		return false;
	*items = p;
	*room = more;
	return true;
}

void sv_buf_add(struct sv_buf *buf, const char *s, size_t len)
{
	void *items = buf->s;

	if (buf->failed)
		return;
	if (!grow(&items, &buf->room, buf->len + len + 1, 1)) {
		buf->failed = true;
		return;
	}
	buf->s = items;
	memcpy(buf->s + buf->len, s, len);
	buf->len += len;
	buf->s[buf->len] = '\0';
}

void sv_buf_puts(struct sv_buf *buf, const char *s)
{
	sv_buf_add(buf, s, strlen(s));
}

void sv_buf_printf(struct sv_buf *buf, const char *fmt, ...)
{
	sv_auto_free char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	text = format(fmt, ap);
	va_end(ap);
	if (text)
		sv_buf_puts(buf, text);
	else
		buf->failed = true;
}

void sv_buf_hex(struct sv_buf *buf, const void *bytes, size_t n)
{
	const unsigned char *p = bytes;

	for (size_t i = 0; i < n; i++)
		sv_buf_printf(buf, "%02x", p[i]);
}

int sv_buf_take(struct sv_buf *buf, char **ret, struct sv_error *err)
{
	sv_buf_add(buf, "", 0);
	if (buf->failed) {
		sv_buf_done(buf);
		return sv_fail_oom(err);
	}
	*ret = buf->s;
	*buf = (struct sv_buf){0};
	return 0;
}

void sv_buf_done(struct sv_buf *buf)
{
	free(buf->s);
	*buf = (struct sv_buf){0};
}

static void strv_take(struct sv_strv *v, char *s)
{
	void *items = v->v;

	if (!s || v->failed || !grow(&items, &v->room, v->n + 2, sizeof(*v->v))) {
		v->failed = true;
		free(s);
		return;
	}
	v->v = items;
	v->v[v->n++] = s;
	v->v[v->n] = NULL;
}

void sv_strv_add(struct sv_strv *v, const char *s)
{
	strv_take(v, strdup(s));
}

void sv_strv_printf(struct sv_strv *v, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	strv_take(v, format(fmt, ap));
	va_end(ap);
}

int sv_strv_check(const struct sv_strv *v, struct sv_error *err)
{
	return v->failed ? sv_fail_oom(err) : 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void sv_strv_sort(struct sv_strv *v)
{
	if (v->n)
		qsort(v->v, v->n, sizeof(*v->v), by_name);
}

void sv_strv_done(struct sv_strv *v)
{
	size_t i;

	for (i = 0; i < v->n; i++)
		free(v->v[i]);
	free(v->v);
	*v = (struct sv_strv){0};
}

/* Length of the well-formed UTF-8 sequence at s, 0 when it is not one (RFC 3629). */
static size_t utf8_len(const unsigned char *s)
{
	size_t n, i;

	if (s[0] >= 0xc2 && s[0] <= 0xdf)
		n = 2;
	else if (s[0] >= 0xe0 && s[0] <= 0xef)
		n = 3;
	else if (s[0] >= 0xf0 && s[0] <= 0xf4)
		n = 4;
	else
		return 0;
	for (i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	}
	/* C1 controls (U+0080-U+009F) move the cursor of some terminals */
	if (s[0] == 0xc2 && s[1] < 0xa0)
		return 0;
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return n;
}

const char *sv_escape(const char *s, char *out, size_t room)
{
	const unsigned char *p = (const unsigned char *)s;
	size_t o = 0;

	while (*p) {
		size_t take = (*p >= 0x20 && *p < 0x7f) ? 1 : utf8_len(p);
		char piece[5];

		if (take) {
			memcpy(piece, p, take);
		} else {
			(void)snprintf(piece, sizeof(piece), "\\x%02x", (unsigned)*p);
		}
		if (o + (take ? take : 4) + 4 > room) {
			memcpy(out + o, "...", 4);
			return out;
		}
		memcpy(out + o, piece, take ? take : 4);
		o += take ? take : 4;
		p += take ? take : 1;
	}
	out[o] = '\0';
	return out;
}
