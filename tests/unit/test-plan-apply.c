/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the plan to the journal and from the journal to the labels: the holds, the refusal of a file
 * that changed after the plan, and which original label is stored.
 */
#include "plan-fixture.h"

#include "base/string.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cmocka.h>

static void test_there_and_back(void **state)
{
	const char *a = plan_path("a.img", true), *b = plan_path("b.img", true);
	struct sv_resource items[] = {disk_of("vda", SV_ACCESS_RW, a),
				      disk_of("vdb", SV_ACCESS_RO, b)};
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);
	sv_auto_plan struct sv_plan plan = {0};
	struct sv_error err = {0};
	struct plan_events events;
	int64_t id = 0;

	(void)state;
	fake_set_label(&sv_driver_fake, b, "mine");
	assert_int_equal(plan_build("g", items, 2, &plan, &err), 0);
	assert_int_equal(plan_journal(store, "g", &plan, &id, &err), 0);
	assert_label(&sv_driver_fake, a, FAKE_DEFAULT);
	plan_apply(id);
	plan_apply(id);
	assert_label(&sv_driver_fake, a, "g-rw");
	assert_label(&sv_driver_owner, a, "g-rw");
	assert_label(&sv_driver_fake, b, "content");
	assert_label(&sv_driver_owner, b, "content");
	assert_int_equal(plan_n_holds(store), 404);
	events = plan_undo(store, id, 4, SV_UNDO_RESTORED);
	assert_string_equal(events.targets[0], "vdb");
	assert_string_equal(events.targets[3], "vda");
	assert_label(&sv_driver_fake, a, FAKE_DEFAULT);
	assert_label(&sv_driver_owner, a, FAKE_DEFAULT);
	assert_label(&sv_driver_fake, b, "mine");
	assert_int_equal(plan_n_holds(store), 0);
	plan_undo(store, id, 0, SV_UNDO_RESTORED);
	assert_int_equal(sv_plan_undo(store, id, NULL, &err), 0);
	assert_int_equal(sv_lease_remove(store, id, &err), 0);
}

static void test_only_set_and_keep(void **state)
{
	struct sv_resource items[] = {
		disk_of("vda", SV_ACCESS_RO, "/etc/passwd"),
		disk_of("vdb", SV_ACCESS_RW, plan_path("sock", false)),
		disk_of("vdc", SV_ACCESS_RW, plan_path("kept.img", true)),
	};
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);
	sv_auto_plan struct sv_plan plan = {0};
	struct sv_error err = {0};
	struct plan_events events;
	int64_t id = 0;

	(void)state;
	items[1].kind = SV_RES_CHAR_SOCKET;
	items[1].may_create = true;
	fake_set_label(&sv_driver_fake, items[2].path, "g-RW");
	assert_int_equal(plan_build_first("g", items, 3, &plan, &err), 0);
	assert_int_equal(plan_journal(store, "g", &plan, &id, &err), 0);
	fake.refuses = true; /* a label that is kept is not set */
	plan_apply(id);
	events = plan_undo(store, id, 1, SV_UNDO_UNCHANGED);
	assert_string_equal(events.targets[0], "vdc");
	assert_string_equal(events.found, "g-RW");
}

static void bind_at(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	sv_auto_close int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
}

/* A listening socket that existed: the VMM makes another one, and the labelled one is gone. The
 * hold that is left must keep its own seq. */
static void test_forget_replaced(void **state)
{
	const char *old = plan_path("old", false), *stays = plan_path("stays", false);
	struct sv_resource items[] = {
		disk_of("vda", SV_ACCESS_RO, "/etc/passwd"),
		disk_of("vdb", SV_ACCESS_RW, plan_path("a.img", true)),
		disk_of("vdc", SV_ACCESS_RW, old),
		disk_of("vdd", SV_ACCESS_RW, stays),
	};
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);
	sv_auto_plan struct sv_plan plan = {0};
	struct sv_error err = {0};
	struct plan_events events;
	int64_t id = 0;

	(void)state;
	bind_at(old);
	bind_at(stays);
	items[2].kind = items[3].kind = SV_RES_CHAR_SOCKET;
	items[2].may_create = items[3].may_create = true;
	assert_int_equal(plan_build_first("g", items, 4, &plan, &err), 0);
	assert_int_equal(plan_journal(store, "g", &plan, &id, &err), 0);
	plan_apply(id);
	assert_label(&sv_driver_fake, old, "g-rw");
	assert_int_equal(sv_plan_forget_replaced(&plan, store, id, &err), 0);
	assert_int_equal(plan_n_holds(store), 303);
	/* a replaced disk is reported at the end, and not forgotten */
	assert_int_equal(unlink(items[1].path), 0);
	assert_int_equal(rename(stays, items[1].path), 0);
	bind_at(stays);
	assert_int_equal(unlink(old), 0);
	assert_int_equal(sv_plan_forget_replaced(&plan, store, id, &err), 0);
	assert_int_equal(plan_n_holds(store), 101);
	events = plan_undo(store, id, 1, SV_UNDO_GONE);
	assert_string_equal(events.targets[0], "vdb");
}

static void test_no_driver(void **state)
{
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);
	struct sv_hold hold = {.driver = (char[]){"smack"},
			       .path = (char[]){"/x"},
			       .target = (char[]){"vda"},
			       .wanted = (char[]){"a"},
			       .original = (char[]){"b"}};
	struct plan_events events;
	struct sv_error err = {0};
	char *holder = NULL;

	(void)state;
	hold.guest = store_add_lease(store, "g", NULL);
	store_begin(store);
	assert_int_equal(sv_hold_add(store, &hold, &holder, &err), 0);
	store_commit(store);
	events = plan_undo(store, hold.guest, 1, SV_UNDO_FAILED);
	assert_non_null(strstr(events.reason, "no driver for smack"));
}

static void test_held_by_another(void **state)
{
	const char *path = plan_path("a.img", true);
	struct sv_resource res = disk_of("vda", SV_ACCESS_RW, path);
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);
	sv_auto_plan struct sv_plan plan = {0};
	struct sv_error err = {0};
	int64_t id = 0;

	(void)state;
	plan_hold_disk(store, "alice", SV_ACCESS_RW, path);
	assert_int_equal(plan_build_first("bob", &res, 1, &plan, &err), 0);
	assert_int_equal(plan_journal(store, "bob", &plan, &id, &err), -SV_E_BUSY);
	assert_non_null(strstr(err.msg, path));
	assert_non_null(strstr(err.msg, "held by guest alice"));
	assert_non_null(strstr(err.hint, "svirt restore alice"));
	assert_int_equal(store_count_leases(store), 1);
}

static void replace(const char *path)
{
	assert_int_equal(rename(path, plan_path("moved", false)), 0);
	assert_int_equal(close(creat(path, 0600)), 0);
}

static void test_replaced(void **state)
{
	const char *path = plan_path("a.img", true);
	struct sv_resource res = disk_of("vda", SV_ACCESS_RW, path);
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);
	sv_auto_plan struct sv_plan plan = {0};
	struct sv_error err = {0};
	int64_t id = 0;

	(void)state;
	assert_int_equal(plan_build_first("g", &res, 1, &plan, &err), 0);
	replace(path);
	assert_int_equal(plan_journal(store, "g", &plan, &id, &err), -SV_E_BUSY);
	assert_non_null(strstr(err.msg, "was replaced since it was planned"));

	sv_error_clear(&err);
	id = plan_hold_disk(store, "h", SV_ACCESS_RW, path);
	replace(path);
	assert_int_equal(plan_try(id, &err), -SV_E_BUSY);
	assert_non_null(strstr(err.msg, "was replaced since it was planned"));
	assert_label(&sv_driver_fake, path, FAKE_DEFAULT);
}

static void test_linked_since(void **state)
{
	const char *path = plan_path("a.img", true);
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);
	int64_t id = plan_hold_disk(store, "g", SV_ACCESS_RW, path);
	struct sv_error err = {0};

	(void)state;
	assert_int_equal(link(path, plan_path("second", false)), 0);
	assert_true(plan_try(id, &err) < 0);
	assert_non_null(strstr(err.msg, "hard links"));
	assert_label(&sv_driver_fake, path, FAKE_DEFAULT);
}

static void test_silent_filesystem(void **state)
{
	const char *path = plan_path("a.img", true);
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);
	int64_t id = plan_hold_disk(store, "g", SV_ACCESS_RW, path);
	struct sv_error err = {0};

	(void)state;
	fake.forgets = true;
	assert_int_equal(plan_try(id, &err), -SV_E_HOST);
	assert_non_null(strstr(err.msg, "accepted the label g-rw but has " FAKE_DEFAULT));
	plan_undo(store, id, 1, SV_UNDO_UNCHANGED);
}

/* The plan of b sees a's label; when b is journalled, a has restored the original. */
static void test_original_is_read_again(void **state)
{
	const char *iso = plan_path("a.iso", true);
	struct sv_resource res = disk_of("vda", SV_ACCESS_RO, iso);
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);
	int64_t a = plan_hold_disk(store, "a", SV_ACCESS_RO, iso), b = 0;
	sv_auto_plan struct sv_plan plan = {0};
	struct sv_error err = {0};

	(void)state;
	plan_apply(a);
	assert_int_equal(plan_build_first("b", &res, 1, &plan, &err), 0);
	assert_int_equal(plan.items[0].action, SV_STEP_KEEP);
	plan_undo(store, a, 1, SV_UNDO_RESTORED);
	assert_int_equal(plan_journal(store, "b", &plan, &b, &err), 0);
	plan_apply(b);
	assert_label(&sv_driver_fake, iso, "content");
	plan_undo(store, b, 1, SV_UNDO_RESTORED);
	assert_label(&sv_driver_fake, iso, FAKE_DEFAULT);
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, plan_setup, plan_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_there_and_back), T(test_only_set_and_keep), T(test_forget_replaced),
		T(test_no_driver),	T(test_held_by_another),   T(test_replaced),
		T(test_linked_since),	T(test_silent_filesystem), T(test_original_is_read_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
