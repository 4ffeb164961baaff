/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files that cannot get a label of their own: their action in a plan, and the message. The lab
 * tests real mounts.
 */
#include "plan-fixture.h"

#include "base/string.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct sv_resource disk(enum sv_access access)
{
	return disk_of("vda", access, plan_path("a.img", true));
}

/* The step of the first driver. */
static void check(struct sv_resource res, enum sv_step_action action, bool denied, const char *why)
{
	sv_auto_plan struct sv_plan plan = {0};
	struct sv_error err = {0};

	if (plan_build_first("a", &res, 1, &plan, &err) < 0)
		fail_msg("%s", err.msg);
	/* a written file has a hold, whatever labels it */
	assert_int_equal(plan.n, action == SV_STEP_LEAVE && res.access == SV_ACCESS_RW ? 2 : 1);
	assert_int_equal(plan.items[0].action, action);
	assert_int_equal(plan.items[0].denied, denied);
	assert_true(action == SV_STEP_LEAVE ? !plan.items[0].to : plan.items[0].to != NULL);
	if (why)
		assert_non_null(strstr(plan.items[0].why, why));
	else
		assert_null(plan.items[0].why);
}

static void refuse(struct sv_resource res, const char *msg, const char *hint)
{
	struct sv_plan plan = {0};
	struct sv_error err = {0};

	assert_int_equal(plan_build_first("a", &res, 1, &plan, &err), -SV_E_HOST);
	if (!strstr(err.msg, msg))
		fail_msg("'%s'", err.msg);
	if (!strstr(err.hint, hint))
		fail_msg("'%s'", err.hint);
	assert_int_equal(err.line, res.line);
}

static void test_words(void **state)
{
	enum sv_on_unlabelled answer = SV_UNLABELLED_FAIL;

	(void)state;
	assert_int_equal(sv_on_unlabelled_parse("skip", &answer), 0);
	assert_int_equal(answer, SV_UNLABELLED_SKIP);
	assert_int_equal(sv_on_unlabelled_parse("warn", &answer), 0);
	assert_int_equal(answer, SV_UNLABELLED_WARN);
	assert_int_equal(sv_on_unlabelled_parse("Fail", &answer), SV_NONE);
	assert_int_equal(sv_on_unlabelled_parse("", &answer), SV_NONE);
	assert_int_equal(answer, SV_UNLABELLED_WARN);
}

static void test_labelled_mount(void **state)
{
	struct sv_resource res = disk(SV_ACCESS_RW);

	(void)state;
	fake.open = true;
	check(res, SV_STEP_SET, false, NULL);
}

static void test_fail(void **state)
{
	struct sv_resource res = disk(SV_ACCESS_RW);

	(void)state;
	fake.fixed = true;
	refuse(res, "holds no fake labels", "ext4");
	fake.boolean = "guests_use_all";
	/* in a chroot the kernel may not show the mount, and the boolean is unknown */
	refuse(res, "holds no fake labels", "");
}

/* A file that has the wanted label already is kept and has a hold. */
static void test_right_by_chance(void **state)
{
	struct sv_resource res = disk(SV_ACCESS_RW);

	(void)state;
	fake_set_label(&sv_driver_fake, res.path, "a-rw");
	fake.fixed = true;
	check(res, SV_STEP_KEEP, false, NULL);
}

static void test_usable(void **state)
{
	struct sv_resource res = disk(SV_ACCESS_RW);

	(void)state;
	fake.fixed = fake.open = true;
	check(res, SV_STEP_LEAVE, false, "every guest may use");
}

static void test_left(void **state)
{
	struct sv_resource res = disk(SV_ACCESS_RO);

	(void)state;
	fake.fixed = true;
	plan_on_unlabelled = SV_UNLABELLED_WARN;
	check(res, SV_STEP_LEAVE, true, "the guest may not use it");
	plan_on_unlabelled = SV_UNLABELLED_SKIP;
	check(res, SV_STEP_LEAVE, true, "the guest may not use it");
	fake.unlabelled = true;
	fake.fixed = false;
	check(res, SV_STEP_LEAVE, true, "holds no labels");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test_setup_teardown(test_labelled_mount, plan_setup, plan_teardown),
		cmocka_unit_test_setup_teardown(test_fail, plan_setup, plan_teardown),
		cmocka_unit_test_setup_teardown(test_right_by_chance, plan_setup, plan_teardown),
		cmocka_unit_test_setup_teardown(test_usable, plan_setup, plan_teardown),
		cmocka_unit_test_setup_teardown(test_left, plan_setup, plan_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
