/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Times one start, in milliseconds on standard output, with as little around it as can be:
 *   stopwatch run CMD...            until CMD has ended (its status must be 0)
 *   stopwatch qmp CONTEXT CMD...    until CMD, executed by runcon as CONTEXT with a QMP socket of
 *                                   that context on descriptor 3, has answered qmp_capabilities;
 *                                   it is killed then. CONTEXT "-": executed by setpriv as nobody
 * The second is the baseline that svirt's own start is compared with.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

static void die(const char *what)
{
	fprintf(stderr, "stopwatch: %s: %s\n", what, strerror(errno));
	exit(2);
}

/* Sets sockcreate(5) of this thread, as libselinux's setsockcreatecon_raw() does. */
static void create_sockets_as(const char *context)
{
	int fd = open("/proc/thread-self/attr/sockcreate", O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, context, strlen(context)) < 0)
		die("sockcreate");
	close(fd);
}

/* Reads up to the reply to qmp_capabilities, which is the second line that QEMU sends. */
static void wait_ready(int fd)
{
	static const char hello[] = "{\"execute\":\"qmp_capabilities\"}\n";
	char byte, seen[8192];
	size_t n = 0, lines = 0;

	if (send(fd, hello, sizeof(hello) - 1, MSG_NOSIGNAL) < 0)
		die("send");
	while (lines < 2) {
		if (read(fd, &byte, 1) != 1)
			die("the emulator has ended");
		if (n < sizeof(seen) - 1)
			seen[n++] = byte;
		lines += byte == '\n';
	}
	seen[n] = '\0';
	if (!strstr(seen, "\"return\""))
		die("no reply");
}

static double time_qmp(char *context, char **argv)
{
	static char *const nobody[] = {"setpriv", "--reuid=65534", "--regid=65534",
				       "--clear-groups", NULL};
	char *const labelled[] = {"runcon", context, NULL};
	int plain = strcmp(context, "-") == 0;
	char *const *wrapper = plain ? nobody : labelled;
	char **full = calloc(64 + 256, sizeof(*full));
	double start, end;
	int pair[2], n = 0;
	pid_t pid;

	if (!full)
		die("calloc");
	while (*wrapper)
		full[n++] = *wrapper++;
	while (*argv && n < 300)
		full[n++] = *argv++;
	start = now();
	if (!plain)
		create_sockets_as(context);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		die("socketpair");
	if (!plain)
		create_sockets_as("");
	pid = fork();
	if (pid < 0)
		die("fork");
	if (pid == 0) {
		if (pair[1] == 3)
			fcntl(3, F_SETFD, 0);
		else
			dup2(pair[1], 3);
		execvp(full[0], full);
		_exit(127);
	}
	close(pair[1]);
	wait_ready(pair[0]);
	end = now();
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	free(full);
	return end - start;
}

static double time_run(char **argv)
{
	double start = now(), end;
	int status;
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (pid == 0) {
		int null = open("/dev/null", O_RDWR);

		dup2(null, 1);
		execvp(argv[0], argv);
		_exit(127);
	}
	if (waitpid(pid, &status, 0) != pid)
		die("waitpid");
	end = now();
	if (!WIFEXITED(status) || WEXITSTATUS(status)) {
		fprintf(stderr, "stopwatch: %s failed\n", argv[0]);
		exit(1);
	}
	return end - start;
}

int main(int argc, char **argv)
{
	if (argc > 2 && strcmp(argv[1], "run") == 0)
		printf("%.1f\n", time_run(argv + 2));
	else if (argc > 3 && strcmp(argv[1], "qmp") == 0)
		printf("%.1f\n", time_qmp(argv[2], argv + 3));
	else
		return 2;
	return 0;
}
