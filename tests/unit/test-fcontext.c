/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * File-context rules as text: the expression for a path, which rules are svirt's, which are in
 * conflict, and the directories that the policy looks up under another path. No policy is needed.
 */
#include "base/string.h"
#include "driver/selinux/selinux.h"
#include "policy/fcontext.h"

#include <regex.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/stat.h>

#include <cmocka.h>

#define OURS   "system_u:object_r:svirt_image_t:s0:c1,c2"
#define THEIRS "system_u:object_r:var_t:s0"

static void check_expr(const char *path, const char *want)
{
	sv_auto_free char *expr = NULL;
	struct sv_error err = {0};

	assert_int_equal(sv_fcontext_expr(path, &expr, &err), 0);
	assert_string_equal(expr, want);
}

static void test_expr(void **state)
{
	(void)state;
	check_expr("/srv/vm-1_a/disk", "/srv/vm-1_a/disk");
	check_expr("/srv/a.img", "/srv/a\\.img");
	check_expr("/.^$?*+|[({", "/\\.\\^\\$\\?\\*\\+\\|\\[\\(\\{");
	check_expr("/a%sb~@,:=#", "/a%sb~@,:=#");
	/* characters that "\c" does not escape in every libselinux, and characters that its file
	 * cannot contain */
	check_expr("/a)b]c}d", "/a[\\x29]b[\\x5d]c[\\x7d]d");
	check_expr("/a\\.b", "/a[\\x5c]\\.b");
	check_expr("/a b\tc\nd", "/a[\\x20]b[\\x09]c[\\x0a]d");
	check_expr("/caf\xc3\xa9\x7f", "/caf[\\xc3][\\xa9][\\x7f]");
}

/* Every byte with a special meaning is escaped: no other path of this length matches. */
static void test_expr_matches(void **state)
{
	(void)state;
	for (int c = '!'; c < 0x7f; c++) {
		const char path[] = {'/', 'a', (char)c, 'b', '\0'};
		sv_auto_free char *expr = NULL;
		struct sv_error err = {0};
		char whole[64];
		regex_t re;

		if (strchr(")]}\\/", c)) /* POSIX does not know \x29 */
			continue;
		assert_int_equal(sv_fcontext_expr(path, &expr, &err), 0);
		(void)snprintf(whole, sizeof(whole), "^%s$", expr);
		assert_int_equal(regcomp(&re, whole, REG_EXTENDED | REG_NOSUB), 0);
		assert_int_equal(regexec(&re, path, 0, NULL, 0), 0);
		assert_int_not_equal(regexec(&re,
					     "/a\x01"
					     "b",
					     0, NULL, 0),
				     0);
		assert_int_not_equal(regexec(&re, "/ab", 0, NULL, 0), 0);
		assert_int_not_equal(regexec(&re, "/abb", 0, NULL, 0), c == 'b' ? REG_NOMATCH : 0);
		regfree(&re);
	}
}

static void test_types(void **state)
{
	static const struct {
		mode_t mode;
		const char *name;
	} table[] = {
		{S_IFREG | 0600, "regular file"}, {S_IFBLK, "block device"},
		{S_IFCHR, "character device"},	  {S_IFSOCK, "socket"},
		{S_IFDIR, "directory"},		  {S_IFLNK, "symbolic link"},
		{S_IFIFO, "named pipe"},	  {0, "all files"},
	};

	(void)state;
	for (size_t i = 0; i < SV_N_ELEMENTS(table); i++)
		assert_string_equal(sv_fcontext_type_name(sv_fcontext_type_of(table[i].mode)),
				    table[i].name);
}

static void test_list(void **state)
{
	sv_auto_fcontexts struct sv_fcontexts rules = {0};
	struct sv_error err = {0};

	(void)state;
	rules.items = calloc(3, sizeof(*rules.items));
	assert_non_null(rules.items);
	assert_int_equal(sv_fcontexts_add(&rules, "/srv/a.img", S_IFREG, false, OURS, &err), 0);
	assert_int_equal(sv_fcontexts_add(&rules, "/dev/vg/b", S_IFBLK, false, OURS, &err), 0);
	/* two readers of one file are two devices and one rule */
	assert_int_equal(sv_fcontexts_add(&rules, "/srv/a.img", S_IFREG, false, OURS, &err), 0);
	assert_int_equal(rules.n, 2);
	assert_string_equal(rules.items[0].expr, "/srv/a\\.img");
	assert_string_equal(rules.items[0].context, OURS);
	assert_int_equal(rules.items[1].type, SV_FCONTEXT_BLOCK);
	assert_int_equal(sv_fcontexts_check(&rules, &err), 0);
}

/* How one local rule is judged for the rule that /srv/a.img, of type mode, needs. */
static void judge(mode_t mode, const struct sv_fcontext_local *local, bool there, const char *other)
{
	sv_auto_fcontexts struct sv_fcontexts rules = {0};
	struct sv_error err = {0};

	rules.items = calloc(1, sizeof(*rules.items));
	assert_non_null(rules.items);
	assert_int_equal(sv_fcontexts_add(&rules, "/srv/a.img", mode, false, OURS, &err), 0);
	assert_int_equal(sv_fcontext_compare(&rules.items[0], local, &err), 0);
	assert_int_equal(rules.items[0].there, there);
	assert_true(sv_streq(rules.items[0].other, other));
	assert_int_equal(sv_fcontexts_check(&rules, &err), other ? -SV_E_BUSY : 0);
	if (other) {
		assert_non_null(strstr(err.msg, "/srv/a.img"));
		assert_non_null(strstr(err.msg, OURS));
		assert_non_null(strstr(err.msg, other));
	}
}

#define LOCAL(...) (&(const struct sv_fcontext_local){__VA_ARGS__})

static void test_judge(void **state)
{
	static const char expr[] = "/srv/a\\.img";

	(void)state;
	judge(S_IFREG, LOCAL(expr, SV_FCONTEXT_REG, OURS), true, NULL);
	judge(S_IFREG, LOCAL(expr, SV_FCONTEXT_REG, THEIRS), false, THEIRS);
	judge(S_IFREG, LOCAL(expr, SV_FCONTEXT_REG, "<<none>>"), false, "<<none>>");
	judge(S_IFREG, LOCAL("/srv/b\\.img", SV_FCONTEXT_REG, THEIRS), false, NULL);
	judge(S_IFREG, LOCAL("/srv(/.*)?", SV_FCONTEXT_ANY, THEIRS), false, NULL);
	/* a rule for another file type is another rule */
	judge(S_IFREG, LOCAL(expr, SV_FCONTEXT_BLOCK, THEIRS), false, NULL);
	judge(S_IFREG, LOCAL(expr, SV_FCONTEXT_BLOCK, OURS), false, NULL);
	/* a rule for any type: it sets our label, or is a conflict */
	judge(S_IFREG, LOCAL(expr, SV_FCONTEXT_ANY, OURS), true, NULL);
	judge(S_IFREG, LOCAL(expr, SV_FCONTEXT_ANY, THEIRS), false, THEIRS);
	/* the path as administrators write it */
	judge(S_IFREG, LOCAL("/srv/a.img", SV_FCONTEXT_REG, THEIRS), false, THEIRS);
	judge(S_IFREG, LOCAL("/srv/a.img", SV_FCONTEXT_REG, OURS), false, NULL);
	judge(S_IFREG, LOCAL("/srv/a.im", SV_FCONTEXT_REG, THEIRS), false, NULL);
	judge(S_IFREG, LOCAL("/srv/a.imgs", SV_FCONTEXT_REG, THEIRS), false, NULL);
	judge(S_IFREG, LOCAL("/srv/a\\.im\\", SV_FCONTEXT_REG, THEIRS), false, NULL);
	/* --remove: any type that svirt writes, but not one that it never writes */
	judge(0, LOCAL(expr, SV_FCONTEXT_BLOCK, OURS), true, NULL);
	judge(0, LOCAL(expr, SV_FCONTEXT_ANY, OURS), false, NULL);
	judge(0, LOCAL(expr, SV_FCONTEXT_REG, THEIRS), false, THEIRS);
}

static void test_ours(void **state)
{
	char expr[] = "/srv/a\\.img", context[] = OURS;
	struct sv_fcontext rule = {.expr = expr, .context = context};

	(void)state;
	assert_true(sv_fcontext_is_ours(&rule, LOCAL(expr, SV_FCONTEXT_REG, OURS)));
	assert_true(sv_fcontext_is_ours(&rule, LOCAL(expr, SV_FCONTEXT_BLOCK, OURS)));
	assert_false(sv_fcontext_is_ours(&rule, LOCAL(expr, SV_FCONTEXT_ANY, OURS)));
	assert_false(sv_fcontext_is_ours(&rule, LOCAL(expr, SV_FCONTEXT_REG, THEIRS)));
	assert_false(sv_fcontext_is_ours(&rule, LOCAL("/srv/a.img", SV_FCONTEXT_REG, OURS)));
	rule.type = SV_FCONTEXT_REG;
	assert_false(sv_fcontext_is_ours(&rule, LOCAL(expr, SV_FCONTEXT_BLOCK, OURS)));
}

/* A directory and everything in it: a rule for each type, except for devices. */
static void test_whole(void **state)
{
	static const char expr[] = "/srv/a\\.dir(/.*)?";
	static const enum sv_fcontext_type types[] = {SV_FCONTEXT_DIR, SV_FCONTEXT_REG,
						      SV_FCONTEXT_LINK, SV_FCONTEXT_PIPE,
						      SV_FCONTEXT_SOCK};
	sv_auto_fcontexts struct sv_fcontexts rules = {.items = calloc(1, sizeof(*rules.items))};
	struct sv_fcontext *rule = rules.items;
	struct sv_error err = {0};

	(void)state;
	assert_non_null(rule);
	assert_int_equal(sv_fcontexts_add(&rules, "/srv/a.dir", S_IFDIR, true, OURS, &err), 0);
	assert_string_equal(rule->expr, expr);
	assert_true(sv_fcontext_is_ours(rule, LOCAL(expr, SV_FCONTEXT_DIR, OURS)));
	assert_false(sv_fcontext_is_ours(rule, LOCAL(expr, SV_FCONTEXT_DIR, THEIRS)));
	assert_false(sv_fcontext_is_ours(rule, LOCAL(expr, SV_FCONTEXT_ANY, OURS)));
	assert_false(sv_fcontext_is_ours(rule, LOCAL(expr, SV_FCONTEXT_BLOCK, OURS)));
	assert_false(sv_fcontext_is_ours(rule, LOCAL("/srv/a\\.dir", SV_FCONTEXT_DIR, OURS)));
	for (size_t i = 0; i < SV_N_ELEMENTS(types); i++) {
		assert_int_not_equal(rule->missing, 0);
		assert_int_equal(sv_fcontext_compare(rule, LOCAL(expr, types[i], OURS), &err), 0);
		assert_true(rule->there);
	}
	assert_int_equal(rule->missing, 0);
	/* a foreign rule for the directory alone */
	assert_int_equal(
		sv_fcontext_compare(rule, LOCAL("/srv/a.dir", SV_FCONTEXT_DIR, THEIRS), &err), 0);
	assert_string_equal(rule->other, THEIRS);
}

static void check_alias(const char *text, const char *path, const char *want)
{
	sv_auto_free char *copy = strdup(text), *alias = NULL;
	struct sv_error err = {0};

	assert_non_null(copy);
	assert_int_equal(sv_selinux_substitute(copy, path, &alias, &err), want ? 0 : SV_NONE);
	assert_true(sv_streq(alias, want));
}

static void test_alias(void **state)
{
	static const char text[] =
		"# a comment\n\n  /run\t/var/run  \n/lonely\n/srv/vm /images\n/mnt /\n";

	(void)state;
	check_alias(text, "/run/a", "/var/run/a");
	check_alias(text, "/run", "/var/run");
	check_alias(text, "/srv/vm/a.img", "/images/a.img");
	check_alias(text, "/mnt/a", "/a");
	check_alias(text, "/running/a", NULL);
	check_alias(text, "/srv/v", NULL);
	check_alias(text, "/lonely/a", NULL);
	check_alias("", "/a", NULL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_expr),  cmocka_unit_test(test_expr_matches),
		cmocka_unit_test(test_types), cmocka_unit_test(test_list),
		cmocka_unit_test(test_judge), cmocka_unit_test(test_ours),
		cmocka_unit_test(test_whole), cmocka_unit_test(test_alias),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
