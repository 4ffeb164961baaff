/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The level of a guest: against leases in a store, processes of a driver that this test plays, and
 * static labels of defined domains. A requested level is given exactly or refused.
 */
#include "base/string.h"
#include "guest/inspect/inspect.h"
#include "guest/level/levels.h"
#include "levels-fixture.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void granted_in(struct sv_store *store, const char *level, const char *expected)
{
	sv_auto_free char *got = NULL, *shared = NULL;
	struct sv_error err = {0};

	if (level_choose_in(store, level, "g", &got, &shared, &err) < 0)
		fail_msg("%s", err.msg);
	assert_string_equal(got, expected);
	assert_string_equal(shared, "s0:c4");
}

static void refused_in(struct sv_store *store, const char *level, enum sv_code code,
		       const char *msg)
{
	sv_auto_free char *got = NULL, *shared = NULL;
	struct sv_error err = {0};

	assert_int_equal(level_choose_in(store, level, "g", &got, &shared, &err), -(int)code);
	assert_string_equal(err.msg, msg);
	assert_true(err.hint[0]);
}

static void test_wish(void **state)
{
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);

	(void)state;
	store_add_lease(store, "web", "s0:c1,c2");
	store_add_lease(store, "wide", "s0:c7.c9");
	store_add_lease(store, "me", "s0:c3,c4");
	level_define("fixed", "s0:c5,c6");
	play.process_level = "s0:c0";

	level_granted(store, "s0:c1,c3");
	level_granted(store, "s0:c2.c4"); /* its own lease does not count */
	level_granted(store, "s0:c3,c4");
	level_refused(store, "s0:c1,c2", SV_E_BUSY,
		      "the level 's0:c1,c2' conflicts with guest 'web'");
	level_refused(store, "s0:c1.c4", SV_E_BUSY,
		      "the level 's0:c1.c4' conflicts with guest 'web'");
	level_refused(store, "s0:c7,c9", SV_E_BUSY,
		      "the level 's0:c7,c9' conflicts with guest 'wide'");
	level_refused(store, "s0:c0,c9", SV_E_BUSY,
		      "the level 's0:c0,c9' conflicts with process 42");
	level_refused(store, "s0:c4.c6", SV_E_BUSY,
		      "the level 's0:c4.c6' conflicts with the static label of domain 'fixed'");
}

/* With sensitivities: a higher sensitivity with fewer categories is not comparable. */
static void test_wish_mls(void **state)
{
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);

	(void)state;
	play.own_range = "s1-s5:c0.c9";
	store_add_lease(store, "high", "s3:c1,c2");
	level_granted(store, "s1:c1.c3");
	level_granted(store, "s5:c1,c3");
	level_refused(store, "s3:c1.c3", SV_E_BUSY,
		      "the level 's3:c1.c3' conflicts with guest 'high'");
	level_refused(store, "s1:c1,c2", SV_E_BUSY,
		      "the level 's1:c1,c2' conflicts with guest 'high'");
	level_refused(store, "s5:c1,c2", SV_E_BUSY,
		      "the level 's5:c1,c2' conflicts with guest 'high'");
	level_refused(store, "s0:c3,c4", SV_E_PERMISSION,
		      "the guest's level s0:c3,c4 is outside this process' own range s1-s5:c0.c9");
	level_refused(store, "s6:c3,c4", SV_E_PERMISSION,
		      "the guest's level s6:c3,c4 is outside this process' own range s1-s5:c0.c9");
}

/* A baselabel names the sensitivity, and --level takes precedence; the categories of the baselabel
 * are ignored. */
static void test_baselabel(void **state)
{
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);
	sv_auto_free char *got = NULL;
	struct sv_error err = {0};

	(void)state;
	play.own_range = "s1-s5:c0.c2";
	store_add_lease(store, "a", "s1:c0,c1");
	store_add_lease(store, "b", "s4:c0,c2");
	play.baselabel = "s3:c0,c1";
	assert_int_equal(level_choose(store, NULL, &got, &err), 0);
	assert_string_equal(got, "s3:c1,c2");
	level_granted(store, "s2:c1,c2");
	play.baselabel = "bare_t";
	free(got);
	got = NULL;
	assert_int_equal(level_choose(store, NULL, &got, &err), 0);
	assert_string_equal(got, "s1:c1,c2");
	play.baselabel = "s6";
	level_refused(store, NULL, SV_E_PERMISSION,
		      "the guest's level s6:c1,c2 is outside this process' own range s1-s5:c0.c2");
}

/* The process's range limits --level, the categories of svirt.conf do not. */
static void test_wish_bounds(void **state)
{
	struct sv_error err = {0};

	(void)state;
	assert_int_equal(sv_catset_parse("c0.c2", &level_sv.conf.categories, &err), 0);
	level_granted(NULL, "s0:c8,c9");
	level_refused(NULL, "s0:c9,c10", SV_E_PERMISSION,
		      "the guest's level s0:c9,c10 is outside this process' own range s0-s0:c0.c9");
}

static void left_is(struct sv_store *store, uint32_t expected, uint32_t expected_all)
{
	struct sv_error err = {0};
	uint32_t all = 0, left = 0;

	if (sv_capacity_read(&level_sv, &level_driver, store, &all, &left, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(all, expected_all);
	assert_int_equal(left, expected);
}

/* Leases, processes and static labels each take the levels that are comparable with them, once. */
static void test_capacity(void **state)
{
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);
	struct sv_error err = {0};

	(void)state;
	left_is(NULL, 45, 45);
	left_is(store, 45, 45);
	store_add_lease(store, "web", "s0:c1,c2");
	left_is(store, 44, 45);
	store_add_lease(store, "outside", "s0:c100,c200");
	store_add_lease(store, "half", "s0:c1,c200");
	store_add_lease(store, "elsewhere", "s4:c8,c9");
	left_is(store, 43, 45);
	store_add_lease(store, "wide", "s0:c3.c5");
	left_is(store, 40, 45);
	play.process_level = "s0:c1,c2";
	left_is(store, 40, 45);
	play.process_level = "s0:c0";
	left_is(store, 31, 45);
	level_define("fixed", "s0:c6,c7");
	left_is(store, 30, 45);
	assert_int_equal(sv_catset_parse("c1.c4", &level_sv.conf.categories, &err), 0);
	left_is(store, 4, 6);
}

/* Every drawn level is free, and the guest's own lease is no conflict. */
static void test_drawn(void **state)
{
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);
	sv_auto_free char *last = NULL, *again = NULL;
	struct sv_error err = {0};
	unsigned i;

	(void)state;
	play.own_range = "s0-s0:c0.c4";
	for (i = 0; i < 10; i++) {
		sv_auto_free char *level = NULL;
		char name[16];

		if (level_choose(store, NULL, &level, &err) < 0)
			fail_msg("%s", err.msg);
		(void)snprintf(name, sizeof(name), i == 9 ? "me" : "g%u", i);
		assert_true(store_add_lease(store, name, level) > 0);
		left_is(store, 9 - i, 10);
		if (i == 9)
			last = sv_take_ptr(level);
	}
	level_granted(store, last);
	assert_int_equal(level_choose(store, NULL, &again, &err), 0);
	assert_string_equal(again, last);
}

/* The category of a group is for its members alone; otherwise members are ordinary guests. */
static void test_group(void **state)
{
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);

	(void)state;
	level_add_member(store, "a", "s0:c1,c2,c4");
	level_add_member(store, "wide", "s0:c5.c7,c4");
	left_is(store, 45 - 1 - 3 - 9, 45);
	level_refused(store, "s0:c3,c4", SV_E_BUSY,
		      "the level 's0:c3,c4' conflicts with share group 'g'");
	level_refused(store, "s0:c1,c2,c4", SV_E_BUSY,
		      "the level 's0:c1,c2,c4' conflicts with guest 'a'");
	level_refused(store, "s0:c1,c2", SV_E_BUSY,
		      "the level 's0:c1,c2' conflicts with guest 'a'");
	level_granted(store, "s0:c1.c3");
	level_granted(store, "s0:c5,c8");
	granted_in(store, "s0:c1,c3", "s0:c1,c3,c4");
	granted_in(store, "s0:c0,c8,c9", "s0:c0,c4,c8,c9");
	refused_in(store, "s0:c1,c2", SV_E_BUSY, "the level 's0:c1,c2' conflicts with guest 'a'");
	refused_in(store, "s0:c5,c6", SV_E_BUSY,
		   "the level 's0:c5,c6' conflicts with guest 'wide'");
	refused_in(store, "s0:c3,c4", SV_E_BUSY,
		   "the level 's0:c3,c4' conflicts with share group 'g'");
	/* above a member only with the category */
	refused_in(store, "s0:c1.c3", SV_E_BUSY, "the level 's0:c1.c4' conflicts with guest 'a'");
}

/* The guest's own lease, as the only member, is no conflict: the group keeps its category. */
static void test_group_again(void **state)
{
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);

	(void)state;
	level_add_member(store, "me", "s0:c1,c2,c4");
	granted_in(store, "s0:c1,c2", "s0:c1,c2,c4");
	level_granted(store, "s0:c1,c2");
}

/* The category of a new group is in no level in use, and not in the level that the guest asks
 * for. */
static void test_group_category(void **state)
{
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);
	struct sv_error err = {0};

	(void)state;
	store_add_lease(store, "pair", "s0:c0,c1");
	store_add_lease(store, "wide", "s0:c2,c3,c9");
	level_define("fixed", "s0:c5,c6");
	play.process_level = "s0:c7,c8";
	granted_in(store, "s0:c1,c2", "s0:c1,c2,c4");
	assert_int_equal(sv_catset_parse("c0.c3,c5.c9", &level_sv.conf.categories, &err), 0);
	refused_in(store, NULL, SV_E_EXHAUSTED,
		   "no free category for share group 'g': each of the 9 categories that guests get "
		   "is part of a level in use");
	refused_in(store, "s0:c1,c2", SV_E_EXHAUSTED,
		   "no free category for share group 'g': each of the 9 categories that guests get "
		   "is part of a level in use");
	/* the only category that is left is in the requested level */
	assert_int_equal(sv_catset_parse("c0.c9", &level_sv.conf.categories, &err), 0);
	refused_in(store, "s0:c1,c4", SV_E_BUSY,
		   "c4 is the category of share group 'g': no level holds it but by membership");
	/* and with it no pair is left */
	assert_int_equal(sv_catset_parse("c0,c1,c4", &level_sv.conf.categories, &err), 0);
	refused_in(store, NULL, SV_E_EXHAUSTED,
		   "no free level: each of the 3 pairs of the 3 categories at s0 is in use or in "
		   "conflict with a level in use");
}

/* Members' levels are drawn without the category, and contain it. */
static void test_group_drawn(void **state)
{
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);
	struct sv_error err = {0};
	struct sv_level level;
	unsigned i;

	(void)state;
	play.own_range = "s0-s0:c0.c4";
	level_add_member(store, "first", "s0:c0,c1,c4");
	for (i = 0; i < 5; i++) {
		sv_auto_free char *got = NULL, *shared = NULL;
		char name[16];

		assert_int_equal(level_choose_in(store, NULL, "g", &got, &shared, &err), 0);
		assert_string_equal(shared, "s0:c4");
		assert_int_equal(sv_level_parse(got, &level, &err), 0);
		assert_int_equal(sv_catset_count(&level.cats), 3);
		(void)snprintf(name, sizeof(name), "m%u", i);
		level_add_member(store, name, got);
	}
	left_is(store, 0, 10);
	refused_in(store, NULL, SV_E_EXHAUSTED,
		   "no free level: each of the 10 pairs of the 5 categories at s0 is in use or in "
		   "conflict with a level in use");
}

/* Members' processes may have the category, and no other process. */
static void test_group_strangers(void **state)
{
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);

	(void)state;
	level_add_member(store, "a", "s0:c1,c2,c4");
	level_add_member(store, "wide", "s0:c4,c5.c7");
	play.process_level = "s0:c1,c2,c4";
	granted_in(store, "s0:c8,c9", "s0:c4,c8,c9");
	play.process_level = "s0:c4.c7";
	granted_in(store, "s0:c8,c9", "s0:c4,c8,c9");
	play.process_level = "s0:c0,c4";
	refused_in(store, "s0:c8,c9", SV_E_BUSY,
		   "process 42 holds c4, the category of share group 'g', and is no member");
	play.process_level = "s0:c1,c3,c4";
	refused_in(store, NULL, SV_E_BUSY,
		   "process 42 holds c4, the category of share group 'g', and is no member");
}

/* A category outside of the process's own range is not assigned; nor is one that gives no
 * access. */
static void test_group_refused(void **state)
{
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);

	(void)state;
	level_add_member(store, "a", "s0:c1,c2,c4");
	play.writes_down = false;
	refused_in(store, "s0:c0,c1", SV_E_HOST,
		   "share group 'g': the loaded policy does not let a member use what the group "
		   "shares (file { write })");
	play.writes_down = true;
	play.own_range = "s0-s0:c0.c3";
	refused_in(store, "s0:c0,c1", SV_E_PERMISSION,
		   "the guest's level s0:c0,c1,c4 is outside this process' own range s0-s0:c0.c3");
}

/* A level that conflicts with a great part of all levels needs an option, and no definition
 * reserves one. */
static void test_many(void **state)
{
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);
	sv_auto_free char *got = NULL, *shared = NULL;
	struct sv_error err = {0};

	(void)state;
	play.own_range = "s0-s0:c0.c1023";
	level_granted(store, "s0:c0.c63");
	level_refused(store, "s0:c0.c64", SV_E_BUSY,
		      "the level 's0:c0.c64' has 65 categories: it would take 2080 levels of two "
		      "categories from all other guests");
	level_refused(store, "s0:c0.c1022", SV_E_BUSY,
		      "the level 's0:c0.c1022' has 1023 categories: it would take 522753 levels of "
		      "two categories from all other guests");
	level_define("narrow", "s0:c100.c163");
	left_is(store, 523776 - 2016, 523776);
	level_refused(
		store, "s0:c100,c101", SV_E_BUSY,
		"the level 's0:c100,c101' conflicts with the static label of domain 'narrow'");
	level_define("many", "s0:c200.c264");
	level_define("all", "s0:c0.c1023");
	left_is(store, 523776 - 2016, 523776);
	level_granted(store, "s0:c200,c201");
	level_refused(store, "s0:c200.c264", SV_E_BUSY,
		      "the level 's0:c200.c264' conflicts with the static label of domain 'many'");
	assert_int_equal(level_choose_in(store, NULL, "new", &got, &shared, &err), 0);
	/* a running guest with such a level counts */
	store_add_lease(store, "typed", "s0:c200.c264");
	left_is(store, 523776 - 2016 - 2080, 523776);
	level_refused(store, "s0:c200,c201", SV_E_BUSY,
		      "the level 's0:c200,c201' conflicts with guest 'typed'");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, level_setup, store_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_wish),	TEST(test_wish_mls),	    TEST(test_baselabel),
		TEST(test_wish_bounds), TEST(test_capacity),	    TEST(test_drawn),
		TEST(test_group),	TEST(test_group_again),	    TEST(test_group_category),
		TEST(test_group_drawn), TEST(test_group_strangers), TEST(test_group_refused),
		TEST(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
