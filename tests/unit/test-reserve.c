/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two guests that start at once. All decisions of "me" are made outside of a transaction. While it
 * scans processes, a concurrent command has a turn with a store of its own: a level that it takes
 * must not go to "me".
 */
#include "base/string.h"
#include "guest/prepare/reserve.h"
#include "guest/state/rundir.h"
#include "levels-fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <unistd.h>

#include <cmocka.h>

static struct sv_store *mine, *theirs;
static unsigned turns, writes;

static int setup(void **state)
{
	int r = level_setup(state);

	turns = writes = 0;
	mine = store_open(SV_STORE_WRITE);
	theirs = store_open(SV_STORE_WRITE);
	return r;
}

static int teardown(void **state)
{
	sv_store_close(&mine);
	sv_store_close(&theirs);
	return store_teardown(state);
}

static struct sv_prepared wish_of(const char *level)
{
	struct sv_prepared prep = {.lock = -1};
	struct sv_error err = {0};

	prep.identity.choice.main = &level_driver;
	prep.identity.choice.layers[0] = &level_driver;
	prep.identity.choice.layers[1] = &sv_driver_dac;
	prep.identity.choice.n_layers = 2;
	prep.identity.choice.mac.mls = true;
	prep.identity.choice.request.uid = prep.identity.choice.request.gid = 65534;
	prep.identity.choice.request.type = SV_SECLABEL_DYNAMIC;
	prep.identity.choice.request.relabel = true;
	prep.request.join = play.join;
	prep.request.has_level = level;
	if (level)
		assert_int_equal(sv_level_parse(level, &prep.request.level, &err), 0);
	return prep;
}

static int reserve_in(const char *level, const char *group, struct sv_error *err)
{
	sv_auto_prepared struct sv_prepared prep = wish_of(level);
	const struct sv_domain dom = {.name = (char[]){"me"}};

	prep.request.group = group;
	return sv_reserve(&level_sv, mine, &dom, &prep, err);
}

static void reserved(const char *wish, const char *group, const char *level)
{
	sv_auto_lease struct sv_lease lease = {0};
	struct sv_error err = {0};

	if (reserve_in(wish, group, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(sv_lease_find(theirs, "me", &lease, &err), 0);
	assert_string_equal(lease.level, level);
}

static void refused(const char *wish, const char *group, enum sv_code code, const char *msg)
{
	sv_auto_lease struct sv_lease lease = {0};
	sv_auto_free char *dir = NULL;
	struct sv_error err = {0};

	assert_int_equal(reserve_in(wish, group, &err), -(int)code);
	assert_string_equal(err.msg, msg);
	assert_int_equal(sv_lease_find(theirs, "me", &lease, &err), SV_NONE);
	assert_int_equal(sv_guest_path(&level_sv, "me", SV_GUEST_DIR, &dir, &err), 0);
	assert_int_not_equal(access(dir, F_OK), 0);
}

static void remove_theirs(const char *name)
{
	sv_auto_lease struct sv_lease lease = {0};
	struct sv_error err = {0};

	assert_int_equal(sv_lease_find(theirs, name, &lease, &err), 0);
	assert_int_equal(sv_lease_remove(theirs, lease.id, &err), 0);
}

static void take_my_level(void)
{
	if (turns++ == 0)
		assert_true(store_add_lease(theirs, "other", "s0:c1,c2") > 0);
}

/* A requested level is refused, with the message for a guest that had it before. */
static void test_wish(void **state)
{
	(void)state;
	play.during = take_my_level;
	refused("s0:c1,c2", NULL, SV_E_BUSY, "the level 's0:c1,c2' conflicts with guest 'other'");
	assert_int_equal(turns, 2);
}

static void take_above(void)
{
	if (turns++ == 0)
		assert_true(store_add_lease(theirs, "other", "s0:c1.c3") > 0);
}

/* A level that no index of the store refuses may still be comparable. */
static void test_comparable(void **state)
{
	(void)state;
	play.during = take_above;
	refused("s0:c1,c2", NULL, SV_E_BUSY, "the level 's0:c1,c2' conflicts with guest 'other'");
	assert_int_equal(turns, 2);
}

static void take_the_last(void)
{
	if (turns++ > 0)
		return;
	remove_theirs("a");
	assert_true(store_add_lease(theirs, "other", "s0:c1,c2") > 0);
}

static void test_drawn(void **state)
{
	(void)state;
	play.own_range = "s0-s0:c0.c2";
	store_add_lease(theirs, "a", "s0:c0,c1");
	store_add_lease(theirs, "b", "s0:c0,c2");
	play.during = take_the_last;
	reserved(NULL, NULL, "s0:c0,c1");
	assert_int_equal(turns, 2);
}

static void take_and_leave_none(void)
{
	if (turns++ == 0)
		assert_true(store_add_lease(theirs, "other", "s0:c0,c1") > 0);
}

static void test_exhausted(void **state)
{
	(void)state;
	play.own_range = "s0-s0:c0,c1";
	play.during = take_and_leave_none;
	refused(NULL, NULL, SV_E_EXHAUSTED,
		"no free level: each of the 1 pairs of the 2 categories at s0 is in use or in "
		"conflict with a level in use");
	assert_int_equal(turns, 2);
}

static void take_another(void)
{
	turns++;
	assert_true(store_add_lease(theirs, "other", "s0:c8,c9") > 0);
}

/* A change that takes no level costs no second scan of all processes. */
static void test_unrelated(void **state)
{
	(void)state;
	play.during = take_another;
	reserved("s0:c1,c2", NULL, "s0:c1,c2");
	assert_int_equal(turns, 1);
}

static void take_category(void)
{
	if (turns++ == 0)
		assert_true(store_add_lease(theirs, "other", "s0:c4,c10") > 0);
}

/* c4 was the only category that the new group could have. */
static void test_group(void **state)
{
	struct sv_error err = {0};

	(void)state;
	store_add_lease(theirs, "wide", "s0:c0.c3,c5.c8");
	assert_int_equal(sv_catset_parse("c0.c8", &level_sv.conf.categories, &err), 0);
	play.during = take_category;
	refused("s0:c1,c9", "g", SV_E_EXHAUSTED,
		"no free category for share group 'g': each of the 9 categories that guests get is "
		"part of a level in use");
	assert_int_equal(turns, 2);
}

static void begin_group(void)
{
	if (turns++ == 0)
		level_add_member(theirs, "other", "s0:c4,c8,c9");
}

/* A concurrent command began the group: its category counts. */
static void test_group_began(void **state)
{
	struct sv_error err = {0};

	(void)state;
	assert_int_equal(sv_catset_parse("c0.c3", &level_sv.conf.categories, &err), 0);
	play.during = begin_group;
	reserved("s0:c1,c2", "g", "s0:c1,c2,c4");
}

static void end_joined(void)
{
	if (turns++ == 0)
		remove_theirs("web");
}

static void test_joined(void **state)
{
	(void)state;
	store_add_lease(theirs, "web", "s0:c1,c2");
	play.join = "web";
	play.during = end_joined;
	refused(NULL, NULL, SV_E_NOTFOUND,
		"guest 'web' is neither running nor labelled: it has no level to join");
}

/* A guest with the same name and level is another guest each time. */
static void change_joined(void)
{
	struct sv_error err = {0};

	turns++;
	if (sv_store_begin(theirs, &err) < 0)
		return;
	writes++;
	remove_theirs("web");
	assert_true(store_add_lease(theirs, "web", "s0:c1,c2") > 0);
	store_commit(theirs);
}

/* A command that is always overtaken gets its turn in the end, alone. */
static void test_always(void **state)
{
	(void)state;
	store_add_lease(theirs, "web", "s0:c1,c2");
	sqlite3_busy_timeout(theirs->db, 0);
	play.join = "web";
	play.during = change_joined;
	reserved(NULL, NULL, "s0:c1,c2");
	assert_int_equal(turns, writes + 1);
	assert_true(writes > 1);
}

/* The number changes when others have written, and not by writes of this store. */
static void test_version(void **state)
{
	struct sv_error err = {0};
	int64_t before = 0, now = 0;

	(void)state;
	assert_int_equal(sv_store_version(mine, &before, &err), 0);
	store_add_lease(mine, "a", "s0:c1,c2");
	assert_int_equal(sv_store_version(mine, &now, &err), 0);
	assert_int_equal(now, before);
	store_add_lease(theirs, "b", "s0:c1,c3");
	store_begin(mine);
	assert_int_equal(sv_store_version(mine, &now, &err), 0);
	assert_int_not_equal(now, before);
	sv_store_rollback(mine);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_wish),	   T(test_comparable), T(test_drawn),	    T(test_exhausted),
		T(test_unrelated), T(test_group),      T(test_group_began), T(test_joined),
		T(test_always),	   T(test_version),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
