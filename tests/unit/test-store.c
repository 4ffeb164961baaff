/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Leases and holds: what the store keeps, what it refuses, who comes first when many come at once,
 * and what is left of a transaction whose process dies.
 */
#include "store-fixture.h"

#include "base/string.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define UUID "00000000-0000-4000-8000-000000000001"
#define BOOT "11111111-2222-4333-8444-555555555555"

struct seen {
	unsigned n, others;
	uint32_t last;
	struct sv_hold hold; /* copy of the last, text not owned by it */
	char path[64], original[64];
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
	return 0;
}

static struct seen holds(struct sv_store *store, int64_t guest, bool reverse)
{
	struct sv_error err = {0};
	struct seen seen = {0};

	assert_int_equal(sv_hold_each(store, guest, reverse, see_hold, &seen, &err), 0);
	return seen;
}

static void test_lease_round_trip(void **state)
{
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);
	sv_auto_lease struct sv_lease got = {0};
	char name[] = "web'1", text[] = "u:r:t:s0:c1,c2", level[] = "s0:c1,c2", qemu[] = "/bin/q";
	struct sv_lease lease = {
		.name = name,
		.uuid = UUID,
		.kept = true,
		.model = name,
		.label = text,
		.image = NULL,
		.level = level,
		.dynamic = true,
		.owner = text,
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
	assert_int_equal(sv_lease_find(store, "web'1", &got, &err), 0);
	assert_true(got.id == id && id > 0);
	assert_string_equal(got.name, name);
	assert_string_equal(got.uuid, UUID);
	assert_true(got.kept);
	assert_string_equal(got.model, name);
	assert_string_equal(got.label, text);
	assert_null(got.image);
	assert_string_equal(got.level, level);
	assert_true(got.dynamic);
	assert_string_equal(got.owner, text);
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
	/* a static label does not get what somebody has, and no level is no conflict */
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

/* The bits follow the leases: who holds a pair, also after a rollback, and nobody else's. */
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
	assert_int_equal(sv_lease_holding(store, 64, &got, &err), 0);
	assert_string_equal(got.name, "b");
	assert_int_equal(sv_lease_holding(store, 65, &got, &err), SV_NONE);
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
	/* a lease that cannot go keeps its bit */
	store_begin(store);
	store_add_hold(store, held, 0, 1, "x", &holder);
	store_commit(store);
	assert_int_equal(sv_lease_remove(store, held, &err), -SV_E_PARTIAL);
	pairs_are(store, " 523775");
}

static int note_level(void *data, const char *name, const char *level, struct sv_error *err)
{
	(void)err;
	sv_buf_printf(data, "%s=%s ", name, level);
	return 0;
}

static void levels_are(struct sv_store *store, enum sv_lease_levels which, const char *expected)
{
	sv_auto_buf struct sv_buf buf = {0};
	sv_auto_free char *text = NULL;
	struct sv_error err = {0};

	assert_int_equal(sv_lease_each_level(store, which, note_level, &buf, &err), 0);
	assert_int_equal(sv_buf_take(&buf, &text, &err), 0);
	assert_string_equal(text, expected);
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
	levels_are(store, SV_LEVELS_ALL, "z=s0:c1.c3 y=s0:c1,c2 w=s0:c9 ");
	levels_are(store, SV_LEVELS_WIDE, "z=s0:c1.c3 w=s0:c9 ");
	assert_int_equal(sv_lease_each(store, SV_LEASES_WATCHED, note_name, &buf, &err), 0);
	assert_int_equal(sv_buf_take(&buf, &names, &err), 0);
	assert_string_equal(names, "zxw");
}

/* What only a damaged file can say. */
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

/* Who holds an inode, rather another guest than that one. */
static void check_found(struct sv_store *store, int64_t guest, uint64_t ino, const char *name,
			const char *label)
{
	struct sv_hold hold = {
		.guest = guest, .driver = (char[]){"fake"}, .dev = UINT64_MAX, .ino = ino};
	sv_auto_free char *holder = NULL, *wanted = NULL;
	struct sv_error err = {0};

	assert_int_equal(sv_hold_find(store, &hold, &holder, &wanted, &err), name ? 0 : SV_NONE);
	assert_true(sv_streq(holder, name) && sv_streq(wanted, label));
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

/* One of a crowd: opens a store that may not exist yet, wants one of a few levels, and joins an
 * inode that everybody holds. 0: got the level. 1: was refused. */
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
		/* all at once, when the last writer of the pipe is gone */
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
		T(test_lease_round_trip),
		T(test_lease_changes),
		T(test_lease_conflicts),
		T(test_lease_walk),
		T(test_lease_pairs),
		T(test_lease_levels),
		T(test_lease_pairs_damaged),
		T(test_hold_joins_and_conflicts),
		T(test_hold_needs_guest_and_transaction),
		T(test_rollback),
		T(test_killed_in_transaction),
		T(test_crowd),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
