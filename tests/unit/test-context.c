/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Contexts: the fields of valid ones, the message for each kind of invalid one, and the exchange of
 * the range that makes an image label from an image context and a guest's level.
 */
#include "label/context.h"

#include "base/string.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define HINT_CONTEXT "a context is user:role:type or user:role:type:range"
#define HINT_LEVEL   "use the raw form: s0, s0:c1,c2, s0:c0.c1023 or s0-s0:c0.c1023"
#define HINT_ORDER \
	"the second level needs at least the sensitivity and all of the categories of the first"

static void test_fields(void **state)
{
	sv_auto_context struct sv_context ctx = {0};
	struct sv_error err = {0};

	(void)state;
	assert_int_equal(sv_context_parse("system_u:system_r:svirt_t:s0:c1,c2", &ctx, &err), 0);
	assert_string_equal(ctx.user, "system_u");
	assert_string_equal(ctx.role, "system_r");
	assert_string_equal(ctx.type, "svirt_t");
	assert_true(ctx.has_range);
	assert_true(sv_range_is_single(&ctx.range));
	assert_int_equal(ctx.range.low.sens, 0);
	assert_int_equal(sv_catset_count(&ctx.range.low.cats), 2);
	assert_true(sv_catset_has(&ctx.range.low.cats, 1));
	assert_true(sv_catset_has(&ctx.range.low.cats, 2));
}

static void test_round_trip(void **state)
{
	static const struct {
		const char *text, *canonical;
	} table[] = {
		{"u:r:t", "u:r:t"},
		{"system_u:object_r:virt_content_t:s0", "system_u:object_r:virt_content_t:s0"},
		{"system_u:system_r:virtd_t:s0-s15:c0.c1023",
		 "system_u:system_r:virtd_t:s0-s15:c0.c1023"},
		{"u:r:t:s0:c1-s3:c0.c5", "u:r:t:s0:c1-s3:c0.c5"},
		{"u:r:t:s0-s0", "u:r:t:s0"},
		{"u:r:t:s0:c3,c2,c1", "u:r:t:s0:c1.c3"},
		{"user-1.x:r$:t/x", "user-1.x:r$:t/x"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < SV_N_ELEMENTS(table); i++) {
		sv_auto_context struct sv_context ctx = {0};
		sv_auto_free char *text = NULL;
		struct sv_error err = {0};

		assert_int_equal(sv_context_parse(table[i].text, &ctx, &err), 0);
		assert_int_equal(sv_context_format(&ctx, &text, &err), 0);
		assert_string_equal(text, table[i].canonical);
	}
}

static void test_bad(void **state)
{
	static const struct {
		const char *text, *msg, *hint;
	} table[] = {
		{"", "context '': the user is missing", HINT_CONTEXT},
		{":", "context ':': the user is missing", HINT_CONTEXT},
		{"u", "context 'u': the role is missing", HINT_CONTEXT},
		{"u:", "context 'u:': the role is missing", HINT_CONTEXT},
		{"u::t", "context 'u::t': the role is missing", HINT_CONTEXT},
		{"u:r", "context 'u:r': the type is missing", HINT_CONTEXT},
		{"u:r:", "context 'u:r:': the type is missing", HINT_CONTEXT},
		{"u:r::s0", "context 'u:r::s0': the type is missing", HINT_CONTEXT},
		{":r:t:s0", "context ':r:t:s0': the user is missing", HINT_CONTEXT},
		{"u:r:t:", "context 'u:r:t:': range '': a sensitivity is missing", HINT_LEVEL},
		{"u:r:t:s0:", "context 'u:r:t:s0:': range 's0:': a category is missing",
		 HINT_LEVEL},
		{"u:r:t:s1-s0",
		 "context 'u:r:t:s1-s0': range 's1-s0': the second level does not dominate the "
		 "first",
		 HINT_ORDER},
		{"u:r:t:s0\n",
		 "context 'u:r:t:s0\\x0a': a blank, a control character or a byte outside ASCII",
		 HINT_CONTEXT},
		{"u u:r:t",
		 "context 'u u:r:t': a blank, a control character or a byte outside ASCII",
		 HINT_CONTEXT},
		{"\177:r:t",
		 "context '\\x7f:r:t': a blank, a control character or a byte outside ASCII",
		 HINT_CONTEXT},
		{"u:r:t\377",
		 "context 'u:r:t\\xff': a blank, a control character or a byte outside ASCII",
		 HINT_CONTEXT},
	};
	size_t i;

	(void)state;
	for (i = 0; i < SV_N_ELEMENTS(table); i++) {
		struct sv_context ctx = {0};
		struct sv_error err = {0};

		assert_int_equal(sv_context_parse(table[i].text, &ctx, &err), -SV_E_USAGE);
		assert_string_equal(err.msg, table[i].msg);
		assert_string_equal(err.hint, table[i].hint);
		assert_null(ctx.user);
		assert_null(ctx.role);
		assert_null(ctx.type);
	}
}

static void test_length(void **state)
{
	char text[SV_LABEL_MAX + 2];
	sv_auto_context struct sv_context ctx = {0};
	struct sv_context none = {0};
	struct sv_error err = {0};

	(void)state;
	memset(text, 't', sizeof(text));
	memcpy(text, "u:r:", 4);
	text[SV_LABEL_MAX] = '\0';
	assert_int_equal(sv_context_parse(text, &ctx, &err), 0);
	assert_int_equal(strlen(ctx.type), SV_LABEL_MAX - 4);
	text[SV_LABEL_MAX] = 't';
	text[SV_LABEL_MAX + 1] = '\0';
	assert_int_equal(sv_context_parse(text, &none, &err), -SV_E_USAGE);
	assert_non_null(strstr(err.msg, "...': longer than 4096 bytes"));
}

static void test_with_level(void **state)
{
	static const struct {
		const char *text, *level, *expected;
	} table[] = {
		{"system_u:object_r:svirt_image_t:s0", "s0:c1,c2",
		 "system_u:object_r:svirt_image_t:s0:c1,c2"},
		{"u:r:t", "s3:c5,c9", "u:r:t:s3:c5,c9"},
		{"u:r:t:s0-s15:c0.c1023", "s0:c1,c2", "u:r:t:s0:c1,c2"},
		{"u:r:t:s0:c1,c2", "s0", "u:r:t:s0"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < SV_N_ELEMENTS(table); i++) {
		sv_auto_free char *text = NULL;
		struct sv_error err = {0};
		struct sv_level level;

		assert_int_equal(sv_level_parse(table[i].level, &level, &err), 0);
		assert_int_equal(sv_context_with_level(table[i].text, &level, &text, &err), 0);
		assert_string_equal(text, table[i].expected);
	}
}

static void test_with_level_bad(void **state)
{
	const struct sv_level level = {0};
	struct sv_error err = {0};
	char *text = NULL;

	(void)state;
	assert_int_equal(sv_context_with_level("u:r", &level, &text, &err), -SV_E_USAGE);
	assert_null(text);
	assert_string_equal(err.msg, "context 'u:r': the type is missing");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields),	   cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_bad),	   cmocka_unit_test(test_length),
		cmocka_unit_test(test_with_level), cmocka_unit_test(test_with_level_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
