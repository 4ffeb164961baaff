/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Ending guests and putting labels back on request: see stop.h. */
#include "guest/stop.h"

#include "base/fs.h"
#include "base/string.h"
#include "guest/leases.h"
#include "guest/orphans.h"
#include "guest/pins.h"
#include "guest/rebuild.h"
#include "guest/registry.h"
#include "guest/release.h"
#include "guest/rundir.h"
#include "guest/runtime.h"
#include "guest/undos.h"

#include <poll.h>

/* A guest is ended within ten seconds, whatever it or its monitor does: these are spent one after
 * the other before the monitor is. */
#define ANSWER_MS   3000
#define GRACE_MS    1500
#define PROGRESS_MS 200

/* What is asked of one guest or of many. */
struct asked {
	struct svirt *sv;
	struct sv_store *store;
	unsigned flags;
	bool stale; /* only what a killed command or monitor left */
	struct sv_undo_list list;
};

static struct sv_undo_how how_of(struct asked *asked)
{
	return (struct sv_undo_how){
		.policy = asked->flags & SVIRT_TO_POLICY,
		.fn = sv_undo_list_event,
		.data = &asked->list,
	};
}

/* One guest, under its lock. end: a VMM that outlived its monitor is ended. SV_BUSY: it runs, or
 * somebody works on it. SV_NONE: there is nothing to put back. */
static int restore_one(struct asked *asked, const char *name, bool end, struct sv_error *err)
{
	struct svirt *sv = asked->sv;
	const struct sv_undo_how how = how_of(asked);
	sv_auto_lease struct sv_lease lease = {0};
	sv_auto_close int lock = -1;
	unsigned n = 0;
	int r = sv_guest_lock(sv, name, &lock, err);

	if (r == 0)
		r = sv_lease_find(asked->store, name, &lease, err);
	if (r == SV_NONE)
		sv_guest_unlock(sv, name, &lock);
	if (r == 0)
		r = end ? sv_orphans(sv, asked->store, &lease, SV_ORPHANS_END, &n, err)
			: sv_demand_ended(sv, asked->store, &lease, SV_ORPHANS_ALL, err);
	if (r != 0)
		return r;
	asked->list.guest = name;
	r = asked->stale ? sv_is_abandoned(sv, &lease, err) : SV_NONE;
	if (r == 0)
		r = sv_abandon(sv, asked->store, &lease, err);
	else if (r == SV_NONE)
		r = sv_release(sv, asked->store, &lease, &how, err);
	if (r == 0)
		sv_guest_unlock(sv, name, &lock);
	return r;
}

/* SV_NONE as above. */
static int restore_asked(struct asked *asked, const char *name, bool end, struct sv_error *err)
{
	int r = restore_one(asked, name, end, err);

	if (r != SV_BUSY)
		return r;
	if (end) {
		sv_fail(err, SV_E_BUSY, 0, "another command works on guest '%s'", name);
		return sv_hint(err, "when it has ended: svirt restore --stale");
	}
	sv_fail(err, SV_E_BUSY, 0, "guest '%s' is running", name);
	return sv_hint(err, "svirt stop %s", name);
}

/* 0: nobody works on it. */
static int is_left(struct svirt *sv, const struct sv_lease *lease, struct sv_error *err)
{
	struct sv_runtime rt;
	int r = sv_runtime_read(sv, lease->name, &rt, err);

	if (r < 0)
		return r;
	return rt.watched ? SV_SKIP : 0;
}

static int restore_many(struct asked *asked, enum svirt_restore_which which, struct sv_error *err)
{
	sv_auto_leases struct sv_leases leases = {0};
	struct sv_error first = {0};
	size_t i;
	int r = sv_leases_read(asked->store,
			       which == SVIRT_RESTORE_STALE ? SV_LEASES_WATCHED : SV_LEASES_ALL,
			       &leases, err);

	for (i = 0; r == 0 && i < leases.n; i++) {
		struct sv_error e = {0};

		/* one guest that cannot be put back must not keep the others waiting; one that
		 * somebody else puts back at this moment is done */
		if (is_left(asked->sv, &leases.items[i], &e) == 0)
			(void)restore_one(asked, leases.items[i].name, true, &e);
		if (e.code != SV_OK && first.code == SV_OK)
			first = e;
	}
	if (r == 0 && !asked->sv->rehearses)
		r = sv_sweep(asked->sv, asked->store, err);
	if (r == 0)
		r = sv_pins_forget_deleted(asked->store, err);
	if (r == 0 && first.code != SV_OK) {
		*err = first;
		r = -(int)first.code;
	}
	return r;
}

/* A guest that holds nothing has nothing to be put back, if there is such a guest at all. */
static int restore_named(struct asked *asked, const char *name, struct sv_error *err)
{
	sv_auto_free char *path = NULL;
	char shown[128];
	int r = sv_registry_path(asked->sv, name, &path, err);

	if (r == 0)
		r = restore_asked(asked, name, false, err);
	if (r != SV_NONE || access(path, F_OK) == 0)
		return r < 0 ? r : 0;
	sv_fail(err, SV_E_NOTFOUND, 0, "no guest '%s' is labelled, and none is defined",
		sv_escape(name, shown, sizeof(shown)));
	return sv_hint(err, "'svirt restore --list' shows what is held");
}

int sv_guest_restore(struct svirt *sv, enum svirt_restore_which which, const char *name,
		     unsigned flags, struct svirt_undos **ret, struct sv_error *err)
{
	sv_cleanup(svirt_undos_free) struct svirt_undos *undos = calloc(1, sizeof(*undos));
	struct asked asked = {.sv = sv, .flags = flags, .stale = which == SVIRT_RESTORE_STALE};
	sv_auto_store struct sv_store *store = NULL;
	int r;

	if (!undos)
		return sv_fail_oom(err);
	if (which == SVIRT_RESTORE_REBUILD)
		return sv_rebuild(sv, flags & SVIRT_DRY_RUN, ret, err);
	asked.list = (struct sv_undo_list){.undos = undos, .dry = flags & SVIRT_DRY_RUN};
	r = sv_handle_store_for(sv, asked.list.dry, &store, err);
	if (r < 0)
		return r;
	asked.store = store;
	if (which == SVIRT_RESTORE_GUEST)
		r = restore_named(&asked, name, err);
	else
		r = restore_many(&asked, which, err);
	if (asked.list.failed)
		return sv_fail_oom(err);
	if (r == 0 || err->code == SV_E_PARTIAL)
		*ret = sv_take_ptr(undos);
	return r;
}

/* No monitor answers: what is left of the guest, if anything, decides what to say. */
static int without_monitor(struct svirt *sv, const char *name, enum sv_control_op op, bool dry_run,
			   struct sv_error *err)
{
	sv_auto_store struct sv_store *store = NULL;
	sv_auto_lease struct sv_lease lease = {0};
	sv_cleanup(svirt_undos_free) struct svirt_undos *undos = calloc(1, sizeof(*undos));
	struct asked asked = {.sv = sv, .list = {.undos = undos}};
	int r = undos ? sv_handle_store_for(sv, dry_run, &store, err) : sv_fail_oom(err);

	if (r == 0)
		r = sv_lease_find(store, name, &lease, err);
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
	asked.store = store;
	r = restore_asked(&asked, name, true, err);
	return r == SV_NONE ? 0 : r;
}

/* The monitor, when it neither winds up nor answers: what it leaves is put back by who ends it. */
static int end_monitor(const struct sv_runtime *rt, struct sv_error *err)
{
	sv_auto_close int pidfd = -1;
	int r = sv_proc_open(&rt->monitor, &pidfd, err);

	return r == 0 ? sv_proc_kill(pidfd, "the guest's monitor", err) : r;
}

/* Whether the monitor has seen the end of its guest, and is at work on what comes after. */
static bool winds_up(const struct svirt *sv, const char *name)
{
	struct sv_error ignored = {0};
	struct sv_runtime rt;
	uint64_t before, now, kib;

	if (sv_runtime_read(sv, name, &rt, &ignored) < 0 || rt.state != SV_GUEST_STOPPING)
		return false;
	if (sv_proc_usage(rt.monitor.pid, &before, &kib, &ignored) != 0)
		return false;
	(void)poll(NULL, 0, PROGRESS_MS);
	return sv_proc_usage(rt.monitor.pid, &now, &kib, &ignored) == 0 && now != before;
}

/* The guest is ended from here, and its monitor gets the time that it needs to put back what it
 * labelled, as long as it can be seen to. One that cannot is ended too. fd: -1 when it has not even
 * accepted us. */
static int destroy_unanswered(struct svirt *sv, const char *name, int fd, int timeout_ms,
			      struct sv_error *err)
{
	const int64_t deadline = sv_now_ms() + timeout_ms;
	struct sv_runtime rt;
	int r = sv_runtime_read(sv, name, &rt, err);

	if (r == 0)
		r = sv_orphans_strike(&rt, err);
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
	/* its monitor had come to its end meanwhile */
	if (struck && r == -SV_E_NOTFOUND) {
		sv_error_clear(err);
		r = 0;
	}
	/* of what a monitor does, the rest */
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
