/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Directories as resources: the plan, the refusals, the results of an attacker who changes the tree
 * in the meantime, and that undo leaves the tree as it was, whichever process dies at which time.
 */
#include "tree-fixture.h"

#include "base/string.h"
#include "plan/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cmocka.h>

static void test_there_and_back(void **state)
{
	struct sv_resource res = tree_of(SV_ACCESS_RW, make_tree());
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);
	sv_auto_plan struct sv_plan plan = {0};
	struct sv_error err = {0};
	int64_t id = 0;

	(void)state;
	assert_int_equal(plan_build("g", &res, 1, &plan, &err), 0);
	assert_int_equal(plan.n, 2);
	assert_int_equal(plan.items[0].action, SV_STEP_SET);
	assert_string_equal(plan.items[0].from, FAKE_DEFAULT);
	assert_int_equal(plan.items[1].action, SV_STEP_LEAVE);
	assert_string_equal(plan.items[1].why, "what is in an exported directory keeps its owners");
	assert_int_equal(plan_journal(store, "g", &plan, &id, &err), 0);
	assert_originals();
	/* only a file that differs from the root has a row of its own */
	assert_int_equal(n_leaves(store), 2);
	plan_apply(id);
	assert_all("g-rw");
	/* the link has the label, and not its target */
	assert_label(&sv_driver_fake, "/etc/passwd", FAKE_DEFAULT);
	plan_undo(store, id, 1, SV_UNDO_RESTORED);
	assert_originals();
	assert_int_equal(plan_n_holds(store), 0);
	assert_int_equal(n_leaves(store), 0);
	plan_undo(store, id, 0, SV_UNDO_RESTORED);
}

/* The state of a TPM: owners change too, also of files that the guest's process has made. */
static void test_owners(void **state)
{
	struct sv_resource res = tree_of(SV_ACCESS_RW, make_tree());
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);
	sv_auto_plan struct sv_plan plan = {0};
	struct sv_error err = {0};
	int64_t id = 0;

	(void)state;
	res.kind = SV_RES_TPM_STATE;
	fake_set_label(&sv_driver_owner, at("one"), "somebody");
	assert_int_equal(plan_build("g", &res, 1, &plan, &err), 0);
	assert_int_equal(plan.n, 2);
	assert_int_equal(plan.items[1].action, SV_STEP_SET);
	assert_string_equal(plan.items[1].driver->name, sv_driver_owner.name);
	assert_int_equal(plan_journal(store, "g", &plan, &id, &err), 0);
	plan_apply(id);
	assert_all("g-rw");
	assert_label(&sv_driver_owner, at("one"), plan.items[1].to);
	assert_label(&sv_driver_owner, at("sub/two"), plan.items[1].to);
	make_file(at("sub/made"));
	fake_set_label(&sv_driver_fake, at("sub/made"), "g-rw");
	fake_set_label(&sv_driver_owner, at("sub/made"), plan.items[1].to);
	plan_undo(store, id, 2, SV_UNDO_RESTORED);
	assert_originals();
	assert_label(&sv_driver_owner, at("one"), "somebody");
	assert_label(&sv_driver_owner, at("sub/two"), FAKE_DEFAULT);
	assert_label(&sv_driver_owner, at("sub/made"), FAKE_DEFAULT);
	assert_label(&sv_driver_fake, at("sub/made"), FAKE_DEFAULT);
}

/* svirt makes no state: the hint has the commands. */
static void test_missing_state(void **state)
{
	struct sv_resource res = tree_of(SV_ACCESS_RW, "/nowhere/tpm");
	sv_auto_plan struct sv_plan plan = {0};
	struct sv_error err = {0};

	(void)state;
	res.kind = SV_RES_TPM_STATE;
	assert_int_equal(plan_build("g", &res, 1, &plan, &err), -SV_E_NOTFOUND);
	assert_string_equal(err.hint,
			    "install -d -m 700 '/nowhere/tpm' makes it, for a TPM that is "
			    "new; or correct the path of its <source>");
}

/* Many directories side by side, at many levels: opened together, and never more than the process
 * may have open. */
static void test_many_directories(void **state)
{
	enum { LEVELS = 12, BESIDE = 31 };
	struct sv_resource res = tree_of(SV_ACCESS_RW, make_tree());
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);
	struct rlimit limit, few;
	sv_auto_plan struct sv_plan plan = {0};
	struct sv_error err = {0};
	char dir[1024] = "wide";
	int64_t id = 0;

	(void)state;
	for (size_t i = 0; i < LEVELS; i++) {
		size_t len = strlen(dir);

		make_dir(at(dir));
		for (size_t k = 0; k < BESIDE; k++) {
			(void)snprintf(dir + len, sizeof(dir) - len, "/%zu", k);
			make_dir(at(dir));
		}
		(void)snprintf(dir + len, sizeof(dir) - len, "/0/file");
		make_file(at(dir));
		(void)snprintf(dir + len, sizeof(dir) - len, "/next");
	}
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	few = (struct rlimit){.rlim_cur = 300, .rlim_max = limit.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	assert_int_equal(plan_build_first("g", &res, 1, &plan, &err), 0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_int_equal(plan.items[0].tree->n_dirs, 3 + LEVELS * (1 + BESIDE));
	assert_int_equal(plan.items[0].tree->n_files, 5 + LEVELS);
	assert_int_equal(plan_journal(store, "g", &plan, &id, &err), 0);
	plan_apply(id);
	assert_all("g-rw");
	assert_label(&sv_driver_fake, at("wide/30"), "g-rw");
	assert_label(&sv_driver_fake, at("wide/next/next/next/17"), "g-rw");
	assert_label(&sv_driver_fake, at("wide/next/next/next/0/file"), "g-rw");
	plan_undo(store, id, 1, SV_UNDO_RESTORED);
	assert_originals();
	assert_label(&sv_driver_fake, at("wide/next/next/next/0/file"), FAKE_DEFAULT);
}

static void test_kept(void **state)
{
	struct sv_resource res = tree_of(SV_ACCESS_RW, make_tree());
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);
	sv_auto_plan struct sv_plan plan = {0};
	struct sv_error err = {0};
	int64_t id = 0;

	(void)state;
	label_all("G-RW");
	assert_int_equal(unlink(at("link")), 0);
	assert_int_equal(plan_build_first("g", &res, 1, &plan, &err), 0);
	assert_int_equal(plan.items[0].action, SV_STEP_KEEP);
	assert_int_equal(plan_journal(store, "g", &plan, &id, &err), 0);
	fake.refuses = true; /* nothing is written */
	plan_apply(id);
	plan_undo(store, id, 1, SV_UNDO_UNCHANGED);
	assert_all("G-RW");
}

/* The first reader's original labels count, also for files that were made before the second. */
static void test_two_readers(void **state)
{
	struct sv_resource res = tree_of(SV_ACCESS_RO, make_tree());
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);
	sv_auto_plan struct sv_plan first = {0}, second = {0};
	struct sv_error err = {0};
	int64_t one = 0, two = 0;

	(void)state;
	assert_int_equal(plan_build_first("one", &res, 1, &first, &err), 0);
	assert_int_equal(plan_journal(store, "one", &first, &one, &err), 0);
	plan_apply(one);
	make_file(at("late"));
	fake_set_label(&sv_driver_fake, at("late"), "late's");
	assert_int_equal(plan_build_first("two", &res, 1, &second, &err), 0);
	assert_int_equal(plan_journal(store, "two", &second, &two, &err), 0);
	plan_apply(two);
	assert_int_equal(n_leaves(store), 3);
	assert_label(&sv_driver_fake, at("late"), "content");
	plan_undo(store, one, 1, SV_UNDO_SHARED);
	assert_all("content");
	plan_undo(store, two, 1, SV_UNDO_RESTORED);
	assert_originals();
	assert_label(&sv_driver_fake, at("late"), "late's");
}

/* Files that the guest made, moved and removed in the meantime. */
static void test_changed_meanwhile(void **state)
{
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);
	struct sv_resource res = tree_of(SV_ACCESS_RW, make_tree());
	sv_auto_plan struct sv_plan plan = {0};
	struct sv_error err = {0};
	int64_t id = 0;

	(void)state;
	assert_int_equal(plan_build_first("g", &res, 1, &plan, &err), 0);
	assert_int_equal(plan_journal(store, "g", &plan, &id, &err), 0);
	plan_apply(id);
	make_dir(at("sub/made"));
	fake_set_label(&sv_driver_fake, at("sub/made"), "g-rw");
	make_file(at("admins"));
	fake_set_label(&sv_driver_fake, at("admins"), "admin's");
	assert_int_equal(rename(at("sub/two"), at("sub/made/two")), 0);
	assert_int_equal(unlink(at("one")), 0);
	/* two names of one file, both in the guest's tree */
	assert_int_equal(link(at("sub/below/three"), at("three")), 0);
	plan_undo(store, id, 1, SV_UNDO_RESTORED);
	assert_label(&sv_driver_fake, at("sub/made"), FAKE_DEFAULT);
	assert_label(&sv_driver_fake, at("sub/made/two"), FAKE_DEFAULT);
	assert_label(&sv_driver_fake, at("three"), FAKE_DEFAULT);
	assert_label(&sv_driver_fake, at("admins"), "admin's");
	assert_label(&sv_driver_fake, at("sub"), "mine");
}

/* A second name of a file that another guest only reads: it has the same label as a read-only tree,
 * and keeps it. */
static void test_link_to_anothers(void **state)
{
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);
	struct sv_resource res = tree_of(SV_ACCESS_RO, make_tree());
	const char *iso = plan_path("a.iso", true);
	int64_t reader = plan_hold_disk(store, "reader", SV_ACCESS_RO, iso), id = 0;
	sv_auto_plan struct sv_plan plan = {0};
	struct sv_error err = {0};

	(void)state;
	plan_apply(reader);
	assert_int_equal(plan_build_first("g", &res, 1, &plan, &err), 0);
	assert_int_equal(plan_journal(store, "g", &plan, &id, &err), 0);
	plan_apply(id);
	assert_int_equal(link(iso, at("iso")), 0);
	plan_undo(store, id, 1, SV_UNDO_RESTORED);
	assert_label(&sv_driver_fake, iso, "content");
	plan_undo(store, reader, 1, SV_UNDO_RESTORED);
	assert_label(&sv_driver_fake, iso, FAKE_DEFAULT);
}

static void assert_refused(struct sv_resource *items, size_t n, const char *msg)
{
	sv_auto_plan struct sv_plan plan = {0};
	struct sv_error err = {0};

	assert_int_equal(plan_build_first("g", items, n, &plan, &err), -SV_E_USAGE);
	if (!strstr(err.msg, msg))
		fail_msg("'%s' instead of '%s'", err.msg, msg);
	assert_int_not_equal(err.line, 0);
}

static void test_refused(void **state)
{
	struct sv_resource items[] = {tree_of(SV_ACCESS_RW, make_tree()),
				      disk_of("vdb", SV_ACCESS_RW, plan_path("tree/one", false))};
	struct sv_resource file = tree_of(SV_ACCESS_RW, plan_path("file", true));
	struct sv_resource top = tree_of(SV_ACCESS_RW, "/srv");
	struct sv_resource swapped[] = {items[1], items[0]};

	(void)state;
	assert_refused(items, 2, "is in the directory");
	assert_refused(swapped, 2, "of line 11 is in the directory");
	assert_refused(&file, 1, "is a regular file, not a directory");
	assert_refused(&top, 1, "/srv is a directory of the system itself");
	assert_int_equal(link(at("one"), at("sub/again")), 0);
	assert_refused(items, 1, "has more than one name (hard links)");
}

static void test_too_deep(void **state)
{
	struct sv_resource res = tree_of(SV_ACCESS_RW, make_tree());
	char path[1024];
	int i, n = snprintf(path, sizeof(path), "%s/tree", store_dir);

	(void)state;
	for (i = 0; i < 64; i++) {
		n += snprintf(path + n, sizeof(path) - (size_t)n, "/d");
		make_dir(path);
	}
	{
		sv_auto_plan struct sv_plan plan = {0};
		struct sv_error err = {0};

		assert_int_equal(plan_build_first("g", &res, 1, &plan, &err), 0);
	}
	(void)snprintf(path + n, sizeof(path) - (size_t)n, "/d");
	make_dir(path);
	assert_refused(&res, 1, "is too deep in the exported directory");
}

/* Files that the guest has made are restored at any depth. */
static void test_deep_undo(void **state)
{
	static const int levels = 1500;
	struct sv_resource res = tree_of(SV_ACCESS_RW, make_tree());
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);
	sv_auto_plan struct sv_plan plan = {0};
	struct sv_error err = {0};
	char name[NAME_MAX + 1], path[SV_FD_PATH_LEN], root[32], sub[32];
	int64_t id = 0;
	int fd, below;

	(void)state;
	memset(name, 'd', NAME_MAX);
	name[NAME_MAX] = '\0';
	(void)snprintf(root, sizeof(root), "%s", fake_label(&sv_driver_fake, res.path));
	(void)snprintf(sub, sizeof(sub), "%s", fake_label(&sv_driver_fake, at("sub")));
	assert_int_equal(plan_build_first("g", &res, 1, &plan, &err), 0);
	assert_int_equal(plan_journal(store, "g", &plan, &id, &err), 0);
	plan_apply(id);
	fd = open(at("sub"), O_RDONLY | O_DIRECTORY);
	for (int i = 0; i < levels; i++) {
		assert_int_equal(mkdirat(fd, name, 0700), 0);
		below = openat(fd, name, O_RDONLY | O_DIRECTORY);
		assert_true(below >= 0);
		close(fd);
		fd = below;
		fake_set_label(&sv_driver_fake, sv_fd_path(fd, path), "G-RW");
	}
	plan_undo(store, id, 1, SV_UNDO_RESTORED);
	/* the deepest, then all above: a new file gets the root's label */
	for (int i = 0; i < levels; i++) {
		assert_label(&sv_driver_fake, sv_fd_path(fd, path), root);
		below = openat(fd, "..", O_RDONLY | O_DIRECTORY);
		close(fd);
		fd = below;
	}
	close(fd);
	assert_label(&sv_driver_fake, at("sub"), sub);
	assert_int_equal(sv_fs_remove_tree(at("sub"), &err), 0);
}

/* Between plan and label: replaced and linked files are not labelled, removed ones are no error. */
static void test_attacked(void **state)
{
	struct sv_resource res = tree_of(SV_ACCESS_RW, make_tree());
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);
	const char *secret = plan_path("secret", true);
	/* so that no other file gets its inode number */
	sv_auto_close int one = open(at("one"), O_RDONLY | O_CLOEXEC);
	sv_auto_plan struct sv_plan plan = {0};
	struct sv_error err = {0};
	int64_t id = 0;

	(void)state;
	assert_true(one >= 0);
	assert_int_equal(plan_build_first("g", &res, 1, &plan, &err), 0);
	assert_int_equal(plan_journal(store, "g", &plan, &id, &err), 0);
	assert_int_equal(unlink(at("one")), 0);
	plan_apply(id);
	assert_int_equal(link(secret, at("one")), 0);
	assert_int_equal(plan_try(id, &err), -SV_E_BUSY);
	assert_non_null(strstr(err.msg, "'one' was replaced since it was planned"));
	assert_label(&sv_driver_fake, secret, FAKE_DEFAULT);
	assert_int_equal(unlink(at("one")), 0);
	/* with the same label, and one name */
	make_file(at("one"));
	err = (struct sv_error){0};
	assert_int_equal(plan_try(id, &err), -SV_E_BUSY);
	assert_non_null(strstr(err.msg, "'one' was replaced since it was planned"));
	assert_label(&sv_driver_fake, at("one"), FAKE_DEFAULT);
	assert_int_equal(unlink(at("one")), 0);
	/* a second name of a planned file */
	assert_int_equal(link(at("sub/two"), plan_path("outside", false)), 0);
	err = (struct sv_error){0};
	assert_int_equal(plan_try(id, &err), -SV_E_BUSY);
	assert_non_null(strstr(err.msg, "'two' was replaced"));
	/* its label was read by name, and another file was there at that moment */
	assert_int_equal(unlink(plan_path("outside", false)), 0);
	fake_set_label(&sv_driver_fake, at("sub/two"), "somebody's");
	err = (struct sv_error){0};
	assert_int_equal(plan_try(id, &err), -SV_E_BUSY);
	assert_non_null(strstr(err.msg, "'two' got another label since it was planned"));
	assert_label(&sv_driver_fake, at("sub/two"), "somebody's");
	/* a directory that was replaced by a link */
	assert_int_equal(rename(at("sub"), plan_path("moved", false)), 0);
	assert_int_equal(symlink(store_dir, at("sub")), 0);
	err = (struct sv_error){0};
	assert_int_equal(plan_try(id, &err), -SV_E_BUSY);
	assert_non_null(strstr(err.msg, "'sub' was replaced"));
	assert_label(&sv_driver_fake, secret, FAKE_DEFAULT);
}

static void test_overlaps(void **state)
{
	struct sv_resource res = tree_of(SV_ACCESS_RW, make_tree());
	struct sv_resource inner = tree_of(SV_ACCESS_RW, plan_path("tree/sub", false));
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);
	sv_auto_plan struct sv_plan outer = {0}, again = {0};
	struct sv_error err = {0};
	int64_t id = 0, other = 0;

	(void)state;
	assert_int_equal(plan_build_first("g", &res, 1, &outer, &err), 0);
	assert_int_equal(plan_journal(store, "g", &outer, &id, &err), 0);
	assert_int_equal(plan_build_first("h", &inner, 1, &again, &err), 0);
	assert_int_equal(plan_journal(store, "h", &again, &other, &err), -SV_E_BUSY);
	assert_non_null(strstr(err.msg, "tree of guest g lie in one another"));
	plan_undo(store, id, 1, SV_UNDO_UNCHANGED);
	assert_int_equal(plan_journal(store, "i", &again, &other, &err), 0);
	err = (struct sv_error){0};
	assert_int_equal(plan_journal(store, "j", &outer, &id, &err), -SV_E_BUSY);
	assert_non_null(strstr(err.msg, "tree/sub of guest i lie in one another"));
}

/* A filesystem that accepts labels and forgets them is detected by the directories. */
static void test_forgetful(void **state)
{
	struct sv_resource res = tree_of(SV_ACCESS_RW, make_tree());
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);
	sv_auto_plan struct sv_plan plan = {0};
	struct sv_error err = {0};
	int64_t id = 0;

	(void)state;
	assert_int_equal(plan_build_first("g", &res, 1, &plan, &err), 0);
	assert_int_equal(plan_journal(store, "g", &plan, &id, &err), 0);
	fake.forgets = true;
	assert_int_equal(plan_try(id, &err), -SV_E_HOST);
	fake.forgets = false;
	err = (struct sv_error){0};
	fake.refuses = true;
	assert_int_equal(plan_try(id, &err), -SV_E_PERMISSION);
	assert_originals();
	fake.refuses = false;
	plan_apply(id);
	fake.refuses = true;
	assert_non_null(strstr(plan_undo(store, id, 1, SV_UNDO_FAILED).reason, "fake set"));
	/* it has its hold again, as before */
	assert_int_equal(store_number(store, "SELECT count(*) FROM object WHERE going"), 0);
	fake.refuses = false;
	plan_undo(store, id, 1, SV_UNDO_RESTORED);
	assert_originals();
}

/* In a process of its own: journals, applies and undoes, and dies at the given step. */
static void live(int steps)
{
	struct sv_resource res = tree_of(SV_ACCESS_RW, plan_path("tree", false));
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);
	sv_auto_plan struct sv_plan plan = {0};
	struct sv_error err = {0};
	int64_t id = 0;

	if (plan_build_first("g", &res, 1, &plan, &err) < 0 ||
	    plan_journal(store, "g", &plan, &id, &err) < 0)
		_exit(2);
	fake.steps = steps;
	if (sv_plan_apply(&plan, NULL, &err) < 0 || sv_plan_undo(store, id, NULL, &err) < 0)
		_exit(3);
	_exit(0);
}

static void test_killed_anywhere(void **state)
{
	int steps, status = -1;

	(void)state;
	make_tree();
	for (steps = 1; status != 0; steps++) {
		sv_auto_store struct sv_store *store = NULL;
		struct sv_error err = {0};
		pid_t pid = fork();

		assert_true(pid >= 0);
		if (pid == 0)
			live(steps);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(status == 0 || (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL));
		store = store_open(SV_STORE_WRITE);
		assert_int_equal(sv_plan_undo(store, 1, NULL, &err), 0);
		assert_originals();
		assert_int_equal(plan_n_holds(store) + n_leaves(store), 0);
		assert_int_equal(sv_lease_remove(store, 1, &err), 0);
		assert_int_equal(sv_sql_exec(store, "DELETE FROM sqlite_sequence", &err), 0);
	}
	/* 8 labels set and 8 restored */
	assert_int_equal(steps - 2, 16);
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, plan_setup, plan_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_there_and_back),	  T(test_kept),
		T(test_owners),		  T(test_missing_state),
		T(test_two_readers),	  T(test_changed_meanwhile),
		T(test_link_to_anothers), T(test_refused),
		T(test_too_deep),	  T(test_deep_undo),
		T(test_attacked),	  T(test_overlaps),
		T(test_forgetful),	  T(test_killed_anywhere),
		T(test_many_directories),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
