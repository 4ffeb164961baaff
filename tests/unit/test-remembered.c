/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libvirt's attributes, in a table instead of a filesystem: the calls of libc are replaced here,
 * because only root may set trusted.*.
 */
#include "plan/remembered.h"

#include "base/string.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/types.h>
#include <time.h>

#include <cmocka.h>

#define P "trusted.libvirt.security."

static struct {
	const char *name, *value;
} table[16];
static unsigned n_table, n_calls;
static int fails;
static char filler[6000];

static void has(const char *name, const char *value)
{
	table[n_table].name = name;
	table[n_table++].value = value;
}

static int setup(void **state)
{
	(void)state;
	n_table = n_calls = 0;
	fails = 0;
	filler[0] = '\0';
	return 0;
}

ssize_t listxattr(const char *path, char *list, size_t size);
ssize_t listxattr(const char *path, char *list, size_t size)
{
	size_t len = filler[0] ? strlen(filler) + 1 : 0;

	n_calls++;
	assert_string_equal(path, "/proc/self/fd/7");
	if (fails) {
		errno = fails;
		return -1;
	}
	if (len > size) {
		errno = ERANGE;
		return -1;
	}
	memcpy(list, filler, len);
	for (unsigned i = 0; i < n_table; i++) {
		size_t room = strlen(table[i].name) + 1;

		assert_true(len + room <= size);
		memcpy(list + len, table[i].name, room);
		len += room;
	}
	return (ssize_t)len;
}

ssize_t getxattr(const char *path, const char *name, void *value, size_t size);
ssize_t getxattr(const char *path, const char *name, void *value, size_t size)
{
	(void)path;
	for (unsigned i = 0; i < n_table; i++) {
		size_t len = strlen(table[i].value);

		if (!sv_streq(table[i].name, name))
			continue;
		if (fails || len > size) {
			errno = fails ? fails : ERANGE;
			return -1;
		}
		memcpy(value, table[i].value, len);
		return (ssize_t)len;
	}
	errno = ENODATA;
	return -1;
}

int removexattr(const char *path, const char *name);
int removexattr(const char *path, const char *name)
{
	(void)path;
	for (unsigned i = 0; !fails && i < n_table; i++) {
		if (!sv_streq(table[i].name, name))
			continue;
		table[i] = table[--n_table];
		return 0;
	}
	errno = fails ? fails : ENODATA;
	return -1;
}

static void test_any(void **state)
{
	struct sv_error err = {0};

	(void)state;
	assert_int_equal(sv_remembered_any(7, &err), SV_NONE);
	has("security.selinux", "x");
	has("trusted.libvirt.other", "x");
	assert_int_equal(sv_remembered_any(7, &err), SV_NONE);
	has(P "ref_dac", "1");
	assert_int_equal(sv_remembered_any(7, &err), 0);
	assert_int_equal(n_calls, 3);
	/* a list that is longer than the first buffer */
	memset(filler, 'x', sizeof(filler) - 1);
	assert_int_equal(sv_remembered_any(7, &err), 0);
	assert_int_equal(n_calls, 5);
	fails = ENOTSUP;
	assert_int_equal(sv_remembered_any(7, &err), SV_NONE);
	fails = EACCES;
	assert_int_equal(sv_remembered_any(7, &err), -SV_E_PERMISSION);
	assert_non_null(strstr(err.msg, "cannot read its extended attributes"));
}

static void test_read(void **state)
{
	sv_auto_remembered struct sv_remembered m = {0};
	struct timespec now, up;
	struct sv_error err = {0};
	char start[32];

	(void)state;
	has(P "ref_dac", "3");
	assert_int_equal(sv_remembered_read(7, "selinux", &m, &err), SV_NONE);
	assert_int_equal(clock_gettime(CLOCK_REALTIME, &now), 0);
	assert_int_equal(clock_gettime(CLOCK_BOOTTIME, &up), 0);
	(void)snprintf(start, sizeof(start), "%lld", (long long)(now.tv_sec - up.tv_sec + 1));
	has(P "selinux", "a:b:c:s0");
	has(P "ref_selinux", "2");
	has(P "timestamp_selinux", start);
	assert_int_equal(sv_remembered_read(7, "selinux", &m, &err), 0);
	assert_string_equal(m.label, "a:b:c:s0");
	assert_int_equal(m.users, 2);
	assert_true(m.this_boot);
	sv_remembered_done(&m);
	/* the count alone, without a known time */
	assert_int_equal(sv_remembered_read(7, "dac", &m, &err), 0);
	assert_null(m.label);
	assert_int_equal(m.users, 3);
	assert_false(m.this_boot);
	fails = EIO;
	assert_int_equal(sv_remembered_read(7, "dac", &m, &err), -SV_E_UNKNOWN);
	assert_non_null(
		strstr(err.msg, "cannot read its attribute trusted.libvirt.security.ref_dac"));
}

static void test_nonsense(void **state)
{
	static const char *const starts[] = {"", "x", "-1", "1000", "18446744073709551615", NULL};
	struct sv_error err = {0};

	(void)state;
	has(P "ref_dac", "-1");
	has(P "timestamp_dac", "");
	for (size_t i = 0; starts[i]; i++) {
		struct sv_remembered m = {0};

		table[1].value = starts[i];
		assert_int_equal(sv_remembered_read(7, "dac", &m, &err), 0);
		assert_int_equal(m.users, 0);
		assert_false(m.this_boot);
		sv_remembered_done(&m);
	}
}

static void test_clear(void **state)
{
	struct sv_error err = {0};

	(void)state;
	has(P "dac", "+0:+0");
	has(P "timestamp_dac", "1");
	has(P "ref_selinux", "1");
	has("trusted.mine", "1");
	assert_int_equal(sv_remembered_clear(7, "dac", &err), 0);
	assert_int_equal(n_table, 2);
	assert_int_equal(sv_remembered_clear(7, "dac", &err), 0);
	assert_int_equal(sv_remembered_any(7, &err), 0);
	fails = EROFS;
	assert_true(sv_remembered_clear(7, "selinux", &err) < 0);
	assert_non_null(strstr(err.msg, "cannot remove its attribute " P "timestamp_selinux"));
}

static void test_may_see(void **state)
{
	struct sv_error err = {0};

	(void)state;
	assert_int_equal(sv_remembered_may_see(7, &err), 0);
	fails = EPERM;
	assert_int_equal(sv_remembered_may_see(7, &err), -SV_E_PERMISSION);
	assert_string_equal(err.msg, "this process may not see libvirt's attributes: "
				     "Operation not permitted");
	assert_non_null(strstr(err.hint, "CAP_SYS_ADMIN"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_any, setup),
		cmocka_unit_test_setup(test_read, setup),
		cmocka_unit_test_setup(test_nonsense, setup),
		cmocka_unit_test_setup(test_clear, setup),
		cmocka_unit_test_setup(test_may_see, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
