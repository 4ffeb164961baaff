/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Allocation of dynamic levels: two different categories out of a pool, uniformly among those
 * pairs that do not conflict with a level in use. All dynamic levels hold two categories, so none
 * dominates another. A bitmap has the free pairs, so there is no search loop and a full pool is
 * noticed at once. Pure: the caller knows who uses which level (store, /proc, static labels).
 */
#pragma once

#include "label/level.h"

/* The pairs of categories have numbers without a gap: {i, j} with i < j is j * (j - 1) / 2 + i. */
#define SV_PAIRS      (SV_MAX_CATEGORIES * (SV_MAX_CATEGORIES - 1) / 2)
#define SV_PAIR_WORDS (SV_PAIRS / 64)

/* Whether a level holds exactly two categories; *ret is the number of that pair. */
bool sv_pair_of(const struct sv_level *level, uint32_t *ret);

/* The categories that the pairs with a set bit are made of. */
void sv_pairs_categories(const uint64_t words[SV_PAIR_WORDS], struct sv_catset *ret);

struct sv_alloc; /* about 70 KiB */

/* A pool of pairs at sensitivity sens out of the categories in pool (at least two). The caller
 * frees *ret with sv_alloc_free(). */
int sv_alloc_new(uint32_t sens, const struct sv_catset *pool, struct sv_alloc **ret,
		 struct sv_error *err) sv_must_check;
void sv_alloc_free(struct sv_alloc **alloc);
#define sv_auto_alloc sv_cleanup(sv_alloc_free)

/* Withdraws every pair that is comparable with used (equal, dominating, dominated). A level
 * without categories withdraws nothing: every guest dominates s0 by design. */
void sv_alloc_exclude(struct sv_alloc *alloc, const struct sv_level *used);

/* Withdraws the pairs 64 * word + n for each bit n that is set in bits, whatever their sensitivity:
 * pairs of the same categories are always comparable. word is below SV_PAIR_WORDS. */
void sv_alloc_exclude_pairs(struct sv_alloc *alloc, uint32_t word, uint64_t bits);

uint32_t sv_alloc_capacity(const struct sv_alloc *alloc); /* pairs in the pool */
uint32_t sv_alloc_left(const struct sv_alloc *alloc);	  /* pairs still free */

/* Returns a number uniformly in [0, bound), or bound when there is no randomness (with errno):
 * sv_alloc_pick() fails then. bound > 0. */
typedef uint32_t (*sv_random_fn)(void *data, uint32_t bound);
/* getrandom(2) without modulo bias; data is unused. The default for production. */
uint32_t sv_random_kernel(void *data, uint32_t bound);

/* Picks uniformly among the free pairs and withdraws it. SV_E_EXHAUSTED when none is left. */
int sv_alloc_pick(struct sv_alloc *alloc, sv_random_fn random, void *data, struct sv_level *ret,
		  struct sv_error *err) sv_must_check;
