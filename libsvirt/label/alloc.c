/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The bitmap of free pairs. The pair of the i-th and the j-th category of the pool (i < j) has
 * the number j * (j - 1) / 2 + i, which fills the bitmap without a gap whatever the pool is. One
 * random number below the count of free pairs names the k-th free bit, found by skipping blocks
 * and words by their counts: no draw is ever repeated. Must not know who uses a level.
 */
#include "label/alloc.h"

#include <assert.h>
#include <errno.h>
#include <sys/random.h>

#define MAX_PAIRS   (SV_MAX_CATEGORIES * (SV_MAX_CATEGORIES - 1) / 2)
#define WORDS	    ((MAX_PAIRS + 63) / 64)
#define BLOCK_WORDS 64u
#define BLOCKS	    ((WORDS + BLOCK_WORDS - 1) / BLOCK_WORDS)

struct sv_alloc {
	uint32_t sens;
	struct sv_catset pool;
	unsigned n;			      /* categories in the pool */
	uint16_t category[SV_MAX_CATEGORIES]; /* of a position */
	uint16_t position[SV_MAX_CATEGORIES]; /* of a category of the pool */
	uint32_t left;
	uint32_t block_left[BLOCKS];
	uint64_t free[WORDS];
};

/* How many pairs n categories make; also the number of the first pair whose higher position is
 * n. */
static uint32_t pairs_of(uint32_t n)
{
	return n * (n - 1) / 2;
}

static void fill(struct sv_alloc *alloc)
{
	uint32_t rest = pairs_of(alloc->n);
	unsigned word;

	alloc->left = rest;
	for (word = 0; rest; word++) {
		uint32_t bits = rest < 64 ? rest : 64;

		/* cppcheck-suppress shiftTooManyBits ; rest, and so bits, is not 0 here */
		alloc->free[word] = UINT64_MAX >> (64 - bits);
		alloc->block_left[word / BLOCK_WORDS] += bits;
		rest -= bits;
	}
}

int sv_alloc_new(uint32_t sens, const struct sv_catset *pool, struct sv_alloc **ret,
		 struct sv_error *err)
{
	struct sv_alloc *alloc;
	unsigned cat, n = sv_catset_count(pool);

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
	for (cat = sv_catset_next(pool, 0); cat < SV_MAX_CATEGORIES;
	     cat = sv_catset_next(pool, cat + 1)) {
		alloc->position[cat] = (uint16_t)alloc->n;
		alloc->category[alloc->n++] = (uint16_t)cat;
	}
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

static void withdraw(struct sv_alloc *alloc, uint32_t pair)
{
	uint64_t bit = UINT64_C(1) << (pair % 64);

	if (!(alloc->free[pair / 64] & bit))
		return;
	alloc->free[pair / 64] &= ~bit;
	alloc->block_left[pair / 64 / BLOCK_WORDS]--;
	alloc->left--;
}

/* Every pair that holds the category at position i. */
static void withdraw_category(struct sv_alloc *alloc, unsigned i)
{
	unsigned j;

	for (j = 0; j < i; j++)
		withdraw(alloc, pairs_of(i) + j);
	for (j = i + 1; j < alloc->n; j++)
		withdraw(alloc, pairs_of(j) + i);
}

void sv_alloc_exclude(struct sv_alloc *alloc, const struct sv_level *used)
{
	unsigned total = sv_catset_count(&used->cats);
	uint16_t in_pool[SV_MAX_CATEGORIES];
	bool may_dominate, may_be_dominated;
	unsigned i, j, cat, n = 0;

	for (cat = sv_catset_next(&used->cats, 0); cat < SV_MAX_CATEGORIES;
	     cat = sv_catset_next(&used->cats, cat + 1)) {
		if (sv_catset_has(&alloc->pool, cat))
			in_pool[n++] = alloc->position[cat];
	}
	may_dominate = used->sens >= alloc->sens;
	may_be_dominated = used->sens <= alloc->sens && n == total;
	if (may_be_dominated && n == 1)
		withdraw_category(alloc, in_pool[0]);
	if (!may_dominate && !(may_be_dominated && n == 2))
		return;
	for (j = 1; j < n; j++) {
		for (i = 0; i < j; i++)
			withdraw(alloc, pairs_of(in_pool[j]) + in_pool[i]);
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
	uint32_t low = 1, high = alloc->n - 1;

	/* the greatest j with pairs_of(j) <= pair */
	while (low < high) {
		uint32_t middle = (low + high + 1) / 2;

		if (pairs_of(middle) <= pair)
			low = middle;
		else
			high = middle - 1;
	}
	*ret = (struct sv_level){.sens = alloc->sens};
	sv_catset_add(&ret->cats, alloc->category[low]);
	sv_catset_add(&ret->cats, alloc->category[pair - pairs_of(low)]);
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
