/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One object, one holder: a file in a tree is found by its inode number, whatever its name is, and
 * so is a tree that has such a file in it. The tests move files where a real host has a bind mount:
 * the inode is the same, and its name differs.
 */
#include "tree-fixture.h"

#include "base/string.h"
#include "plan/tree.h"
#include "store/store-sql.h"

#include <setjmp.h>
#include <stdarg.h>
#include <sys/stat.h>

#include <cmocka.h>

/* The plan of guest b for res, and the error: of a check, and of the journal. */
static void check(struct sv_store *store, struct sv_resource res, const char *message)
{
	sv_auto_plan struct sv_plan plan = {0};
	struct sv_error err = {0};
	int64_t id = 0;

	if (plan_build_first("b", &res, 1, &plan, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(sv_plan_check_held(&plan, store, "b", &err), message ? -SV_E_BUSY : 0);
	if (message && !strstr(err.msg, message))
		fail_msg("'%s'", err.msg);
	assert_int_equal(plan_journal(store, "b", &plan, &id, &err), message ? -SV_E_BUSY : 0);
	if (message && !strstr(err.msg, message))
		fail_msg("'%s'", err.msg);
	assert_int_equal(sv_plan_check_held(&plan, NULL, "b", &err), 0);
	if (!message)
		assert_int_equal(sv_plan_check_held(&plan, store, "b", &err), 0);
}

static int64_t hold_tree(struct sv_store *store, const char *root, enum sv_access access,
			 struct sv_plan *plan)
{
	struct sv_resource res = tree_of(access, root);
	struct sv_error err = {0};
	int64_t id = 0;

	assert_int_equal(plan_build_first("a", &res, 1, plan, &err), 0);
	assert_int_equal(plan_journal(store, "a", plan, &id, &err), 0);
	assert_int_equal(sv_sql_exec(store, "UPDATE guest SET created = unixepoch()", &err), 0);
	return id;
}

static void test_disk_in_a_tree(void **state)
{
	struct sv_resource res = tree_of(SV_ACCESS_RW, make_tree());
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);
	const char *disk = plan_path("a.img", true);
	int64_t id;

	(void)state;
	id = plan_hold_disk(store, "a", SV_ACCESS_RW, disk);
	plan_apply(id);
	assert_int_equal(rename(disk, at("sub/below/three")), 0);
	check(store, res, "tree/sub/below/three is the same file as ");
	check(store, res, "a.img, which guest a holds");
	assert_int_equal(store_number(store, "SELECT count(*) FROM below"), 0);
	/* a level that all guests share does not help: undo would remove it */
	fake_set_label(&sv_driver_fake, at("sub/below/three"), "content");
	res.access = SV_ACCESS_RO;
	check(store, res, "which guest a holds");
}

static void test_tree_around_a_disk(void **state)
{
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);
	sv_auto_plan struct sv_plan plan = {0};
	const char *disk = plan_path("b.img", false), *dir = plan_path("dir", false);
	int64_t id;

	(void)state;
	id = hold_tree(store, make_tree(), SV_ACCESS_RW, &plan);
	assert_true(store_number(store, "SELECT count(*) FROM below") > 0);
	/* journalled, and not labelled yet */
	assert_int_equal(rename(at("sub/below/three"), disk), 0);
	check(store, disk_of("vda", SV_ACCESS_RW, disk), "b.img lies in the directory ");
	assert_int_equal(rename(disk, at("sub/below/three")), 0);
	plan_apply(id);
	assert_int_equal(rename(at("sub/below/three"), disk), 0);
	check(store, disk_of("vda", SV_ACCESS_RW, disk), "tree, which guest a holds");
	check(store, disk_of("vda", SV_ACCESS_RO, disk), "tree, which guest a holds");
	/* a directory of the tree, and a directory to which one of the tree's files was moved */
	assert_int_equal(rename(at("sub"), dir), 0);
	check(store, tree_of(SV_ACCESS_RW, dir), "dir lies in the directory ");
	plan_undo(store, id, 1, SV_UNDO_RESTORED);
	assert_int_equal(store_number(store, "SELECT count(*) FROM below"), 0);
}

static void test_trees_that_meet(void **state)
{
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);
	sv_auto_plan struct sv_plan plan = {0};
	const char *dir = plan_path("dir", false), *root = make_tree();
	char moved[256];

	(void)state;
	(void)hold_tree(store, root, SV_ACCESS_RO, &plan);
	make_dir(dir);
	(void)snprintf(moved, sizeof(moved), "%s/one", dir);
	assert_int_equal(rename(at("one"), moved), 0);
	check(store, tree_of(SV_ACCESS_RO, dir), "dir/one lies in the directory ");
	/* the same directory is one object, by any path */
	assert_int_equal(rename(moved, at("one")), 0);
	check(store, tree_of(SV_ACCESS_RO, root), NULL);
}

/* The inode number of a deleted file is reused by a later file that was never labelled. */
static void test_number_used_again(void **state)
{
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);
	sv_auto_plan struct sv_plan plan = {0};
	const char *disk = plan_path("b.img", false);
	struct sv_error err = {0};

	(void)state;
	(void)hold_tree(store, make_tree(), SV_ACCESS_RW, &plan);
	assert_int_equal(rename(at("one"), disk), 0);
	assert_int_equal(sv_sql_exec(store, "UPDATE guest SET created = 1", &err), 0);
	check(store, disk_of("vda", SV_ACCESS_RW, disk), NULL);
}

/* An exclusive writer is the only one for every model. */
static void test_alone_for_every_model(void **state)
{
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);
	struct sv_resource res = disk_of("vda", SV_ACCESS_RW, plan_path("a.img", true));
	struct sv_device_seclabel no[] = {{.model = (char *)(uintptr_t) "fake"}};
	sv_auto_plan struct sv_plan plan = {0}, other = {0};
	struct sv_error err = {0};
	int64_t id = 0;

	(void)state;
	res.overrides = no;
	res.n_overrides = 1;
	assert_int_equal(plan_build("a", &res, 1, &plan, &err), 0);
	assert_int_equal(plan.items[0].action, SV_STEP_LEAVE);
	assert_int_equal(plan_journal(store, "a", &plan, &id, &err), 0);
	/* both have the same owner, and the other model leaves the file */
	assert_int_equal(plan_build("a", &res, 1, &other, &err), 0);
	assert_int_equal(sv_plan_check_held(&other, store, "b", &err), -SV_E_BUSY);
	assert_non_null(strstr(err.msg, "a.img is held by guest a and can be written by one"));
	res.n_overrides = 0;
	check(store, res, "a.img is held by guest a and can be written by one guest only");
}

/* The same where no model labels the file, and there is nothing to restore. */
static void test_alone_without_labels(void **state)
{
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);
	struct sv_resource res = disk_of("vda", SV_ACCESS_RW, plan_path("a.img", true));
	struct sv_device_seclabel no[] = {{.model = (char *)(uintptr_t) "fake"},
					  {.model = (char *)(uintptr_t) "owner"}};
	sv_auto_plan struct sv_plan plan = {0}, other = {0};
	struct sv_error err = {0};
	int64_t id = 0;

	(void)state;
	res.overrides = no;
	res.n_overrides = 2;
	assert_int_equal(plan_build("a", &res, 1, &plan, &err), 0);
	assert_int_equal(plan.n, 3);
	assert_string_equal(sv_step_action_name(plan.items[2].action), "hold");
	assert_int_equal(plan_journal(store, "a", &plan, &id, &err), 0);
	assert_int_equal(sv_plan_apply(&plan, NULL, &err), 0);
	assert_int_equal(plan_build("b", &res, 1, &other, &err), 0);
	assert_int_equal(sv_plan_check_held(&other, store, "b", &err), -SV_E_BUSY);
	assert_non_null(strstr(err.msg, "a.img is held by guest a and can be written by one"));
	store_begin(store);
	assert_int_equal(sv_plan_rejournal(&plan, store, id, &err), 0);
	store_commit(store);
	plan_undo(store, id, 1, SV_UNDO_UNCHANGED);
	assert_label(&sv_driver_fake, plan_path("a.img", false), FAKE_DEFAULT);
	assert_int_equal(sv_plan_check_held(&other, store, "b", &err), 0);
	/* a reader, or a guest that shares it on purpose, is not exclusive */
	sv_plan_done(&other);
	res.access = SV_ACCESS_SHARED;
	assert_int_equal(plan_build("b", &res, 1, &other, &err), 0);
	assert_int_equal(other.n, 2);
}

static int count(void *data, const struct sv_inode_holder *met, struct sv_error *err)
{
	unsigned *n = data;

	(void)err;
	n[met->leaf]++;
	assert_string_equal(met->holder, "a");
	return 0;
}

/* Numbers of every size, few on one side and many on the other, and signed ones. */
static void test_numbers(void **state)
{
	enum { MANY = 3000, STEP = 7 };
	static uint64_t inos[MANY];
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);
	struct sv_hold hold = {.driver = (char *)(uintptr_t) "fake", .dev = UINT64_MAX, .ino = 5};
	struct sv_inode_set set = {.dev = UINT64_MAX, .inos = inos, .n = MANY};
	unsigned n[2] = {0};
	struct sv_error err = {0};
	char *holder = NULL;
	int64_t id;

	(void)state;
	for (size_t i = 0; i < MANY; i++)
		inos[i] = UINT64_MAX - MANY / 2 * STEP + i * STEP;
	qsort(inos, MANY, sizeof(*inos), sv_inode_compare);
	store_begin(store);
	id = store_add_lease(store, "a", NULL);
	assert_int_equal(store_add_hold(store, id, 0, 5, "w", &holder), 0);
	assert_int_equal(store_add_hold(store, id, 1, inos[0], "w", &holder), 0);
	assert_int_equal(store_add_hold(store, id, 2, inos[MANY - 1] + 1, "w", &holder), 0);
	assert_int_equal(store_add_hold(store, id, 3, inos[MANY - 1], "w", &holder), 0);
	assert_int_equal(sv_below_add(store, &hold, inos + 100, 200, &err), 0);
	assert_int_equal(sv_below_add(store, &hold, inos + 250, 100, &err), 0);
	store_commit(store);
	assert_int_equal(sv_below_meet(store, &set, count, n, &err), 0);
	assert_int_equal(n[0], 2);
	assert_int_equal(n[1], 250);
	set.leaves_only = true;
	assert_int_equal(sv_below_meet(store, &set, count, n, &err), 0);
	assert_int_equal(n[0], 2);
	assert_int_equal(n[1], 500);
	set.self = &hold;
	assert_int_equal(sv_below_meet(store, &set, count, n, &err), 0);
	set.self = NULL;
	set.guest = id;
	assert_int_equal(sv_below_meet(store, &set, count, n, &err), 0);
	set.guest = 0;
	set.dev = 1;
	assert_int_equal(sv_below_meet(store, &set, count, n, &err), 0);
	assert_int_equal(n[1], 500);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, plan_setup, plan_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_disk_in_a_tree),
		TEST(test_tree_around_a_disk),
		TEST(test_trees_that_meet),
		TEST(test_number_used_again),
		TEST(test_alone_for_every_model),
		TEST(test_alone_without_labels),
		TEST(test_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
