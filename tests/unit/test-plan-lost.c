/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files that undo does not find, and devices that have another number after a reboot: what is sure
 * to be gone, what may come back, and what others are kept from meanwhile.
 */
#include "plan-fixture.h"

#include "base/fhandle.h"
#include "base/proc.h"
#include "base/string.h"
#include "plan/object.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <cmocka.h>

/* After a reboot the device may have another number; in the same boot another number means another
 * file. */
static void test_undo_renumbered(void **state)
{
	const char *a = plan_path("a.img", true), *b = plan_path("b.img", true);
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);
	int64_t first = plan_hold_disk(store, "first", SV_ACCESS_RW, a), second, third;
	const struct sv_undo_how asked = {.give_up = true};
	struct sv_error err = {0};

	(void)state;
	plan_apply(first);
	assert_int_equal(sv_sql_exec(store, "UPDATE object SET dev = dev + 1", &err), 0);
	assert_non_null(strstr(plan_undo(store, first, 1, SV_UNDO_FAILED).reason,
			       "its filesystem may not be mounted"));
	assert_int_equal(sv_plan_undo(store, first, &asked, &err), 0);
	assert_int_equal(plan_n_holds(store), 0);
	assert_label(&sv_driver_fake, a, "first-rw");
	second = plan_hold_disk(store, "second", SV_ACCESS_RW, b);
	plan_apply(second);
	assert_int_equal(
		sv_sql_exec(store, "UPDATE object SET dev = dev + 1, boot = 'earlier'", &err), 0);
	plan_undo(store, second, 1, SV_UNDO_RESTORED);
	assert_label(&sv_driver_fake, b, FAKE_DEFAULT);
	/* the number alone proves nothing: a label that is not svirt's stays */
	third = plan_hold_disk(store, "third", SV_ACCESS_RW, b);
	plan_apply(third);
	assert_int_equal(
		sv_sql_exec(store, "UPDATE object SET dev = dev + 1, boot = 'earlier'", &err), 0);
	fake_set_label(&sv_driver_fake, b, "admin's");
	plan_undo(store, third, 1, SV_UNDO_CHANGED);
	assert_label(&sv_driver_fake, b, "admin's");
	assert_int_equal(plan_n_holds(store), 0);
}

/* Everything was journalled in an earlier boot, on a disk with another number, and without handles.
 */
static void journalled_before(struct sv_store *store)
{
	struct sv_error err = {0};

	assert_int_equal(
		sv_sql_exec(store,
			    "UPDATE object SET dev = 2049, fs = 1, boot = 'earlier', handle = NULL",
			    &err),
		0);
}

/* After a reboot the disk of the image may not be mounted yet. Then nothing is known of the file,
 * and its original label is not forgotten unless somebody says so. */
static void test_undo_unmounted(void **state)
{
	const char *a = plan_path("a.img", true), *there = plan_path("there", false);
	const struct sv_undo_how asked = {.give_up = true};
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);
	int64_t id = plan_hold_disk(store, "g", SV_ACCESS_RW, a);
	struct sv_error err = {0};

	(void)state;
	plan_apply(id);
	journalled_before(store);
	assert_int_equal(rename(a, there), 0);
	plan_undo(store, id, 1, SV_UNDO_FAILED);
	assert_int_equal(rename(there, a), 0);
	plan_undo(store, id, 1, SV_UNDO_RESTORED);
	assert_label(&sv_driver_fake, a, FAKE_DEFAULT);
	id = plan_hold_disk(store, "h", SV_ACCESS_RW, a);
	journalled_before(store);
	assert_int_equal(unlink(a), 0);
	plan_undo(store, id, 1, SV_UNDO_FAILED);
	assert_int_equal(sv_plan_undo(store, id, &asked, &err), 0);
	assert_int_equal(plan_n_holds(store), 0);
}

/* A hold that cannot be put back after a reboot keeps others from the file, whatever the number of
 * its device is now. */
static void test_kept_renumbered(void **state)
{
	const char *a = plan_path("a.img", true);
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);
	int64_t id = plan_hold_disk(store, "g", SV_ACCESS_RW, a);
	struct sv_resource res = disk_of("vda", SV_ACCESS_RW, a);
	sv_auto_plan struct sv_plan plan = {0};
	struct sv_error err = {0};
	int64_t other = 0;

	(void)state;
	plan_apply(id);
	journalled_before(store);
	fake.refuses = true;
	plan_undo(store, id, 1, SV_UNDO_FAILED);
	fake.refuses = false;
	assert_int_equal(plan_build_first("other", &res, 1, &plan, &err), 0);
	assert_int_equal(plan_journal(store, "other", &plan, &other, &err), -SV_E_BUSY);
	plan_undo(store, id, 1, SV_UNDO_RESTORED);
	assert_label(&sv_driver_fake, a, FAKE_DEFAULT);
	assert_int_equal(plan_n_holds(store), 0);
}

/* What a file in memory was ends with the boot. /dev is such a filesystem. */
static void test_object_gone(void **state)
{
	char earlier[] = "earlier", path[] = "/dev/no-such-file", fits[64] = "",
	     other[] = "4d000000ff";
	struct sv_hold hold = {.path = path, .dev = makedev(0, 9999)};
	sv_auto_free char *handle = NULL;
	struct sv_error err = {0};
	struct stat st;
	int dir = open("/dev", O_PATH | O_DIRECTORY);

	(void)state;
	assert_true(dir >= 0);
	assert_int_equal(fstat(dir, &st), 0);
	assert_int_equal(sv_proc_boot(hold.boot, &err), 0);
	assert_int_equal(sv_object_is_gone(&hold, &err), SV_NONE);
	hold.dev = st.st_dev;
	assert_int_equal(sv_object_is_gone(&hold, &err), 0);
	(void)snprintf(hold.boot, sizeof(hold.boot), "%s", earlier);
	assert_int_equal(sv_object_is_gone(&hold, &err), 0);
	hold.dev = makedev(8, 1);
	assert_int_equal(sv_object_is_gone(&hold, &err), SV_NONE);
	/* on the filesystem that it was on, whatever number that has now */
	hold.fs = sv_fs_identity(dir);
	assert_int_equal(sv_object_is_gone(&hold, &err), hold.fs ? 0 : SV_NONE);
	hold.fs ^= 1;
	assert_int_equal(sv_object_is_gone(&hold, &err), SV_NONE);
	hold.fs = 0;
	hold.dev = makedev(0, 9999);
	hold.handle = other;
	assert_int_equal(sv_object_is_gone(&hold, &err), SV_NONE);
	if (sv_fhandle_of(dir, &handle, &err) == 0) {
		(void)snprintf(fits, sizeof(fits), "%s", handle);
		hold.handle = fits;
		assert_int_equal(sv_object_is_gone(&hold, &err), 0);
	}
	close(dir);
}

int main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, plan_setup, plan_teardown)
	const struct CMUnitTest tests[] = {
		T(test_undo_renumbered),
		T(test_undo_unmounted),
		T(test_kept_renumbered),
		T(test_object_gone),
	};

	return cmocka_run_group_tests_name("plan-lost", tests, NULL, NULL);
}
