/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The monitor's process: see handover.h. */
#include "guest/run/handover.h"

#include "base/cgroup.h"
#include "base/fs.h"
#include "base/string.h"
#include "guest/run/child.h"
#include "guest/state/user.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>

#define MONITOR SV_PKGLIBEXECDIR "/svirt-monitor"

static int monitor_argv(const struct svirt *sv, const struct sv_lease *lease, struct sv_strv *ret,
			struct sv_error *err)
{
	sv_strv_add(ret, "svirt-monitor");
	if (sv->user)
		sv_strv_add(ret, "--user");
	sv_strv_printf(ret, "--uuid=%s", lease->uuid);
	for (size_t i = 0; i < lease->n_layers; i++) {
		const struct sv_lease_layer *layer = &lease->layers[i];

		sv_strv_printf(ret, "--label=%s=%s", layer->driver, layer->label);
		if (layer->image)
			sv_strv_printf(ret, "--image=%s", layer->image);
	}
	sv_strv_add(ret, lease->name);
	return sv_strv_check(ret, err);
}

static int no_monitor(int sys, struct sv_error *err)
{
	(void)sv_fail(err, sys == EACCES || sys == EPERM ? SV_E_PERMISSION : SV_E_HOST, sys,
		      "cannot execute %s", MONITOR);
	return sv_hint(err, "install svirt completely; restorecon %s", MONITOR);
}

int sv_handover_check(struct sv_error *err)
{
	return access(MONITOR, X_OK) == 0 ? 0 : no_monitor(errno, err);
}

struct words {
	char **argv, **environment; /* each ends with NULL */
};

/* Runs in the child, which shares the memory of its waiting parent. The monitor must not keep the
 * terminal, the pipes, the directory or the environment of the command's caller. fds are copies
 * above all numbers that they are moved to. *sys: the errno of what failed. Does not return. */
static void run_child(const int fds[], const struct words *words, int *sys)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	bool ok = chdir("/") == 0 && null >= 0;

	sv_child_leave_caller();
	for (int fd = 0; ok && fd <= STDERR_FILENO; fd++)
		ok = dup2(null, fd) >= 0;
	for (int fd = SV_MONITOR_LOCK_FD; ok && fd < SV_MONITOR_END_FD; fd++)
		ok = dup2(fds[fd], fd) >= 0;
	if (ok && close_range(SV_MONITOR_END_FD, ~0u, 0) == 0)
		(void)execve(MONITOR, words->argv, words->environment);
	*sys = errno;
	_exit(127);
}

/* vfork(2), as for the VMM: posix_spawn(3) asks the kernel about each signal. */
static int spawn(const int fds[], const struct words *words, pid_t *ret, struct sv_error *err)
{
	int sys = 0;
	pid_t pid = vfork();

	if (pid == 0)
		run_child(fds, words, &sys);
	sv_child_wrote(&sys);
	if (pid < 0)
		return no_monitor(errno, err);
	if (sys == 0) {
		*ret = pid;
		return 0;
	}
	(void)waitpid(pid, NULL, 0);
	return no_monitor(sys, err);
}

int sv_handover(const struct svirt *sv, const struct sv_lease *lease,
		const int fds[SV_MONITOR_END_FD], struct sv_error *err)
{
	int copies[SV_MONITOR_END_FD];
	sv_auto_strv struct sv_strv argv = {0}, environment = {0};
	struct sv_error tied = {0};
	char *none[] = {NULL};
	struct words words;
	int i, n, r = monitor_argv(sv, lease, &argv, err);
	pid_t pid;

	/* a user's monitor finds its directories where the manager found them */
	if (r == 0 && sv->user)
		r = sv_user_environment(&environment, err);
	words = (struct words){argv.v, environment.n ? environment.v : none};
	for (n = SV_MONITOR_LOCK_FD; r == 0 && n < SV_MONITOR_END_FD; n++) {
		copies[n] = fcntl(fds[n], F_DUPFD_CLOEXEC, SV_MONITOR_END_FD);
		if (copies[n] < 0)
			r = sv_fail_errno(err, errno, "the monitor's descriptors");
	}
	if (r == 0)
		r = spawn(copies, &words, &pid, err);
	if (r == 0 && !sv->user && sv_cgroup_set_apart(pid, &tied) < 0)
		sv_warn(sv,
			"the monitor of %s ends when the service or session of this command does: "
			"%s",
			lease->name, tied.msg);
	for (i = SV_MONITOR_LOCK_FD; i < n; i++)
		sv_close_fd(&copies[i]);
	return r;
}
