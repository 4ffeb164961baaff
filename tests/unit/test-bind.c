/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A PCI device is taken from its driver and given back, by plan, journal and undo, also when each
 * of them was killed on the way.
 */
#include "bind-fixture.h"

#include "base/string.h"

#include <setjmp.h>
#include <stdarg.h>
#include <sys/wait.h>

#include <cmocka.h>

static void check_step(const struct sv_step *step, enum sv_step_action action, const char *from,
		       const char *to)
{
	assert_string_equal(sv_step_action_name(step->action), sv_step_action_name(action));
	if (from)
		assert_string_equal(step->from, from);
	assert_string_equal(step->to, to);
}

static void test_there_and_back(void **state)
{
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);
	sv_auto_plan struct sv_plan plan = {0}, more = {0}, again = {0};
	struct sv_nodes *nodes = plan_nodes();
	struct plan_events events;
	struct sv_error err = {0};
	int64_t id = 0;

	(void)state;
	bind_plan(&plan, nodes);
	assert_int_equal(plan.n, 3);
	check_step(&plan.items[0], SV_STEP_SET, "old", "a-rw");
	check_step(&plan.items[1], SV_STEP_BIND, "e1000e", BOUND);
	assert_string_equal(plan.items[1].target, "hostdev0");
	assert_int_equal(plan.items[1].line, 20);
	check_step(&plan.items[2], SV_STEP_LATER, NULL, "a-rw");
	assert_string_equal(plan.items[2].why, "there once its device is bound");
	assert_int_equal(plan_journal(store, "a", &plan, &id, &err), 0);
	assert_driver("e1000e");
	assert_int_equal(plan_n_holds(store), 202);
	plan_apply(id);
	assert_driver(BOUND);

	/* the node that is there now */
	bind_file("group");
	assert_int_equal(bind_build(&more, nodes, true, &err), 0);
	store_begin(store);
	assert_int_equal(sv_plan_journal_more(&plan, &more, store, id, &err), 0);
	store_commit(store);
	assert_int_equal(sv_plan_apply(&more, NULL, &err), 0);
	assert_int_equal(sv_plan_join(&plan, &more, &err), 0);
	assert_int_equal(plan.n, 3);
	assert_int_equal(more.n, 0);
	check_step(&plan.items[2], SV_STEP_SET, "old", "a-rw");
	assert_label(&sv_driver_fake, bind_below("group"), "a-rw");

	/* who plans the same now, such as a start after a label, finds it in the journal */
	bind_plan(&again, plan_nodes());
	check_step(&again.items[1], SV_STEP_KEEP, BOUND, BOUND);
	store_begin(store);
	assert_int_equal(sv_plan_rejournal(&again, store, id, &err), 0);
	store_commit(store);
	assert_int_equal(bind_kernel.writes, 3);

	/* what takes long goes back last */
	events = plan_undo(store, id, 3, SV_UNDO_RESTORED);
	assert_string_equal(events.targets[2], "hostdev");
	assert_string_equal(events.found, BOUND);
	assert_driver("e1000e");
	assert_label(&sv_driver_fake, bind_below("group"), "old");
	assert_int_equal(plan_n_holds(store), 0);
}

static void in_child(int (*fn)(struct sv_store *store, int64_t id, const struct sv_plan *plan,
			       struct sv_error *err),
		     struct sv_store *store, int64_t id, const struct sv_plan *plan, int at,
		     bool before)
{
	struct sv_error err = {0};
	pid_t child = fork();
	int status = -1;

	assert_true(child >= 0);
	if (child == 0) {
		bind_kernel.writes = 0;
		bind_kernel.kill_at = at;
		bind_kernel.before = before;
		(void)!fn(store, id, plan, &err);
		_exit(1); /* it was to be killed */
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static int apply_it(struct sv_store *store, int64_t id, const struct sv_plan *plan,
		    struct sv_error *err)
{
	(void)store;
	(void)id;
	return sv_plan_apply(plan, NULL, err);
}

/* With a connection of its own: SQLite's may not cross a fork. */
static int undo_it(struct sv_store *store, int64_t id, const struct sv_plan *plan,
		   struct sv_error *err)
{
	sv_auto_store struct sv_store *own = store_open(SV_STORE_WRITE);

	(void)store;
	(void)plan;
	return sv_plan_undo(own, id, NULL, err);
}

/* original: driver and override before. Killed at each write of the way there or of the way back,
 * with and without it; the next command finds the way. */
static void kill_at_each(const char *driver, const char *override, const char *original, bool back)
{
	/* there: override, unbind, probe; back: the same, and the override that it had */
	const int writes = back && !sv_streq(driver, override) ? 4 : 3;

	for (int i = 0; i < 2 * writes; i++) {
		sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);
		sv_auto_plan struct sv_plan plan = {0};
		struct sv_error err = {0};
		char name[8];
		int64_t id = 0;

		bind_driver(driver, override);
		(void)snprintf(name, sizeof(name), "%c%d", back ? 'b' : 'a', i);
		bind_plan(&plan, plan_nodes());
		assert_int_equal(plan_journal(store, name, &plan, &id, &err), 0);
		if (back)
			plan_apply(id);
		sv_store_close(&store);
		in_child(back ? undo_it : apply_it, NULL, id, &plan, 1 + i / 2, i % 2);
		store = store_open(SV_STORE_WRITE);
		if (sv_plan_undo(store, id, NULL, &err) < 0)
			fail_msg("%s", err.msg);
		assert_driver(original);
		assert_int_equal(plan_n_holds(store), 0);
		assert_int_equal(sv_sql_exec(store, "DELETE FROM guest", &err), 0);
	}
}

static void test_killed_on_the_way(void **state)
{
	(void)state;
	kill_at_each("e1000e", "\n", "e1000e", false);
}

static void test_killed_on_the_way_back(void **state)
{
	(void)state;
	kill_at_each("e1000e", "\n", "e1000e", true);
}

static void test_killed_with_an_override(void **state)
{
	(void)state;
	kill_at_each("uio", "uio", "uio override=uio", true);
}

static void test_without_a_driver(void **state)
{
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);
	sv_auto_plan struct sv_plan plan = {0};
	struct sv_error err = {0};
	int64_t id = 0;

	(void)state;
	bind_driver(NULL, "\n");
	bind_plan(&plan, plan_nodes());
	check_step(&plan.items[1], SV_STEP_BIND, "-", BOUND);
	assert_int_equal(plan_journal(store, "a", &plan, &id, &err), 0);
	plan_apply(id);
	assert_driver(BOUND);
	(void)plan_undo(store, id, 2, SV_UNDO_RESTORED);
	assert_driver("-");
}

/* Bound by an administrator: it is held, and stays as it is. */
static void test_bound_already(void **state)
{
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);
	sv_auto_plan struct sv_plan plan = {0}, other = {0};
	struct sv_error err = {0};
	int64_t id = 0;

	(void)state;
	bind_driver("vfio-pci", "\n");
	bind_plan(&plan, plan_nodes());
	check_step(&plan.items[1], SV_STEP_KEEP, "vfio-pci", "vfio-pci");
	assert_int_equal(plan_journal(store, "a", &plan, &id, &err), 0);
	plan_apply(id);
	bind_plan(&other, plan_nodes());
	assert_int_equal(sv_plan_check_held(&other, store, "b", &err), -SV_E_BUSY);
	assert_non_null(strstr(err.msg, "held by guest a"));
	assert_int_equal(sv_plan_undo(store, id, NULL, &err), 0);
	assert_driver("vfio-pci");
	assert_int_equal(bind_kernel.writes, 0);
}

static void test_another_boot(void **state)
{
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);
	sv_auto_plan struct sv_plan plan = {0}, again = {0};
	struct plan_events events = {0};
	struct sv_error err = {0};
	int64_t id = 0;

	(void)state;
	bind_plan(&plan, plan_nodes());
	assert_int_equal(plan_journal(store, "a", &plan, &id, &err), 0);
	plan_apply(id);
	assert_int_equal(sv_sql_exec(store,
				     "UPDATE object SET boot ="
				     " '11111111-2222-3333-4444-555555555555'",
				     &err),
			 0);
	/* as it may look by chance: neither is it the journal's, nor is it put back */
	bind_plan(&again, plan_nodes());
	store_begin(store);
	assert_int_equal(sv_plan_rejournal(&again, store, id, &err), SV_NONE);
	store_commit(store);
	bind_kernel.writes = 0;
	assert_int_equal(sv_plan_undo(store, id,
				      &(struct sv_undo_how){.fn = plan_note, .data = &events},
				      &err),
			 0);
	assert_int_equal(events.n, 2);
	assert_string_equal(events.targets[1], "hostdev");
	assert_int_equal(events.results[1], SV_UNDO_UNCHANGED);
	assert_int_equal(bind_kernel.writes, 0);
	assert_driver(BOUND);
}

static void test_bound_by_somebody_else(void **state)
{
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);
	sv_auto_plan struct sv_plan plan = {0};
	struct plan_events events = {0};
	struct sv_error err = {0};
	int64_t id = 0;

	(void)state;
	bind_plan(&plan, plan_nodes());
	bind_driver("uio", "\n");
	/* after the plan, and what was found out about its use was about another driver */
	assert_int_equal(plan_journal(store, "a", &plan, &id, &err), 0);
	assert_int_equal(sv_plan_apply(&plan, NULL, &err), -SV_E_BUSY);
	assert_non_null(strstr(err.msg, ADDRESS " got another driver since it was planned"));
	assert_non_null(strstr(err.hint, "driverctl"));
	sv_error_clear(&err);
	assert_int_equal(sv_plan_undo(store, id, NULL, &err), 0);
	assert_driver("uio");

	bind_driver("e1000e", "\n");
	sv_plan_done(&plan);
	bind_plan(&plan, plan_nodes());
	assert_int_equal(plan_journal(store, "b", &plan, &id, &err), 0);
	plan_apply(id);
	bind_driver("uio", "\n");
	assert_int_equal(sv_plan_undo(store, id,
				      &(struct sv_undo_how){.fn = plan_note, .data = &events},
				      &err),
			 0);
	assert_int_equal(events.results[1], SV_UNDO_CHANGED);
	assert_driver("uio");
}

static void test_no_driver_binds(void **state)
{
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);
	sv_auto_plan struct sv_plan plan = {0};
	struct sv_error err = {0};
	int64_t id = 0;

	(void)state;
	bind_plan(&plan, plan_nodes());
	assert_int_equal(plan_journal(store, "a", &plan, &id, &err), 0);
	bind_kernel.refuses = true;
	assert_int_equal(sv_plan_apply(&plan, NULL, &err), -SV_E_HOST);
	assert_non_null(strstr(err.msg, "the kernel did not bind the driver vfio-pci: the device "
					"has - override=vfio-pci"));
	assert_non_null(strstr(err.hint, "modprobe vfio-pci"));
	/* it stays in the journal until its driver can be had again */
	sv_error_clear(&err);
	assert_int_equal(sv_plan_undo(store, id, NULL, &err), -SV_E_PARTIAL);
	bind_kernel.refuses = false;
	sv_error_clear(&err);
	assert_int_equal(sv_plan_undo(store, id, NULL, &err), 0);
	assert_driver("e1000e");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_there_and_back, bind_setup, plan_teardown),
		cmocka_unit_test_setup_teardown(test_killed_on_the_way, bind_setup, plan_teardown),
		cmocka_unit_test_setup_teardown(test_killed_on_the_way_back, bind_setup,
						plan_teardown),
		cmocka_unit_test_setup_teardown(test_killed_with_an_override, bind_setup,
						plan_teardown),
		cmocka_unit_test_setup_teardown(test_without_a_driver, bind_setup, plan_teardown),
		cmocka_unit_test_setup_teardown(test_bound_already, bind_setup, plan_teardown),
		cmocka_unit_test_setup_teardown(test_another_boot, bind_setup, plan_teardown),
		cmocka_unit_test_setup_teardown(test_bound_by_somebody_else, bind_setup,
						plan_teardown),
		cmocka_unit_test_setup_teardown(test_no_driver_binds, bind_setup, plan_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
