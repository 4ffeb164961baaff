/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Holds: what the store keeps of them, what it refuses, the order of concurrent requests, and the
 * rest of a transaction whose process dies.
 */
#include "store-fixture.h"

#include "base/string.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define BOOT "11111111-2222-4333-8444-555555555555"

struct seen {
	unsigned n, others;
	uint32_t last;
	struct sv_hold hold; /* copy of the last, text not owned by it */
	char path[64], original[64], handle[64];
};

static int see_hold(void *data, const struct sv_hold *hold, unsigned others, struct sv_error *err)
{
	struct seen *seen = data;

	(void)err;
	seen->n++;
	seen->others = others;
	seen->last = hold->seq;
	seen->hold = *hold;
	(void)snprintf(seen->path, sizeof(seen->path), "%s", hold->path);
	(void)snprintf(seen->original, sizeof(seen->original), "%s", hold->original);
	(void)snprintf(seen->handle, sizeof(seen->handle), "%s", hold->handle ? hold->handle : "");
	return 0;
}

static struct seen holds(struct sv_store *store, int64_t guest, bool reverse)
{
	struct sv_error err = {0};
	struct seen seen = {0};

	assert_int_equal(sv_hold_each(store, guest, reverse, see_hold, &seen, &err), 0);
	return seen;
}

/* The holder of an inode, preferably another guest than that one. */
static void check_found(struct sv_store *store, int64_t guest, uint64_t ino, const char *name,
			const char *label)
{
	struct sv_hold hold = {
		.guest = guest, .driver = (char[]){"fake"}, .dev = UINT64_MAX, .ino = ino};
	sv_auto_free char *holder = NULL, *wanted = NULL;
	struct sv_error err = {0};
	bool alone = true;

	assert_int_equal(sv_hold_find(store, &hold, &holder, &wanted, &alone, &err),
			 name ? 0 : SV_NONE);
	assert_true(!name || alone == sv_streq(label, "alone"));
	assert_true(sv_streq(holder, name) && sv_streq(wanted, label));
}

/* An exclusive hold has one guest, whatever label others want. */
static void test_hold_alone(void **state)
{
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);
	int64_t a = store_add_lease(store, "a", NULL), b = store_add_lease(store, "b", NULL);
	sv_auto_free char *holder = NULL, *second = NULL, *third = NULL;
	struct sv_error err = {0};
	struct sv_hold hold = {.guest = b,
			       .driver = (char[]){"fake"},
			       .dev = UINT64_MAX,
			       .ino = 1,
			       .path = (char[]){"/x"},
			       .wanted = (char[]){"alone"},
			       .original = (char[]){"before"},
			       .handle = (char[]){"1:0a"}};

	(void)state;
	store_begin(store);
	assert_int_equal(store_add_hold(store, a, 0, 1, "alone", &holder), 0);
	assert_int_equal(store_add_hold(store, a, 1, 1, "alone", &holder), 0);
	assert_int_equal(store_add_hold(store, b, 0, 1, "alone", &holder), SV_BUSY);
	assert_string_equal(holder, "a");
	/* it is enough that one of the two is exclusive */
	assert_int_equal(sv_hold_add(store, &hold, &second, &err), SV_BUSY);
	assert_string_equal(second, "a");
	hold.ino = 2;
	assert_int_equal(sv_hold_add(store, &hold, &second, &err), 0);
	assert_int_equal(store_add_hold(store, a, 2, 2, "alone", &third), SV_BUSY);
	assert_string_equal(third, "b");
	store_commit(store);
	check_found(store, b, 1, "a", "alone");
	assert_true(holds(store, a, false).hold.alone);
	assert_false(holds(store, b, false).hold.alone);
	assert_string_equal(holds(store, a, false).handle, "");
	store_begin(store);
	hold.ino = 3;
	hold.seq = 1;
	assert_int_equal(sv_hold_add(store, &hold, &second, &err), 0);
	store_commit(store);
	assert_string_equal(holds(store, b, false).handle, "1:0a");
}

static void test_hold_joins_and_conflicts(void **state)
{
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);
	int64_t a = store_add_lease(store, "a", NULL), b = store_add_lease(store, "b", NULL);
	sv_auto_free char *holder = NULL;
	struct sv_error err = {0};
	struct seen seen;

	(void)state;
	store_begin(store);
	assert_int_equal(store_add_hold(store, a, 0, UINT64_MAX, "ro", &holder), 0);
	assert_int_equal(store_add_hold(store, a, 1, 5, "a-only", &holder), 0);
	assert_int_equal(store_add_hold(store, a, 2, UINT64_MAX, "ro", &holder), 0);
	assert_int_equal(store_add_hold(store, b, 7, UINT64_MAX, "ro", &holder), 0);
	assert_null(holder);
	assert_int_equal(store_add_hold(store, b, 8, 5, "b-only", &holder), SV_BUSY);
	assert_string_equal(holder, "a");
	store_commit(store);

	check_found(store, a, UINT64_MAX, "b", "ro");
	check_found(store, b, UINT64_MAX, "a", "ro");
	check_found(store, a, 5, "a", "a-only");
	check_found(store, a, 6, NULL, NULL);
	seen = holds(store, a, false);
	assert_int_equal(seen.n, 3);
	assert_int_equal(seen.last, 2);
	assert_int_equal(seen.others, 1);
	assert_true(seen.hold.dev == UINT64_MAX && seen.hold.ino == UINT64_MAX);
	assert_string_equal(seen.path, "/images/\xff'\"%s");
	seen = holds(store, a, true);
	assert_int_equal(seen.last, 0);
	assert_int_equal(holds(store, 0, false).n, 4);

	store_begin(store);
	assert_int_equal(sv_hold_remove(store, a, 0, &err), 0);
	assert_int_equal(sv_hold_remove(store, a, 2, &err), 0);
	assert_int_equal(sv_hold_remove(store, a, 2, &err), 0);
	store_commit(store);
	seen = holds(store, b, false);
	assert_int_equal(seen.others, 0);
	assert_string_equal(seen.original, "before");
	assert_int_equal(store_number(store, "SELECT count(*) FROM object"), 2);

	assert_int_equal(sv_lease_remove(store, b, &err), -SV_E_PARTIAL);
	assert_non_null(strstr(err.hint, "svirt restore"));
	store_begin(store);
	assert_int_equal(sv_hold_remove(store, b, 7, &err), 0);
	store_commit(store);
	assert_int_equal(store_number(store, "SELECT count(*) FROM object"), 1);
	assert_int_equal(sv_lease_remove(store, b, &err), 0);
}

static void test_hold_needs_guest_and_transaction(void **state)
{
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);
	sv_auto_free char *holder = NULL;
	struct sv_error err = {0};

	(void)state;
	assert_int_equal(store_add_hold(store, 1, 0, 1, "x", &holder), -SV_E_UNKNOWN);
	assert_int_equal(sv_hold_remove(store, 1, 0, &err), -SV_E_UNKNOWN);
	store_begin(store);
	assert_int_equal(store_add_hold(store, 1, 0, 1, "x", &holder), -SV_E_NOTFOUND);
	sv_store_rollback(store);
	sv_store_rollback(store);
	assert_int_equal(store_number(store, "SELECT count(*) FROM object"), 0);
}

static void test_rollback(void **state)
{
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);
	sv_auto_free char *holder = NULL;

	(void)state;
	store_begin(store);
	assert_int_equal(
		store_add_hold(store, store_add_lease(store, "a", NULL), 0, 1, "x", &holder), 0);
	sv_store_rollback(store);
	assert_int_equal(store_count_leases(store), 0);
	assert_int_equal(store_number(store, "SELECT count(*) FROM object"), 0);
}

static void add_and_die(void)
{
	struct sv_store *store = store_open(SV_STORE_WRITE);
	char *holder = NULL;

	store_begin(store);
	store_add_hold(store, store_add_lease(store, "dead", "s0:c1,c2"), 0, 1, "x", &holder);
	raise(SIGKILL);
}

static void test_killed_in_transaction(void **state)
{
	struct sv_store *store = store_open(SV_STORE_WRITE);
	int status;
	pid_t pid;

	(void)state;
	sv_store_close(&store);
	pid = fork();
	if (pid == 0)
		add_and_die();
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	store = store_open(SV_STORE_READ);
	assert_int_equal(store_count_leases(store), 0);
	sv_store_close(&store);
	store = store_open(SV_STORE_WRITE);
	assert_true(store_add_lease(store, "next", "s0:c1,c2") > 0);
	assert_int_equal(store_number(store, "SELECT count(*) FROM object"), 0);
	sv_store_close(&store);
}

enum { CROWD = 20, LEVELS = 10 };

/* One of many: opens a store that may not exist yet, wants one of a few levels, and joins an inode
 * that all of them hold. 0: got the level. 1: was refused. */
static int one_of_a_crowd(int i)
{
	struct sv_store *store = store_open(SV_STORE_WRITE);
	sv_auto_free char *holder = NULL;
	char name[16], level[16];
	int64_t id;

	(void)snprintf(name, sizeof(name), "g%d", i);
	(void)snprintf(level, sizeof(level), "s0:c%d", i % LEVELS);
	store_begin(store);
	id = store_add_lease(store, name, level);
	if (id == -SV_BUSY) {
		sv_store_rollback(store);
		return 1;
	}
	if (store_add_hold(store, id, 0, 99, "ro", &holder) != 0 ||
	    store_add_hold(store, id, 1, 1000 + (uint64_t)i, "rw", &holder) != 0)
		return 2;
	store_commit(store);
	sv_store_close(&store);
	return 0;
}

static void test_crowd(void **state)
{
	sv_auto_store struct sv_store *store = NULL;
	int i, status, gate[2], results[3] = {0};
	char none;

	(void)state;
	assert_int_equal(pipe(gate), 0);
	for (i = 0; i < CROWD; i++) {
		pid_t pid = fork();

		assert_true(pid >= 0);
		if (pid > 0)
			continue;
		/* all start when the last writer of the pipe has closed it */
		close(gate[1]);
		if (read(gate[0], &none, 1) != 0)
			_exit(2);
		_exit(one_of_a_crowd(i));
	}
	close(gate[0]);
	close(gate[1]);
	for (i = 0; i < CROWD; i++) {
		assert_true(wait(&status) > 0);
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) < 3);
		results[WEXITSTATUS(status)]++;
	}
	assert_int_equal(results[0], LEVELS);
	assert_int_equal(results[1], CROWD - LEVELS);
	store = store_open(SV_STORE_READ);
	assert_int_equal(store_count_leases(store), LEVELS);
	assert_int_equal(holds(store, 0, false).n, 2 * LEVELS);
	assert_int_equal(store_number(store, "SELECT count(*) FROM object"), LEVELS + 1);
	assert_int_equal(store_number(store, "SELECT count(DISTINCT level) FROM guest"), LEVELS);
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, store_setup, store_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_hold_joins_and_conflicts),
		T(test_hold_alone),
		T(test_hold_needs_guest_and_transaction),
		T(test_rollback),
		T(test_killed_in_transaction),
		T(test_crowd),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
