/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Finds the levels of live processes, whoever started them: libvirt, podman, an administrator with
 * runcon. It is one pass over /proc with one buffer, because a host may have a hundred thousand
 * processes. It fails closed: a process whose label cannot be read or parsed is an error, because
 * it may have the level that is handed out next. Must not know what the levels are collected for.
 */
#include "driver/selinux/level.h"
#include "driver/selinux/selinux.h"

#include "base/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <selinux/selinux.h>
#include <string.h>

/* "s0:" and every second category take 3 KiB, which leaves enough room for user, role and type. */
#define CONTEXT_MAX 8192u

struct scan {
	int (*fn)(void *data, const struct sv_live_level *live);
	void *data;
	struct sv_selinux_answers answers;
	char label[CONTEXT_MAX];
};

static int look(void *data, pid_t pid, struct sv_error *err)
{
	struct scan *scan = data;
	const struct sv_selinux_answer *answer;
	sv_auto_close int fd = -1;
	char path[64];
	ssize_t n;
	int i, r;

	(void)snprintf(path, sizeof(path), "/proc/%d/attr/current", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, scan->label, sizeof(scan->label) - 1);
	if (n < 0 && (errno == ENOENT || errno == ESRCH))
		return 0;
	if (n < 0) {
		(void)sv_fail(err, errno == EACCES ? SV_E_PERMISSION : SV_E_UNKNOWN, errno,
			      "the label of process %d, which may hold a level", (int)pid);
		return sv_hint(err, "svirt has to know every level in use; its domain needs "
				    "{ getattr } (process) and { read } (file) on that process: "
				    "svirt policy install");
	}
	if ((size_t)n == sizeof(scan->label) - 1)
		return sv_fail(err, SV_E_UNKNOWN, 0, "the label of process %d is too long",
			       (int)pid);
	/* kernels end the text with a NUL, some with a newline */
	scan->label[n] = '\0';
	scan->label[strcspn(scan->label, "\n")] = '\0';
	r = sv_selinux_counts(&scan->answers, scan->label, &answer, err);
	if (r < 0)
		return sv_wrap(err, "the label of process %d", (int)pid);
	for (i = 0; answer && r == 0 && i < answer->n; i++) {
		const struct sv_selinux_end *end = &answer->ends[i];
		const struct sv_live_level live = {&end->level, pid, end->why};

		r = scan->fn(scan->data, &live);
	}
	return r;
}

/* The level of the kernel's threads. Under MLS these, auditd and others have the level that
 * dominates all. If it counted, no pair would be free. Guests may not have it (kept_apart). Under
 * MCS that level has no categories. */
static int system_high(struct sv_level *ret, struct sv_error *err)
{
	char *con = NULL;
	int r;

	if (security_get_initial_context_raw("kernel", &con) < 0)
		return sv_fail(err, SV_E_UNKNOWN, errno, "the kernel's own context");
	r = sv_selinux_level_of(con, ret, err);
	freecon(con);
	return r < 0 ? r : 0;
}

int sv_selinux_in_use(int (*fn)(void *data, const struct sv_live_level *live), void *data,
		      struct sv_error *err)
{
	struct scan scan = {.fn = fn, .data = data};
	struct sv_selinux_view *view = &scan.answers.view;
	struct sv_error none = {0};
	struct sv_range mine;
	int r = system_high(&view->top, err);

	/* a process without categories of its own cannot recognise an administrator's range, so
	 * every high level may count */
	if (r == 0 && sv_driver_selinux.level->range(&mine, &none) == 0)
		view->pool = mine.high.cats;
	if (r == 0)
		r = sv_proc_each(look, &scan, err);
	sv_selinux_answers_done(&scan.answers);
	return r;
}
