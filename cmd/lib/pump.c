/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See pump.h. The writer ends when the last process that holds the pipes ends, in whatever way. */
#include "lib/pump.h"

#include "lib/command.h"
#include "lib/error.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { OUT, ERR, N_STREAMS, CHUNK = 16 * 1024 };

struct pump {
	int file[N_STREAMS]; /* -1: we do not write this stream */
	int pipe[N_STREAMS]; /* -1: at its end, or it shares the pipe of the other stream */
	int sys;	     /* errno of the first write that failed */
};

static bool is_file(int fd, struct stat *st)
{
	int flags = fcntl(fd, F_GETFL);

	return flags >= 0 && (flags & O_ACCMODE) != O_RDONLY && fstat(fd, st) == 0 &&
	       S_ISREG(st->st_mode);
}

static void write_all(struct pump *p, int i, const char *bytes, size_t len)
{
	while (len && !p->sys) {
		ssize_t n = write(p->file[i], bytes, len);

		if (n < 0 && errno != EINTR)
			p->sys = errno;
		if (n > 0) {
			bytes += n;
			len -= (size_t)n;
		}
	}
}

/* After a failed write the pipe is still read, so that the program can go on. */
static void move(struct pump *p, int i)
{
	char bytes[CHUNK];
	ssize_t n = read(p->pipe[i], bytes, sizeof(bytes));

	if (n > 0) {
		write_all(p, i, bytes, (size_t)n);
	} else if (n == 0 || errno != EINTR) {
		(void)close(p->pipe[i]);
		p->pipe[i] = -1;
	}
}

static void write_out(struct pump *p)
{
	while (p->pipe[OUT] >= 0 || p->pipe[ERR] >= 0) {
		struct pollfd fds[N_STREAMS] = {{.fd = p->pipe[OUT], .events = POLLIN},
						{.fd = p->pipe[ERR], .events = POLLIN}};

		if (poll(fds, N_STREAMS, -1) < 0)
			continue;
		for (int i = OUT; i < N_STREAMS; i++)
			if (fds[i].revents)
				move(p, i);
	}
}

/* Ignores the signals of the terminal's keys. They are meant for the program, whose last output is
 * still to be written. */
static void writer(struct pump *p, int done)
{
	static const int ignored[] = {SIGINT, SIGQUIT, SIGTERM, SIGHUP};

	for (size_t i = 0; i < N_ELEMENTS(ignored); i++)
		(void)signal(ignored[i], SIG_IGN);
	if (chdir("/") == 0)
		write_out(p);
	if (p->sys)
		talk("svirt: ", "cannot write the output: %s", strerror(p->sys));
	(void)!write(done, &p->sys, sizeof(p->sys));
	_exit(0);
}

/* Two descriptors of one file ("> out 2>&1") share one pipe, so that the order of output stays. */
static int open_pipes(struct pump *p, int to_program[N_STREAMS], struct svirt_error *err)
{
	struct stat st[N_STREAMS];
	int fds[2];

	for (int i = OUT; i < N_STREAMS; i++) {
		if (!is_file(STDOUT_FILENO + i, &st[i]))
			continue;
		if (i == ERR && to_program[OUT] >= 0 && st[OUT].st_dev == st[ERR].st_dev &&
		    st[OUT].st_ino == st[ERR].st_ino) {
			to_program[ERR] = to_program[OUT];
			continue;
		}
		if (pipe2(fds, O_CLOEXEC) < 0)
			return fail(err, SVIRT_E_UNKNOWN, "pipe: %s", strerror(errno));
		p->file[i] = STDOUT_FILENO + i;
		p->pipe[i] = fds[0];
		to_program[i] = fds[1];
	}
	return 0;
}

int pump_start(int to, uint32_t *ret, struct svirt_error *err)
{
	struct pump p = {.file = {-1, -1}, .pipe = {-1, -1}};
	int to_program[N_STREAMS] = {-1, -1}, done[2];
	int r = open_pipes(&p, to_program, err);
	pid_t pid;

	if (r || (to_program[OUT] < 0 && to_program[ERR] < 0))
		return r;
	if (pipe2(done, O_CLOEXEC) < 0)
		return fail(err, SVIRT_E_UNKNOWN, "pipe: %s", strerror(errno));
	pid = fork();
	if (pid < 0)
		return fail(err, SVIRT_E_UNKNOWN, "fork: %s", strerror(errno));
	if (pid == 0) {
		(void)close(to_program[OUT]);
		(void)close(to_program[ERR]);
		(void)close(done[0]);
		writer(&p, done[1]);
	}
	for (int i = OUT; i < N_STREAMS; i++)
		if (to_program[i] >= 0 && dup2(to_program[i], STDOUT_FILENO + i) < 0)
			return fail(err, SVIRT_E_UNKNOWN, "dup2: %s", strerror(errno));
	for (int i = OUT; i < N_STREAMS; i++) {
		(void)close(to_program[i]);
		(void)close(p.pipe[i]);
	}
	(void)close(done[1]);
	if (dup2(done[0], to) < 0 || close(done[0]) < 0)
		return fail(err, SVIRT_E_UNKNOWN, "dup2: %s", strerror(errno));
	*ret = (uint32_t)to;
	return 0;
}
