/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The domain's statement about the files of an image, and the header's. */
#include "domain/image/given.h"

#include "base/string.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static char local[] = "base", remote[] = "nbd:host:1", qcow2[] = "qcow2";
static struct sv_image_ref here = {.text = local, .path = local};
static struct sv_image_ref there = {
	.where = SV_IMAGE_PROTOCOL, .text = remote, .scheme = (char[]){"nbd"}};

/* NULL: they agree. */
static void says(int r, const struct sv_error *err, const char *msg)
{
	assert_int_equal(r, msg ? -SV_E_BUSY : 0);
	if (msg && !strstr(err->msg, msg))
		fail_msg("said: %s\nwanted: %s", err->msg, msg);
}

static void test_backing(void **state)
{
	static const struct {
		struct sv_image_ref *ref;
		const char *path, *format; /* the domain's; path NULL: none */
		const char *msg;
	} table[] = {
		{&here, "/i/base", NULL, NULL},
		{&here, "/i/base", "qcow2", NULL},
		{&here, "/i/base", "raw", "the backing format 'qcow2', and <backingStore> 'raw'"},
		{&here, "/i/other", NULL,
		 "image '/i/top': its header names the backing file '/i/base', and <backingStore> "
		 "'/i/other'"},
		{&here, NULL, NULL, "the backing file '/i/base', and <backingStore> none"},
		{&there, "/i/base", NULL, "'nbd:host:1', and <backingStore> '/i/base'"},
		{NULL, "/i/base", NULL, "no backing file, and <backingStore> '/i/base'"},
		{NULL, NULL, NULL, NULL},
	};

	(void)state;
	for (size_t i = 0; i < SV_N_ELEMENTS(table); i++) {
		const struct sv_image_given given = {.path = table[i].path,
						     .format = table[i].format};
		struct sv_image_header header = {.backing = table[i].ref, .backing_format = qcow2};
		struct sv_error err = {0};
		int r = sv_image_check_backing("/i/top", &header, given.path ? &given : NULL, &err);

		says(r, &err, table[i].msg);
	}
}

static void test_data(void **state)
{
	static const struct {
		bool needs;
		struct sv_image_ref *ref;
		const char *path, *msg;
	} table[] = {
		{true, &here, "/i/base", NULL},
		{true, NULL, "/i/base", NULL},
		{true, &here, "/i/x", "the data file '/i/base', and <dataStore> '/i/x'"},
		{false, NULL, "/i/x", "its header names no data file, and <dataStore> '/i/x'"},
		/* a name that no reader follows */
		{false, &here, "/i/base", "its header names no data file"},
	};

	(void)state;
	for (size_t i = 0; i < SV_N_ELEMENTS(table); i++) {
		struct sv_image_header header = {.has_data_file = table[i].needs};
		struct sv_error err = {0};

		says(sv_image_check_data("/i/top", &header, table[i].ref, table[i].path, &err),
		     &err, table[i].msg);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_backing),
		cmocka_unit_test(test_data),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
