/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Allocation of levels, by property: every pair exactly once, nothing comparable with a level in
 * use, uniform over the free levels, and a clear error at the end. The oracle is a plain loop over
 * all pairs with sv_level_comparable(); it must not know how the allocator counts.
 */
#include "label/alloc.h"

#include "base/string.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define ALL_PAIRS    523776u
#define N_ROUNDS     3000
#define MAX_EXCLUDED 8
#define MAX_POOL     14
#define MAX_ORACLE   (MAX_POOL * (MAX_POOL - 1) / 2)

static uint32_t seeded(void *data, uint32_t bound)
{
	uint64_t *seed = data;

	*seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)((*seed >> 32) * bound >> 32);
}

static uint32_t always_first(void *data, uint32_t bound)
{
	(void)data;
	(void)bound;
	return 0;
}

static uint32_t always_last(void *data, uint32_t bound)
{
	(void)data;
	return bound - 1;
}

static uint32_t no_randomness(void *data, uint32_t bound)
{
	(void)data;
	errno = ENOSYS;
	return bound;
}

static struct sv_level level_of(const char *text)
{
	struct sv_error err = {0};
	struct sv_level level = {0};

	if (sv_level_parse(text, &level, &err) < 0)
		fail_msg("%s", err.msg);
	return level;
}

static struct sv_alloc *alloc_of(const char *pool)
{
	struct sv_level level = level_of(pool);
	struct sv_alloc *alloc = NULL;
	struct sv_error err = {0};

	if (sv_alloc_new(level.sens, &level.cats, &alloc, &err) < 0)
		fail_msg("%s", err.msg);
	return alloc;
}

static void pick_is(struct sv_alloc *alloc, sv_random_fn draw, const char *expected)
{
	sv_auto_free char *text = NULL;
	struct sv_error err = {0};
	struct sv_level level;

	assert_int_equal(sv_alloc_pick(alloc, draw, NULL, &level, &err), 0);
	assert_int_equal(sv_level_format(&level, &text, &err), 0);
	assert_string_equal(text, expected);
}

static void test_exhausted(void **state)
{
	sv_auto_alloc struct sv_alloc *alloc = alloc_of("s2:c3,c5,c64.c67,c900,c1023");
	struct sv_level pool = level_of("s2:c3,c5,c64.c67,c900,c1023"), level = {.sens = 42};
	struct sv_level live[28];
	struct sv_error err = {0};
	uint64_t seed = 7;
	unsigned i, j;

	(void)state;
	assert_int_equal(sv_alloc_capacity(alloc), 28);
	for (i = 0; i < 28; i++) {
		assert_int_equal(sv_alloc_left(alloc), 28 - i);
		assert_int_equal(sv_alloc_pick(alloc, seeded, &seed, &live[i], &err), 0);
		assert_int_equal(live[i].sens, 2);
		assert_int_equal(sv_catset_count(&live[i].cats), 2);
		assert_true(sv_catset_subset(&live[i].cats, &pool.cats));
		for (j = 0; j < i; j++)
			assert_false(sv_level_comparable(&live[i], &live[j]));
	}
	assert_int_equal(sv_alloc_left(alloc), 0);
	assert_int_equal(sv_alloc_capacity(alloc), 28);
	assert_int_equal(sv_alloc_pick(alloc, seeded, &seed, &level, &err), -SV_E_EXHAUSTED);
	assert_string_equal(
		err.msg, "no free level: each of the 28 pairs of the 8 categories at s2 is in use "
			 "or in conflict with a level in use");
	assert_string_equal(err.hint, "'svirt list --levels' shows who holds them; stop a guest or "
				      "give the manager a wider range");
	assert_int_equal(level.sens, 42);
}

static void test_small_pools(void **state)
{
	static const struct {
		const char *pool, *msg;
	} table[] = {
		{"s0",
		 "the category pool at s0 is too small (0): a guest's level takes two categories"},
		{"s0:c5",
		 "the category pool at s0 is too small (1): a guest's level takes two categories"},
	};
	sv_auto_alloc struct sv_alloc *two = alloc_of("s0:c0,c1023");
	size_t i;

	(void)state;
	for (i = 0; i < SV_N_ELEMENTS(table); i++) {
		struct sv_level pool = level_of(table[i].pool);
		struct sv_alloc *alloc = NULL;
		struct sv_error err = {0};

		assert_int_equal(sv_alloc_new(0, &pool.cats, &alloc, &err), -SV_E_USAGE);
		assert_null(alloc);
		assert_string_equal(err.msg, table[i].msg);
		assert_string_equal(err.hint,
				    "give the manager a wider range, such as s0-s0:c0.c1023");
	}
	assert_int_equal(sv_alloc_capacity(two), 1);
	pick_is(two, always_last, "s0:c0,c1023");
}

/* Both ends of the count, where off-by-one errors hide. */
static void test_ends(void **state)
{
	sv_auto_alloc struct sv_alloc *alloc = alloc_of("s0:c0.c1023");

	(void)state;
	pick_is(alloc, always_first, "s0:c0,c1");
	pick_is(alloc, always_first, "s0:c0,c2");
	pick_is(alloc, always_last, "s0:c1022,c1023");
	pick_is(alloc, always_last, "s0:c1021,c1023");
	assert_int_equal(sv_alloc_left(alloc), ALL_PAIRS - 4);
}

static void test_no_randomness(void **state)
{
	sv_auto_alloc struct sv_alloc *alloc = alloc_of("s0:c0.c1023");
	struct sv_level level = {.sens = 42};
	struct sv_error err = {0};

	(void)state;
	assert_int_equal(sv_alloc_pick(alloc, no_randomness, NULL, &level, &err), -SV_E_UNKNOWN);
	assert_int_equal(err.sys, ENOSYS);
	assert_string_equal(err.msg, "no random number for a level: Function not implemented");
	assert_int_equal(level.sens, 42);
	assert_int_equal(sv_alloc_left(alloc), ALL_PAIRS);
}

/* How many of the 10 pairs of c0 to c4 at s1 are left with each kind of level in use. */
static void test_exclude(void **state)
{
	static const struct {
		const char *used;
		unsigned left;
	} table[] = {
		{"s1:c0,c1", 9},    /* the pair itself */
		{"s0:c0,c1", 9},    /* dominated by the pair */
		{"s2:c0,c1", 9},    /* dominates the pair */
		{"s1:c3", 6},	    /* dominated by four pairs */
		{"s0:c3", 6},	    /* the same */
		{"s2:c3", 10},	    /* neither: higher, but without the second category */
		{"s1:c0.c2", 7},    /* dominates three pairs */
		{"s2:c0.c2", 7},    /* the same */
		{"s0:c0.c2", 10},   /* neither: lower, with one more category */
		{"s1:c0.c1023", 0}, /* dominates all */
		{"s1:c4,c9", 10},   /* one of two outside the pool */
		{"s1:c9", 10},	    /* outside the pool */
		{"s0:c4,c9", 10},   {"s0:c4,c8,c9", 10},
		{"s1:c3,c4,c9", 9}, /* dominates the one pair inside */
		{"s0", 10},	    /* no categories: every guest dominates it */
		{"s1", 10},	    {"s2", 10},
	};
	size_t i;

	(void)state;
	for (i = 0; i < SV_N_ELEMENTS(table); i++) {
		sv_auto_alloc struct sv_alloc *alloc = alloc_of("s1:c0.c4");
		struct sv_level used = level_of(table[i].used);

		sv_alloc_exclude(alloc, &used);
		assert_int_equal(sv_alloc_left(alloc), table[i].left);
		sv_alloc_exclude(alloc, &used);
		assert_int_equal(sv_alloc_left(alloc), table[i].left);
	}
}

struct scene {
	struct sv_level pool;
	struct sv_level excluded[MAX_EXCLUDED];
	unsigned n_excluded;
};

/* The pool and the levels in use come from the same few categories, so that they often overlap. */
static void make_scene(struct scene *scene, uint64_t *seed)
{
	uint32_t base = seeded(seed, SV_MAX_CATEGORIES - 20);
	uint32_t n = 2 + seeded(seed, MAX_POOL - 1);
	unsigned i;

	*scene = (struct scene){.pool.sens = seeded(seed, 3)};
	while (sv_catset_count(&scene->pool.cats) < n)
		sv_catset_add(&scene->pool.cats, base + seeded(seed, 18));
	scene->n_excluded = seeded(seed, MAX_EXCLUDED + 1);
	for (i = 0; i < scene->n_excluded; i++) {
		struct sv_level *used = &scene->excluded[i];
		uint32_t size = 1 + seeded(seed, 5);

		used->sens = seeded(seed, 3);
		while (sv_catset_count(&used->cats) < size)
			sv_catset_add(&used->cats, base + seeded(seed, 20));
	}
}

static bool is_free(const struct scene *scene, const struct sv_level *level)
{
	unsigned i;

	for (i = 0; i < scene->n_excluded; i++) {
		if (sv_level_comparable(level, &scene->excluded[i]))
			return false;
	}
	return true;
}

static unsigned oracle(const struct scene *scene, struct sv_level free_levels[MAX_ORACLE])
{
	unsigned a, b, n = 0;

	for (a = 0; a < SV_MAX_CATEGORIES; a++) {
		if (!sv_catset_has(&scene->pool.cats, a))
			continue;
		for (b = a + 1; b < SV_MAX_CATEGORIES; b++) {
			struct sv_level level = {.sens = scene->pool.sens};

			if (!sv_catset_has(&scene->pool.cats, b))
				continue;
			sv_catset_add(&level.cats, a);
			sv_catset_add(&level.cats, b);
			if (is_free(scene, &level))
				free_levels[n++] = level;
		}
	}
	return n;
}

static struct sv_alloc *alloc_of_scene(const struct scene *scene)
{
	struct sv_alloc *alloc = NULL;
	struct sv_error err = {0};
	unsigned i;

	assert_int_equal(sv_alloc_new(scene->pool.sens, &scene->pool.cats, &alloc, &err), 0);
	for (i = 0; i < scene->n_excluded; i++)
		sv_alloc_exclude(alloc, &scene->excluded[i]);
	return alloc;
}

/* Draws until the pool is empty: the levels are those that the oracle calls free, each once. */
/* The number of a pair is its position among all pairs. Pairs that are excluded by words are
 * excluded like levels. */
static void test_pair_words(void **state)
{
	sv_auto_alloc struct sv_alloc *alloc = alloc_of("s2:c0.c5,c1022,c1023");
	struct sv_level level = level_of("s0:c0,c1");
	uint32_t pair = 42;

	(void)state;
	assert_true(sv_pair_of(&level, &pair));
	assert_int_equal(pair, 0);
	level = level_of("s9:c9,c11");
	assert_true(sv_pair_of(&level, &pair));
	assert_int_equal(pair, 64);
	level = level_of("s0:c1022,c1023");
	assert_true(sv_pair_of(&level, &pair));
	assert_int_equal(pair, SV_PAIRS - 1);
	level = level_of("s0:c1.c3");
	assert_false(sv_pair_of(&level, &pair));
	level = level_of("s0:c1");
	assert_false(sv_pair_of(&level, &pair));

	assert_int_equal(sv_alloc_left(alloc), 28);
	sv_alloc_exclude_pairs(alloc, 0, 3); /* c0,c1 and c0,c2 */
	sv_alloc_exclude_pairs(alloc, 0, 1);
	sv_alloc_exclude_pairs(alloc, 1, UINT64_MAX); /* none of these is in the pool */
	sv_alloc_exclude_pairs(alloc, SV_PAIR_WORDS - 1, UINT64_C(1) << 63);
	assert_int_equal(sv_alloc_left(alloc), 25);
	pick_is(alloc, always_first, "s2:c1,c2");
	pick_is(alloc, always_last, "s2:c5,c1023");
	assert_int_equal(sv_alloc_capacity(alloc), 28);
}

static void test_pairs_categories(void **state)
{
	static uint64_t words[SV_PAIR_WORDS];
	struct sv_level expected = level_of("s0:c0,c1,c9,c11,c1022,c1023");
	struct sv_catset got;

	(void)state;
	sv_pairs_categories(words, &got);
	assert_int_equal(sv_catset_count(&got), 0);
	words[0] = 1;
	words[1] = 1;
	words[SV_PAIR_WORDS - 1] = UINT64_C(1) << 63;
	sv_pairs_categories(words, &got);
	assert_true(sv_catset_equal(&got, &expected.cats));
}

static void test_oracle(void **state)
{
	unsigned round, occupied = 0;
	uint64_t seed = 11;

	(void)state;
	for (round = 0; round < N_ROUNDS; round++) {
		sv_auto_alloc struct sv_alloc *alloc = NULL;
		struct sv_level expected[MAX_ORACLE], level;
		struct sv_error err = {0};
		struct scene scene;
		unsigned i, n;

		make_scene(&scene, &seed);
		alloc = alloc_of_scene(&scene);
		n = oracle(&scene, expected);
		occupied += n < sv_alloc_capacity(alloc);
		while (n) {
			assert_int_equal(sv_alloc_left(alloc), n);
			assert_int_equal(sv_alloc_pick(alloc, seeded, &seed, &level, &err), 0);
			for (i = 0; i < n && !sv_level_equal(&level, &expected[i]); i++)
				;
			assert_true(i < n);
			expected[i] = expected[--n];
		}
		assert_int_equal(sv_alloc_pick(alloc, seeded, &seed, &level, &err),
				 -SV_E_EXHAUSTED);
	}
	/* most of the scenes exclude a level, so they test something */
	assert_true(occupied > N_ROUNDS / 2);
}

/* Chi-square over the 17 free levels of a pool of 8: 16 degrees of freedom, the value that is
 * exceeded once in a thousand is 39.25. The seed is fixed, so the result is always the same. */
static void test_uniform(void **state)
{
	struct scene scene = {.pool = level_of("s0:c1,c5,c6,c7,c70,c71,c500,c1000"),
			      .excluded = {level_of("s0:c5,c6"), level_of("s0:c500"),
					   level_of("s1:c70,c71,c1000")},
			      .n_excluded = 3};
	enum { FREE = 17, DRAWS = 34000 };
	struct sv_level expected[MAX_ORACLE];
	unsigned count[FREE] = {0}, i, draw;
	uint64_t seed = 3;
	double chi = 0;

	(void)state;
	assert_int_equal(oracle(&scene, expected), FREE);
	for (draw = 0; draw < DRAWS; draw++) {
		sv_auto_alloc struct sv_alloc *alloc = alloc_of_scene(&scene);
		struct sv_error err = {0};
		struct sv_level level;

		assert_int_equal(sv_alloc_pick(alloc, seeded, &seed, &level, &err), 0);
		for (i = 0; i < FREE && !sv_level_equal(&level, &expected[i]); i++)
			;
		assert_true(i < FREE);
		count[i]++;
	}
	for (i = 0; i < FREE; i++) {
		double off = (double)count[i] - (double)DRAWS / FREE;

		chi += off * off / ((double)DRAWS / FREE);
	}
	assert_true(chi < 39.25);
}

static void test_all_pairs(void **state)
{
	static bool seen[SV_MAX_CATEGORIES][SV_MAX_CATEGORIES];
	sv_auto_alloc struct sv_alloc *alloc = alloc_of("s0:c0.c1023");
	struct sv_error err = {0};
	struct sv_level level;
	uint64_t seed = 5;
	unsigned i;

	(void)state;
	assert_int_equal(sv_alloc_capacity(alloc), ALL_PAIRS);
	memset(seen, 0, sizeof(seen));
	for (i = 0; i < ALL_PAIRS; i++) {
		unsigned a, b;

		assert_int_equal(sv_alloc_pick(alloc, seeded, &seed, &level, &err), 0);
		a = sv_catset_next(&level.cats, 0);
		b = sv_catset_next(&level.cats, a + 1);
		assert_true(a < b && b < SV_MAX_CATEGORIES);
		assert_int_equal(sv_catset_next(&level.cats, b + 1), SV_MAX_CATEGORIES);
		assert_false(seen[a][b]);
		seen[a][b] = true;
	}
	assert_int_equal(sv_alloc_left(alloc), 0);
	assert_int_equal(sv_alloc_pick(alloc, seeded, &seed, &level, &err), -SV_E_EXHAUSTED);
}

/* With a plain modulo, half of the values would be below 2^30 instead of a third. The limit is 9
 * standard deviations wide, so it does not fail by chance. */
static void test_kernel_random(void **state)
{
	const uint32_t bound = UINT32_C(3) << 30;
	unsigned i, low = 0;

	(void)state;
	for (i = 0; i < 4000; i++) {
		uint32_t value = sv_random_kernel(NULL, bound);

		assert_true(value < bound);
		low += value < bound / 3;
	}
	assert_in_range(low, 1066, 1600);
	for (i = 0; i < 100; i++) {
		assert_int_equal(sv_random_kernel(NULL, 1), 0);
		assert_true(sv_random_kernel(NULL, 2) < 2);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exhausted),
		cmocka_unit_test(test_small_pools),
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_no_randomness),
		cmocka_unit_test(test_exclude),
		cmocka_unit_test(test_oracle),
		cmocka_unit_test(test_uniform),
		cmocka_unit_test(test_all_pairs),
		cmocka_unit_test(test_kernel_random),
		cmocka_unit_test(test_pair_words),
		cmocka_unit_test(test_pairs_categories),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
