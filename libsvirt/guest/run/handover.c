/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The monitor's process: see handover.h. */
#include "guest/run/handover.h"

#include "base/cgroup.h"
#include "base/fs.h"
#include "base/string.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>

#define MONITOR SV_PKGLIBEXECDIR "/svirt-monitor"

static void add_option(struct sv_strv *argv, const char *name, const char *value)
{
	if (value)
		sv_strv_printf(argv, "--%s=%s", name, value);
}

static int monitor_argv(const struct sv_lease *lease, struct sv_strv *ret, struct sv_error *err)
{
	sv_strv_add(ret, "svirt-monitor");
	add_option(ret, "uuid", lease->uuid);
	add_option(ret, "model", lease->model);
	add_option(ret, "label", lease->label);
	add_option(ret, "image", lease->image);
	sv_strv_add(ret, lease->name);
	return sv_strv_check(ret, err);
}

/* The monitor must not keep the terminal, the pipes, the directory or the environment of whoever
 * typed the command. fds: copies above all numbers that they are moved to. */
static int describe_child(const int fds[], posix_spawn_file_actions_t *actions,
			  posix_spawnattr_t *attr)
{
	sigset_t none, all;
	int sys = posix_spawnattr_setflags(attr, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK |
							 POSIX_SPAWN_SETSIGDEF);

	sigemptyset(&none);
	sigfillset(&all);
	if (sys == 0)
		sys = posix_spawnattr_setsigdefault(attr, &all);
	if (sys == 0)
		sys = posix_spawnattr_setsigmask(attr, &none);
	for (int fd = 0; sys == 0 && fd <= 2; fd++)
		sys = posix_spawn_file_actions_addopen(actions, fd, "/dev/null", O_RDWR, 0);
	if (sys == 0)
		sys = posix_spawn_file_actions_addchdir_np(actions, "/");
	for (int fd = SV_MONITOR_LOCK_FD; sys == 0 && fd < SV_MONITOR_END_FD; fd++)
		sys = posix_spawn_file_actions_adddup2(actions, fds[fd], fd);
	if (sys == 0)
		sys = posix_spawn_file_actions_addclosefrom_np(actions, SV_MONITOR_END_FD);
	return sys;
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

static int spawn(const int fds[], char **argv, pid_t *ret, struct sv_error *err)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	char *const none[] = {NULL};
	int sys = posix_spawn_file_actions_init(&actions);

	if (sys)
		return no_monitor(sys, err);
	sys = posix_spawnattr_init(&attr);
	if (sys == 0) {
		sys = describe_child(fds, &actions, &attr);
		if (sys == 0)
			sys = posix_spawn(ret, MONITOR, &actions, &attr, argv, none);
		(void)posix_spawnattr_destroy(&attr);
	}
	(void)posix_spawn_file_actions_destroy(&actions);
	return sys == 0 ? 0 : no_monitor(sys, err);
}

int sv_handover(const struct svirt *sv, const struct sv_lease *lease,
		const int fds[SV_MONITOR_END_FD], struct sv_error *err)
{
	int copies[SV_MONITOR_END_FD];
	sv_auto_strv struct sv_strv argv = {0};
	struct sv_error tied = {0};
	int i, n, r = monitor_argv(lease, &argv, err);
	pid_t pid;

	for (n = SV_MONITOR_LOCK_FD; r == 0 && n < SV_MONITOR_END_FD; n++) {
		copies[n] = fcntl(fds[n], F_DUPFD_CLOEXEC, SV_MONITOR_END_FD);
		if (copies[n] < 0)
			r = sv_fail_errno(err, errno, "the monitor's descriptors");
	}
	if (r == 0)
		r = spawn(copies, argv.v, &pid, err);
	if (r == 0 && sv_cgroup_set_apart(pid, &tied) < 0)
		sv_warn(sv,
			"the monitor of %s ends when the service or session of this command does: "
			"%s",
			lease->name, tied.msg);
	for (i = SV_MONITOR_LOCK_FD; i < n; i++)
		sv_close_fd(&copies[i]);
	return r;
}
