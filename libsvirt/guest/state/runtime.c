/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The record in a lock file: one line of one size, "STATE BOOT PID START PID START PID START INODE
 * CGROUP" (monitor, guest, TPM emulator, control group or "-") and blanks. A reader does not wait
 * for a writer. During a change it may see fields of two records, each field whole. Once the guest
 * runs, only the state changes.
 */
#include "guest/state/runtime.h"

#include "base/lock.h"
#include "base/string.h"
#include "guest/state/rundir.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#define SIZE	  400
#define N_FIELDS  10
#define PROCESS	  " %10d %20" PRIu64
#define FORMAT	  "%-8s %36s" PROCESS PROCESS PROCESS " %20" PRIu64 " %s"
#define NO_CGROUP "-"

/* In the order of enum sv_guest_state. */
static const char *const state_names[] = {"starting", "paused", "running", "stopping", NULL};

_Static_assert(SV_N_ELEMENTS(state_names) == SV_GUEST_STOPPING + 2, "a name for each state");

const char *sv_guest_state_name(enum sv_guest_state state)
{
	return state_names[state];
}

int sv_runtime_write(int lock, const struct sv_runtime *rt, struct sv_error *err)
{
	/* swtpm starts before the VMM */
	const char *boot = rt->guest.pid ? rt->guest.boot : rt->tpm.boot;
	const char *none =
		"00000000-0000-0000-0000-000000000000"; /* no process yet, only a group */
	char line[SIZE + 1];

	(void)snprintf(line, sizeof(line), FORMAT, sv_guest_state_name(rt->state),
		       boot[0] ? boot : none, (int)rt->monitor.pid, rt->monitor.start,
		       (int)rt->guest.pid, rt->guest.start, (int)rt->tpm.pid, rt->tpm.start,
		       rt->cgroup.ino, rt->cgroup.ino ? rt->cgroup.path : NO_CGROUP);
	memset(line + strlen(line), ' ', SIZE - strlen(line));
	line[SIZE - 1] = '\n';
	if (pwrite(lock, line, SIZE, 0) != SIZE)
		return sv_fail_errno(err, errno, "cannot write the guest's lock file");
	return 0;
}

int sv_runtime_clear(int lock, struct sv_error *err)
{
	if (ftruncate(lock, 0) < 0)
		return sv_fail_errno(err, errno, "cannot write the guest's lock file");
	return 0;
}

/* Splits line at blanks. Changes it. */
static size_t split(char *line, char *fields[N_FIELDS])
{
	char *word;
	size_t n = 0;

	while ((word = strsep(&line, " \n"))) {
		if (*word && n++ < N_FIELDS)
			fields[n - 1] = word;
	}
	return n;
}

static int parse_process(char *const fields[2], const char *boot, struct sv_proc_id *ret)
{
	struct sv_error ignored = {0};
	uint32_t pid;

	if (sv_parse_u32(fields[0], 0, INT32_MAX, "pid", &pid, &ignored) < 0 ||
	    sv_parse_u64(fields[1], 0, UINT64_MAX, "start", &ret->start, &ignored) < 0 ||
	    sv_parse_uuid(boot, ret->boot, &ignored) < 0)
		return -1;
	ret->pid = (pid_t)pid;
	return 0;
}

static int parse_cgroup(char *const fields[2], struct sv_cgroup *ret)
{
	struct sv_error ignored = {0};

	if (sv_parse_u64(fields[0], 0, UINT64_MAX, "inode", &ret->ino, &ignored) < 0)
		return -1;
	if (sv_streq(fields[1], NO_CGROUP))
		return ret->ino ? -1 : 0;
	if (!ret->ino || !sv_cgroup_is_path(fields[1]))
		return -1;
	(void)snprintf(ret->path, sizeof(ret->path), "%s", fields[1]);
	return 0;
}

static int parse(char *line, struct sv_runtime *ret)
{
	char *f[N_FIELDS];
	unsigned state;

	if (split(line, f) != N_FIELDS || sv_parse_choice(f[0], state_names, &state) != 0)
		return -1;
	ret->state = (enum sv_guest_state)state;
	return parse_process(f + 2, f[1], &ret->monitor) < 0 ||
			       parse_process(f + 4, f[1], &ret->guest) < 0 ||
			       parse_process(f + 6, f[1], &ret->tpm) < 0 ||
			       parse_cgroup(f + 8, &ret->cgroup) < 0
		       ? -1
		       : 0;
}

int sv_runtime_load(int fd, const char *name, struct sv_runtime *ret, struct sv_error *err)
{
	struct sv_runtime rt = {0};
	char line[SIZE + 1] = "";
	ssize_t n = pread(fd, line, SIZE, 0);

	if (n < 0)
		return sv_fail_errno(err, errno, "cannot read the lock file of guest '%s'", name);
	if (n > 0 && (n != SIZE || line[SIZE - 1] != '\n' || parse(line, &rt) < 0)) {
		sv_fail(err, SV_E_UNKNOWN, 0,
			"the lock file of guest '%s' holds something that svirt did not write",
			name);
		return sv_hint(err,
			       "when no process of the guest is left, remove " SV_RUNDIR "/%s/lock",
			       name);
	}
	*ret = rt;
	return 0;
}

int sv_runtime_read(const struct svirt *sv, const char *name, struct sv_runtime *ret,
		    struct sv_error *err)
{
	struct sv_runtime rt = {0};
	sv_auto_free char *path = NULL;
	sv_auto_close int fd = -1;
	bool watched;
	int r = sv_guest_path(sv, name, SV_GUEST_LOCK, &path, err);

	if (r == 0)
		r = sv_lock_probe(path, &fd, err);
	if (r < 0)
		return r;
	watched = r == 0;
	r = fd < 0 ? 0 : sv_runtime_load(fd, name, &rt, err);
	rt.watched = watched;
	if (r == 0)
		*ret = rt;
	return r;
}

int sv_runtime_has(const struct sv_runtime *rt, pid_t pid, struct sv_error *err)
{
	if (rt->guest.pid == pid)
		return sv_proc_alive(&rt->guest, err);
	return rt->tpm.pid == pid ? sv_proc_alive(&rt->tpm, err) : SV_NONE;
}

int sv_runtime_runs(const struct svirt *sv, const char *name, pid_t pid, struct sv_error *err)
{
	struct sv_runtime rt;
	int r = sv_runtime_read(sv, name, &rt, err);

	if (r < 0)
		return r;
	return sv_runtime_has(&rt, pid, err);
}
