/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The record of a running guest in its lock file: written, read back, and checked. */
#include "guest/state/runtime.h"

#include "base/lock.h"
#include "base/string.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/stat.h>

#include <cmocka.h>

#define BOOT "0a1b2c3d-0000-4000-8000-00000000000f"

static char dir[64], own[80], path[96];
static struct svirt sv = {.run_dir = dir};

static int setup(void **state)
{
	(void)state;
	(void)snprintf(dir, sizeof(dir), "/tmp/svirt-test-runtime.XXXXXX");
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/web/lock", dir);
	(void)snprintf(own, sizeof(own), "%s/web", dir);
	assert_int_equal(mkdir(own, 0711), 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	(void)unlink(path);
	(void)rmdir(own);
	return rmdir(dir);
}

static struct sv_runtime read_back(void)
{
	struct sv_runtime rt = {.state = SV_GUEST_STOPPING, .watched = true};
	struct sv_error err = {0};

	assert_int_equal(sv_runtime_read(&sv, "web", &rt, &err), 0);
	return rt;
}

static void test_round_trip(void **state)
{
	struct sv_runtime rt = {
		.state = SV_GUEST_PAUSED,
		.monitor = {.boot = BOOT, .pid = 4194304, .start = UINT64_MAX},
		.guest = {.boot = BOOT, .pid = 2, .start = 1},
		.tpm = {.boot = BOOT, .pid = 3, .start = UINT64_MAX},
		.cgroup = {.ino = UINT64_MAX, .path = "/svirt/web"},
	};
	struct sv_error err = {0};
	struct stat st;
	int lock = -1;

	(void)state;
	assert_int_equal(sv_lock_take(path, &lock, &err), 0);
	assert_int_equal(sv_runtime_write(lock, &rt, &err), 0);
	assert_int_equal(fstat(lock, &st), 0);
	rt.state = SV_GUEST_RUNNING;
	assert_int_equal(sv_runtime_write(lock, &rt, &err), 0);
	/* a fixed size: no reader gets the end of a longer record */
	assert_int_equal(st.st_size, 400);
	assert_int_equal(fstat(lock, &st), 0);
	assert_int_equal(st.st_size, 400);
	rt = read_back();
	assert_true(rt.watched);
	assert_int_equal(rt.state, SV_GUEST_RUNNING);
	assert_int_equal(rt.monitor.pid, 4194304);
	assert_true(rt.monitor.start == UINT64_MAX);
	assert_string_equal(rt.monitor.boot, BOOT);
	assert_int_equal(rt.guest.pid, 2);
	assert_true(rt.guest.start == 1);
	assert_string_equal(rt.guest.boot, BOOT);
	assert_int_equal(rt.tpm.pid, 3);
	assert_true(rt.tpm.start == UINT64_MAX);
	assert_string_equal(rt.tpm.boot, BOOT);
	assert_true(rt.cgroup.ino == UINT64_MAX);
	assert_string_equal(rt.cgroup.path, "/svirt/web");
	sv_close_fd(&lock);
	rt = read_back();
	assert_false(rt.watched);
	assert_int_equal(rt.guest.pid, 2);
}

static void test_nothing_noted(void **state)
{
	struct sv_error err = {0};
	struct sv_runtime rt;
	int lock = -1;

	(void)state;
	rt = read_back();
	assert_false(rt.watched);
	assert_int_equal(rt.state, SV_GUEST_STARTING);
	assert_int_equal(rt.guest.pid, 0);
	assert_int_equal(sv_lock_take(path, &lock, &err), 0);
	assert_int_equal(pwrite(lock, "x", 1, 0), 1);
	assert_int_equal(sv_runtime_clear(lock, &err), 0);
	rt = read_back();
	assert_true(rt.watched);
	assert_int_equal(rt.guest.pid, 0);
	sv_close_fd(&lock);
}

/* The record when swtpm has been started, and its guest has not. */
static void test_tpm_first(void **state)
{
	struct sv_runtime rt = {0};
	struct sv_error err = {0};
	pid_t self = getpid();
	int lock = -1;

	(void)state;
	assert_int_equal(sv_lock_take(path, &lock, &err), 0);
	assert_int_equal(sv_proc_identify(self, &rt.tpm, &err), 0);
	assert_int_equal(sv_runtime_write(lock, &rt, &err), 0);
	rt = read_back();
	assert_int_equal(rt.guest.pid, 0);
	assert_int_equal(rt.tpm.pid, self);
	assert_int_equal(sv_runtime_has(&rt, self, &err), 0);
	assert_int_equal(sv_runtime_has(&rt, self + 1, &err), SV_NONE);
	/* another process that got the PID */
	rt.tpm.start++;
	assert_int_equal(sv_runtime_has(&rt, self, &err), SV_NONE);
	rt.guest = rt.tpm;
	rt.guest.start--;
	assert_int_equal(sv_runtime_has(&rt, self, &err), 0);
	sv_close_fd(&lock);
}

static void test_foreign_records(void **state)
{
	static const char *const heads[] = {
		"x",
		"running " BOOT " 1 2 3 4 5 6",		     /* too short */
		"dancing " BOOT " 1 2 3 4 5 6 0 -",	     /* no state */
		"running " BOOT " 1 2 3 4 5",		     /* a field is missing */
		"running " BOOT BOOT " 1 2 3 4 5 6 0 -",     /* no boot id */
		"running " BOOT " 1 2 3 4 5 6 0 /svirt/web", /* a group without its inode */
		"running " BOOT " 1 2 3 4 5 6 9 -",
		"running " BOOT " 1 2 3 4 5 6 9 /init.scope", /* a group that is not svirt's */
		"running " BOOT " 1 2 3 4 5 6 9 /svirt/../init",
		"",
	};
	size_t i;

	(void)state;
	for (i = 0; i < SV_N_ELEMENTS(heads); i++) {
		struct sv_runtime rt = {.watched = true};
		struct sv_error err = {0};
		char line[401];
		int n = i < 2 ? 0 : 399;
		int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

		assert_true(fd >= 0);
		(void)snprintf(line, sizeof(line), "%-*s\n", n, heads[i]);
		assert_int_equal(write(fd, line, strlen(line)), strlen(line));
		close(fd);
		assert_int_equal(sv_runtime_read(&sv, "web", &rt, &err), -SV_E_UNKNOWN);
		assert_string_equal(err.msg, "the lock file of guest 'web' holds something that "
					     "svirt did not write");
		assert_non_null(strstr(err.hint, "/web/lock"));
		assert_true(rt.watched);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_round_trip, setup, teardown),
		cmocka_unit_test_setup_teardown(test_nothing_noted, setup, teardown),
		cmocka_unit_test_setup_teardown(test_tpm_first, setup, teardown),
		cmocka_unit_test_setup_teardown(test_foreign_records, setup, teardown),
	};

	return cmocka_run_group_tests_name("runtime", tests, NULL, NULL);
}
