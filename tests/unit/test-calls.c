/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * System calls one by one and by a ring: both have the same results, including failures. A ring
 * that the kernel no longer serves loses no call.
 */
#include "base/calls.h"

#include "base/fs.h"
#include "base/string.h"

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <sys/xattr.h>

#include <cmocka.h>

enum { FILES = 100 };
#define NAME "user.svirt"

static char dir[64], names[FILES][8];
static int top;

static int setup(void **state)
{
	(void)state;
	(void)snprintf(dir, sizeof(dir), "/tmp/svirt-calls-XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	top = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (int i = 0; i < FILES; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "%d", i);
		/* one is missing, one is a link, one is a directory */
		if (i == 40 && symlinkat("/etc/passwd", top, names[i]) < 0)
			return -1;
		if (i == 60 && mkdirat(top, names[i], 0700) < 0)
			return -1;
		if (i != 20 && i != 40 && i != 60)
			(void)close(openat(top, names[i], O_CREAT | O_CLOEXEC, 0600));
	}
	return top < 0;
}

static int teardown(void **state)
{
	struct sv_error err = {0};

	(void)state;
	(void)close(top);
	return sv_fs_remove_tree(dir, &err);
}

static struct sv_calls *new_calls(enum sv_calls_way way)
{
	struct sv_calls *calls = NULL;
	struct sv_error err = {0};

	assert_int_equal(sv_calls_new(&calls, &err), 0);
	if (sv_calls_force(calls, way) == SV_NONE) {
		sv_calls_free(&calls);
		print_message("this host has no rings\n");
		skip();
	}
	return calls;
}

static void check_stats(const struct sv_call *list)
{
	struct stat st;

	for (int i = 0; i < FILES; i++) {
		if (i == 20) {
			assert_int_equal(list[i].result, -ENOENT);
			continue;
		}
		assert_int_equal(list[i].result, 0);
		assert_int_equal(fstatat(top, names[i], &st, AT_SYMLINK_NOFOLLOW), 0);
		assert_int_equal(list[i].stat->stx_ino, st.st_ino);
		assert_int_equal(list[i].stat->stx_mode, st.st_mode);
		assert_int_equal(list[i].stat->stx_nlink, st.st_nlink);
	}
}

static void look(struct sv_calls *calls)
{
	struct sv_call list[FILES];
	struct statx stats[FILES];

	memset(stats, 0xff, sizeof(stats));
	for (int i = 0; i < FILES; i++)
		list[i] = (struct sv_call){.fd = top,
					   .path = names[i],
					   .flags = AT_SYMLINK_NOFOLLOW,
					   .stat = &stats[i],
					   .result = 1};
	sv_calls_run(calls, SV_CALL_STAT, list, FILES);
	check_stats(list);
}

static void open_all(struct sv_calls *calls, int fds[FILES])
{
	struct sv_call list[FILES];
	struct stat st;

	for (int i = 0; i < FILES; i++)
		list[i] = (struct sv_call){
			.fd = top, .path = names[i], .flags = O_PATH | O_NOFOLLOW | O_CLOEXEC};
	sv_calls_run(calls, SV_CALL_OPEN, list, FILES);
	for (int i = 0; i < FILES; i++) {
		fds[i] = list[i].result;
		assert_int_equal(fds[i] < 0, i == 20);
		if (i == 20)
			continue;
		assert_int_equal(fcntl(fds[i], F_GETFD), FD_CLOEXEC);
		assert_int_equal(fstat(fds[i], &st), 0);
		assert_int_equal(S_ISLNK(st.st_mode), i == 40);
	}
	assert_int_equal(fds[20], -ENOENT);
}

static void close_all(struct sv_calls *calls, const int fds[FILES])
{
	struct sv_call list[FILES];

	for (int i = 0; i < FILES; i++)
		list[i] = (struct sv_call){.fd = fds[i]};
	sv_calls_run(calls, SV_CALL_CLOSE, list, FILES);
	for (int i = 0; i < FILES; i++) {
		assert_int_equal(list[i].result, i == 20 ? -EBADF : 0);
		assert_int_equal(fcntl(fds[i], F_GETFD), -1);
	}
}

/* Compares with plain system calls on the same file. Not every filesystem has user attributes. */
static void set_and_get(struct sv_calls *calls, const int fds[FILES], const char *text)
{
	char paths[FILES][SV_FD_PATH_LEN], values[FILES][32], value[32];
	struct sv_call list[FILES];

	memset(values, 'x', sizeof(values));
	for (int i = 0; i < FILES; i++)
		list[i] = (struct sv_call){.path = sv_fd_path(fds[i], paths[i]),
					   .name = NAME,
					   .text = text,
					   .len = strlen(text) + 1};
	sv_calls_run(calls, SV_CALL_SET, list, FILES);
	for (int i = 0; i < FILES; i++) {
		int r = setxattr(paths[i], NAME, text, strlen(text) + 1, XATTR_REPLACE);

		assert_int_equal(list[i].result, r < 0 ? -errno : 0);
		list[i] = (struct sv_call){
			.path = paths[i], .name = NAME, .value = values[i], .len = sizeof(value)};
	}
	sv_calls_run(calls, SV_CALL_GET, list, FILES);
	for (int i = 0; i < FILES; i++) {
		ssize_t r = getxattr(paths[i], NAME, value, sizeof(value));

		assert_int_equal(list[i].result, r < 0 ? -errno : r);
		if (r >= 0)
			assert_string_equal(values[i], text);
	}
	assert_int_not_equal(list[20].result, 0);
	assert_true(list[0].result == (int)strlen(text) + 1 || list[0].result == -ENOTSUP);
}

static void all_kinds(struct sv_calls *calls, const char *text)
{
	int fds[FILES];

	look(calls);
	open_all(calls, fds);
	set_and_get(calls, fds, text);
	close_all(calls, fds);
}

static void test_plain(void **state)
{
	sv_auto_calls struct sv_calls *calls = new_calls(SV_CALLS_ONE_BY_ONE);

	(void)state;
	all_kinds(calls, "one by one");
}

static void test_ring(void **state)
{
	sv_auto_calls struct sv_calls *calls = new_calls(SV_CALLS_RING);

	(void)state;
	for (int i = 0; i < 3; i++)
		all_kinds(calls, i % 2 ? "by a ring" : "again");
}

/* Enough calls for it to choose a way. */
static void test_quicker(void **state)
{
	sv_auto_calls struct sv_calls *calls = new_calls(SV_CALLS_QUICKER);

	(void)state;
	for (int i = 0; i < 8; i++)
		all_kinds(calls, i % 2 ? "quicker" : "than before");
}

/* A seccomp filter simulates a kernel without memory, or without rings for this process. */
static void in_child(int syscall, int error, void (*fn)(struct sv_calls *), enum sv_calls_way way)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		struct sv_calls *calls = NULL;
		struct sv_error err = {0};
		scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);

		if (sv_calls_new(&calls, &err) < 0 || sv_calls_force(calls, way) < 0 ||
		    seccomp_rule_add(filter, SCMP_ACT_ERRNO((uint32_t)error), syscall, 0) < 0 ||
		    seccomp_load(filter) < 0)
			_exit(1);
		fn(calls);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void look_and_open(struct sv_calls *calls)
{
	int fds[FILES];

	look(calls);
	open_all(calls, fds);
	close_all(calls, fds);
}

static void test_ring_ends(void **state)
{
	sv_auto_calls struct sv_calls *calls = new_calls(SV_CALLS_RING);

	(void)state;
	assert_non_null(calls);
	in_child(SCMP_SYS(io_uring_enter), ENOMEM, look_and_open, SV_CALLS_RING);
}

/* Work for the ring's threads is done without them. */
static void test_no_threads(void **state)
{
	const struct rlimit none = {0, 0};
	int status;
	pid_t pid;

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(chmod(dir, 0755), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		sv_auto_calls struct sv_calls *calls = NULL;

		if (setrlimit(RLIMIT_NPROC, &none) < 0 || setresuid(65534, 65534, 65534) < 0)
			_exit(1);
		calls = new_calls(SV_CALLS_RING);
		look(calls);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void test_no_ring(void **state)
{
	(void)state;
	in_child(SCMP_SYS(io_uring_setup), EPERM, look_and_open, SV_CALLS_QUICKER);
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {T(test_plain),     T(test_ring),	  T(test_quicker),
					   T(test_ring_ends), T(test_no_threads), T(test_no_ring)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
