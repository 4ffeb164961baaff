/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Ending guests and putting labels back on request: see stop.h. */
#include "guest/stop.h"

#include "base/fs.h"
#include "base/lock.h"
#include "base/string.h"
#include "guest/leases.h"
#include "guest/rebuild.h"
#include "guest/registry.h"
#include "guest/release.h"
#include "guest/runtime.h"

struct undo_list {
	struct svirt_undos *undos;
	const char *guest;
	bool failed;
	bool stale; /* only what a killed command or monitor left */
};

static void record(struct undo_list *list, const struct sv_hold *hold, const char *result,
		   const char *label, const char *reason)
{
	struct svirt_undos *u = list->undos;
	struct svirt_undo *items = reallocarray(u->items, u->n + 1, sizeof(*items)), *item;
	struct sv_error e = {0};

	if (!items) {
		list->failed = true;
		return;
	}
	u->items = items;
	item = &items[u->n++];
	*item = (struct svirt_undo){0};
	list->failed |= sv_strdup(list->guest, &item->guest, &e) < 0 ||
			sv_strdup(hold->driver, &item->driver, &e) < 0 ||
			sv_strdup(hold->path, &item->path, &e) < 0 ||
			sv_strdup(result, &item->result, &e) < 0 ||
			sv_strdup(label, &item->label, &e) < 0 ||
			sv_strdup(reason, &item->reason, &e) < 0;
}

static void on_undo(void *data, const struct sv_undo_event *event)
{
	struct undo_list *list = data;
	const char *label = event->found;

	if (event->result == SV_UNDO_RESTORED || event->result == SV_UNDO_UNCHANGED)
		label = event->hold->original;
	else if (event->result == SV_UNDO_GONE)
		label = event->hold->wanted; /* it still has that, wherever it is */
	record(list, event->hold, sv_undo_result_name(event->result), label, event->reason);
	if (event->result == SV_UNDO_FAILED)
		list->undos->failed++;
}

static int on_hold(void *data, const struct sv_hold *hold, unsigned others, struct sv_error *err)
{
	(void)err;
	record(data, hold, others ? "shared" : "would-restore", hold->original, NULL);
	return 0;
}

/* One guest, under its lock. end: a VMM that outlived its monitor is ended. SV_BUSY: it runs, or
 * somebody works on it. SV_NONE: there is nothing to put back. */
static int restore_one(struct svirt *sv, struct sv_store *store, const char *name, bool end,
		       struct undo_list *list, struct sv_error *err)
{
	sv_auto_lease struct sv_lease lease = {0};
	sv_auto_free char *path = NULL;
	sv_auto_close int lock = -1;
	unsigned n = 0;
	int r = sv_guest_path(sv, name, ".lock", &path, err);

	if (r == 0)
		r = sv_lock_take(path, &lock, err);
	if (r == 0)
		r = sv_lease_find(store, name, &lease, err);
	if (r == SV_NONE)
		sv_lock_drop(path, &lock);
	if (r == 0)
		r = sv_orphans(sv, &lease, end, &n, err);
	if (r != 0)
		return r;
	if (n && !end) {
		sv_fail(err, SV_E_BUSY, 0, "guest '%s' still runs, without its monitor", name);
		return sv_hint(err, "svirt destroy %s", name);
	}
	list->guest = name;
	r = list->stale ? sv_is_abandoned(sv, &lease, err) : SV_NONE;
	if (r == 0)
		r = sv_abandon(sv, store, &lease, err);
	else if (r == SV_NONE)
		r = sv_release(sv, store, &lease, on_undo, list, err);
	if (r == 0)
		sv_lock_drop(path, &lock);
	return r;
}

static int restore_asked(struct svirt *sv, struct sv_store *store, const char *name, bool end,
			 struct undo_list *list, struct sv_error *err)
{
	int r = restore_one(sv, store, name, end, list, err);

	if (r == SV_NONE)
		return sv_fail(err, SV_E_NOTFOUND, 0, "nothing is labelled for a guest '%s'", name);
	if (r == SV_BUSY) {
		sv_fail(err, SV_E_BUSY, 0, "guest '%s' is running", name);
		return sv_hint(err, "svirt stop %s", name);
	}
	return r;
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

static int restore_many(struct svirt *sv, struct sv_store *store, enum svirt_restore_which which,
			unsigned flags, struct undo_list *list, struct sv_error *err)
{
	sv_auto_leases struct sv_leases leases = {0};
	struct sv_error first = {0};
	size_t i;
	int r = sv_leases_read(store,
			       which == SVIRT_RESTORE_STALE ? SV_LEASES_WATCHED : SV_LEASES_ALL,
			       &leases, err);

	for (i = 0; r == 0 && i < leases.n; i++) {
		struct sv_error e = {0};

		r = is_left(sv, &leases.items[i], err);
		if (r == SV_SKIP) {
			r = 0;
			continue;
		}
		list->guest = leases.items[i].name;
		if (r == 0 && (flags & SVIRT_DRY_RUN))
			r = sv_hold_each(store, leases.items[i].id, true, on_hold, list, err);
		/* one guest that cannot be put back must not keep the others waiting; one that
		 * somebody else puts back at this moment is done */
		else if (r == 0 &&
			 restore_one(sv, store, leases.items[i].name, true, list, &e) < 0 &&
			 first.code == SV_OK)
			first = e;
	}
	if (r == 0 && !(flags & SVIRT_DRY_RUN))
		r = sv_sweep_locks(sv, store, err);
	if (r == 0 && first.code != SV_OK) {
		*err = first;
		r = -(int)first.code;
	}
	return r;
}

static int restore_named(struct svirt *sv, struct sv_store *store, const char *name, unsigned flags,
			 struct undo_list *list, struct sv_error *err)
{
	sv_auto_lease struct sv_lease lease = {0};
	int r = sv_registry_check_name(name, err);

	if (r < 0)
		return r;
	if (!(flags & SVIRT_DRY_RUN))
		return restore_asked(sv, store, name, false, list, err);
	r = sv_lease_find(store, name, &lease, err);
	if (r == SV_NONE)
		return sv_fail(err, SV_E_NOTFOUND, 0, "nothing is labelled for a guest '%s'", name);
	list->guest = name;
	return r < 0 ? r : sv_hold_each(store, lease.id, true, on_hold, list, err);
}

int sv_guest_restore(struct svirt *sv, enum svirt_restore_which which, const char *name,
		     unsigned flags, struct svirt_undos **ret, struct sv_error *err)
{
	sv_cleanup(svirt_undos_free) struct svirt_undos *undos = calloc(1, sizeof(*undos));
	struct undo_list list = {.undos = undos, .stale = which == SVIRT_RESTORE_STALE};
	sv_auto_store struct sv_store *store = NULL;
	int r;

	if (!undos)
		return sv_fail_oom(err);
	if (which == SVIRT_RESTORE_REBUILD)
		return sv_rebuild(sv, flags & SVIRT_DRY_RUN, ret, err);
	r = sv_handle_store(sv, &store, err);
	if (r < 0)
		return r;
	if (which == SVIRT_RESTORE_GUEST)
		r = restore_named(sv, store, name, flags, &list, err);
	else
		r = restore_many(sv, store, which, flags, &list, err);
	if (list.failed)
		return sv_fail_oom(err);
	if (r == 0 || err->code == SV_E_PARTIAL)
		*ret = sv_take_ptr(undos);
	return r;
}

/* No monitor answers: what is left of the guest, if anything, decides what to say. */
static int without_monitor(struct svirt *sv, const char *name, enum sv_control_op op,
			   struct sv_error *err)
{
	sv_auto_store struct sv_store *store = NULL;
	sv_auto_lease struct sv_lease lease = {0};
	sv_cleanup(svirt_undos_free) struct svirt_undos *undos = calloc(1, sizeof(*undos));
	struct undo_list list = {.undos = undos};
	int r = undos ? sv_handle_store(sv, &store, err) : sv_fail_oom(err);

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
	return restore_asked(sv, store, name, true, &list, err);
}

int sv_guest_control(struct svirt *sv, const char *name, enum sv_control_op op, int timeout_ms,
		     struct sv_error *err)
{
	int r = sv_registry_check_name(name, err);

	if (r == 0)
		r = sv_control_ask(sv, name, op, timeout_ms, err);
	return r == SV_NONE ? without_monitor(sv, name, op, err) : r;
}
