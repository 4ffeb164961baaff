/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Ending leases, also those that were left behind: see release.h. */
#include "guest/restore/release.h"

#include "base/string.h"
#include "guest/level/names.h"
#include "guest/restore/orphans.h"
#include "guest/state/leases.h"
#include "guest/state/rundir.h"
#include "guest/state/runtime.h"

#include <errno.h>

struct reporter {
	const struct svirt *sv;
	const struct sv_lease *lease;
	const struct sv_undo_how *how; /* the caller's, or NULL */
};

/* The same for a device, whose label is its driver. */
static void report_device(const struct reporter *t, const struct sv_undo_event *event)
{
	const struct sv_hold *h = event->hold;
	char path[256], found[128];

	sv_escape(h->path, path, sizeof(path));
	if (event->result == SV_UNDO_GONE)
		sv_warn(t->sv, "guest '%s': the device %s has gone away: no driver was put back",
			t->lease->name, path);
	else if (event->result == SV_UNDO_CHANGED)
		sv_warn(t->sv,
			"guest '%s': the device %s was bound to %s by somebody else, and is left so "
			"(it was %s before)",
			t->lease->name, path, sv_escape(event->found, found, sizeof(found)),
			event->to);
}

/* Warns about files that were not put back: their journal ends with the lease, or nobody else says
 * why they stay in it. */
static void report(void *data, const struct sv_undo_event *event)
{
	const struct reporter *t = data;
	const struct sv_hold *h = event->hold;
	char path[256], found[128];

	if (t->how && t->how->fn)
		t->how->fn(t->how->data, event);
	else if (event->result == SV_UNDO_FAILED)
		sv_warn(t->sv, "guest '%s': %s", t->lease->name, event->reason);
	if (t->sv->rehearses)
		return;
	if (sv_streq(h->driver, sv_driver_pci.name)) {
		report_device(t, event);
		return;
	}
	sv_escape(h->path, path, sizeof(path));
	if (event->moved && event->result == SV_UNDO_RESTORED)
		sv_warn(t->sv,
			"guest '%s': %s was moved or renamed; wherever it is, its %s label has been "
			"put back",
			t->lease->name, path, h->driver);
	if (event->result == SV_UNDO_GONE)
		sv_warn(t->sv,
			"guest '%s': %s was deleted, moved or replaced; wherever it is, its %s "
			"label is still %s",
			t->lease->name, path, h->driver, h->wanted);
	else if (event->result == SV_UNDO_CHANGED)
		sv_warn(t->sv,
			"guest '%s': %s was labelled %s by somebody else, and is left so (it was "
			"%s before)",
			t->lease->name, path, sv_escape(event->found, found, sizeof(found)),
			event->to);
}

int sv_keep(struct sv_store *store, int64_t lease, bool kept, struct sv_error *err)
{
	int r = sv_store_begin(store, err);

	if (r == 0)
		r = sv_lease_keep(store, lease, kept, err);
	if (r == 0)
		r = sv_store_commit(store, err);
	if (r < 0)
		sv_store_rollback(store);
	return r;
}

/* The guest has no process any more. */
static int unload_rules(const struct svirt *sv, const struct sv_lease *lease, struct sv_error *err)
{
	int r = 0;

	for (size_t i = 0; !sv->rehearses && r == 0 && i < lease->n_layers; i++) {
		const struct sv_lease_layer *layer = &lease->layers[i];
		const struct sv_driver *driver;

		r = sv_driver_need(layer->driver, &driver, err);
		if (r == 0 && driver->rules)
			r = driver->rules->unload(layer->label, err);
	}
	return r;
}

int sv_release(struct svirt *sv, struct sv_store *store, const struct sv_lease *lease,
	       const struct sv_undo_how *how, struct sv_error *err)
{
	struct reporter reporter = {.sv = sv, .lease = lease, .how = how};
	const struct sv_undo_how told = {
		.policy = how && how->policy,
		.give_up = how && how->give_up,
		.fn = report,
		.data = &reporter,
		.watch = &sv->watch,
	};
	int r = 0;

	/* a lease that is partly put back is not kept any more: the next command may finish it */
	if (lease->kept || lease->was_kept)
		r = sv_keep(store, lease->id, false, err);
	if (r == 0)
		r = unload_rules(sv, lease, err);
	if (r == 0)
		r = sv_plan_undo(store, lease->id, &told, err);
	if (r < 0)
		return sv_wrap(err, "guest '%s'", lease->name);
	sv_rundir_leave(sv, lease->name);
	r = sv_store_begin(store, err);
	if (r == 0)
		r = sv_lease_remove(store, lease->id, err);
	if (r == 0)
		r = sv_store_commit(store, err);
	if (r < 0)
		sv_store_rollback(store);
	return r;
}

int sv_abandon(struct svirt *sv, struct sv_store *store, const struct sv_lease *lease,
	       struct sv_error *err)
{
	if (!lease->was_kept)
		return sv_release(sv, store, lease, NULL, err);
	sv_rundir_leave(sv, lease->name);
	if (unload_rules(sv, lease, err) < 0)
		return sv_wrap(err, "guest '%s'", lease->name);
	return sv_keep(store, lease->id, true, err);
}

int sv_is_abandoned(const struct svirt *sv, const struct sv_lease *lease, struct sv_error *err)
{
	struct sv_runtime rt;
	int r;

	if (!lease->was_kept)
		return SV_NONE;
	r = sv_runtime_read(sv, lease->name, &rt, err);
	if (r < 0)
		return r;
	/* the first thing that a monitor does is to record itself */
	return rt.monitor.pid == 0 ? 0 : SV_NONE;
}

/* An error of one guest becomes a warning, so that it does not stop a command for another guest. */
static int leave(const struct svirt *sv, struct sv_error *err)
{
	sv_warn(sv, "%s", err->msg);
	sv_error_clear(err);
	return 0;
}

static const char *outcome(const struct svirt *sv, bool back)
{
	if (!back)
		return "files are labelled, as before";
	return sv->rehearses ? "labels would be put back first" : "labels have been put back";
}

/* seen was read before the lock was taken. So the lease is read again under the lock. */
static int repair_one(struct svirt *sv, struct sv_store *store, const struct sv_lease *seen,
		      struct sv_error *err)
{
	sv_auto_lease struct sv_lease lease_now = {0};
	const struct sv_lease *lease = &lease_now;
	sv_auto_close int lock = -1;
	struct sv_runtime rt;
	bool unfinished, back;
	unsigned n = 0;
	int r = sv_guest_lock(sv, seen->name, &lock, err);

	if (r == SV_BUSY)
		return 0;
	if (r < 0)
		return leave(sv, err);
	if (r == 0)
		r = sv_lease_find(store, seen->name, &lease_now, err);
	if (r == SV_NONE) {
		sv_guest_unlock(sv, seen->name, &lock);
		return 0;
	}
	if (r == 0 && lease->kept)
		return 0;
	if (r < 0)
		return r;
	if (sv_runtime_read(sv, lease->name, &rt, err) < 0)
		return leave(sv, err);
	/* a start that was not finished is undone: its guest has not run yet */
	unfinished = (rt.guest.pid > 0 || rt.tpm.pid > 0) && rt.state == SV_GUEST_STARTING;
	r = sv_orphans(sv, store, lease, unfinished ? SV_ORPHANS_END : SV_ORPHANS_ALL, &n, err);
	/* it keeps its lease, its level and its files, and no other guest waits for its end */
	if (r < 0)
		return leave(sv, err);
	if (n && !unfinished) {
		sv_warn(sv,
			"guest '%s' runs without its monitor: 'svirt restore --stale' ends it and "
			"puts its labels back",
			lease->name);
		return 0;
	}
	r = sv_is_abandoned(sv, lease, err);
	back = r == SV_NONE;
	if (r >= 0)
		r = back ? sv_release(sv, store, lease, NULL, err)
			 : sv_abandon(sv, store, lease, err);
	if (r < 0)
		return leave(sv, err);
	sv_guest_unlock(sv, lease->name, &lock);
	if (back || !sv->rehearses)
		sv_warn(sv,
			"guest '%s' was left behind by a command or monitor that was killed: its "
			"%s",
			lease->name, outcome(sv, back));
	return 0;
}

int sv_repair(struct svirt *sv, struct sv_store *store, struct sv_error *err)
{
	sv_auto_leases struct sv_leases list = {0};
	size_t i;
	int r = sv_leases_read(store, SV_LEASES_WATCHED, &list, err);

	sv_rundir_sweep(sv);
	for (i = 0; r == 0 && i < list.n; i++)
		r = repair_one(sv, store, &list.items[i], err);
	return r;
}

static int sweep_one(struct svirt *sv, struct sv_store *store, const char *name,
		     struct sv_error *err)
{
	sv_auto_lease struct sv_lease lease = {0};
	sv_auto_close int lock = -1;
	int r = sv_guest_lock(sv, name, &lock, err);

	if (r == 0)
		r = sv_lease_find(store, name, &lease, err);
	if (r == 0 && !lease.kept)
		return 0;
	if (r == 0 || r == SV_NONE)
		r = sv_orphans_unknown(sv, name, false, err);
	if (r == SV_NONE) {
		r = sv_rundir_clear(sv, name, err);
		sv_guest_unlock(sv, name, &lock);
	}
	return r < 0 ? r : 0;
}

static int note_label(void *data, const char *label, struct sv_error *err)
{
	struct sv_strv *labels = data;

	sv_strv_add(labels, label);
	return sv_strv_check(labels, err);
}

/* Unloads rules of which the store knows no guest, as it was lost or replaced, and that no process
 * has for a label. They are listed before leases are looked at, because a start has its lease
 * before it loads rules. */
static int sweep_rules(struct svirt *sv, struct sv_store *store, struct sv_error *err)
{
	sv_auto_strv struct sv_strv labels = {0};
	struct sv_name_case everybody = {.store = store};
	const struct sv_driver *driver = NULL;
	int r = sv_driver_main(NULL, &driver, NULL, err);

	if (r != 0 || !driver->rules || !driver->rules->each)
		return r < 0 ? r : 0;
	everybody.driver = driver;
	r = driver->rules->each(note_label, &labels, err);
	for (size_t i = 0; r == 0 && i < labels.n; i++) {
		const char *label = labels.v[i];
		char holder[SV_NAME_HOLDER];

		r = sv_name_holder(&everybody, label, holder, err);
		if (r == SV_NONE && (r = driver->rules->unload(label, err)) < 0)
			r = leave(sv, err);
	}
	return r;
}

int sv_sweep(struct svirt *sv, struct sv_store *store, struct sv_error *err)
{
	sv_auto_strv struct sv_strv names = {0};
	size_t i;
	int r = sv_rundir_names(sv, &names, err);

	sv_rundir_sweep(sv);
	for (i = 0; r == 0 && i < names.n; i++) {
		if (sweep_one(sv, store, names.v[i], err) < 0)
			r = leave(sv, err);
	}
	if (r == 0 && sweep_rules(sv, store, err) < 0)
		r = leave(sv, err);
	return r;
}
