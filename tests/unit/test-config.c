/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * svirt.conf: which categories it leaves to dynamic levels, and that a value that cannot be right
 * is an error which names the key and the value. Reads files of its own; must not know this host's.
 */
#include "base/string.h"
#include "guest/config.h"
#include "guest/levels.h"

#include <setjmp.h>
#include <stdarg.h>
#include <sys/stat.h>

#include <cmocka.h>

static char dir[64];

static void put(const char *name, const char *text)
{
	char path[128];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "we");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static int read_conf(const char *text, struct sv_config *ret, struct sv_error *err)
{
	put("svirt.conf", text);
	return sv_config_read("/nonexistent", dir, ret, err);
}

/* What is left, in the canonical form. */
static void leaves(const char *text, const char *expected)
{
	sv_cleanup(sv_config_done) struct sv_config conf = {0};
	struct sv_level level = {0};
	sv_auto_free char *left = NULL;
	struct sv_error err = {0};

	if (read_conf(text, &conf, &err) < 0)
		fail_msg("%s", err.msg);
	level.cats = conf.categories;
	assert_int_equal(sv_level_format(&level, &left, &err), 0);
	assert_string_equal(left, expected);
}

static void test_on_unlabelled(void **state)
{
	static const char *const words[] = {"fail", "warn", "skip"};
	struct sv_error err = {0};
	char line[64];

	(void)state;
	for (size_t i = 0; i < SV_N_ELEMENTS(words); i++) {
		sv_cleanup(sv_config_done) struct sv_config conf = {0};

		(void)snprintf(line, sizeof(line), "user = +1\non_unlabelled = %s\n", words[i]);
		assert_int_equal(read_conf(line, &conf, &err), 0);
		assert_int_equal(conf.on_unlabelled, i);
	}
}

static void test_categories(void **state)
{
	(void)state;
	leaves("user = +1\n", "s0:c0.c1023");
	leaves("user = +1\ncategories = c3,c10.c12\n", "s0:c3,c10.c12");
	leaves("user = +1\nexclude_categories = c0,c100.c1023\n", "s0:c1.c99");
	leaves("user = +1\ncategories = c0.c9\nexclude_categories = c5,c8.c500\n",
	       "s0:c0.c4,c6,c7");
	/* whichever comes first */
	leaves("user = +1\nexclude_categories = c5,c8.c500\ncategories = c0.c9\n",
	       "s0:c0.c4,c6,c7");
}

static void refused(const char *text, const char *msg, const char *hint)
{
	sv_cleanup(sv_config_done) struct sv_config conf = {0};
	struct sv_error err = {0};
	char expected[512];

	assert_int_equal(read_conf(text, &conf, &err), -SV_E_USAGE);
	(void)snprintf(expected, sizeof(expected), "%s/svirt.conf: %s", dir, msg);
	assert_string_equal(err.msg, expected);
	assert_string_equal(err.hint, hint);
}

static void test_refused(void **state)
{
	static const char syntax[] = "use the raw form: c5, c1,c2 or c0.c99,c200.c299";
	static const char few[] = "name more in categories, or fewer in exclude_categories";

	(void)state;
	refused("categories = c5-c9\n", "categories 'c5-c9': unexpected '-c9'", syntax);
	refused("exclude_categories = c9.c5\n",
		"exclude_categories: categories 'c9.c5': 'c9.c5' does not go from low to high",
		syntax);
	refused("categories = c0.c1024\n",
		"categories 'c0.c1024': category: 1024 is out of range (0 to 1023)", syntax);
	refused("categories = s0:c1,c2\n",
		"categories 's0:c1,c2': 's0' is not a category ('c' and a number)", syntax);
	refused("categories = c7\n",
		"categories without exclude_categories leaves one category: a guest's level takes "
		"two",
		few);
	refused("exclude_categories = c0.c1023\n",
		"categories without exclude_categories leaves no category: a guest's level takes "
		"two",
		few);
	refused("category = c1,c2\n", "unknown key 'category'",
		"svirt.conf(5) lists the keys: user, emulator, require_enforcing, on_unlabelled, "
		"categories, exclude_categories");
	refused("on_unlabelled = ignore\n", "on_unlabelled: 'ignore' is none of fail, warn, skip",
		"");
}

static int narrow(struct sv_range *ret, struct sv_error *err)
{
	return sv_range_parse("s3-s5:c0.c9", ret, err);
}

/* The pool is what both this process and the file allow. */
static void test_pool(void **state)
{
	static const struct sv_driver driver = {.name = "fake", .range = narrow};
	struct sv_level pool = {0};
	sv_auto_free char *text = NULL;
	struct sv_error err = {0};
	struct svirt sv = {0};

	(void)state;
	assert_int_equal(sv_catset_parse("c8.c20", &sv.conf.categories, &err), 0);
	assert_int_equal(sv_level_pool(&sv, &driver, &pool, &err), 0);
	assert_int_equal(sv_level_format(&pool, &text, &err), 0);
	assert_string_equal(text, "s3:c8,c9");
	assert_int_equal(sv_catset_parse("c9.c20", &sv.conf.categories, &err), 0);
	assert_int_equal(sv_level_pool(&sv, &driver, &pool, &err), -SV_E_HOST);
	assert_string_equal(err.msg, "svirt.conf leaves 1 of the 10 categories of this process to "
				     "guests: a level takes two");
}

static int setup(void **state)
{
	(void)state;
	(void)snprintf(dir, sizeof(dir), "/tmp/svirt-config-XXXXXX");
	return mkdtemp(dir) ? 0 : -1;
}

static int teardown(void **state)
{
	char path[128];

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/svirt.conf", dir);
	(void)unlink(path);
	return rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_categories, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_on_unlabelled, setup, teardown),
		cmocka_unit_test(test_pool),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
