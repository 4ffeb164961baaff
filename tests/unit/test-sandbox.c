/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The monitor's sandbox, entered by a child each time: a restore is still possible; executing a
 * program, becoming another user or using the network is not. Needs the capabilities that a monitor
 * keeps; without them there is nothing to test. The filter of a user's guest needs none.
 */
#include "guest/run/sandbox.h"

#include "base/string.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/fsverity.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define NO_SANDBOX 99

/* The exit status of fn in the sandbox. */
static int inside(int (*fn)(void))
{
	const struct sv_lease lease = {0};
	struct sv_error err = {0};
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		if (sv_sandbox_enter(&lease, false, &err) < 0)
			_exit(NO_SANDBOX);
		_exit(fn());
	}
	assert_true(pid > 0 && waitpid(pid, &status, 0) == pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int execute(void)
{
	char *argv[] = {(char[]){"true"}, NULL};

	execv("/bin/true", argv);
	return errno;
}

static int execute_fd(void)
{
	char *argv[] = {(char[]){"true"}, NULL};

	(void)syscall(SYS_execveat, AT_FDCWD, "/bin/true", argv, NULL, 0);
	return errno;
}

static int refused(long r)
{
	return r < 0 && errno == EPERM ? 0 : 1;
}

/* One bit for each call that was allowed. */
static int others(void)
{
	int got = 0;

	got |= refused(fork()) << 0;
	got |= refused(setresuid(1, 1, 1)) << 1;
	got |= refused(socket(AF_INET, SOCK_STREAM, 0)) << 2;
	got |= refused(socket(AF_UNIX, SOCK_STREAM, 0)) << 3;
	got |= refused(ptrace(PTRACE_TRACEME, 0, NULL, NULL)) << 4;
	got |= refused(mount("none", "/mnt", "tmpfs", 0, NULL)) << 5;
	got |= refused(socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE)) << 6;
	return got;
}

static int others_too(void)
{
	int got = 0;

	got |= refused(syscall(SYS_bpf, 0, NULL, 0)) << 0;
	got |= refused(syscall(SYS_init_module, NULL, 0, "")) << 1;
	got |= refused(syscall(SYS_unshare, 0)) << 2;
	got |= refused(prctl(PR_CAPBSET_DROP, 0, 0, 0, 0)) << 3;
	got |= refused(syscall(SYS_process_vm_readv, 0, NULL, 0UL, NULL, 0UL, 0UL)) << 4;
	got |= refused(syscall(SYS_io_uring_setup, 1, NULL)) << 5;
	got |= refused(chroot("/")) << 6;
	return got;
}

static int needed(void)
{
	char name[] = "/tmp/svirt-test-sandbox-XXXXXX";
	int fd = mkostemp(name, O_CLOEXEC), audit;

	if (fd < 0)
		return 1;
	if (fchown(fd, 1, 1) < 0 || fchmod(fd, 0600) < 0 || write(fd, "x", 1) != 1 || fsync(fd) < 0)
		return 2;
	if (unlink(name) < 0 || close(fd) < 0)
		return 3;
	audit = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_AUDIT);
	if (audit < 0 && errno == EPERM)
		return 4;
	return kill(getpid(), 0) == 0 ? 0 : 5;
}

static void needs_root(void)
{
	if (geteuid() != 0)
		skip();
}

static void no_program(void **state)
{
	(void)state;
	needs_root();
	assert_int_equal(inside(execute), EPERM);
	assert_int_equal(inside(execute_fd), EPERM);
}

static void nothing_else(void **state)
{
	(void)state;
	needs_root();
	assert_int_equal(inside(others), 0);
	assert_int_equal(inside(others_too), 0);
}

static void putting_back(void **state)
{
	(void)state;
	needs_root();
	assert_int_equal(inside(needed), 0);
}

/* The status of a child that became a user's guest and ran fn. */
static int as_guest(bool network, bool modes, int (*fn)(void))
{
	struct sv_error err = {0};
	int status = 0;
	pid_t pid = fork();

	if (pid == 0)
		_exit(sv_sandbox_guest(network, modes, &err) < 0 ? NO_SANDBOX : fn());
	assert_true(pid > 0 && waitpid(pid, &status, 0) == pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int denied(long r)
{
	return r < 0 && errno == EACCES ? 0 : 1;
}

static int sockets_of_guest(void)
{
	const unsigned long wide = 1UL << 32 | AF_UNIX;
	int pair[2], got = 0;

	got |= denied(socket(AF_UNIX, SOCK_STREAM, 0)) << 0;
	got |= denied(syscall(SYS_socket, wide, SOCK_DGRAM, 0)) << 1;
	got |= denied(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair)) << 2;
	got |= denied(socket(AF_VSOCK, SOCK_STREAM, 0)) << 3;
	got |= (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0) << 4;
	got |= denied(socketpair(AF_TIPC, SOCK_RDM, 0, pair)) << 5;
	got |= denied(socket(AF_INET, SOCK_STREAM, IPPROTO_MPTCP)) << 6;
	got |= denied(socket(AF_INET, SOCK_SEQPACKET, 0)) << 7;
	return got;
}

static int has_network(void)
{
	return socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0) >= 0;
}

/* A connection that a first packet makes is one that Landlock does not see. */
static int first_packets(void)
{
	const struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(9)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), got = 0;
	struct iovec text = {(char[]){"x"}, 1};
	struct msghdr msg = {.msg_iov = &text,
			     .msg_iovlen = 1,
			     .msg_name = (void *)(uintptr_t)&to,
			     .msg_namelen = sizeof(to)};

	got |= denied(sendto(fd, "x", 1, MSG_FASTOPEN, (const void *)&to, sizeof(to))) << 0;
	got |= denied(sendmsg(fd, &msg, MSG_FASTOPEN | MSG_NOSIGNAL)) << 1;
	got |= (fd < 0) << 2;
	return got;
}

static int calls_of_guest(void)
{
	struct fsxattr attrs = {0};
	struct fsverity_enable_arg verity = {.version = 1};
	int got = 0, dir = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC), flags = 0;

	got |= denied(chmod("/tmp", 01777)) << 0;
	got |= denied(syscall(SYS_fchmodat, AT_FDCWD, "/tmp", 01777)) << 1;
	got |= denied(syscall(SYS_keyctl, 0, 0, 0, 0, 0)) << 2;
	got |= denied(syscall(SYS_prlimit64, getppid(), 0, NULL, NULL)) << 3;
	got |= denied(syscall(SYS_io_uring_setup, 1, NULL)) << 4;
	got |= denied(fork()) << 5;
	got |= denied(syscall(SYS_unshare, 0)) << 6;
	/* setxattrat(2), whether the library knows it or not */
	got |= denied(syscall(463, AT_FDCWD, "/tmp", 0, "user.x", NULL, 0)) << 7;
	/* what takes a descriptor for reading only; asking is allowed */
	got |= denied(ioctl(dir, FS_IOC_SETFLAGS, &flags)) << 8;
	got |= denied(ioctl(dir, FS_IOC_FSSETXATTR, &attrs)) << 9;
	got |= denied(ioctl(dir, FS_IOC_ENABLE_VERITY, &verity)) << 10;
	got |= !denied(ioctl(dir, FS_IOC_GETFLAGS, &flags)) << 11;
	close(dir);
	return got;
}

/* Which of these modes a file of its own gets. */
static int modes_of_guest(void)
{
	static const mode_t modes[] = {0600, 0640, 0400, 0660, 0644, 0700, 04600};
	int fd = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600), got = 0;

	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		got |= (fchmod(fd, modes[i]) == 0) << i;
	return got;
}

static int left_to_guest(void)
{
	char *argv[] = {(char[]){"true"}, NULL};

	if (syscall(SYS_clone3, NULL, 0UL) >= 0 || errno != ENOSYS)
		return 1;
	if (syscall(SYS_prlimit64, 0, 0, NULL, NULL) < 0)
		return 2;
	execv("/bin/true", argv);
	return 3;
}

static void guests_of_users(void **state)
{
	(void)state;
	assert_int_equal(as_guest(true, false, sockets_of_guest), 0);
	assert_int_equal(as_guest(false, false, sockets_of_guest), 0);
	assert_int_equal(as_guest(true, false, has_network), 1);
	assert_int_equal(as_guest(false, false, has_network), 0);
	assert_int_equal(as_guest(true, false, calls_of_guest), 0);
	assert_int_equal(as_guest(true, false, first_packets), 0);
	assert_int_equal(as_guest(true, false, left_to_guest), 0);
	assert_int_equal(as_guest(true, false, modes_of_guest), 0);
	assert_int_equal(as_guest(false, true, modes_of_guest), 7);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_program),
		cmocka_unit_test(nothing_else),
		cmocka_unit_test(putting_back),
		cmocka_unit_test(guests_of_users),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
