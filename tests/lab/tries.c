// SPDX-License-Identifier: GPL-2.0-or-later
//
// The tries of somebody who has compromised a VMM: see tries.h. Each try changes as little as
// possible, and the test judges what is allowed or denied.

#define _GNU_SOURCE
#include "tries.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

static int closing(int fd)
{
	if (fd < 0)
		return -1;
	close(fd);
	return 0;
}

static int do_read(char **w)
{
	char byte;
	int fd = open(w[1], O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0 || read(fd, &byte, 1) < 0)
		return -1;
	return closing(fd);
}

static int do_write(char **w)
{
	return closing(open(w[1], O_WRONLY | O_CLOEXEC | O_NONBLOCK));
}

static int do_append(char **w)
{
	return closing(open(w[1], O_WRONLY | O_APPEND | O_CLOEXEC | O_NONBLOCK));
}

static int do_list(char **w)
{
	DIR *d = opendir(w[1]);

	if (!d)
		return -1;
	errno = 0;
	bool ok = readdir(d) || errno == 0;
	closedir(d);
	return ok ? 0 : -1;
}

static int do_create(char **w)
{
	if (closing(open(w[1], O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)) < 0)
		return -1;
	unlink(w[1]);
	return 0;
}

static int do_stat(char **w)
{
	struct stat st;

	return stat(w[1], &st);
}

static int do_connect(char **w)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};

	if (strlen(w[1]) >= sizeof(to.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(to.sun_path, w[1], strlen(w[1]) + 1);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	int ret = connect(fd, (struct sockaddr *)&to, sizeof(to));
	int saved = errno;
	close(fd);
	errno = saved;
	return ret;
}

/* Connects one end of a pair of datagram sockets anew. */
static int do_reconnect(char **w)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair) < 0)
		return -1;
	snprintf(to.sun_path, sizeof(to.sun_path), "%s", w[1]);
	int ret = connect(pair[0], (struct sockaddr *)&to, sizeof(to));
	int saved = errno;
	close(pair[0]);
	close(pair[1]);
	errno = saved;
	return ret;
}

static int do_chmod(char **w)
{
	struct stat st;

	return stat(w[1], &st) < 0 ? -1 : chmod(w[1], st.st_mode & 07777);
}

static int do_touch(char **w)
{
	return utimensat(AT_FDCWD, w[1], NULL, 0);
}

static int do_attribute(char **w)
{
	return setxattr(w[1], "user.svirt-lab", "x", 1, 0);
}

static int do_fork(char **w)
{
	pid_t pid = fork();

	(void)w;
	if (pid == 0)
		_exit(0);
	return pid < 0 || waitpid(pid, NULL, 0) < 0 ? -1 : 0;
}

/* The kernel ignores the upper half of a register that holds 32 bits. */
static int do_wide_socket(char **w)
{
	(void)w;
	return closing(
		(int)syscall(SYS_socket, 1UL << 32 | AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

static int do_network_socket(char **w)
{
	(void)w;
	return closing(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
}

static int do_ring(char **w)
{
	unsigned long parameters[15] = {0};

	(void)w;
	return closing((int)syscall(SYS_io_uring_setup, 1, parameters));
}

static int do_shared_memory(char **w)
{
	(void)w;
	return shmget(IPC_PRIVATE, 4096, 0600);
}

/* Parses plain decimals, as the tests give them; anything else becomes a number that no process
 * has. */
static int number(const char *s)
{
	int v = 0;

	for (; *s >= '0' && *s <= '9' && v < 100000000; s++)
		v = v * 10 + (*s - '0');
	return *s ? 0x7fffffff : v;
}

static int do_limit(char **w)
{
	struct rlimit limit;

	return prlimit((pid_t)number(w[1]), RLIMIT_CORE, NULL, &limit);
}

static int do_kill(char **w)
{
	return kill((pid_t)number(w[1]), number(w[2]));
}

static int do_ptrace(char **w)
{
	pid_t pid = (pid_t)number(w[1]);

	if (ptrace(PTRACE_ATTACH, pid, NULL, NULL) < 0)
		return -1;
	waitpid(pid, NULL, __WALL);
	ptrace(PTRACE_DETACH, pid, NULL, NULL);
	return 0;
}

static int do_proc_read(char **w)
{
	char path[256];
	char *word[] = {w[0], path};

	snprintf(path, sizeof(path), "/proc/%s/%s", w[1], w[2]);
	return do_read(word);
}

static int do_proc_mem(char **w)
{
	char path[256];

	snprintf(path, sizeof(path), "/proc/%s/mem", w[1]);
	return closing(open(path, O_RDWR | O_CLOEXEC));
}

static int attr(const char *name, const char *context)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/thread-self/attr/%s", name);
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	ssize_t n = write(fd, context, strlen(context));
	int saved = errno;
	close(fd);
	errno = saved;
	return n < 0 ? -1 : 0;
}

// In a child: after a successful change of context, the next try of a batch still runs in the old
// one.
static int do_setcon(char **w)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(attr("current", w[1]) < 0 ? errno : 0);
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return -1;
	errno = WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
	return errno ? -1 : 0;
}

// Setting the exec context always succeeds: the kernel decides at execve.
static int do_setexec(char **w)
{
	int status;
	char *argv[] = {(char *)(w[2] ? w[2] : "/bin/true"), NULL};
	int report[2];
	int error = 0;

	if (pipe2(report, O_CLOEXEC) < 0)
		return -1;
	pid_t pid = fork();
	if (pid == 0) {
		if (attr("exec", w[1]) == 0)
			execv(argv[0], argv);
		error = errno;
		_exit(write(report[1], &error, sizeof(error)) < 0);
	}
	close(report[1]);
	if (pid < 0 || read(report[0], &error, sizeof(error)) < 0)
		error = errno;
	close(report[0]);
	if (pid > 0 && waitpid(pid, &status, 0) == pid && error == 0 && WIFSIGNALED(status))
		error = EPERM; // the program was stopped after the transition: not usable either
	errno = error;
	return error ? -1 : 0;
}

static int do_relabel(char **w)
{
	if (access("/sys/fs/smackfs", F_OK) == 0)
		return setxattr(w[1], "security.SMACK64", w[2], strlen(w[2]), 0);
	return setxattr(w[1], "security.selinux", w[2], strlen(w[2]) + 1, 0);
}

static int do_raw_disk(char **w)
{
	return closing(open(w[1], O_RDWR | O_CLOEXEC));
}

static int do_packet(char **w)
{
	(void)w;
	return closing(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETH_P_ALL)));
}

static const struct
try {
	const char *name;
	int words; // the number of arguments that it needs
	int (*run)(char **words);
}
tries[] = {
	{"read", 1, do_read},		{"write", 1, do_write},
	{"append", 1, do_append},	{"list", 1, do_list},
	{"create", 1, do_create},	{"stat", 1, do_stat},
	{"connect", 1, do_connect},	{"kill", 2, do_kill},
	{"ptrace", 1, do_ptrace},	{"proc-mem", 1, do_proc_mem},
	{"proc-read", 2, do_proc_read}, {"relabel", 2, do_relabel},
	{"setcon", 1, do_setcon},	{"setexec", 1, do_setexec},
	{"raw-disk", 1, do_raw_disk},	{"packet-socket", 0, do_packet},
	{"reconnect", 1, do_reconnect}, {"chmod", 1, do_chmod},
	{"touch", 1, do_touch},		{"attribute", 1, do_attribute},
	{"fork", 0, do_fork},		{"wide-socket", 0, do_wide_socket},
	{"ring", 0, do_ring},		{"shared-memory", 0, do_shared_memory},
	{"limit", 1, do_limit},		{"network-socket", 0, do_network_socket},
};

int try_words(char **words, char *ret, size_t room)
{
	for (size_t i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
		const struct try *t = &tries[i];
		int given = 0;
		size_t n = 0;

		if (!words[0] || strcmp(words[0], t->name) != 0)
			continue;
		while (given + 1 < TRY_WORDS && words[given + 1])
			given++;
		if (given < t->words)
			return -1;
		int error = t->run(words) == 0 ? 0 : errno;
		for (int w = 0; w <= t->words && n < room; w++)
			n += (size_t)snprintf(ret + n, room - n, "%s%s", w ? " " : "", words[w]);
		if (n < room)
			snprintf(ret + n, room - n, error ? ": denied %s" : ": allowed",
				 error ? strerrorname_np(error) : "");
		return 0;
	}
	return -1;
}

int try_line(char *line, char *ret, size_t room)
{
	char *words[TRY_WORDS + 1] = {NULL};
	char *rest = line;
	char *word;

	for (int n = 0; n < TRY_WORDS && (word = strtok_r(rest, " \t\n", &rest)); n++)
		words[n] = word;
	if (!words[0] || words[0][0] == '#')
		return 1;
	return try_words(words, ret, room);
}
