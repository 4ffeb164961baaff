/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Asking a guest's monitor, and ending a guest without one: see stop.h. */
#include "guest/life/stop.h"

#include "base/fs.h"
#include "base/string.h"
#include "guest/restore/orphans.h"
#include "guest/restore/restore.h"
#include "guest/state/rundir.h"
#include "guest/state/runtime.h"

#include <poll.h>

/* A guest ends within ten seconds, whatever it or its monitor does. These times are spent one after
 * the other before the monitor is ended. */
#define ANSWER_MS   3000
#define GRACE_MS    1500
#define PROGRESS_MS 200

/* No monitor answers: the error depends on what is left of the guest. */
static int without_monitor(struct svirt *sv, const char *name, enum sv_control_op op, bool dry_run,
			   struct sv_error *err)
{
	sv_auto_store struct sv_store *store = NULL;
	sv_auto_lease struct sv_lease lease = {0};
	int r = sv_handle_store_for(sv, dry_run, &store, err);

	if (r == 0)
		r = sv_lease_find(store, name, &lease, err);
	if (r == SV_NONE && op == SV_CONTROL_DESTROY) {
		r = sv_restore_dead(sv, store, name, err);
		if (r != SV_NONE)
			return r;
	}
	if (r == SV_NONE || (r == 0 && lease.kept)) {
		sv_fail(err, SV_E_NOTFOUND, 0, "guest '%s' is not running", name);
		return r == SV_NONE ? -(int)err->code
				    : sv_hint(err,
					      "its files are labelled: 'svirt restore %s' "
					      "puts them back",
					      name);
	}
	if (r < 0)
		return r;
	if (op != SV_CONTROL_DESTROY) {
		sv_fail(err, SV_E_UNKNOWN, 0, "the monitor of guest '%s' is gone", name);
		return sv_hint(err, "svirt destroy %s ends the guest and puts its labels back",
			       name);
	}
	r = sv_restore_dead(sv, store, name, err);
	return r == SV_NONE ? 0 : r;
}

/* Ends a monitor that neither puts back nor answers. The caller puts back what it leaves. */
static int end_monitor(const struct sv_runtime *rt, struct sv_error *err)
{
	sv_auto_close int pidfd = -1;
	int r = sv_proc_open(&rt->monitor, &pidfd, err);

	return r == 0 ? sv_proc_kill(pidfd, "the guest's monitor", err) : r;
}

/* Whether the monitor has seen the end of its guest and is putting labels back. */
static bool winds_up(const struct svirt *sv, const char *name)
{
	struct sv_error ignored = {0};
	struct sv_runtime rt;
	uint64_t before, now, kib;
	char state = 0;

	if (sv_runtime_read(sv, name, &rt, &ignored) < 0 || rt.state != SV_GUEST_STOPPING)
		return false;
	if (sv_proc_usage(rt.monitor.pid, &before, &kib, &ignored) != 0)
		return false;
	(void)poll(NULL, 0, PROGRESS_MS);
	/* a driver that takes its device back works in the kernel */
	if (sv_proc_state(rt.monitor.pid, &state, &ignored) == 0 && state == 'D')
		return true;
	return sv_proc_usage(rt.monitor.pid, &now, &kib, &ignored) == 0 && now != before;
}

/* Ends the guest without its monitor. The monitor gets the time that it needs to put labels back,
 * as long as it can be seen to do so; otherwise it is ended too. fd: -1 when it has not even
 * accepted the connection. */
static int destroy_unanswered(struct svirt *sv, const char *name, int fd, int timeout_ms,
			      struct sv_error *err)
{
	const int64_t deadline = sv_now_ms() + timeout_ms;
	struct sv_runtime rt;
	int r = sv_runtime_read(sv, name, &rt, err);

	if (r == 0)
		r = sv_orphans_signal(&rt, err);
	if (r < 0)
		return sv_wrap(err, "guest '%s'", name);
	do {
		r = fd >= 0 ? sv_control_wait(sv, fd, name, GRACE_MS, err) : SV_BUSY;
	} while (r == SV_BUSY && winds_up(sv, name) && sv_now_ms() < deadline);
	if (r != SV_BUSY)
		return r;
	r = sv_runtime_read(sv, name, &rt, err);
	if (r == 0)
		r = end_monitor(&rt, err);
	if (r >= 0)
		sv_warn(sv, "the monitor of guest '%s' did not answer: it has been ended", name);
	return r < 0 ? r : SV_NONE;
}

int sv_guest_control(struct svirt *sv, const char *name, enum sv_control_op op, int timeout_ms,
		     struct sv_error *err)
{
	bool destroy = op == SV_CONTROL_DESTROY, struck = false;
	sv_auto_close int fd = -1;
	int r = sv_guest_check_name(name, err);

	if (r == 0)
		r = sv_control_ask(sv, name, op, &fd, err);
	if (r == 0)
		r = sv_control_wait(sv, fd, name, destroy ? ANSWER_MS : timeout_ms, err);
	if (r == SV_BUSY && destroy) {
		struck = true;
		r = destroy_unanswered(sv, name, fd, timeout_ms, err);
	}
	if (r == SV_BUSY) {
		sv_fail(err, SV_E_BUSY, 0, "guest '%s' has not answered within %d s", name,
			timeout_ms / 1000);
		return sv_hint(err, "svirt destroy %s ends it at once", name);
	}
	if (r == SV_NONE)
		r = without_monitor(sv, name, op, false, err);
	/* the monitor has ended meanwhile */
	if (struck && r == -SV_E_NOTFOUND) {
		sv_error_clear(err);
		r = 0;
	}
	/* the rest of what the monitor would have done */
	if (r == 0)
		sv_rundir_sweep(sv);
	return r;
}

int sv_guest_foresee(struct svirt *sv, const char *name, enum sv_control_op op,
		     struct sv_error *err)
{
	sv_auto_close int fd = -1;
	int r = sv_guest_check_name(name, err);

	if (r == 0)
		r = sv_control_reach(sv, name, &fd, err);
	if (r == SV_BUSY)
		return 0;
	return r == SV_NONE ? without_monitor(sv, name, op, true, err) : r;
}
