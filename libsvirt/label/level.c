/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Levels and ranges: the raw syntax of the kernel, read and written, and dominance. What is
 * accepted here is what the kernel accepts (so "c1.c1" is refused and "c1,c1" is not), and what
 * is written is what the kernel prints, so that a label read back after exec compares equal.
 * Must not know translated names (mcstrans) or which categories this host's policy has.
 */
#include "label/level.h"

#include "base/parse.h"
#include "base/string.h"

#define HINT_SYNTAX	"use the raw form: s0, s0:c1,c2, s0:c0.c1023 or s0-s0:c0.c1023"
#define HINT_CATEGORIES "use the raw form: c5, c1,c2 or c0.c99,c200.c299"

/* Each reader advances *p over what it took. The caller of the first one checks what is left. */

/* letter and a number, up to the next separator. */
static int read_number(const char **p, char letter, uint32_t max, uint32_t *ret,
		       struct sv_error *err)
{
	const char *what = letter == 's' ? "sensitivity" : "category";
	size_t len = strcspn(*p, ".,:-");
	char token[32], shown[64];
	size_t take = len < sizeof(token) ? len : sizeof(token) - 1;

	if (!len)
		return sv_fail(err, SV_E_USAGE, 0, "a %s is missing", what);
	/* a token that is cut here would be out of range, or is no number */
	memcpy(token, *p, take);
	token[take] = '\0';
	if (token[0] != letter)
		return sv_fail(err, SV_E_USAGE, 0, "'%s' is not a %s ('%c' and a number)",
			       sv_escape(token, shown, sizeof(shown)), what, letter);
	*p += len;
	return sv_parse_u32(token + 1, 0, max, what, ret, err);
}

static int read_categories(const char **p, struct sv_catset *set, struct sv_error *err)
{
	for (;; ++*p) {
		uint32_t first, last;
		int r = read_number(p, 'c', SV_MAX_CATEGORIES - 1, &first, err);

		if (r < 0)
			return r;
		last = first;
		if (**p == '.') {
			++*p;
			r = read_number(p, 'c', SV_MAX_CATEGORIES - 1, &last, err);
			if (r < 0)
				return r;
			if (last <= first)
				return sv_fail(err, SV_E_USAGE, 0,
					       "'c%u.c%u' does not go from low to high", first,
					       last);
		}
		while (first <= last)
			sv_catset_add(set, first++);
		if (**p != ',')
			return 0;
	}
}

static int read_level(const char **p, struct sv_level *level, struct sv_error *err)
{
	int r = read_number(p, 's', SV_MAX_SENSITIVITY, &level->sens, err);

	if (r < 0 || **p != ':')
		return r;
	++*p;
	return read_categories(p, &level->cats, err);
}

static int read_range(const char **p, struct sv_range *range, struct sv_error *err)
{
	int r = read_level(p, &range->low, err);

	if (r < 0)
		return r;
	if (**p != '-') {
		range->high = range->low;
		return 0;
	}
	++*p;
	r = read_level(p, &range->high, err);
	if (r < 0)
		return r;
	if (!sv_level_dominates(&range->high, &range->low)) {
		(void)sv_fail(err, SV_E_USAGE, 0, "the second level does not dominate the first");
		return sv_hint(err, "the second level needs at least the sensitivity and all of "
				    "the categories of the first");
	}
	return 0;
}

/* Ends every parse: r is the reader's result, rest the text that it did not take. */
static int finish(int r, const char *what, const char *hint, const char *text, const char *rest,
		  struct sv_error *err)
{
	char shown[128];

	if (r == 0 && !*rest)
		return 0;
	if (r == 0)
		(void)sv_fail(err, SV_E_USAGE, 0, "unexpected '%s'",
			      sv_escape(rest, shown, sizeof(shown)));
	(void)sv_hint(err, "%s", hint);
	return sv_wrap(err, "%s '%s'", what, sv_escape(text, shown, sizeof(shown)));
}

int sv_catset_parse(const char *text, struct sv_catset *ret, struct sv_error *err)
{
	struct sv_catset set = {0};
	const char *p = text;
	int r = read_categories(&p, &set, err);

	r = finish(r, "categories", HINT_CATEGORIES, text, p, err);
	if (r == 0)
		*ret = set;
	return r;
}

int sv_level_parse(const char *text, struct sv_level *ret, struct sv_error *err)
{
	struct sv_level level = {0};
	const char *p = text;
	int r = read_level(&p, &level, err);

	r = finish(r, "level", HINT_SYNTAX, text, p, err);
	if (r == 0)
		*ret = level;
	return r;
}

int sv_range_parse(const char *text, struct sv_range *ret, struct sv_error *err)
{
	struct sv_range range = {0};
	const char *p = text;
	int r = read_range(&p, &range, err);

	r = finish(r, "range", HINT_SYNTAX, text, p, err);
	if (r == 0)
		*ret = range;
	return r;
}

static void put_level(struct sv_buf *buf, const struct sv_level *level)
{
	const struct sv_catset *cats = &level->cats;
	unsigned first, last;
	char separator = ':';

	sv_buf_printf(buf, "s%u", level->sens);
	for (first = sv_catset_next(cats, 0); first < SV_MAX_CATEGORIES;
	     first = sv_catset_next(cats, last + 1)) {
		last = first;
		while (sv_catset_has(cats, last + 1))
			last++;
		sv_buf_printf(buf, "%cc%u", separator, first);
		if (last > first)
			sv_buf_printf(buf, "%cc%u", last - first > 1 ? '.' : ',', last);
		separator = ',';
	}
}

int sv_level_format(const struct sv_level *level, char **ret, struct sv_error *err)
{
	sv_auto_buf struct sv_buf buf = {0};

	put_level(&buf, level);
	return sv_buf_take(&buf, ret, err);
}

int sv_range_format(const struct sv_range *range, char **ret, struct sv_error *err)
{
	sv_auto_buf struct sv_buf buf = {0};

	put_level(&buf, &range->low);
	if (!sv_range_is_single(range)) {
		sv_buf_puts(&buf, "-");
		put_level(&buf, &range->high);
	}
	return sv_buf_take(&buf, ret, err);
}

void sv_level_leave(struct sv_level *level, unsigned cat)
{
	struct sv_catset one = {0};

	sv_catset_add(&one, cat);
	sv_catset_drop(&level->cats, &one);
}

bool sv_level_equal(const struct sv_level *a, const struct sv_level *b)
{
	return a->sens == b->sens && sv_catset_equal(&a->cats, &b->cats);
}

bool sv_level_dominates(const struct sv_level *a, const struct sv_level *b)
{
	return a->sens >= b->sens && sv_catset_subset(&b->cats, &a->cats);
}

bool sv_level_comparable(const struct sv_level *a, const struct sv_level *b)
{
	return sv_level_dominates(a, b) || sv_level_dominates(b, a);
}
