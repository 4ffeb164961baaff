/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Category sets as bits, so that "subset" is arithmetic and never a comparison of strings:
 * "c1,c2,c3" and "c1.c3" are one set. Must not know how a set is written (level.c).
 */
#include "label/level.h"

#include <assert.h>

#define WORDS (SV_MAX_CATEGORIES / 64)

void sv_catset_add(struct sv_catset *set, unsigned cat)
{
	assert(cat < SV_MAX_CATEGORIES);
	set->bits[cat / 64] |= UINT64_C(1) << (cat % 64);
}

bool sv_catset_has(const struct sv_catset *set, unsigned cat)
{
	return cat < SV_MAX_CATEGORIES && (set->bits[cat / 64] >> (cat % 64) & 1);
}

unsigned sv_catset_count(const struct sv_catset *set)
{
	unsigned i, n = 0;

	for (i = 0; i < WORDS; i++)
		n += (unsigned)__builtin_popcountll(set->bits[i]);
	return n;
}

bool sv_catset_subset(const struct sv_catset *inner, const struct sv_catset *outer)
{
	unsigned i;

	for (i = 0; i < WORDS; i++) {
		if (inner->bits[i] & ~outer->bits[i])
			return false;
	}
	return true;
}

void sv_catset_keep(struct sv_catset *set, const struct sv_catset *kept)
{
	unsigned i;

	for (i = 0; i < WORDS; i++)
		set->bits[i] &= kept->bits[i];
}

void sv_catset_drop(struct sv_catset *set, const struct sv_catset *dropped)
{
	unsigned i;

	for (i = 0; i < WORDS; i++)
		set->bits[i] &= ~dropped->bits[i];
}

bool sv_catset_equal(const struct sv_catset *a, const struct sv_catset *b)
{
	return sv_catset_subset(a, b) && sv_catset_subset(b, a);
}

unsigned sv_catset_next(const struct sv_catset *set, unsigned from)
{
	while (from < SV_MAX_CATEGORIES) {
		uint64_t rest = set->bits[from / 64] >> (from % 64);

		if (rest)
			return from + (unsigned)__builtin_ctzll(rest);
		from = (from / 64 + 1) * 64;
	}
	return SV_MAX_CATEGORIES;
}
