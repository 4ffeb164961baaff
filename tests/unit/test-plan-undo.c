/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Undo: every way a hold can end, and the one property behind them: whichever process dies at which
 * time, undo leaves the files as they were.
 */
#include "plan-fixture.h"

#include "base/string.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/wait.h>

#include <cmocka.h>

static void test_undo_gone(void **state)
{
	const char *a = plan_path("a.img", true), *b = plan_path("b.img", true);
	const char *keep = plan_path("keep", false);
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);
	int64_t first = plan_hold_disk(store, "first", SV_ACCESS_RW, a);
	int64_t second = plan_hold_disk(store, "second", SV_ACCESS_RW, b);
	struct sv_error err = {0};

	(void)state;
	plan_apply(first);
	plan_apply(second);
	assert_int_equal(unlink(a), 0);
	plan_undo(store, first, 1, SV_UNDO_GONE);
	/* the old inode stays in use, so the new file gets another one; the lab tests that the old
	 * one is found by its handle, because that takes a capability */
	assert_int_equal(sv_sql_exec(store, "UPDATE object SET handle = NULL", &err), 0);
	assert_int_equal(rename(b, keep), 0);
	assert_int_equal(close(creat(b, 0600)), 0);
	fake_set_label(&sv_driver_fake, b, "second-rw");
	plan_undo(store, second, 1, SV_UNDO_GONE);
	assert_label(&sv_driver_fake, b, "second-rw");
	assert_int_equal(plan_n_holds(store), 0);
}

/* The inode number of a deleted file is given to the next one. */
static void test_undo_reused(void **state)
{
	const char *a = plan_path("a.img", true);
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);
	int64_t first = plan_hold_disk(store, "first", SV_ACCESS_RW, a);
	struct sv_error err = {0};

	(void)state;
	plan_apply(first);
	assert_int_equal(sv_sql_exec(store, "UPDATE object SET born = born - 1", &err), 0);
	plan_undo(store, first, 1, SV_UNDO_GONE);
	assert_label(&sv_driver_fake, a, "first-rw");
	assert_int_equal(plan_n_holds(store), 0);
}

/* A guest that wants the label of the deleted file does not join its holders. */
static void test_join_reused(void **state)
{
	const char *a = plan_path("a.img", true);
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);
	int64_t first = plan_hold_disk(store, "first", SV_ACCESS_RO, a), second;
	struct sv_error err = {0};

	(void)state;
	assert_int_equal(
		sv_sql_exec(store, "UPDATE object SET born = born - 1, original = 'another'", &err),
		0);
	second = plan_hold_disk(store, "second", SV_ACCESS_RO, a);
	assert_int_equal(plan_n_holds(store), 202);
	plan_apply(second);
	assert_label(&sv_driver_fake, a, "content");
	plan_undo(store, second, 1, SV_UNDO_RESTORED);
	assert_label(&sv_driver_fake, a, FAKE_DEFAULT);
	plan_undo(store, first, 1, SV_UNDO_GONE);
}

static void test_undo_changed(void **state)
{
	const char *a = plan_path("a.img", true);
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);
	int64_t id = plan_hold_disk(store, "g", SV_ACCESS_RW, a);

	(void)state;
	plan_apply(id);
	fake_set_label(&sv_driver_fake, a, "admin's");
	assert_string_equal(plan_undo(store, id, 1, SV_UNDO_CHANGED).found, "admin's");
	assert_label(&sv_driver_fake, a, "admin's");
	assert_int_equal(plan_n_holds(store), 0);
}

static void test_undo_failed(void **state)
{
	const char *a = plan_path("a.img", true);
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);
	int64_t id = plan_hold_disk(store, "g", SV_ACCESS_RW, a);
	struct plan_events events;

	(void)state;
	plan_apply(id);
	fake.refuses = true;
	events = plan_undo(store, id, 1, SV_UNDO_FAILED);
	assert_non_null(strstr(events.reason, "fake set"));
	assert_string_equal(events.found, "g-rw");
	fake.refuses = false;
	fake.forgets = true;
	events = plan_undo(store, id, 1, SV_UNDO_FAILED);
	assert_non_null(strstr(events.reason, "accepted the label"));
	fake.forgets = false;
	fake.unlabelled = true;
	events = plan_undo(store, id, 1, SV_UNDO_FAILED);
	assert_non_null(strstr(events.reason, "holds no fake labels"));
	fake.unlabelled = false;
	assert_int_equal(plan_n_holds(store), 101);
	plan_undo(store, id, 1, SV_UNDO_RESTORED);
	assert_label(&sv_driver_fake, a, FAKE_DEFAULT);
	assert_int_equal(plan_n_holds(store), 0);
}

static void test_undo_partial(void **state)
{
	struct sv_resource items[] = {
		disk_of("vda", SV_ACCESS_RW, plan_path("a.img", true)),
		disk_of("vdb", SV_ACCESS_RW, plan_path("b.img", true)),
	};
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);
	sv_auto_plan struct sv_plan plan = {0};
	struct plan_events events = {0};
	const struct sv_undo_how how = {.fn = plan_note, .data = &events};
	struct sv_error err = {0};
	int64_t id = 0;

	(void)state;
	assert_int_equal(plan_build_first("g", items, 2, &plan, &err), 0);
	assert_int_equal(plan_journal(store, "g", &plan, &id, &err), 0);
	/* only the first is ever labelled, and that one cannot be restored */
	fake_set_label(&sv_driver_fake, items[0].path, "g-rw");
	fake.refuses = true;
	assert_int_equal(sv_plan_undo(store, id, &how, &err), -SV_E_PARTIAL);
	assert_string_equal(err.msg, "1 of 2 labels could not be put back");
	assert_non_null(strstr(err.hint, "svirt restore"));
	assert_int_equal(events.results[0], SV_UNDO_UNCHANGED);
	assert_int_equal(events.results[1], SV_UNDO_FAILED);
	assert_int_equal(plan_n_holds(store), 101);
	fake.refuses = false;
	plan_undo(store, id, 1, SV_UNDO_RESTORED);
}

static void test_shared_last_one_restores(void **state)
{
	const char *iso = plan_path("a.iso", true);
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);
	int64_t a = plan_hold_disk(store, "a", SV_ACCESS_RO, iso), b, c;

	(void)state;
	plan_apply(a);
	b = plan_hold_disk(store, "b", SV_ACCESS_RO, iso);
	plan_apply(b);
	c = plan_hold_disk(store, "c", SV_ACCESS_RO, iso);
	plan_undo(store, a, 1, SV_UNDO_SHARED);
	plan_undo(store, c, 1, SV_UNDO_SHARED);
	assert_label(&sv_driver_fake, iso, "content");
	plan_undo(store, b, 1, SV_UNDO_RESTORED);
	assert_label(&sv_driver_fake, iso, FAKE_DEFAULT);
}

static void test_same_guest_twice(void **state)
{
	const char *iso = plan_path("a.iso", true);
	struct sv_resource items[] = {disk_of("vda", SV_ACCESS_RO, iso),
				      disk_of("vdb", SV_ACCESS_RO, iso)};
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);
	sv_auto_plan struct sv_plan plan = {0};
	struct plan_events events = {0};
	const struct sv_undo_how how = {.fn = plan_note, .data = &events};
	struct sv_error err = {0};
	int64_t id = 0;

	(void)state;
	assert_int_equal(plan_build_first("g", items, 2, &plan, &err), 0);
	assert_int_equal(plan_journal(store, "g", &plan, &id, &err), 0);
	plan_apply(id);
	assert_int_equal(sv_plan_undo(store, id, &how, &err), 0);
	assert_int_equal(events.n, 2);
	assert_int_equal(events.results[0], SV_UNDO_RESTORED);
	assert_int_equal(events.results[1], SV_UNDO_UNCHANGED);
	assert_label(&sv_driver_fake, iso, FAKE_DEFAULT);
}

/* One disk of a new guest g, labelled, and restored to the policy's label. */
static struct plan_events to_policy(struct sv_store *store, const char *path, const char *found)
{
	int64_t id = plan_hold_disk(store, "g", SV_ACCESS_RW, path);
	struct plan_events events = {0};
	const struct sv_undo_how how = {.policy = true, .fn = plan_note, .data = &events};
	struct sv_error err = {0};

	plan_apply(id);
	if (found)
		fake_set_label(&sv_driver_fake, path, found);
	assert_int_equal(sv_plan_foresee(store, id, &how, &err), 0);
	assert_int_equal(sv_plan_undo(store, id, &how, &err), 0);
	assert_int_equal(events.n, 2);
	assert_int_equal(events.results[0], events.results[1]);
	assert_int_equal(sv_lease_remove(store, id, &err), 0);
	return events;
}

static void test_to_policy(void **state)
{
	const char *a = plan_path("a.img", true);
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);

	(void)state;
	fake.policy = "the policy's";
	assert_int_equal(to_policy(store, a, NULL).results[1], SV_UNDO_RESTORED);
	assert_label(&sv_driver_fake, a, "the policy's");
	assert_int_equal(to_policy(store, a, "The Policy's").results[1], SV_UNDO_UNCHANGED);
	assert_int_equal(to_policy(store, a, "admin's").results[1], SV_UNDO_CHANGED);
	assert_label(&sv_driver_fake, a, "admin's");
	/* a file with its original label is set to the requested one */
	assert_int_equal(to_policy(store, a, "Admin's").results[1], SV_UNDO_RESTORED);
	assert_label(&sv_driver_fake, a, "the policy's");
	/* a policy without a label for the path */
	fake.policy = NULL;
	fake_set_label(&sv_driver_fake, a, "mine");
	assert_int_equal(to_policy(store, a, NULL).results[1], SV_UNDO_RESTORED);
	assert_label(&sv_driver_fake, a, "mine");
	assert_int_equal(plan_n_holds(store), 0);
}

/* A dry run reports what would be done, also for files that others hold, and does nothing. */
static void test_foresee(void **state)
{
	const char *iso = plan_path("a.iso", true), *img = plan_path("a.img", true);
	const char *lost = plan_path("lost.img", true);
	struct plan_events events = {0};
	const struct sv_undo_how how = {.fn = plan_note, .data = &events};
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);
	struct sv_error err = {0};
	int64_t a = plan_hold_disk(store, "a", SV_ACCESS_RO, iso), b, c, d;

	(void)state;
	plan_apply(a);
	b = plan_hold_disk(store, "b", SV_ACCESS_RO, iso);
	plan_apply(b);
	c = plan_hold_disk(store, "c", SV_ACCESS_RW, img);
	plan_apply(c);
	d = plan_hold_disk(store, "d", SV_ACCESS_RW, lost);
	plan_apply(d);
	assert_int_equal(unlink(lost), 0);
	assert_int_equal(sv_plan_foresee(store, 0, &how, &err), 0);
	assert_int_equal(events.n, 4); /* in reverse */
	assert_int_equal(events.results[0], SV_UNDO_GONE);
	assert_int_equal(events.results[1], SV_UNDO_RESTORED);
	assert_int_equal(events.results[2], SV_UNDO_SHARED);
	assert_int_equal(events.results[3], SV_UNDO_SHARED);
	assert_string_equal(events.found, "content");
	fake.unlabelled = true;
	events = (struct plan_events){0};
	assert_int_equal(sv_plan_foresee(store, c, &how, &err), 0);
	assert_int_equal(events.n, 1);
	assert_int_equal(events.results[0], SV_UNDO_FAILED);
	assert_non_null(strstr(events.reason, "holds no fake labels"));
	assert_int_equal(plan_n_holds(store), 403);
	fake.unlabelled = false;
	assert_label(&sv_driver_fake, img, "c-rw");
}

/* In a child that is killed at the given call of set(2); 0: right after the journal. */
static void start_and_die(struct sv_resource *items, size_t n, int steps)
{
	struct sv_store *store = store_open(SV_STORE_WRITE);
	struct sv_plan plan = {0};
	struct sv_error err = {0};
	int64_t id = 0;

	if (plan_build_first("g", items, n, &plan, &err) < 0 ||
	    plan_journal(store, "g", &plan, &id, &err) < 0)
		_exit(1);
	if (steps == 0)
		raise(SIGKILL);
	fake.steps = steps;
	if (plan_try(id, &err) == 0)
		_exit(sv_plan_undo(store, id, NULL, &err) == 0 ? 2 : 3);
	_exit(4);
}

static void test_killed_anywhere(void **state)
{
	struct sv_resource items[] = {
		disk_of("vda", SV_ACCESS_RW, plan_path("a.img", true)),
		disk_of("vdb", SV_ACCESS_RW, plan_path("b.img", true)),
		disk_of("vdc", SV_ACCESS_RO, plan_path("c.iso", true)),
	};
	int steps, status;
	size_t i;

	(void)state;
	/* 0: after the journal; 1-3: while it is applied; 4-6: while it is undone */
	for (steps = 0; steps <= 6; steps++) {
		sv_auto_store struct sv_store *store = NULL;
		sv_auto_lease struct sv_lease lease = {0};
		struct sv_error err = {0};
		pid_t pid = fork();

		if (pid == 0)
			start_and_die(items, 3, steps);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
		store = store_open(SV_STORE_WRITE);
		assert_int_equal(sv_lease_find(store, "g", &lease, &err), 0);
		assert_int_equal(plan_n_holds(store), 303);
		assert_int_equal(sv_plan_undo(store, lease.id, NULL, &err), 0);
		assert_int_equal(plan_n_holds(store), 0);
		assert_int_equal(sv_lease_remove(store, lease.id, &err), 0);
		for (i = 0; i < 3; i++)
			assert_label(&sv_driver_fake, items[i].path, FAKE_DEFAULT);
	}
}

enum { CROWD = 20, ROUNDS = 3 };

static void come_and_go(int me, const char *iso, const char *own)
{
	struct sv_resource items[] = {disk_of("vda", SV_ACCESS_RO, iso),
				      disk_of("vdb", SV_ACCESS_RW, own)};
	struct sv_store *store = store_open(SV_STORE_WRITE);
	struct sv_error err = {0};
	char name[16];
	int i;

	(void)snprintf(name, sizeof(name), "g%d", me);
	for (i = 0; i < ROUNDS; i++) {
		struct sv_plan plan = {0};
		int64_t id = 0;

		if (plan_build(name, items, 2, &plan, &err) < 0 ||
		    plan_journal(store, name, &plan, &id, &err) < 0 || plan_try(id, &err) < 0)
			_exit(1);
		if (!sv_streq(fake_label(&sv_driver_fake, iso), "content") ||
		    !sv_streq(fake_label(&sv_driver_owner, own), plan.items[3].to))
			_exit(2);
		if (sv_plan_undo(store, id, NULL, &err) < 0 || sv_lease_remove(store, id, &err) < 0)
			_exit(3);
	}
	_exit(0);
}

static void test_crowd(void **state)
{
	const char *iso = plan_path("a.iso", true);
	sv_auto_store struct sv_store *store = NULL;
	int i, status;

	(void)state;
	for (i = 0; i < CROWD; i++) {
		pid_t pid = fork();

		assert_true(pid >= 0);
		if (pid == 0)
			come_and_go(i, iso, plan_path((char[]){(char)('A' + i), '\0'}, true));
	}
	for (i = 0; i < CROWD; i++) {
		assert_true(wait(&status) > 0);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), 0);
	}
	store = store_open(SV_STORE_WRITE);
	assert_int_equal(plan_n_holds(store), 0);
	assert_label(&sv_driver_fake, iso, FAKE_DEFAULT);
	assert_label(&sv_driver_owner, iso, FAKE_DEFAULT);
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, plan_setup, plan_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_undo_gone),
		T(test_undo_changed),
		T(test_undo_reused),
		T(test_join_reused),
		T(test_undo_failed),
		T(test_undo_partial),
		T(test_shared_last_one_restores),
		T(test_same_guest_twice),
		T(test_killed_anywhere),
		T(test_crowd),
		T(test_to_policy),
		T(test_foresee),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
