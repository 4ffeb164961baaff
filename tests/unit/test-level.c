/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Levels: accepted ones, refused ones with their messages, the kernel's spelling, and dominance.
 * The expected spellings are the kernel's, so this file must not be regenerated from the output of
 * the code.
 */
#include "label/level.h"

#include "base/string.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define N_ROUNDS 2000

struct good {
	const char *text;
	const char *canonical; /* NULL: the text is canonical */
};

struct bad {
	const char *text, *msg;
};

static struct sv_level level_of(const char *text)
{
	struct sv_error err = {0};
	struct sv_level level = {0};

	if (sv_level_parse(text, &level, &err) < 0)
		fail_msg("%s", err.msg);
	return level;
}

static void range_prints(const char *text, const char *expected)
{
	sv_auto_free char *printed = NULL;
	struct sv_error err = {0};
	struct sv_range range;

	if (sv_range_parse(text, &range, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(sv_range_format(&range, &printed, &err), 0);
	assert_string_equal(printed, expected);
}

static void test_canonical(void **state)
{
	static const struct good table[] = {
		{"s0", NULL},
		{"s15", NULL},
		{"s1023", NULL},
		{"s0:c0", NULL},
		{"s0:c1023", NULL},
		{"s0:c1,c2", NULL},
		{"s0:c63,c64", NULL},
		{"s0:c1022,c1023", NULL},
		{"s0:c1.c3", NULL},
		{"s0:c62.c65", NULL},
		{"s0:c0.c1023", NULL},
		{"s0:c1,c3,c5", NULL},
		{"s0:c1,c2,c4.c6,c8,c10,c11", NULL},
		{"s0:c0.c99,c200,c300.c1023", NULL},
		{"s0-s15", NULL},
		{"s0-s0:c0.c1023", NULL},
		{"s0:c1-s3:c0.c5", NULL},
		{"s2:c7,c8-s2:c7.c9", NULL},
		{"s0-s0", "s0"},
		{"s0:c1,c2-s0:c1,c2", "s0:c1,c2"},
		{"s0:c1.c3-s0:c3,c2,c1", "s0:c1.c3"},
		{"s0:c1.c2", "s0:c1,c2"},
		{"s0:c1,c2,c3", "s0:c1.c3"},
		{"s0:c2,c1", "s0:c1,c2"},
		{"s0:c1,c1", "s0:c1"},
		{"s0:c1.c5,c3.c9,c10", "s0:c1.c10"},
		{"s0:c5,c1.c3,c4", "s0:c1.c5"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < SV_N_ELEMENTS(table); i++)
		range_prints(table[i].text,
			     table[i].canonical ? table[i].canonical : table[i].text);
}

#define HINT_SYNTAX	"use the raw form: s0, s0:c1,c2, s0:c0.c1023 or s0-s0:c0.c1023"
#define HINT_CATEGORIES "use the raw form: c5, c1,c2 or c0.c99,c200.c299"

static void is_usage_error(int r, const struct sv_error *err, const char *msg, const char *hint)
{
	assert_int_equal(r, -SV_E_USAGE);
	assert_int_equal(err->code, SV_E_USAGE);
	assert_string_equal(err->msg, msg);
	assert_string_equal(err->hint, hint);
}

static void test_bad_categories(void **state)
{
	static const struct bad table[] = {
		{"", "categories '': a category is missing"},
		{",", "categories ',': a category is missing"},
		{",c1", "categories ',c1': a category is missing"},
		{"c1,", "categories 'c1,': a category is missing"},
		{"c1,,c2", "categories 'c1,,c2': a category is missing"},
		{"c1.", "categories 'c1.': a category is missing"},
		{".c1", "categories '.c1': a category is missing"},
		{"c1..c3", "categories 'c1..c3': a category is missing"},
		{"c1.c2.c3", "categories 'c1.c2.c3': unexpected '.c3'"},
		{"c9.c5", "categories 'c9.c5': 'c9.c5' does not go from low to high"},
		{"c5.c5", "categories 'c5.c5': 'c5.c5' does not go from low to high"},
		{"c1024", "categories 'c1024': category: 1024 is out of range (0 to 1023)"},
		{"c0.c1024", "categories 'c0.c1024': category: 1024 is out of range (0 to 1023)"},
		{"c99999999999999999999",
		 "categories 'c99999999999999999999': category: '99999999999999999999' is out of "
		 "range"},
		{"c4294967297",
		 "categories 'c4294967297': category: 4294967297 is out of range (0 to 1023)"},
		{"c0000000000000000000000000000000000000001",
		 "categories 'c0000000000000000000000000000000000000001': category: "
		 "'000000000000000000000000000000' is not a whole decimal number"},
		{"c", "categories 'c': category: '' is not a whole decimal number"},
		{"c01", "categories 'c01': category: '01' is not a whole decimal number"},
		{"c+1", "categories 'c+1': category: '+1' is not a whole decimal number"},
		{"c1 ", "categories 'c1 ': category: '1 ' is not a whole decimal number"},
		{"c0x1", "categories 'c0x1': category: '0x1' is not a whole decimal number"},
		{"5", "categories '5': '5' is not a category ('c' and a number)"},
		{" c1", "categories ' c1': ' c1' is not a category ('c' and a number)"},
		{"C1", "categories 'C1': 'C1' is not a category ('c' and a number)"},
		{"c1,\033[2J",
		 "categories 'c1,\\x1b[2J': '\\x1b[2J' is not a category ('c' and a number)"},
		{"c1-c5", "categories 'c1-c5': unexpected '-c5'"},
		{"c1:c5", "categories 'c1:c5': unexpected ':c5'"},
	};
	const struct sv_catset before = {{42}};
	size_t i;

	(void)state;
	for (i = 0; i < SV_N_ELEMENTS(table); i++) {
		struct sv_error err = {0};
		struct sv_catset set = before;

		is_usage_error(sv_catset_parse(table[i].text, &set, &err), &err, table[i].msg,
			       HINT_CATEGORIES);
		assert_memory_equal(&set, &before, sizeof(set));
	}
}

static void test_bad_level(void **state)
{
	static const struct bad table[] = {
		{"", "level '': a sensitivity is missing"},
		{":", "level ':': a sensitivity is missing"},
		{":c1", "level ':c1': a sensitivity is missing"},
		{"s", "level 's': sensitivity: '' is not a whole decimal number"},
		{"s00", "level 's00': sensitivity: '00' is not a whole decimal number"},
		{"s1024", "level 's1024': sensitivity: 1024 is out of range (0 to 1023)"},
		{"c1,c2", "level 'c1,c2': 'c1' is not a sensitivity ('s' and a number)"},
		{"SystemLow", "level 'SystemLow': 'SystemLow' is not a sensitivity ('s' and a "
			      "number)"},
		{"s0:", "level 's0:': a category is missing"},
		{"s0::c1", "level 's0::c1': a category is missing"},
		{"s0,c1", "level 's0,c1': unexpected ',c1'"},
		{"s0.s1", "level 's0.s1': unexpected '.s1'"},
		{"s0:c1:c2", "level 's0:c1:c2': unexpected ':c2'"},
		{"s0:s1", "level 's0:s1': 's1' is not a category ('c' and a number)"},
		{"s0-s0", "level 's0-s0': unexpected '-s0'"},
		{"s0:c1-s0:c1", "level 's0:c1-s0:c1': unexpected '-s0:c1'"},
		{"s0:c1\n", "level 's0:c1\\x0a': category: '1\\x0a' is not a whole decimal number"},
	};
	const struct sv_level before = {.sens = 42};
	size_t i;

	(void)state;
	for (i = 0; i < SV_N_ELEMENTS(table); i++) {
		struct sv_error err = {0};
		struct sv_level level = before;

		is_usage_error(sv_level_parse(table[i].text, &level, &err), &err, table[i].msg,
			       HINT_SYNTAX);
		assert_memory_equal(&level, &before, sizeof(level));
	}
}

static void test_bad_range(void **state)
{
	static const struct bad table[] = {
		{"", "range '': a sensitivity is missing"},
		{"-", "range '-': a sensitivity is missing"},
		{"-s0", "range '-s0': a sensitivity is missing"},
		{"s0-", "range 's0-': a sensitivity is missing"},
		{"s0:c1-", "range 's0:c1-': a sensitivity is missing"},
		{"s0--s1", "range 's0--s1': a sensitivity is missing"},
		{"s0-s1-s2", "range 's0-s1-s2': unexpected '-s2'"},
		{"s0-s1:", "range 's0-s1:': a category is missing"},
		{"s0-c1", "range 's0-c1': 'c1' is not a sensitivity ('s' and a number)"},
		{"s0:c1,-s0:c1", "range 's0:c1,-s0:c1': a category is missing"},
		{"SystemLow-SystemHigh", "range 'SystemLow-SystemHigh': 'SystemLow' is not a "
					 "sensitivity ('s' and a number)"},
	};
	const struct sv_range before = {.low.sens = 42};
	size_t i;

	(void)state;
	for (i = 0; i < SV_N_ELEMENTS(table); i++) {
		struct sv_error err = {0};
		struct sv_range range = before;

		is_usage_error(sv_range_parse(table[i].text, &range, &err), &err, table[i].msg,
			       HINT_SYNTAX);
		assert_memory_equal(&range, &before, sizeof(range));
	}
}

static void test_range_order(void **state)
{
	static const char *const table[] = {"s1-s0", "s0:c1-s0", "s0:c1-s0:c2", "s0:c1,c2-s5:c1",
					    "s3:c1-s2:c1.c9"};
	size_t i;

	(void)state;
	for (i = 0; i < SV_N_ELEMENTS(table); i++) {
		struct sv_error err = {0};
		struct sv_range range;
		char msg[128];

		(void)snprintf(msg, sizeof(msg),
			       "range '%s': the second level does not dominate the first",
			       table[i]);
		assert_int_equal(sv_range_parse(table[i], &range, &err), -SV_E_USAGE);
		assert_string_equal(err.msg, msg);
		assert_string_equal(err.hint, "the second level needs at least the sensitivity "
					      "and all of the categories of the first");
	}
}

static void test_range_ends(void **state)
{
	struct sv_error err = {0};
	struct sv_level low = level_of("s0:c1"), high = level_of("s3:c0.c5");
	struct sv_range range;

	(void)state;
	assert_int_equal(sv_range_parse("s0:c1-s3:c0.c5", &range, &err), 0);
	assert_true(sv_level_equal(&range.low, &low));
	assert_true(sv_level_equal(&range.high, &high));
	assert_false(sv_range_is_single(&range));
	assert_int_equal(sv_range_parse("s0:c1", &range, &err), 0);
	assert_true(sv_level_equal(&range.low, &low));
	assert_true(sv_range_is_single(&range));
}

static void test_dominance(void **state)
{
	static const struct {
		const char *a, *b;
		bool equal, a_dominates, b_dominates;
	} table[] = {
		{"s0", "s0", true, true, true},
		{"s0:c1,c2,c3", "s0:c1.c3", true, true, true},
		{"s1", "s0", false, true, false},
		{"s0:c1", "s0", false, true, false},
		{"s0:c1,c2", "s0:c1", false, true, false},
		{"s0:c0.c1023", "s0:c512,c1000", false, true, false},
		{"s1:c1,c2", "s0:c1,c2", false, true, false},
		{"s0:c1,c2", "s0:c1,c3", false, false, false},
		{"s1:c1", "s0:c1,c2", false, false, false},
		{"s1", "s0:c1023", false, false, false},
	};
	size_t i;

	(void)state;
	for (i = 0; i < SV_N_ELEMENTS(table); i++) {
		struct sv_level a = level_of(table[i].a), b = level_of(table[i].b);

		assert_int_equal(sv_level_equal(&a, &b), table[i].equal);
		assert_int_equal(sv_level_dominates(&a, &b), table[i].a_dominates);
		assert_int_equal(sv_level_dominates(&b, &a), table[i].b_dominates);
		assert_int_equal(sv_level_comparable(&a, &b),
				 table[i].a_dominates || table[i].b_dominates);
		assert_int_equal(sv_level_comparable(&b, &a),
				 table[i].a_dominates || table[i].b_dominates);
	}
}

static uint32_t next_random(uint64_t *seed)
{
	*seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(*seed >> 33);
}

/* The set against a plain array of flags, and parse(format(x)) == x, over random sets that are made
 * of runs, so that there are runs of each length. */
static void test_random_sets(void **state)
{
	uint64_t seed = 1;
	unsigned round;

	(void)state;
	for (round = 0; round < N_ROUNDS; round++) {
		sv_auto_free char *text = NULL;
		bool flags[SV_MAX_CATEGORIES] = {false};
		struct sv_level level = {.sens = next_random(&seed) % 16}, again;
		unsigned runs = next_random(&seed) % 20, cat, seen, n = 0;
		struct sv_error err = {0};

		while (runs--) {
			unsigned end = 1 + next_random(&seed) % 5;

			cat = next_random(&seed) % SV_MAX_CATEGORIES;
			for (end += cat; cat < end && cat < SV_MAX_CATEGORIES; cat++) {
				n += !flags[cat];
				flags[cat] = true;
				sv_catset_add(&level.cats, cat);
			}
		}
		assert_int_equal(sv_catset_count(&level.cats), n);
		seen = sv_catset_next(&level.cats, 0);
		for (cat = 0; cat < SV_MAX_CATEGORIES; cat++) {
			assert_int_equal(sv_catset_has(&level.cats, cat), flags[cat]);
			if (!flags[cat])
				continue;
			assert_int_equal(seen, cat);
			seen = sv_catset_next(&level.cats, cat + 1);
		}
		assert_int_equal(seen, SV_MAX_CATEGORIES);
		assert_int_equal(sv_level_format(&level, &text, &err), 0);
		again = level_of(text);
		assert_true(sv_level_equal(&level, &again));
	}
}

static void test_catset_edges(void **state)
{
	struct sv_catset a = {0}, b = {0};

	(void)state;
	assert_false(sv_catset_has(&a, SV_MAX_CATEGORIES));
	assert_int_equal(sv_catset_next(&a, SV_MAX_CATEGORIES + 1), SV_MAX_CATEGORIES);
	assert_true(sv_catset_subset(&a, &b));
	sv_catset_add(&a, 1023);
	assert_false(sv_catset_subset(&a, &b));
	assert_true(sv_catset_subset(&b, &a));
	assert_false(sv_catset_equal(&a, &b));
	assert_int_equal(sv_catset_next(&a, 1023), 1023);
	sv_catset_add(&b, 1023);
	assert_true(sv_catset_equal(&a, &b));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_canonical),    cmocka_unit_test(test_bad_categories),
		cmocka_unit_test(test_bad_level),    cmocka_unit_test(test_bad_range),
		cmocka_unit_test(test_range_order),  cmocka_unit_test(test_range_ends),
		cmocka_unit_test(test_dominance),    cmocka_unit_test(test_random_sets),
		cmocka_unit_test(test_catset_edges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
