/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Structs of the caller in the public interface: one that is compiled with an older or a newer
 * header has another size, and one that is not initialised has any size.
 */
#include "api/publish.h"
#include "base/string.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* Structs as a later version of the header may have them. */
struct later_error {
	struct svirt_error now;
	char more[64];
};
struct later_options {
	struct svirt_options now;
	const char *more;
};

static void test_error(void **state)
{
	const struct sv_error from = {.code = SV_E_BUSY,
				      .sys = 5,
				      .line = 7,
				      .file = "a.xml",
				      .msg = "held",
				      .hint = "end"};
	struct later_error later = {.now = SVIRT_ERROR_INIT, .more = "more"};
	struct svirt_error err = SVIRT_ERROR_INIT;

	(void)state;
	assert_int_equal(sv_publish(0, &from, &err), 0);
	assert_true(err.size == sizeof(err) && err.code == SVIRT_OK && !err.msg[0]);
	assert_int_equal(sv_publish(1, &from, &err), 0);
	assert_int_equal(sv_publish(-SV_E_BUSY, &from, &err), -SVIRT_E_BUSY);
	assert_true(err.size == sizeof(err) && err.code == SVIRT_E_BUSY);
	assert_true(err.sys == 5 && err.line == 7);
	assert_string_equal(err.file, "a.xml");
	assert_string_equal(err.msg, "held");
	assert_string_equal(err.hint, "end");
	/* members of a later version are not touched */
	later.now.size = sizeof(later);
	assert_int_equal(sv_publish(-SV_E_BUSY, &from, &later.now), -SVIRT_E_BUSY);
	assert_true(later.now.size == sizeof(later));
	assert_string_equal(later.now.msg, "held");
	assert_string_equal(later.more, "more");
	/* the size is not set */
	err = (struct svirt_error){.code = SVIRT_OK};
	assert_int_equal(sv_publish(-SV_E_BUSY, &from, &err), -SVIRT_E_BUSY);
	assert_true(err.code == SVIRT_OK && !err.msg[0] && !err.size);
	/* a size below that of every version of the header is invalid */
	err.size = offsetof(struct svirt_error, hint);
	assert_int_equal(sv_publish(-SV_E_BUSY, &from, &err), -SVIRT_E_BUSY);
	assert_true(err.code == SVIRT_OK && !err.msg[0]);
}

static void refused(const struct svirt_options *options, const char *msg)
{
	struct svirt_options all = {.level = "as it was"};
	struct sv_error err = {0};

	assert_int_equal(sv_options_of(options, &all, &err), -SV_E_USAGE);
	assert_string_equal(err.msg, msg);
	assert_string_equal(all.level, "as it was");
}

static void test_options(void **state)
{
	struct svirt_options options = SVIRT_OPTIONS_INIT, all;
	struct later_options later = {.now = SVIRT_OPTIONS_INIT};
	struct sv_error err = {0};

	(void)state;
	assert_int_equal(sv_options_of(NULL, &all, &err), 0);
	assert_memory_equal(&all, &options, sizeof(all));
	assert_true(all.size == sizeof(all) && !all.flags && !all.level && !all.accept_chain);
	options.flags = SVIRT_DRY_RUN;
	options.join = "a";
	assert_int_equal(sv_options_of(&options, &all, &err), 0);
	assert_true(all.flags == SVIRT_DRY_RUN && sv_streq(all.join, "a") && !all.level);
	/* a caller with a later version that uses no unknown option */
	later.now.size = sizeof(later);
	later.now.level = "s0:c1,c2";
	assert_int_equal(sv_options_of(&later.now, &all, &err), 0);
	assert_true(sv_streq(all.level, "s0:c1,c2"));
	later.more = "";
	refused(&later.now, "an option that this version of libsvirt does not know");
	options.size = 0;
	refused(&options, "struct svirt_options of 0 bytes");
	options.size = 4097;
	refused(&options, "struct svirt_options of 4097 bytes");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_error),
		cmocka_unit_test(test_options),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
