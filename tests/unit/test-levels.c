/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which level a guest gets: against leases in a store, processes of a driver that this test plays,
 * and static labels of defined domains. A level that was asked for is that very level or a refusal.
 */
#include "base/string.h"
#include "guest/facts.h"
#include "guest/levels.h"
#include "guest/prepare.h"
#include "store-fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <sys/stat.h>

#include <cmocka.h>

static const char *own_range = "s0-s0:c0.c9";
static const char *process_level; /* of process 42; NULL: there is none */

static int range(struct sv_range *ret, struct sv_error *err)
{
	return sv_range_parse(own_range, ret, err);
}

static int in_use(int (*fn)(void *data, const struct sv_level *level, pid_t pid), void *data,
		  struct sv_error *err)
{
	struct sv_level level;
	int r = process_level ? sv_level_parse(process_level, &level, err) : SV_NONE;

	return r == 0 ? fn(data, &level, 42) : r < 0 ? r : 0;
}

/* Labels of this model are levels. */
static int level_of(const char *label, struct sv_level *ret, struct sv_error *err)
{
	return sv_level_parse(label, ret, err);
}

static int subject(const struct sv_request *req, struct sv_subject *ret, struct sv_error *err)
{
	return sv_level_format(req->level, &ret->label, err);
}

static const struct sv_driver driver = {
	.name = "fake",
	.mac = true,
	.levels = true,
	.range = range,
	.in_use = in_use,
	.level_of = level_of,
	.subject = subject,
};

static struct svirt sv;

static int setup(void **state)
{
	sv = (struct svirt){.conf_dir = store_dir};
	memset(&sv.conf.categories, 0xff, sizeof(sv.conf.categories));
	own_range = "s0-s0:c0.c9";
	process_level = NULL;
	return store_setup(state);
}

/* A defined domain with a static label of its own. */
static void define(const char *name, const char *level)
{
	char path[160];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/domains", store_dir);
	(void)mkdir(path, 0700);
	(void)snprintf(path, sizeof(path), "%s/domains/%s.xml", store_dir, name);
	f = fopen(path, "we");
	assert_non_null(f);
	(void)fprintf(f,
		      "<domain type='qemu'><name>%s</name><memory>32768</memory>"
		      "<os><type>hvm</type></os><seclabel type='static' model='fake'>"
		      "<label>%s</label></seclabel></domain>",
		      name, level);
	assert_int_equal(fclose(f), 0);
}

/* The level that the guest "me" gets when it asks for level (NULL: any), or the error. */
static int choose(struct sv_store *store, const char *level, char **ret, struct sv_error *err)
{
	sv_auto_prepared struct sv_prepared prep = {.lock = -1};
	const struct sv_domain dom = {.name = (char[]){"me"}};
	int r = 0;

	prep.choice.main = &driver;
	prep.choice.mac.mls = true;
	prep.choice.uid = prep.choice.gid = 65534;
	prep.choice.request.type = SV_SECLABEL_DYNAMIC;
	prep.choice.request.relabel = true;
	if (level) {
		prep.wish.has_level = true;
		r = sv_level_parse(level, &prep.wish.level, err);
	}
	if (r == 0)
		r = sv_prepare_labels(&sv, store, &dom, &prep, err);
	return r < 0 ? r : sv_strdup(prep.subject.label, ret, err);
}

static void granted(struct sv_store *store, const char *level)
{
	sv_auto_free char *got = NULL;
	struct sv_error err = {0};

	if (choose(store, level, &got, &err) < 0)
		fail_msg("%s", err.msg);
	assert_string_equal(got, level);
}

static void refused(struct sv_store *store, const char *level, enum sv_code code, const char *msg)
{
	sv_auto_free char *got = NULL;
	struct sv_error err = {0};

	assert_int_equal(choose(store, level, &got, &err), -(int)code);
	assert_string_equal(err.msg, msg);
	assert_true(err.hint[0]);
}

static void test_wish(void **state)
{
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);

	(void)state;
	store_add_lease(store, "web", "s0:c1,c2");
	store_add_lease(store, "wide", "s0:c7.c9");
	store_add_lease(store, "me", "s0:c3,c4");
	define("fixed", "s0:c5,c6");
	process_level = "s0:c0";

	granted(store, "s0:c1,c3");
	granted(store, "s0:c2.c4"); /* its own lease does not count */
	granted(store, "s0:c3,c4");
	refused(store, "s0:c1,c2", SV_E_BUSY, "the level 's0:c1,c2' conflicts with guest 'web'");
	refused(store, "s0:c1.c4", SV_E_BUSY, "the level 's0:c1.c4' conflicts with guest 'web'");
	refused(store, "s0:c7,c9", SV_E_BUSY, "the level 's0:c7,c9' conflicts with guest 'wide'");
	refused(store, "s0:c0,c9", SV_E_BUSY, "the level 's0:c0,c9' conflicts with process 42");
	refused(store, "s0:c4.c6", SV_E_BUSY,
		"the level 's0:c4.c6' conflicts with the static label of domain 'fixed'");
}

/* With sensitivities: what is above in one way and below in the other is apart. */
static void test_wish_mls(void **state)
{
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);

	(void)state;
	own_range = "s1-s5:c0.c9";
	store_add_lease(store, "high", "s3:c1,c2");
	granted(store, "s1:c1.c3");
	granted(store, "s5:c1,c3");
	refused(store, "s3:c1.c3", SV_E_BUSY, "the level 's3:c1.c3' conflicts with guest 'high'");
	refused(store, "s1:c1,c2", SV_E_BUSY, "the level 's1:c1,c2' conflicts with guest 'high'");
	refused(store, "s5:c1,c2", SV_E_BUSY, "the level 's5:c1,c2' conflicts with guest 'high'");
	refused(store, "s0:c3,c4", SV_E_PERMISSION,
		"the guest's level s0:c3,c4 is outside this process' own range s1-s5:c0.c9");
	refused(store, "s6:c3,c4", SV_E_PERMISSION,
		"the guest's level s6:c3,c4 is outside this process' own range s1-s5:c0.c9");
}

/* The process' range binds, what svirt.conf leaves to chance does not. */
static void test_wish_bounds(void **state)
{
	struct sv_error err = {0};

	(void)state;
	assert_int_equal(sv_catset_parse("c0.c2", &sv.conf.categories, &err), 0);
	granted(NULL, "s0:c8,c9");
	refused(NULL, "s0:c9,c10", SV_E_PERMISSION,
		"the guest's level s0:c9,c10 is outside this process' own range s0-s0:c0.c9");
}

static void left_is(struct sv_store *store, uint32_t expected, uint32_t expected_all)
{
	struct sv_error err = {0};
	uint32_t all = 0, left = 0;

	if (sv_capacity_read(&sv, &driver, store, &all, &left, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(all, expected_all);
	assert_int_equal(left, expected);
}

/* Leases, processes and static labels each take what is comparable with them, once. */
static void test_capacity(void **state)
{
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);
	struct sv_error err = {0};

	(void)state;
	left_is(NULL, 45, 45);
	left_is(store, 45, 45);
	store_add_lease(store, "web", "s0:c1,c2");
	left_is(store, 44, 45);
	store_add_lease(store, "outside", "s0:c100,c200");
	store_add_lease(store, "half", "s0:c1,c200");
	store_add_lease(store, "elsewhere", "s4:c8,c9");
	left_is(store, 43, 45);
	store_add_lease(store, "wide", "s0:c3.c5");
	left_is(store, 40, 45);
	process_level = "s0:c1,c2";
	left_is(store, 40, 45);
	process_level = "s0:c0";
	left_is(store, 31, 45);
	define("fixed", "s0:c6,c7");
	left_is(store, 30, 45);
	assert_int_equal(sv_catset_parse("c1.c4", &sv.conf.categories, &err), 0);
	left_is(store, 4, 6);
}

/* Every level that is drawn is free, and the lease of the guest itself is not in the way. */
static void test_drawn(void **state)
{
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);
	sv_auto_free char *last = NULL, *again = NULL;
	struct sv_error err = {0};
	unsigned i;

	(void)state;
	own_range = "s0-s0:c0.c4";
	for (i = 0; i < 10; i++) {
		sv_auto_free char *level = NULL;
		char name[16];

		if (choose(store, NULL, &level, &err) < 0)
			fail_msg("%s", err.msg);
		(void)snprintf(name, sizeof(name), i == 9 ? "me" : "g%u", i);
		assert_true(store_add_lease(store, name, level) > 0);
		left_is(store, 9 - i, 10);
		if (i == 9)
			last = sv_take_ptr(level);
	}
	granted(store, last);
	assert_int_equal(choose(store, NULL, &again, &err), 0);
	assert_string_equal(again, last);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, store_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_wish),     TEST(test_wish_mls), TEST(test_wish_bounds),
		TEST(test_capacity), TEST(test_drawn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
