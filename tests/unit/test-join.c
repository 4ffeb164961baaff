/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guests that share a level on purpose: what the store keeps of them, when the level is free again,
 * and which conflicts do not count for a guest that joins another one.
 */
#include "base/string.h"
#include "guest/state/rundir.h"
#include "guest/state/runtime.h"
#include "levels-fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <unistd.h>

#include <cmocka.h>

static void remove_lease(struct sv_store *store, int64_t id)
{
	struct sv_error err = {0};

	assert_int_equal(sv_lease_remove(store, id, &err), 0);
}

static void pair_is(struct sv_store *store, const char *level, bool held)
{
	static uint64_t words[SV_PAIR_WORDS];
	struct sv_error err = {0};
	struct sv_level parsed;
	uint32_t pair;

	memset(words, 0, sizeof(words));
	assert_int_equal(sv_level_parse(level, &parsed, &err), 0);
	assert_true(sv_pair_of(&parsed, &pair));
	assert_int_equal(sv_lease_pairs(store, words, &err), 0);
	assert_int_equal(words[pair / 64] >> (pair % 64) & 1, held);
}

/* A lease that joined that guest: its id, or -SV_BUSY. */
static int64_t add_joiner(struct sv_store *store, const char *name, const char *level,
			  const char *joined)
{
	struct sv_lease lease = lease_of((char *)(uintptr_t)name, (char *)(uintptr_t)level);
	struct sv_error err = {0};
	int64_t id = 0;
	int r;

	lease.joined = (char *)(uintptr_t)joined;
	r = sv_lease_add(store, &lease, &id, &err);
	if (r < 0)
		fail_msg("%s", err.msg);
	return r == 0 ? id : -r;
}

static void joined_is(struct sv_store *store, const char *name, const char *joined)
{
	sv_auto_lease struct sv_lease got = {0};
	struct sv_error err = {0};

	assert_int_equal(sv_lease_find(store, name, &got, &err), 0);
	assert_true(sv_streq(got.joined, joined));
}

static void peers_are(struct sv_store *store, int64_t id, const char *expected)
{
	sv_auto_strv struct sv_strv names = {0};
	struct sv_error err = {0};
	char text[64] = "";

	assert_int_equal(sv_lease_peers(store, id, &names, &err), 0);
	for (size_t i = 0; i < names.n; i++)
		(void)snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s ", names.v[i]);
	assert_string_equal(text, expected);
}

static void holding_is(struct sv_store *store, uint32_t pair, const char *except,
		       const char *expected)
{
	sv_auto_lease struct sv_lease got = {0};
	struct sv_error err = {0};

	assert_int_equal(sv_lease_holding(store, pair, except, &got, &err), 0);
	assert_string_equal(got.name, expected);
}

/* A level has one holder, guests that joined it, and no others; it is free when all have ended. */
static void test_joined(void **state)
{
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);
	sv_auto_lease struct sv_lease got = {0};
	int64_t a = store_add_lease(store, "a", "s0:c0,c1"), b, c, d;
	struct sv_error err = {0};

	(void)state;
	b = add_joiner(store, "b", "s0:c0,c1", "a");
	/* joining a joiner is joining the same guest */
	c = add_joiner(store, "c", "s0:c0,c1", "b");
	assert_true(b > 0 && c > 0);
	joined_is(store, "a", NULL);
	joined_is(store, "b", "a");
	joined_is(store, "c", "a");
	peers_are(store, a, "b c ");
	peers_are(store, b, "a c ");
	holding_is(store, 0, NULL, "a");
	holding_is(store, 0, "b", "a");
	holding_is(store, 0, "a", "b");
	/* no other guest gets the level: not by itself, not by joining another guest or another
	 * level */
	store_add_lease(store, "x", "s0:c5,c6");
	assert_int_equal(store_add_lease(store, "d", "s0:c0,c1"), -SV_BUSY);
	assert_int_equal(add_joiner(store, "d", "s0:c0,c1", "x"), -SV_BUSY);
	assert_int_equal(add_joiner(store, "d", "s0:c0,c1", "nobody"), -SV_BUSY);
	assert_int_equal(add_joiner(store, "d", "s1:c0,c1", "a"), -SV_BUSY);
	pair_is(store, "s0:c0,c1", true);
	/* the holder ends: the oldest of the others becomes the holder */
	remove_lease(store, a);
	joined_is(store, "b", NULL);
	joined_is(store, "c", "b");
	peers_are(store, b, "c ");
	pair_is(store, "s0:c0,c1", true);
	assert_int_equal(store_add_lease(store, "d", "s0:c0,c1"), -SV_BUSY);
	d = add_joiner(store, "d", "s0:c0,c1", "c");
	joined_is(store, "d", "b");
	/* one in the middle ends: nothing changes for the others */
	remove_lease(store, c);
	joined_is(store, "d", "b");
	remove_lease(store, b);
	joined_is(store, "d", NULL);
	pair_is(store, "s0:c0,c1", true);
	remove_lease(store, d);
	pair_is(store, "s0:c0,c1", false);
	pair_is(store, "s0:c5,c6", true);
	assert_int_equal(sv_lease_at(store, "s0:c0,c1", &got, &err), SV_NONE);
	assert_true(store_add_lease(store, "d", "s0:c0,c1") > 0);
	/* a join with another level is an ordinary lease */
	assert_true(add_joiner(store, "e", "s0:c2,c3", "d") > 0);
	joined_is(store, "e", NULL);
}

/* The same for a level that is not a pair. */
static void test_joined_wide(void **state)
{
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);
	sv_auto_lease struct sv_lease got = {0};
	int64_t a = store_add_lease(store, "a", "s0:c1.c3"), b;
	struct sv_error err = {0};

	(void)state;
	b = add_joiner(store, "b", "s0:c1.c3", "a");
	assert_true(b > 0 && add_joiner(store, "c", "s0:c1.c3", "a") > 0);
	assert_int_equal(store_add_lease(store, "d", "s0:c1.c3"), -SV_BUSY);
	store_levels_are(store, SV_LEVELS_WIDE, "a=s0:c1.c3 b=s0:c1.c3>a c=s0:c1.c3>a ");
	remove_lease(store, a);
	assert_int_equal(store_add_lease(store, "d", "s0:c1.c3"), -SV_BUSY);
	store_levels_are(store, SV_LEVELS_ALL, "b=s0:c1.c3 c=s0:c1.c3>b ");
	assert_int_equal(sv_lease_at(store, "s0:c1.c3", &got, &err), 0);
	assert_string_equal(got.name, "b");
}

/* The VMM of a guest is this very process. */
static void run_as_us(const char *name)
{
	struct sv_runtime rt = {.state = SV_GUEST_RUNNING};
	struct sv_error err = {0};
	int lock = -1;

	assert_int_equal(sv_proc_identify(getpid(), &rt.guest, &err), 0);
	assert_int_equal(sv_guest_lock(&level_sv, name, &lock, &err), 0);
	assert_int_equal(sv_runtime_write(lock, &rt, &err), 0);
	close(lock);
	play.process_pid = getpid();
}

/* A joining guest gets exactly that level; comparable levels of others conflict as usual. */
static void test_join(void **state)
{
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);

	(void)state;
	store_add_lease(store, "a", "s0:c1,c2");
	store_add_lease(store, "x", "s0:c3,c4");
	(void)add_joiner(store, "b", "s0:c1,c2", "a");
	play.join = "a";
	level_granted(store, "s0:c1,c2");
	play.join = "b";
	level_granted(store, "s0:c1,c2");
	/* without a join it is another guest's level */
	play.join = NULL;
	level_refused(store, "s0:c1,c2", SV_E_BUSY,
		      "the level 's0:c1,c2' conflicts with guest 'a'");
	play.join = "a";
	store_add_lease(store, "above", "s0:c1,c2,c5");
	level_refused(store, NULL, SV_E_BUSY, "the level 's0:c1,c2' conflicts with guest 'above'");
	play.join = "nobody";
	level_refused(store, NULL, SV_E_NOTFOUND,
		      "guest 'nobody' is neither running nor labelled: it has no level to join");
	store_add_lease(store, "none", NULL);
	play.join = "none";
	level_refused(store, NULL, SV_E_USAGE,
		      "guest 'none' has no level to join: its label is none");
	play.own_range = "s0-s0:c0.c3";
	play.join = "x";
	level_refused(store, NULL, SV_E_PERMISSION,
		      "the guest's level s0:c3,c4 is outside this process' own range s0-s0:c0.c3");
}

/* A level that is not a pair is joined like one. */
static void test_join_wide(void **state)
{
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);

	(void)state;
	store_add_lease(store, "a", "s0:c1.c3");
	play.join = "a";
	level_granted(store, "s0:c1.c3");
	store_add_lease(store, "below", "s0:c2,c3");
	level_refused(store, NULL, SV_E_BUSY, "the level 's0:c1.c3' conflicts with guest 'below'");
}

/* Of the processes at the level, only the VMMs of guests that joined are no conflict. */
static void test_join_process(void **state)
{
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);
	struct sv_error err = {0};
	char msg[80];

	(void)state;
	store_add_lease(store, "a", "s0:c1,c2");
	store_add_lease(store, "x", "s0:c3,c4");
	(void)add_joiner(store, "b", "s0:c1,c2", "a");
	play.join = "a";
	play.process_level = "s0:c1,c2";
	level_refused(store, NULL, SV_E_BUSY, "the level 's0:c1,c2' conflicts with process 42");
	run_as_us("b");
	level_granted(store, "s0:c1,c2");
	/* the guest has ended, and is no peer any more */
	assert_int_equal(sv_lease_remove(store, 3, &err), 0);
	(void)snprintf(msg, sizeof(msg), "the level 's0:c1,c2' conflicts with process %d",
		       (int)getpid());
	level_refused(store, NULL, SV_E_BUSY, msg);
	run_as_us("a");
	level_granted(store, "s0:c1,c2");
	/* the VMM of that guest has the level of its lease, or conflicts */
	play.process_level = "s0:c1.c3";
	level_refused(store, NULL, SV_E_BUSY, msg);
}

/* Of the static labels at the level, only the guest's own is no conflict. */
static void test_join_static(void **state)
{
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);

	(void)state;
	store_add_lease(store, "a", "s0:c1,c2");
	level_define("a", "s0:c1,c2");
	play.join = "a";
	level_granted(store, "s0:c1,c2");
	level_define("other", "s0:c1,c2");
	level_refused(store, NULL, SV_E_BUSY,
		      "the level 's0:c1,c2' conflicts with the static label of domain 'other'");
}

/* A guest that joins a member becomes a member. */
static void test_join_group(void **state)
{
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);
	sv_auto_free char *got = NULL, *shared = NULL;
	struct sv_error err = {0};

	(void)state;
	level_add_member(store, "a", "s0:c1,c2,c4");
	play.join = "a";
	assert_int_equal(level_choose_in(store, NULL, NULL, &got, &shared, &err), 0);
	assert_string_equal(got, "s0:c1,c2,c4");
	assert_string_equal(shared, "s0:c4");
	play.process_level = "s0:c0,c4";
	level_refused(store, NULL, SV_E_BUSY,
		      "process 42 holds c4, the category of share group 'g', and is no member");
}

/* A labelled guest starts with the other guest when that still exists, else as an ordinary
 * guest. */
static void test_join_kept(void **state)
{
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);
	unsigned i;

	(void)state;
	play.own_range = "s0-s0:c0.c2";
	store_add_lease(store, "a", "s0:c1,c2");
	(void)add_joiner(store, "me", "s0:c1,c2", "a");
	play.kept_with = "a";
	play.kept_level = "s0:c1,c2";
	level_granted(store, "s0:c1,c2");
	/* the lost level is not drawn again: it is still in use by the other guest */
	play.process_level = "s0:c1,c2";
	for (i = 0; i < 20; i++) {
		sv_auto_free char *got = NULL;
		struct sv_error err = {0};

		assert_int_equal(level_choose(store, NULL, &got, &err), 0);
		assert_string_not_equal(got, "s0:c1,c2");
	}
	play.process_level = NULL;
	/* the other guest has another level now: any process at the old one conflicts */
	play.kept_with = "other";
	store_add_lease(store, "other", "s0:c0,c1");
	for (i = 0; i < 5; i++) {
		sv_auto_free char *got = NULL;
		struct sv_error err = {0};

		assert_int_equal(level_choose(store, NULL, &got, &err), 0);
		assert_string_equal(got, "s0:c0,c2");
	}
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, level_setup, store_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_joined),     TEST(test_joined_wide),	TEST(test_join),
		TEST(test_join_wide),  TEST(test_join_process), TEST(test_join_static),
		TEST(test_join_group), TEST(test_join_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
