/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * MLS levels and ranges: sensitivity plus a set of categories, in the raw (untranslated) syntax
 * of the kernel: "s0", "s0:c1,c5.c9", "s0-s15:c0.c1023" (security/selinux/ss/mls.c of Linux).
 * Pure: text in, values out. Knows nothing of users, types, files or the running kernel.
 */
#pragma once

#include "base/error.h"

#include <stdint.h>

/* Categories c0 to c1023: what every distribution's policy is built with (MCS_CATS, MLS_CATS). */
#define SV_MAX_CATEGORIES  1024u
#define SV_MAX_SENSITIVITY 1023u

struct sv_catset {
	uint64_t bits[SV_MAX_CATEGORIES / 64];
};

struct sv_level {
	uint32_t sens;
	struct sv_catset cats;
};

struct sv_range {
	struct sv_level low, high; /* equal for a single level */
};

/* catset.c */

void sv_catset_add(struct sv_catset *set, unsigned cat);
bool sv_catset_has(const struct sv_catset *set, unsigned cat);
unsigned sv_catset_count(const struct sv_catset *set);
bool sv_catset_subset(const struct sv_catset *inner, const struct sv_catset *outer);
void sv_catset_keep(struct sv_catset *set, const struct sv_catset *kept);    /* the intersection */
void sv_catset_drop(struct sv_catset *set, const struct sv_catset *dropped); /* the difference */
bool sv_catset_equal(const struct sv_catset *a, const struct sv_catset *b);
/* The lowest member that is at least from; SV_MAX_CATEGORIES when there is none. */
unsigned sv_catset_next(const struct sv_catset *set, unsigned from);

/* "c1,c5.c9" (the part after the first ':'). Empty, reversed ("c9.c5"), out of range, leading
 * zeros and repeated or trailing separators are errors. */
int sv_catset_parse(const char *text, struct sv_catset *ret, struct sv_error *err) sv_must_check;

/* level.c */

/* One level, e.g. "s0:c1,c2". A '-' is an error here. */
int sv_level_parse(const char *text, struct sv_level *ret, struct sv_error *err) sv_must_check;

/* A level or "low-high". An error when high does not dominate low. */
int sv_range_parse(const char *text, struct sv_range *ret, struct sv_error *err) sv_must_check;

/* The kernel's canonical spelling: runs of three and more as "c1.c3", a pair as "c1,c2".
 * The caller owns *ret. */
int sv_level_format(const struct sv_level *level, char **ret, struct sv_error *err) sv_must_check;
int sv_range_format(const struct sv_range *range, char **ret, struct sv_error *err) sv_must_check;

/* Takes one category out. */
void sv_level_leave(struct sv_level *level, unsigned cat);

bool sv_level_equal(const struct sv_level *a, const struct sv_level *b);
/* a dominates b: higher or equal sensitivity and a superset (or the same set) of categories. */
bool sv_level_dominates(const struct sv_level *a, const struct sv_level *b);
/* Equal, or one dominates the other: two guests at such levels are not kept apart. */
bool sv_level_comparable(const struct sv_level *a, const struct sv_level *b);
static inline bool sv_range_is_single(const struct sv_range *r)
{
	return sv_level_equal(&r->low, &r->high);
}
