/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Long work on a directory: it continues where it was interrupted, with a journal that has the
 * files that were made since, and the callback gets the progress and may end the work.
 */
#include "tree-fixture.h"

#include "base/string.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* Labels n files of a journalled tree, and dies. */
static void label_some(const struct sv_plan *plan, int n)
{
	struct sv_error err = {0};
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		fake.steps = n + 1;
		_exit(sv_plan_apply(plan, NULL, &err) == 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static int rejournal(struct sv_store *store, const struct sv_plan *plan, int64_t id)
{
	struct sv_error err = {0};
	int r;

	store_begin(store);
	r = sv_plan_rejournal(plan, store, id, &err);
	assert_true(r >= 0);
	store_commit(store);
	return r;
}

/* Whatever was labelled before, and whatever files were made since: every original label is
 * restored. */
static void test_goes_on(void **state)
{
	struct sv_resource res = tree_of(SV_ACCESS_RW, make_tree());
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);
	char name[8];
	int n;

	(void)state;
	for (n = 0; n < 8; n++) {
		sv_auto_plan struct sv_plan plan = {0}, rest = {0};
		struct sv_error err = {0};
		int64_t id = 0;

		(void)snprintf(name, sizeof(name), "g%d", n);
		assert_int_equal(plan_build_first(name, &res, 1, &plan, &err), 0);
		assert_int_equal(plan_journal(store, name, &plan, &id, &err), 0);
		label_some(&plan, n);
		make_file(at("late"));
		fake_set_label(&sv_driver_fake, at("late"), "late's");
		assert_int_equal(plan_build_first(name, &res, 1, &rest, &err), 0);
		assert_int_equal(rejournal(store, &rest, id), 0);
		assert_int_equal(sv_plan_apply(&rest, NULL, &err), 0);
		assert_int_not_equal(strcmp(fake_label(&sv_driver_fake, at("late")), "late's"), 0);
		plan_undo(store, id, 1, SV_UNDO_RESTORED);
		assert_originals();
		assert_label(&sv_driver_fake, at("late"), "late's");
		assert_int_equal(unlink(at("late")), 0);
	}
}

static void test_another_plan(void **state)
{
	struct sv_resource res[] = {tree_of(SV_ACCESS_RW, make_tree()),
				    disk_of("vdb", SV_ACCESS_RW, plan_path("disk", true))};
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);
	sv_auto_plan struct sv_plan one = {0}, both = {0};
	struct sv_error err = {0};
	int64_t id = 0, more = 0;

	(void)state;
	assert_int_equal(plan_build_first("g", res, 1, &one, &err), 0);
	assert_int_equal(plan_build_first("g", res, 2, &both, &err), 0);
	assert_int_equal(plan_journal(store, "g", &one, &id, &err), 0);
	assert_int_equal(rejournal(store, &both, id), SV_NONE);
	plan_undo(store, id, 1, SV_UNDO_UNCHANGED);
	assert_int_equal(plan_journal(store, "h", &both, &more, &err), 0);
	assert_int_equal(rejournal(store, &one, more), SV_NONE);
	assert_int_equal(rejournal(store, &both, more), 0);
}

struct seen {
	unsigned calls, end_at;
	uint64_t done, total;
	enum sv_work work;
};

static int see(void *data, enum sv_work work, const char *path, uint64_t done, uint64_t total,
	       struct sv_error *err)
{
	struct seen *seen = data;

	assert_string_equal(path, plan_path("tree", false));
	seen->work = work;
	seen->done = done;
	seen->total = total;
	seen->calls++;
	return seen->calls == seen->end_at ? sv_fail(err, SV_E_UNKNOWN, 0, "enough") : 0;
}

static void make_many(void)
{
	char name[16];

	for (int i = 0; i < 600; i++) {
		(void)snprintf(name, sizeof(name), "many-%d", i);
		make_file(at(name));
	}
}

/* The callback is called every some hundred files, and may end the work. */
static void test_watched(void **state)
{
	struct sv_resource res = tree_of(SV_ACCESS_RW, make_tree());
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);
	sv_auto_plan struct sv_plan plan = {0};
	struct sv_error err = {0};
	struct seen seen = {.end_at = 0};
	const struct sv_watch watch = {see, &seen};
	int64_t id = 0;

	(void)state;
	make_many();
	assert_int_equal(plan_build_first("g", &res, 1, &plan, &err), 0);
	assert_int_equal(plan_journal(store, "g", &plan, &id, &err), 0);
	seen.end_at = 2;
	assert_int_equal(sv_plan_apply(&plan, &watch, &err), -SV_E_UNKNOWN);
	assert_string_equal(err.msg, "enough");
	assert_int_equal(seen.done, 2 * SV_WATCH_STEP);
	assert_int_equal(seen.total, 608);
	seen = (struct seen){.end_at = 0};
	sv_error_clear(&err);
	assert_int_equal(sv_plan_apply(&plan, &watch, &err), 0);
	assert_int_equal(seen.calls, 3);
	assert_int_equal(seen.done, 608);
	assert_int_equal(seen.work, SV_WORK_LABEL);
	seen = (struct seen){.end_at = 0};
	assert_int_equal(sv_plan_undo(store, id, &(struct sv_undo_how){.watch = &watch}, &err), 0);
	assert_int_equal(seen.calls, 2);
	assert_int_equal(seen.work, SV_WORK_RESTORE);
	assert_originals();
}

struct other {
	const struct sv_plan *plan; /* of the same directory */
	unsigned calls;
	int kill_at;
};

/* In the middle of an undo: other commands can use the store, but not the directory. */
static int come_between(void *data, enum sv_work work, const char *path, uint64_t done,
			uint64_t total, struct sv_error *err)
{
	struct other *other = data;
	sv_auto_store struct sv_store *store = NULL;
	const char *going = NULL;
	struct sv_error e = {0};
	int64_t id = 0;

	(void)path;
	(void)done;
	(void)total;
	(void)err;
	assert_int_equal(work, SV_WORK_RESTORE);
	if (++other->calls == (unsigned)other->kill_at)
		raise(SIGKILL);
	store = store_open(SV_STORE_WRITE);
	store->patience.most_ms = 50;
	assert_true(store_add_lease(store, other->calls == 1 ? "x" : "y", NULL) > 0);
	assert_int_equal(sv_plan_awaits(other->plan, store, &going, &e), 0);
	assert_string_equal(going, plan_path("tree", false));
	assert_int_equal(plan_journal(store, "h", other->plan, &id, &e), -SV_E_BUSY);
	assert_non_null(strstr(e.msg, "/tree was guest g's, and its labels are going back"));
	return 0;
}

/* Two guests that may only read the tree. */
static void journal_shared(struct sv_plan *ret, struct sv_plan *ret_other, int64_t *ret_id)
{
	struct sv_resource res = tree_of(SV_ACCESS_RO, make_tree());
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);
	struct sv_error err = {0};

	make_many();
	assert_int_equal(plan_build_first("g", &res, 1, ret, &err), 0);
	assert_int_equal(plan_build_first("h", &res, 1, ret_other, &err), 0);
	assert_int_equal(plan_journal(store, "g", ret, ret_id, &err), 0);
	assert_int_equal(sv_plan_apply(ret, NULL, &err), 0);
}

static void test_in_no_transaction(void **state)
{
	sv_auto_plan struct sv_plan plan = {0}, theirs = {0};
	struct other other = {.plan = &theirs};
	const struct sv_watch watch = {come_between, &other};
	struct sv_store *store = NULL;
	const char *going = NULL;
	struct sv_error err = {0};
	int64_t id = 0;

	(void)state;
	journal_shared(&plan, &theirs, &id);
	store = store_open(SV_STORE_WRITE);
	assert_int_equal(sv_plan_awaits(&theirs, store, &going, &err), SV_NONE);
	assert_int_equal(sv_plan_undo(store, id, &(struct sv_undo_how){.watch = &watch}, &err), 0);
	assert_int_equal(other.calls, 2);
	assert_originals();
	assert_int_equal(sv_plan_awaits(&theirs, store, &going, &err), SV_NONE);
	assert_int_equal(plan_n_holds(store), 0);
	sv_store_close(&store);
}

/* Killed during the undo: the tree is for no other guest until all of it is restored. */
static void test_killed_on_the_way(void **state)
{
	sv_auto_plan struct sv_plan plan = {0}, theirs = {0};
	sv_auto_store struct sv_store *store = NULL;
	struct other other = {.plan = &theirs, .kill_at = 2};
	const struct sv_watch watch = {come_between, &other};
	struct sv_error err = {0};
	int64_t id = 0;
	int status = 0;
	pid_t pid;

	(void)state;
	journal_shared(&plan, &theirs, &id);
	pid = fork();
	if (pid == 0) {
		store = store_open(SV_STORE_WRITE);
		(void)!sv_plan_undo(store, id, &(struct sv_undo_how){.watch = &watch}, &err);
		_exit(1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	store = store_open(SV_STORE_WRITE);
	assert_int_equal(plan_journal(store, "h", &theirs, &id, &err), -SV_E_BUSY);
	sv_error_clear(&err);
	assert_int_equal(sv_plan_undo(store, 1, NULL, &err), 0);
	assert_originals();
	assert_int_equal(plan_n_holds(store), 0);
	assert_int_equal(plan_journal(store, "h", &theirs, &id, &err), 0);
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, plan_setup, plan_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_goes_on),	   T(test_another_plan),      T(test_watched),
		T(test_in_no_transaction), T(test_killed_on_the_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
