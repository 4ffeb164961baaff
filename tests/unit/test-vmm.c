/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The descriptors for a VMM: in order, closed with their list, and limited in number. */
#include "guest/run/vmm.h"

#include "base/string.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static int null(void)
{
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static void assert_closed(int fd)
{
	assert_int_equal(fcntl(fd, F_GETFD), -1);
	assert_int_equal(errno, EBADF);
}

static void test_descriptors(void **state)
{
	struct sv_vmm_fds fds = {0};
	int given[SV_VMM_MAX_FDS], more = null();
	struct sv_error err = {0};
	size_t i;

	(void)state;
	for (i = 0; i < SV_N_ELEMENTS(given); i++) {
		given[i] = null();
		assert_int_equal(sv_vmm_fds_add(&fds, given[i], &err), 0);
	}
	assert_int_equal(sv_vmm_fds_add(&fds, more, &err), -SV_E_USAGE);
	assert_string_equal(err.msg, "the guest needs more than 128 descriptors");
	assert_closed(more);
	assert_int_equal(fds.n, SV_N_ELEMENTS(given));
	assert_memory_equal(fds.v, given, sizeof(given));
	sv_vmm_fds_done(&fds);
	assert_int_equal(fds.n, 0);
	for (i = 0; i < SV_N_ELEMENTS(given); i++)
		assert_closed(given[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_descriptors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
