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
static const char *baselabel;	  /* of "me"; NULL: none */
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
	int r = sv_level_format(req->level, &ret->label, err);

	return r < 0 || !req->shared
		       ? r
		       : sv_level_format(req->shared, &ret->image[SV_ACCESS_SHARED], err);
}

/* Nobody under a policy that is as MLS demands it. */
static bool writes_down = true;

static int may_use(const char *label, const char *object, mode_t mode, enum sv_access access,
		   struct sv_denial *why, struct sv_error *err)
{
	(void)label;
	(void)object;
	(void)mode;
	(void)access;
	(void)err;
	if (writes_down)
		return 0;
	*why = (struct sv_denial){.missing = "write", .tclass = "file"};
	return SV_NONE;
}

static const struct sv_driver driver = {
	.name = "fake",
	.mac = true,
	.levels = true,
	.range = range,
	.in_use = in_use,
	.level_of = level_of,
	.subject = subject,
	.may_use = may_use,
};

static struct svirt sv;

static int setup(void **state)
{
	sv = (struct svirt){.conf_dir = store_dir};
	memset(&sv.conf.categories, 0xff, sizeof(sv.conf.categories));
	own_range = "s0-s0:c0.c9";
	process_level = NULL;
	baselabel = NULL;
	writes_down = true;
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

/* The level that the guest "me" gets when it asks for level (NULL: any) and a share group (NULL:
 * none), or the error. *ret_shared is the level of what it shares. */
static int choose_in(struct sv_store *store, const char *level, const char *group, char **ret,
		     char **ret_shared, struct sv_error *err)
{
	sv_auto_prepared struct sv_prepared prep = {.lock = -1};
	const struct sv_domain dom = {.name = (char[]){"me"}};
	int r = 0;

	prep.wish.group = group;
	prep.choice.main = &driver;
	prep.choice.mac.mls = true;
	prep.choice.uid = prep.choice.gid = 65534;
	prep.choice.request.type = SV_SECLABEL_DYNAMIC;
	prep.choice.request.relabel = true;
	prep.choice.request.baselabel = baselabel;
	if (level) {
		prep.wish.has_level = true;
		r = sv_level_parse(level, &prep.wish.level, err);
	}
	if (r == 0)
		r = sv_prepare_labels(&sv, store, &dom, &prep, err);
	if (r == 0)
		r = sv_strdup(prep.subject.image[SV_ACCESS_SHARED], ret_shared, err);
	return r < 0 ? r : sv_strdup(prep.subject.label, ret, err);
}

static int choose(struct sv_store *store, const char *level, char **ret, struct sv_error *err)
{
	sv_auto_free char *shared = NULL;

	return choose_in(store, level, NULL, ret, &shared, err);
}

/* A member of the group "g", whose category is c4: its level is level without that. */
static void add_member(struct sv_store *store, const char *name, const char *level)
{
	struct sv_lease lease = lease_of((char *)(uintptr_t)name, (char *)(uintptr_t)level);
	struct sv_error err = {0};
	int64_t id;

	lease.group = (char[]){"g"};
	lease.category = 4;
	store_begin(store);
	if (sv_lease_add(store, &lease, &id, &err) != 0)
		fail_msg("%s", err.msg);
	store_commit(store);
}

static void granted_in(struct sv_store *store, const char *level, const char *expected)
{
	sv_auto_free char *got = NULL, *shared = NULL;
	struct sv_error err = {0};

	if (choose_in(store, level, "g", &got, &shared, &err) < 0)
		fail_msg("%s", err.msg);
	assert_string_equal(got, expected);
	assert_string_equal(shared, "s0:c4");
}

static void refused_in(struct sv_store *store, const char *level, enum sv_code code,
		       const char *msg)
{
	sv_auto_free char *got = NULL, *shared = NULL;
	struct sv_error err = {0};

	assert_int_equal(choose_in(store, level, "g", &got, &shared, &err), -(int)code);
	assert_string_equal(err.msg, msg);
	assert_true(err.hint[0]);
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

/* A baselabel names the sensitivity, and --level outweighs it; its categories are not taken. */
static void test_baselabel(void **state)
{
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);
	sv_auto_free char *got = NULL;
	struct sv_error err = {0};

	(void)state;
	own_range = "s1-s5:c0.c2";
	store_add_lease(store, "a", "s1:c0,c1");
	store_add_lease(store, "b", "s4:c0,c2");
	baselabel = "s3:c0,c1";
	assert_int_equal(choose(store, NULL, &got, &err), 0);
	assert_string_equal(got, "s3:c1,c2");
	granted(store, "s2:c1,c2");
	baselabel = "bare_t";
	free(got);
	got = NULL;
	assert_int_equal(choose(store, NULL, &got, &err), 0);
	assert_string_equal(got, "s1:c1,c2");
	baselabel = "s6";
	refused(store, NULL, SV_E_PERMISSION,
		"the guest's level s6:c1,c2 is outside this process' own range s1-s5:c0.c2");
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

/* The category of a group is its members' alone; apart from it they are guests as any other. */
static void test_group(void **state)
{
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);

	(void)state;
	add_member(store, "a", "s0:c1,c2,c4");
	add_member(store, "wide", "s0:c5.c7,c4");
	left_is(store, 45 - 1 - 3 - 9, 45);
	refused(store, "s0:c3,c4", SV_E_BUSY,
		"the level 's0:c3,c4' conflicts with share group 'g'");
	refused(store, "s0:c1,c2,c4", SV_E_BUSY,
		"the level 's0:c1,c2,c4' conflicts with guest 'a'");
	refused(store, "s0:c1,c2", SV_E_BUSY, "the level 's0:c1,c2' conflicts with guest 'a'");
	granted(store, "s0:c1.c3");
	granted(store, "s0:c5,c8");
	granted_in(store, "s0:c1,c3", "s0:c1,c3,c4");
	granted_in(store, "s0:c0,c8,c9", "s0:c0,c4,c8,c9");
	refused_in(store, "s0:c1,c2", SV_E_BUSY, "the level 's0:c1,c2' conflicts with guest 'a'");
	refused_in(store, "s0:c5,c6", SV_E_BUSY,
		   "the level 's0:c5,c6' conflicts with guest 'wide'");
	refused_in(store, "s0:c3,c4", SV_E_BUSY,
		   "the level 's0:c3,c4' conflicts with share group 'g'");
	/* above a member only with the category */
	refused_in(store, "s0:c1.c3", SV_E_BUSY, "the level 's0:c1.c4' conflicts with guest 'a'");
}

/* Its own lease, as the only member, is not in the way: the group stays what it is. */
static void test_group_again(void **state)
{
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);

	(void)state;
	add_member(store, "me", "s0:c1,c2,c4");
	granted_in(store, "s0:c1,c2", "s0:c1,c2,c4");
	granted(store, "s0:c1,c2");
}

/* The category of a new group is one that no level holds, and not one that the guest asks for. */
static void test_group_category(void **state)
{
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);
	struct sv_error err = {0};

	(void)state;
	store_add_lease(store, "pair", "s0:c0,c1");
	store_add_lease(store, "wide", "s0:c2,c3,c9");
	define("fixed", "s0:c5,c6");
	process_level = "s0:c7,c8";
	granted_in(store, "s0:c1,c2", "s0:c1,c2,c4");
	assert_int_equal(sv_catset_parse("c0.c3,c5.c9", &sv.conf.categories, &err), 0);
	refused_in(store, NULL, SV_E_EXHAUSTED,
		   "no free category for share group 'g': each of the 9 categories that guests get "
		   "is part of a level in use");
	refused_in(store, "s0:c1,c2", SV_E_EXHAUSTED,
		   "no free category for share group 'g': each of the 9 categories that guests get "
		   "is part of a level in use");
	/* the one that is left is asked for */
	assert_int_equal(sv_catset_parse("c0.c9", &sv.conf.categories, &err), 0);
	refused_in(store, "s0:c1,c4", SV_E_BUSY,
		   "c4 is the category of share group 'g': no level holds it but by membership");
	/* and with it no pair is */
	assert_int_equal(sv_catset_parse("c0,c1,c4", &sv.conf.categories, &err), 0);
	refused_in(store, NULL, SV_E_EXHAUSTED,
		   "no free level: each of the 3 pairs of the 3 categories at s0 is in use or in "
		   "conflict with a level in use");
}

/* Members' levels are drawn without the category, and hold it. */
static void test_group_drawn(void **state)
{
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);
	struct sv_error err = {0};
	struct sv_level level;
	unsigned i;

	(void)state;
	own_range = "s0-s0:c0.c4";
	add_member(store, "first", "s0:c0,c1,c4");
	for (i = 0; i < 5; i++) {
		sv_auto_free char *got = NULL, *shared = NULL;
		char name[16];

		assert_int_equal(choose_in(store, NULL, "g", &got, &shared, &err), 0);
		assert_string_equal(shared, "s0:c4");
		assert_int_equal(sv_level_parse(got, &level, &err), 0);
		assert_int_equal(sv_catset_count(&level.cats), 3);
		(void)snprintf(name, sizeof(name), "m%u", i);
		add_member(store, name, got);
	}
	left_is(store, 0, 10);
	refused_in(store, NULL, SV_E_EXHAUSTED,
		   "no free level: each of the 10 pairs of the 5 categories at s0 is in use or in "
		   "conflict with a level in use");
}

/* Members' processes hold the category, and nobody else may have come to. */
static void test_group_strangers(void **state)
{
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);

	(void)state;
	add_member(store, "a", "s0:c1,c2,c4");
	add_member(store, "wide", "s0:c4,c5.c7");
	process_level = "s0:c1,c2,c4";
	granted_in(store, "s0:c8,c9", "s0:c4,c8,c9");
	process_level = "s0:c4.c7";
	granted_in(store, "s0:c8,c9", "s0:c4,c8,c9");
	process_level = "s0:c0,c4";
	refused_in(store, "s0:c8,c9", SV_E_BUSY,
		   "process 42 holds c4, the category of share group 'g', and is no member");
	process_level = "s0:c1,c3,c4";
	refused_in(store, NULL, SV_E_BUSY,
		   "process 42 holds c4, the category of share group 'g', and is no member");
}

/* A category outside of the process' own range is not handed out; nor is one that opens nothing. */
static void test_group_refused(void **state)
{
	sv_auto_store struct sv_store *store = store_open(SV_STORE_WRITE);

	(void)state;
	add_member(store, "a", "s0:c1,c2,c4");
	writes_down = false;
	refused_in(store, "s0:c0,c1", SV_E_HOST,
		   "share group 'g': the loaded policy does not let a member use what the group "
		   "shares (file { write })");
	writes_down = true;
	own_range = "s0-s0:c0.c3";
	refused_in(store, "s0:c0,c1", SV_E_PERMISSION,
		   "the guest's level s0:c0,c1,c4 is outside this process' own range s0-s0:c0.c3");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, store_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_wish),	TEST(test_wish_mls),	    TEST(test_baselabel),
		TEST(test_wish_bounds), TEST(test_capacity),	    TEST(test_drawn),
		TEST(test_group),	TEST(test_group_again),	    TEST(test_group_category),
		TEST(test_group_drawn), TEST(test_group_strangers), TEST(test_group_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
