/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Leases and share groups: what the store keeps of them, what it refuses, and that the bits of the
 * pairs and the groups follow the leases.
 */
#include "store-fixture.h"

#include "base/string.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define UUID "00000000-0000-4000-8000-000000000001"

static void test_lease_round_trip(void **state)
{
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);
	sv_auto_lease struct sv_lease read = {0}, got = {0};
	char name[] = "web'1", text[] = "u:r:t:s0:c1,c2", level[] = "s0:c1,c2", qemu[] = "/bin/q";
	struct sv_lease lease = {
		.name = name,
		.uuid = UUID,
		.kept = true,
		.layers = {{name, text, NULL}, {level, text, qemu}},
		.n_layers = 2,
		.level = level,
		.dynamic = true,
		.emulator = qemu,
		.vcpus = UINT32_MAX,
		.memory_kib = UINT64_MAX,
		.max_memory_kib = 7,
		.created = 1700000000,
	};
	struct sv_error err = {0};
	int64_t id = 0;

	(void)state;
	assert_int_equal(sv_lease_add(store, &lease, &id, &err), 0);
	assert_int_equal(sv_lease_find(store, "web'1", &read, &err), 0);
	/* a copy is equal, with text of its own */
	assert_int_equal(sv_lease_copy(&read, &got, &err), 0);
	sv_lease_done(&read);
	assert_true(got.id == id && id > 0);
	assert_string_equal(got.name, name);
	assert_string_equal(got.uuid, UUID);
	assert_true(got.kept);
	assert_true(sv_lease_same_layers(&got, &lease));
	assert_ptr_equal(sv_lease_layer(&got, level), &got.layers[1]);
	assert_null(sv_lease_layer(&got, "none"));
	lease.layers[1].image = NULL;
	assert_false(sv_lease_same_layers(&got, &lease));
	assert_string_equal(got.level, level);
	assert_true(got.dynamic);
	assert_string_equal(got.emulator, qemu);
	assert_true(got.vcpus == UINT32_MAX && got.memory_kib == UINT64_MAX);
	assert_int_equal(got.max_memory_kib, 7);
	assert_int_equal(got.created, 1700000000);
}

static void test_lease_changes(void **state)
{
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);
	sv_auto_lease struct sv_lease got = {0};
	int64_t id = store_add_lease(store, "a", "s0:c1,c2");
	struct sv_error err = {0};
	struct sv_lease again;
	char other[] = "other", level[] = "s0:c1,c2";

	(void)state;
	assert_int_equal(sv_lease_find(store, "b", &got, &err), SV_NONE);
	assert_int_equal(sv_lease_find(store, "a", &got, &err), 0);
	assert_false(got.kept);
	sv_lease_done(&got);
	assert_int_equal(sv_lease_keep(store, id, true, &err), 0);
	assert_int_equal(sv_lease_find(store, "a", &got, &err), 0);
	assert_true(got.kept);
	sv_lease_done(&got);
	assert_int_equal(sv_lease_keep(store, id, false, &err), 0);
	assert_int_equal(sv_lease_find(store, "a", &got, &err), 0);
	assert_false(got.kept);
	sv_lease_done(&got);
	/* a start reuses it, and may fall back */
	again = lease_of(other, level);
	again.id = id;
	again.vcpus = 64;
	assert_int_equal(sv_lease_keep(store, id, true, &err), 0);
	assert_int_equal(sv_lease_reuse(store, &again, &err), 0);
	assert_int_equal(sv_lease_find(store, "a", &got, &err), 0);
	assert_true(!got.kept && got.was_kept && got.vcpus == 64);
	sv_lease_done(&got);
	assert_int_equal(sv_lease_keep(store, id, true, &err), 0);
	assert_int_equal(sv_lease_find(store, "a", &got, &err), 0);
	assert_true(got.kept && !got.was_kept);
	again.id = id + 1;
	assert_int_equal(sv_lease_reuse(store, &again, &err), -SV_E_NOTFOUND);
	assert_int_equal(sv_lease_keep(store, id + 1, true, &err), -SV_E_NOTFOUND);
	assert_int_equal(sv_lease_remove(store, id, &err), 0);
	assert_int_equal(sv_lease_remove(store, id, &err), 0);
	assert_int_equal(store_count_leases(store), 0);
	assert_true(store_add_lease(store, "a", NULL) > id);
}

static void test_lease_conflicts(void **state)
{
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);
	char name[] = "static", level[] = "s0:c1,c2";
	struct sv_lease lease = lease_of(name, level);
	struct sv_error err = {0};
	int64_t id = 0;

	(void)state;
	assert_true(store_add_lease(store, "a", "s0:c1,c2") > 0);
	assert_int_equal(store_add_lease(store, "a", "s0:c3,c4"), -SV_BUSY);
	assert_int_equal(store_add_lease(store, "b", "s0:c1,c2"), -SV_BUSY);
	/* a static label does not get a level in use, and a lease without a level has no
	 * conflict */
	lease.dynamic = false;
	assert_int_equal(sv_lease_add(store, &lease, &id, &err), SV_BUSY);
	assert_int_equal(store_add_lease(store, "b", "s3:c1,c2"), -SV_BUSY);
	assert_true(store_add_lease(store, "c", NULL) > 0);
	assert_true(store_add_lease(store, "d", NULL) > 0);
	assert_true(store_add_lease(store, "e", "s0:c1.c3") > 0);
	assert_int_equal(store_add_lease(store, "f", "s0:c1.c3"), -SV_BUSY);
	assert_int_equal(store_count_leases(store), 4);
}

/* Numbers of the pairs in words, each below 2^20, as text. */
static void pairs_are(struct sv_store *store, const char *expected)
{
	static uint64_t words[SV_PAIR_WORDS];
	char text[256] = "";
	struct sv_error err = {0};
	size_t len = 0, i;

	memset(words, 0, sizeof(words));
	assert_int_equal(sv_lease_pairs(store, words, &err), 0);
	for (i = 0; i < SV_PAIRS; i++) {
		if (words[i / 64] >> (i % 64) & 1)
			len += (size_t)snprintf(text + len, sizeof(text) - len, " %zu", i);
	}
	assert_string_equal(text, expected);
}

static void remove_lease(struct sv_store *store, int64_t id)
{
	struct sv_error err = {0};

	assert_int_equal(sv_lease_remove(store, id, &err), 0);
}

/* The bits follow the leases: they are set for each pair in use, also after a rollback, and for no
 * other. */
static void test_lease_pairs(void **state)
{
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);
	sv_auto_lease struct sv_lease got = {0};
	struct sv_error err = {0};
	sv_auto_free char *holder = NULL;
	int64_t a, b, held;

	(void)state;
	pairs_are(store, "");
	a = store_add_lease(store, "a", "s0:c0,c1");
	b = store_add_lease(store, "b", "s7:c9,c11");
	held = store_add_lease(store, "held", "s0:c1022,c1023");
	store_add_lease(store, "wide", "s0:c0.c2");
	store_add_lease(store, "single", "s0:c5");
	store_add_lease(store, "none", NULL);
	pairs_are(store, " 0 64 523775");
	assert_int_equal(sv_lease_holding(store, 64, NULL, &got, &err), 0);
	assert_string_equal(got.name, "b");
	assert_int_equal(sv_lease_holding(store, 65, NULL, &got, &err), SV_NONE);
	assert_int_equal(store_add_lease(store, "again", "s0:c0,c1"), -SV_BUSY);
	store_begin(store);
	store_add_lease(store, "undone", "s0:c0,c2");
	pairs_are(store, " 0 1 64 523775");
	sv_store_rollback(store);
	remove_lease(store, b);
	pairs_are(store, " 0 523775");
	remove_lease(store, a);
	remove_lease(store, a);
	pairs_are(store, " 523775");
	/* a lease that cannot be removed keeps its bit */
	store_begin(store);
	store_add_hold(store, held, 0, 1, "x", &holder);
	store_commit(store);
	assert_int_equal(sv_lease_remove(store, held, &err), -SV_E_PARTIAL);
	pairs_are(store, " 523775");
}

static int note_name(void *data, const struct sv_lease *lease, struct sv_error *err)
{
	(void)err;
	sv_buf_puts(data, lease->name);
	return 0;
}

static void test_lease_levels(void **state)
{
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);
	sv_auto_buf struct sv_buf buf = {0};
	sv_auto_free char *names = NULL;
	struct sv_error err = {0};

	(void)state;
	store_add_lease(store, "z", "s0:c1.c3");
	assert_int_equal(sv_lease_keep(store, store_add_lease(store, "y", "s0:c1,c2"), true, &err),
			 0);
	store_add_lease(store, "x", NULL);
	store_add_lease(store, "w", "s0:c9");
	store_levels_are(store, SV_LEVELS_ALL, "z=s0:c1.c3 y=s0:c1,c2 w=s0:c9 ");
	store_levels_are(store, SV_LEVELS_WIDE, "z=s0:c1.c3 w=s0:c9 ");
	assert_int_equal(sv_lease_each(store, SV_LEASES_WATCHED, note_name, &buf, &err), 0);
	assert_int_equal(sv_buf_take(&buf, &names, &err), 0);
	assert_string_equal(names, "zxw");
}

/* A member's lease in a transaction of its own: its id, or -SV_BUSY. */
static int64_t add_member(struct sv_store *store, const char *name, const char *level,
			  const char *group, uint32_t category)
{
	struct sv_lease lease = lease_of((char *)(uintptr_t)name, (char *)(uintptr_t)level);
	struct sv_error err = {0};
	int64_t id = 0;
	int r;

	lease.group = (char *)(uintptr_t)group;
	lease.category = category;
	store_begin(store);
	r = sv_lease_add(store, &lease, &id, &err);
	if (r == 0)
		store_commit(store);
	else
		sv_store_rollback(store);
	if (r < 0)
		fail_msg("%s", err.msg);
	return r == 0 ? id : -r;
}

static int note_group(void *data, const char *name, uint32_t category, struct sv_error *err)
{
	(void)err;
	sv_buf_printf(data, "%s=c%u ", name, category);
	return 0;
}

static void groups_are(struct sv_store *store, const char *expected)
{
	sv_auto_buf struct sv_buf buf = {0};
	sv_auto_free char *text = NULL;
	struct sv_error err = {0};

	assert_int_equal(sv_group_each(store, note_group, &buf, &err), 0);
	assert_int_equal(sv_buf_take(&buf, &text, &err), 0);
	assert_string_equal(text ? text : "", expected);
}

/* A group exists as long as it has a member, and holds one category that no other group has. */
static void test_groups(void **state)
{
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);
	sv_auto_lease struct sv_lease got = {0};
	char name[] = "outside", level[] = "s0:c8,c9,c10", group[] = "web";
	struct sv_lease outside = lease_of(name, level);
	struct sv_error err = {0};
	uint32_t category = 0;
	int64_t a, b;

	(void)state;
	groups_are(store, "");
	assert_int_equal(sv_group_find(store, "web", &category, &err), SV_NONE);
	a = add_member(store, "a", "s0:c0,c1,c5", "web", 5);
	b = add_member(store, "b", "s0:c0,c2,c5", "web", 5);
	assert_true(a > 0 && b > 0);
	assert_true(add_member(store, "c", "s0:c3,c4,c7,c9", "db", 9) > 0);
	groups_are(store, "db=c9 web=c5 ");
	assert_int_equal(sv_group_find(store, "web", &category, &err), 0);
	assert_int_equal(category, 5);
	assert_int_equal(sv_lease_find(store, "b", &got, &err), 0);
	assert_string_equal(got.group, "web");
	assert_int_equal(got.category, 5);
	/* a member's own pair counts as a pair; a wide level is one without the group's category */
	pairs_are(store, " 0 1");
	store_levels_are(store, SV_LEVELS_WIDE, "c=s0:c3,c4,c7,c9@db ");
	assert_int_equal(store_add_lease(store, "x", "s0:c0,c1"), -SV_BUSY);
	assert_int_equal(add_member(store, "x", "s0:c6,c7,c8", "web", 8), -SV_BUSY);
	assert_int_equal(add_member(store, "x", "s0:c5,c6,c7", "mail", 5), -SV_BUSY);
	groups_are(store, "db=c9 web=c5 ");
	remove_lease(store, a);
	groups_are(store, "db=c9 web=c5 ");
	pairs_are(store, " 1");
	remove_lease(store, b);
	groups_are(store, "db=c9 ");
	assert_true(add_member(store, "x", "s0:c6,c7,c8", "web", 8) > 0);
	groups_are(store, "db=c9 web=c8 ");
	/* without a transaction a group could be left without a member */
	outside.group = group;
	outside.category = 10;
	assert_int_equal(sv_lease_add(store, &outside, &a, &err), -SV_E_UNKNOWN);
	assert_non_null(strstr(err.msg, "outside of a transaction"));
}

/* Rows that only a damaged file can have. */
static void test_group_damaged(void **state)
{
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);
	struct sv_error err = {0};
	uint32_t category;

	(void)state;
	assert_int_equal(sv_sql_exec(store,
				     "INSERT INTO share_group(name, category) VALUES('g', 1024)",
				     &err),
			 0);
	assert_int_equal(sv_group_find(store, "g", &category, &err), -SV_E_UNKNOWN);
	assert_non_null(strstr(err.msg, "is damaged: a share group's category is out of range"));
}

/* The same for pairs. */
static void test_lease_pairs_damaged(void **state)
{
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);
	static uint64_t words[SV_PAIR_WORDS];
	struct sv_error err = {0};

	(void)state;
	assert_int_equal(sv_sql_exec(store, "INSERT INTO pairs VALUES(8184, 1)", &err), 0);
	assert_int_equal(sv_lease_pairs(store, words, &err), -SV_E_UNKNOWN);
	assert_non_null(strstr(err.msg, "is damaged: a level is out of range"));
}

static int stop_at_second(void *data, const struct sv_lease *lease, struct sv_error *err)
{
	unsigned *n = data;

	if (++*n == 1)
		return 0;
	return lease->id == 2 ? SV_SKIP : sv_fail(err, SV_E_UNKNOWN, 0, "wrong order");
}

static void test_lease_walk(void **state)
{
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);
	struct sv_error err = {0};
	unsigned n = 0;

	(void)state;
	store_add_lease(store, "z", NULL);
	store_add_lease(store, "a", NULL);
	store_add_lease(store, "m", NULL);
	assert_int_equal(sv_lease_each(store, SV_LEASES_ALL, stop_at_second, &n, &err), SV_SKIP);
	assert_int_equal(n, 2);
	/* the walk is over: writing works */
	assert_true(store_add_lease(store, "q", NULL) > 0);
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, store_setup, store_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_lease_round_trip),    T(test_lease_changes), T(test_lease_conflicts),
		T(test_lease_walk),	     T(test_lease_pairs),   T(test_lease_levels),
		T(test_lease_pairs_damaged), T(test_groups),	    T(test_group_damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
