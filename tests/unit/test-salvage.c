/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Salvage of a damaged store: all of an undamaged one, both ends of one with a hole, no invalid
 * row; and the exchange of the files.
 */
#include "guest/restore/salvage.h"
#include "store-fixture.h"

#include "base/string.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/stat.h>

#include <cmocka.h>

#define ASIDE "aside"

enum { MANY = 400, PAGE = 4096 };

static struct sv_store *open_aside(void)
{
	struct sv_store *store = NULL;
	struct sv_error err = {0};
	char dir[128];

	(void)snprintf(dir, sizeof(dir), "%s/" ASIDE, store_dir);
	if (mkdir(dir, 0700) < 0)
		assert_int_equal(access(dir, F_OK), 0);
	if (sv_store_open(dir, SV_STORE_WRITE, &store, &err) < 0)
		fail_msg("%s", err.msg);
	return store;
}

static int teardown(void **state)
{
	static const char *const names[] = {"state.db", "state.db-journal", ""};
	char path[160];

	for (size_t i = 0; i < SV_N_ELEMENTS(names); i++) {
		(void)snprintf(path, sizeof(path), "%s/" ASIDE "/%s", store_dir, names[i]);
		(void)remove(path);
	}
	return store_teardown(state);
}

/* Guests g0, g1, ... with one inode each. */
static void fill(struct sv_store *store, unsigned n)
{
	sv_auto_free char *holder = NULL;

	store_begin(store);
	for (unsigned i = 0; i < n; i++) {
		char name[16];
		int64_t id;

		(void)snprintf(name, sizeof(name), "g%u", i);
		id = store_add_lease(store, name, NULL);
		assert_int_equal(store_add_hold(store, id, 0, i + 1, "label", &holder), 0);
	}
	store_commit(store);
}

static void test_whole(void **state)
{
	sv_auto_store struct sv_store *from = store_open(SV_STORE_WRITE), *to = open_aside();
	struct sv_salvaged saved = {0};
	struct sv_error err = {0};
	int64_t kept;

	(void)state;
	fill(from, 3);
	kept = store_add_lease(from, "kept", "s0:c1,c2");
	assert_int_equal(sv_lease_keep(from, kept, true, &err), 0);
	/* an id that the new store does not assign again */
	assert_int_equal(sv_lease_remove(from, store_add_lease(from, "gone", NULL), &err), 0);
	store_add_lease(from, "bad/name", NULL);
	assert_int_equal(sv_sql_exec(from, "UPDATE guest SET level = 'x' WHERE name = 'g1'", &err),
			 0);
	assert_int_equal(sv_store_check(from, &err), 0);
	assert_int_equal(sv_salvage(from, to, &saved, &err), 0);
	assert_true(saved.whole);
	assert_int_equal(saved.leases, 3);
	assert_int_equal(saved.holds, 2);
	assert_int_equal(store_number(to, "SELECT count(*) FROM guest WHERE kept AND name = 'kept'"
					  " AND level = 's0:c1,c2'"),
			 1);
	assert_int_equal(store_number(to, "SELECT count(*) FROM hold JOIN object ON object.id ="
					  " object JOIN guest ON guest.id = hold.guest WHERE"
					  " name = 'g2' AND ino = 3 AND original = 'before'"),
			 1);
	sv_store_close(&to);
}

/* A directory is saved with the labels and the inodes of what is in it. */
static void test_tree(void **state)
{
	sv_auto_store struct sv_store *from = store_open(SV_STORE_WRITE), *to = open_aside();
	const uint64_t inos[] = {5, 70, 71};
	struct sv_salvaged saved = {0};
	sv_auto_free char *holder = NULL;
	struct sv_error err = {0};
	struct sv_hold tree = {
		.dev = 1,
		.ino = 9,
		.driver = (char[]){"fake"},
		.path = (char[]){"/srv/tree"},
		.wanted = (char[]){"label"},
		.original = (char[]){"before"},
		.tree = true,
	};

	(void)state;
	store_begin(from);
	/* so that the guest and the inode have other numbers in the new store */
	assert_int_equal(sv_lease_remove(from, store_add_lease(from, "gone", NULL), &err), 0);
	tree.guest = store_add_lease(from, "g", NULL);
	assert_int_equal(sv_hold_add(from, &tree, &holder, &err), 0);
	assert_int_equal(sv_leaf_add(from, &tree, "sub/file", "another", &err), 0);
	assert_int_equal(sv_below_add(from, &tree, inos, SV_N_ELEMENTS(inos), &err), 0);
	store_commit(from);
	assert_int_equal(sv_salvage(from, to, &saved, &err), 0);
	assert_true(saved.whole);
	assert_int_equal(store_number(to, "SELECT count(*) FROM leaf WHERE path = 'sub/file' AND"
					  " original = 'another'"),
			 1);
	assert_int_equal(store_number(to, "SELECT count(*) FROM below WHERE dev = 1 AND"
					  " (word = 0 AND bits = 32 OR word = 1 AND bits = 192)"),
			 2);
	sv_store_close(&to);
}

static int64_t add_joiner(struct sv_store *store, const char *name, const char *joined)
{
	struct sv_lease lease = lease_of((char *)(uintptr_t)name, (char[]){"s0:c1,c2"});
	struct sv_error err = {0};
	int64_t id = 0;

	lease.joined = (char *)(uintptr_t)joined;
	if (sv_lease_add(store, &lease, &id, &err) != 0)
		fail_msg("%s", err.msg);
	return id;
}

/* Guests with one level are all saved, and stay together, also when it is no longer known whom the
 * younger ones joined. */
static void test_joined(void **state)
{
	sv_auto_store struct sv_store *from = store_open(SV_STORE_WRITE), *to = open_aside();
	struct sv_salvaged saved = {0};
	struct sv_error err = {0};

	(void)state;
	store_add_lease(from, "a", "s0:c1,c2");
	add_joiner(from, "b", "a");
	add_joiner(from, "c", "a");
	add_joiner(from, "d", "a");
	/* the rows that a lost page takes with it */
	assert_int_equal(sv_sql_exec(from,
				     "PRAGMA foreign_keys = OFF; DROP TRIGGER guest_heir;"
				     "DELETE FROM guest WHERE name = 'a'",
				     &err),
			 0);
	assert_int_equal(sv_salvage(from, to, &saved, &err), 0);
	assert_int_equal(saved.leases, 3);
	assert_int_equal(store_number(to, "SELECT count(*) FROM guest WHERE joined ="
					  " (SELECT id FROM guest WHERE joined IS NULL)"),
			 2);
	sv_store_close(&to);
}

static void test_hole(void **state)
{
	static const char noise[PAGE] = "\xff\xff\xff\xff\xff\xff";
	struct sv_store *from = store_open(SV_STORE_WRITE), *to = open_aside();
	struct sv_salvaged saved = {0};
	struct sv_error err = {0};
	int64_t page;
	int fd;

	(void)state;
	fill(from, MANY);
	/* the second of three leaves; dbstat is not in every SQLite, so a name identifies it */
	page = store_number(from, "SELECT rootpage FROM sqlite_schema WHERE name = 'guest'");
	sv_store_close(&from);
	fd = open(store_file, O_RDWR | O_CLOEXEC);
	for (page++; page > 0; page++) {
		char text[PAGE];

		assert_int_equal(pread(fd, text, PAGE, page * PAGE), PAGE);
		if (text[0] == 13 && memmem(text, PAGE, "g250", 4))
			break;
	}
	assert_int_equal(pwrite(fd, noise, PAGE, page * PAGE), PAGE);
	close(fd);
	from = store_open(SV_STORE_WRITE);
	assert_int_equal(sv_store_check(from, &err), SV_NONE);
	assert_int_equal(sv_salvage(from, to, &saved, &err), 0);
	assert_false(saved.whole);
	assert_true(saved.leases > MANY / 2 && saved.leases < MANY);
	assert_true(saved.holds >= saved.leases / 2 && saved.holds <= saved.leases);
	assert_int_equal(
		store_number(to, "SELECT count(*) FROM guest WHERE name IN ('g0', 'g399')"), 2);
	assert_int_equal(store_number(to, "SELECT count(*) FROM guest WHERE name = 'g250'"), 0);
	sv_store_close(&from);
	sv_store_close(&to);
}

static void test_exchange(void **state)
{
	struct sv_store *store = store_open(SV_STORE_WRITE), *other = open_aside();
	struct sv_error err = {0};

	(void)state;
	fill(store, 1);
	fill(other, 2);
	sv_store_close(&store);
	sv_store_close(&other);
	assert_int_equal(sv_store_exchange(store_dir, ASIDE, &err), 0);
	store = store_open(SV_STORE_WRITE);
	other = open_aside();
	assert_int_equal(store_count_leases(store), 2);
	assert_int_equal(store_count_leases(other), 1);
	sv_store_close(&store);
	sv_store_close(&other);
	assert_int_equal(sv_store_exchange(store_dir, "none", &err), -SV_E_NOTFOUND);
	assert_non_null(strstr(err.msg, "cannot put"));
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, store_setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_whole), T(test_tree), T(test_joined), T(test_hole), T(test_exchange),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
