/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Putting labels back on request: see restore.h. */
#include "guest/restore/restore.h"

#include "base/string.h"
#include "guest/files/pins.h"
#include "guest/restore/orphans.h"
#include "guest/restore/rebuild.h"
#include "guest/restore/release.h"
#include "guest/restore/undos.h"
#include "guest/state/leases.h"
#include "guest/state/registry.h"
#include "guest/state/rundir.h"
#include "guest/state/runtime.h"

/* A request for one guest or for many. */
struct asked {
	struct svirt *sv;
	struct sv_store *store;
	unsigned flags;
	bool stale;   /* only guests that a killed command or monitor left */
	bool give_up; /* of struct sv_undo_how */
	struct sv_undo_list list;
};

static struct sv_undo_how how_of(struct asked *asked)
{
	return (struct sv_undo_how){
		.policy = asked->flags & SVIRT_TO_POLICY,
		.give_up = asked->give_up,
		.fn = sv_undo_list_event,
		.data = &asked->list,
	};
}

/* Restores one guest, under its lock. end: end a VMM that outlived its monitor. SV_BUSY: the guest
 * runs, or another command works on it. SV_NONE: there is nothing to put back. */
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
	if (r == SV_NONE) {
		r = sv_orphans_unknown(sv, name, end, err);
		if (r >= 0)
			sv_guest_unlock(sv, name, &lock);
		return r;
	}
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

/* 0: the guest's lock is free. */
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

		/* go on after a guest that cannot be put back. One that another command puts back
		 * at this moment is not an error */
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

/* A guest without a lease has nothing to put back. It is an error if it is not defined either. */
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
	/* a timer or a boot service runs restore --stale */
	asked.give_up = which != SVIRT_RESTORE_STALE;
	if (which == SVIRT_RESTORE_GUEST)
		r = restore_named(&asked, name, err);
	else
		r = restore_many(&asked, which, err);
	if (asked.list.failed)
		return sv_fail_oom(err);
	if (r == 0 || err->code == SV_E_PARTIAL || undos->n)
		*ret = sv_take_ptr(undos);
	return r;
}

int sv_restore_dead(struct svirt *sv, struct sv_store *store, const char *name,
		    struct sv_error *err)
{
	sv_cleanup(svirt_undos_free) struct svirt_undos *undos = calloc(1, sizeof(*undos));
	struct asked asked = {.sv = sv, .store = store, .list = {.undos = undos}};

	return undos ? restore_asked(&asked, name, true, err) : sv_fail_oom(err);
}
