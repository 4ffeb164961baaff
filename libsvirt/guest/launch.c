/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The manager's half of a start: see launch.h. Must not know how a guest is watched. */
#include "guest/launch.h"

#include "base/lock.h"
#include "guest/release.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

#define MONITOR	   SV_PKGLIBEXECDIR "/svirt-monitor"
#define NO_MONITOR 127 /* exit status of a child that did not become one */

static void report_failure(int sys)
{
	struct sv_report report = {.magic = SV_REPORT_MAGIC};

	(void)sv_fail(&report.err, sys == EACCES || sys == EPERM ? SV_E_PERMISSION : SV_E_HOST, sys,
		      "cannot execute %s", MONITOR);
	(void)sv_hint(&report.err, "install svirt completely; restorecon %s", MONITOR);
	(void)send(SV_MONITOR_REPORT_FD, &report, sizeof(report), MSG_NOSIGNAL);
}

/* In the child: the monitor must not keep the terminal, the pipes, the directory or the environment
 * of whoever typed the command. */
static void exec_monitor(int report, int lock, char *const *argv)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	/* above the numbers that they are moved to, so that no dup2() hits the other's source */
	int safe_report = fcntl(report, F_DUPFD, SV_MONITOR_LOCK_FD + 1);
	int safe_lock = fcntl(lock, F_DUPFD, SV_MONITOR_LOCK_FD + 1);
	int fd;

	(void)setsid();
	for (fd = 0; fd <= 2; fd++) {
		if (dup2(null, fd) < 0)
			_exit(NO_MONITOR);
	}
	if (chdir("/") < 0 || dup2(safe_report, SV_MONITOR_REPORT_FD) < 0 ||
	    dup2(safe_lock, SV_MONITOR_LOCK_FD) < 0)
		_exit(NO_MONITOR);
	if (close_range(SV_MONITOR_LOCK_FD + 1, ~0u, 0) < 0)
		_exit(NO_MONITOR);
	execve(MONITOR, argv, (char *const[]){NULL});
	report_failure(errno);
	_exit(NO_MONITOR);
}

static int wait_report(int fd, struct sv_report *ret)
{
	ssize_t n;

	do {
		n = recv(fd, ret, sizeof(*ret), MSG_WAITALL);
	} while (n < 0 && errno == EINTR);
	return n == (ssize_t)sizeof(*ret) && ret->magic == SV_REPORT_MAGIC ? 0 : -1;
}

/* No monitor, or one that died without a word: what is left is put back here, under the same
 * lock. The monitor wrote down whom it had started. err tells the cause already. */
static int clean_up(struct svirt *sv, struct sv_store *store, struct sv_prepared *prep,
		    const struct sv_error *err)
{
	sv_auto_lease struct sv_lease lease = {0};
	sv_auto_free char *path = NULL;
	struct sv_error e = {0};
	unsigned n;
	int r = sv_lease_find(store, prep->lease.name, &lease, &e);

	if (r == 0)
		r = sv_orphans(&lease, true, &n, &e);
	if (r == 0)
		r = sv_release(sv, store, &lease, NULL, NULL, &e);
	if (r == 0)
		r = sv_guest_path(sv, prep->lease.name, ".lock", &path, &e);
	if (r == 0)
		sv_lock_drop(path, &prep->lock);
	if (r < 0)
		sv_warn(sv, "%s", e.msg);
	return -(int)err->code;
}

static int monitor_argv(struct svirt *sv, const struct sv_prepared *prep, bool paused,
			struct sv_strv *ret, struct sv_error *err)
{
	size_t i;

	sv_strv_add(ret, "svirt-monitor");
	if (sv->root[0]) {
		sv_strv_add(ret, "--root");
		sv_strv_add(ret, sv->root);
	}
	if (paused)
		sv_strv_add(ret, "--paused");
	sv_strv_add(ret, prep->lease.name);
	for (i = 0; i < prep->argv.n; i++)
		sv_strv_add(ret, prep->argv.v[i]);
	return sv_strv_check(ret, err);
}

static int start_monitor(struct svirt *sv, const struct sv_prepared *prep, bool paused, pid_t *ret,
			 struct sv_error *err)
{
	sv_auto_strv struct sv_strv argv = {0};
	sv_auto_close int mine = -1, theirs = -1;
	int pair[2], r;
	pid_t pid;

	r = monitor_argv(sv, prep, paused, &argv, err);
	if (r < 0)
		return r;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return sv_fail_errno(err, errno, "socketpair");
	mine = pair[0];
	theirs = pair[1];
	pid = fork();
	if (pid < 0)
		return sv_fail_errno(err, errno, "fork");
	if (pid == 0)
		exec_monitor(theirs, prep->lock, argv.v);
	*ret = pid;
	return sv_take_fd(&mine);
}

int sv_launch(struct svirt *sv, struct sv_store *store, struct sv_prepared *prep, bool paused,
	      struct sv_error *err)
{
	struct sv_report report;
	sv_auto_close int fd = -1;
	pid_t pid = 0;
	int status = 0;

	fd = start_monitor(sv, prep, paused, &pid, err);
	if (fd < 0)
		return clean_up(sv, store, prep, err);
	if (wait_report(fd, &report) < 0) {
		(void)kill(pid, SIGKILL);
		(void)waitpid(pid, NULL, 0);
		sv_fail(err, SV_E_UNKNOWN, 0, "the monitor of guest '%s' died while starting it",
			prep->lease.name);
		return clean_up(sv, store, prep, err);
	}
	if (report.err.code != SV_OK) {
		(void)waitpid(pid, &status, 0);
		*err = report.err;
		if (WIFEXITED(status) && WEXITSTATUS(status) == NO_MONITOR)
			return clean_up(sv, store, prep, err);
		return -(int)err->code;
	}
	/* the monitor's duplicate keeps the lock as long as it lives */
	sv_close_fd(&prep->lock);
	prep->lease.guest.pid = report.pid;
	return 0;
}
