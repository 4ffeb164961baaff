/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The bitmap of free pairs. A pair has the same number in every pool, so that pairs in use can be
 * passed in words of 64 bits. One random number k below the count of free pairs selects the k-th
 * free bit, which is found by the counts of blocks and words, so no draw is ever repeated. Must not
 * know who uses a level.
 */
#include "label/alloc.h"

#include <assert.h>
#include <errno.h>
#include <sys/random.h>

#define BLOCK_WORDS 64u
#define BLOCKS	    ((SV_PAIR_WORDS + BLOCK_WORDS - 1) / BLOCK_WORDS)

_Static_assert(SV_PAIRS % 64 == 0, "the last word is full");

struct sv_alloc {
	uint32_t sens;
	struct sv_catset pool;
	unsigned n; /* categories in the pool */
	uint32_t left;
	uint32_t block_left[BLOCKS];
	uint64_t free[SV_PAIR_WORDS];
};

/* How many pairs n categories make; also the number of the first pair whose higher category is
 * n. */
static uint32_t pairs_of(uint32_t n)
{
	return n * (n - 1) / 2;
}

static uint32_t pair_of(unsigned i, unsigned j)
{
	return i < j ? pairs_of(j) + i : pairs_of(i) + j;
}

bool sv_pair_of(const struct sv_level *level, uint32_t *ret)
{
	unsigned low = sv_catset_next(&level->cats, 0);

	if (sv_catset_count(&level->cats) != 2)
		return false;
	*ret = pair_of(low, sv_catset_next(&level->cats, low + 1));
	return true;
}

void sv_pairs_categories(const uint64_t words[SV_PAIR_WORDS], struct sv_catset *ret)
{
	uint32_t pair = 0, i, j;

	*ret = (struct sv_catset){0};
	for (j = 1; j < SV_MAX_CATEGORIES; j++) {
		for (i = 0; i < j; i++, pair++) {
			if (!(words[pair / 64] >> (pair % 64) & 1))
				continue;
			sv_catset_add(ret, i);
			sv_catset_add(ret, j);
		}
	}
}

/* The pairs {i, cat} of the pool with i < cat are a run of bits: the pool's own up to cat. */
static void fill_category(struct sv_alloc *alloc, unsigned cat)
{
	unsigned i;

	for (i = 0; i < cat; i += 64) {
		uint64_t bits = alloc->pool.bits[i / 64];
		uint32_t at = pairs_of(cat) + i;

		if (cat - i < 64)
			bits &= (UINT64_C(1) << (cat - i)) - 1;
		alloc->free[at / 64] |= bits << (at % 64);
		if (at % 64 && bits >> (64 - at % 64))
			alloc->free[at / 64 + 1] |= bits >> (64 - at % 64);
	}
}

static void fill(struct sv_alloc *alloc)
{
	unsigned cat, word;

	for (cat = sv_catset_next(&alloc->pool, 0); cat < SV_MAX_CATEGORIES;
	     cat = sv_catset_next(&alloc->pool, cat + 1))
		fill_category(alloc, cat);
	for (word = 0; word < SV_PAIR_WORDS; word++)
		alloc->block_left[word / BLOCK_WORDS] +=
			(uint32_t)__builtin_popcountll(alloc->free[word]);
	alloc->left = pairs_of(alloc->n);
}

int sv_alloc_new(uint32_t sens, const struct sv_catset *pool, struct sv_alloc **ret,
		 struct sv_error *err)
{
	struct sv_alloc *alloc;
	unsigned n = sv_catset_count(pool);

	if (n < 2) {
		(void)sv_fail(err, SV_E_USAGE, 0,
			      "the category pool at s%u is too small (%u): a guest's level takes "
			      "two categories",
			      sens, n);
		return sv_hint(err, "give the manager a wider range, such as s%u-s%u:c0.c1023",
			       sens, sens);
	}
	alloc = calloc(1, sizeof(*alloc));
	if (!alloc)
		return sv_fail_oom(err);
	alloc->sens = sens;
	alloc->pool = *pool;
	alloc->n = n;
	fill(alloc);
	*ret = alloc;
	return 0;
}

void sv_alloc_free(struct sv_alloc **alloc)
{
	free(*alloc);
	*alloc = NULL;
}

uint32_t sv_alloc_capacity(const struct sv_alloc *alloc)
{
	return pairs_of(alloc->n);
}

uint32_t sv_alloc_left(const struct sv_alloc *alloc)
{
	return alloc->left;
}

void sv_alloc_exclude_pairs(struct sv_alloc *alloc, uint32_t word, uint64_t bits)
{
	uint32_t n;

	assert(word < SV_PAIR_WORDS);
	n = (uint32_t)__builtin_popcountll(alloc->free[word] & bits);
	alloc->free[word] &= ~bits;
	alloc->block_left[word / BLOCK_WORDS] -= n;
	alloc->left -= n;
}

static void withdraw(struct sv_alloc *alloc, uint32_t pair)
{
	sv_alloc_exclude_pairs(alloc, pair / 64, UINT64_C(1) << (pair % 64));
}

void sv_alloc_exclude(struct sv_alloc *alloc, const struct sv_level *used)
{
	const struct sv_catset *cats = &used->cats;
	unsigned n = sv_catset_count(cats), i, j;

	if (n == 1 && used->sens <= alloc->sens) {
		/* every pair that holds the category */
		i = sv_catset_next(cats, 0);
		for (j = 0; j < SV_MAX_CATEGORIES; j++) {
			if (j != i)
				withdraw(alloc, pair_of(i, j));
		}
	}
	/* a pair conflicts at any sensitivity; more categories only with pairs that are not above
	 */
	if (n < 2 || (n > 2 && used->sens < alloc->sens))
		return;
	for (j = sv_catset_next(cats, 0); j < SV_MAX_CATEGORIES; j = sv_catset_next(cats, j + 1)) {
		for (i = sv_catset_next(cats, 0); i < j; i = sv_catset_next(cats, i + 1))
			withdraw(alloc, pair_of(i, j));
	}
}

/* 0, or -1 and errno. */
static int random_u32(uint32_t *ret)
{
	ssize_t n;

	do
		n = getrandom(ret, sizeof(*ret), 0);
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)sizeof(*ret) ? 0 : -1;
}

uint32_t sv_random_kernel(void *data, uint32_t bound)
{
	/* The lowest 2^32 % bound values are drawn again: what is left is a multiple of bound. */
	uint32_t unfair = (0u - bound) % bound;
	uint32_t value;

	(void)data;
	do {
		if (random_u32(&value) < 0)
			return bound;
	} while (value < unfair);
	return value % bound;
}

/* The number of the k-th free pair; k is below left. */
static uint32_t kth_free(const struct sv_alloc *alloc, uint32_t k)
{
	unsigned block, word;
	uint64_t bits;

	for (block = 0; k >= alloc->block_left[block]; block++)
		k -= alloc->block_left[block];
	for (word = block * BLOCK_WORDS;; word++) {
		uint32_t here = (uint32_t)__builtin_popcountll(alloc->free[word]);

		if (k < here)
			break;
		k -= here;
	}
	for (bits = alloc->free[word]; k; k--)
		bits &= bits - 1;
	return word * 64 + (uint32_t)__builtin_ctzll(bits);
}

static void level_of_pair(const struct sv_alloc *alloc, uint32_t pair, struct sv_level *ret)
{
	uint32_t low = 1, high = SV_MAX_CATEGORIES - 1;

	/* the greatest j with pairs_of(j) <= pair */
	while (low < high) {
		uint32_t middle = (low + high + 1) / 2;

		if (pairs_of(middle) <= pair)
			low = middle;
		else
			high = middle - 1;
	}
	*ret = (struct sv_level){.sens = alloc->sens};
	sv_catset_add(&ret->cats, low);
	sv_catset_add(&ret->cats, pair - pairs_of(low));
}

int sv_alloc_pick(struct sv_alloc *alloc, sv_random_fn random, void *data, struct sv_level *ret,
		  struct sv_error *err)
{
	uint32_t k, pair;

	if (!alloc->left) {
		(void)sv_fail(err, SV_E_EXHAUSTED, 0,
			      "no free level: each of the %u pairs of the %u categories at s%u is "
			      "in use or in conflict with a level in use",
			      pairs_of(alloc->n), alloc->n, alloc->sens);
		return sv_hint(err, "'svirt list --levels' shows who holds them; stop a guest or "
				    "give the manager a wider range");
	}
	errno = 0;
	k = random(data, alloc->left);
	if (k >= alloc->left)
		return sv_fail(err, SV_E_UNKNOWN, errno, "no random number for a level");
	pair = kth_free(alloc, k);
	withdraw(alloc, pair);
	level_of_pair(alloc, pair, ret);
	return 0;
}
