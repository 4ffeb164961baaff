/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reserves the lease and the journal of a guest while others start at the same time: see reserve.h.
 * Must not know how anything is decided. */
#include "guest/prepare/reserve.h"

#include "base/patience.h"
#include "base/string.h"
#include "guest/files/pins.h"
#include "guest/level/users.h"
#include "guest/prepare/assign.h"
#include "guest/prepare/decide.h"
#include "guest/prepare/naming.h"
#include "guest/restore/orphans.h"
#include "guest/restore/release.h"
#include "guest/state/rundir.h"
#include "guest/state/runtime.h"

/* How often to decide outside of a transaction. After that the decision is made in a transaction,
 * while nobody else can write. That is the last resort, because directories are read for a decision
 * and others would have to wait. */
#define TRIES	   8
#define TRIES_TREE 100

#define AWAIT_MS      50    /* between two looks at a directory that is being put back */
#define AWAIT_MOST_MS 60000 /* the longest wait for it */

struct reserve {
	struct svirt *sv;
	struct sv_store *store;
	const struct sv_domain *dom;
	struct sv_prepared *prep;
};

/* Finds the lease of a guest that was only labelled, to take it over with its level. 0: *ret is
 * that lease. SV_NONE: there is none; a lease of another kind is released. SV_E_BUSY: a process of
 * the guest is left. Called under the guest's lock. Processes with the level of a kept lease are
 * not looked for here, because comparing levels does that later. */
static int take_over(struct svirt *sv, struct sv_store *store, const char *name,
		     struct sv_lease *ret, struct sv_error *err)
{
	sv_auto_lease struct sv_lease lease = {0};
	enum sv_orphans_how how = SV_ORPHANS_ALL;
	int r = sv_lease_find(store, name, &lease, err);

	if (r == 0 && lease.kept && lease.level)
		how = SV_ORPHANS_NOTED;
	if (r == 0)
		r = sv_demand_ended(sv, store, &lease, how, err);
	if (r == SV_NONE)
		return sv_orphans_unknown(sv, name, false, err);
	if (r != 0)
		return r;
	if (!lease.kept) {
		r = sv_release(sv, store, &lease, NULL, err);
		return r < 0 ? r : SV_NONE;
	}
	*ret = lease;
	lease = (struct sv_lease){0};
	return 0;
}

static int add(struct sv_store *store, struct sv_prepared *prep, struct sv_error *err)
{
	int64_t id;
	int r = sv_lease_add(store, &prep->lease, &id, err);

	if (r == SV_BUSY)
		r = sv_fail(err, SV_E_BUSY, 0, "guest '%s' or its label is in use",
			    prep->lease.name);
	if (r < 0)
		return r;
	prep->lease.id = id;
	return sv_plan_journal(&prep->plan, store, id, err);
}

/* Whether the lease of a guest that is labelled again stays the same. Then the guest stays labelled
 * even when this command fails. */
static bool is_unchanged(const struct sv_prepared *prep, const struct sv_lease *kept)
{
	const struct sv_lease *l = &prep->lease;

	return !(prep->request.flags & SV_PREPARE_LAUNCH) && sv_streq(l->uuid, kept->uuid) &&
	       l->vcpus == kept->vcpus && l->memory_kib == kept->memory_kib &&
	       l->max_memory_kib == kept->max_memory_kib && sv_streq(l->emulator, kept->emulator);
}

/* Reuses the kept lease. SV_NONE: its labels are not those that are wanted now. */
static int reuse(struct sv_store *store, const struct sv_lease *kept, struct sv_prepared *prep,
		 struct sv_error *err)
{
	struct sv_lease *l = &prep->lease;
	int r;

	if (l->dynamic != kept->dynamic || !sv_streq(l->level, kept->level) ||
	    !sv_lease_same_layers(l, kept))
		return SV_NONE;
	r = sv_plan_rejournal(&prep->plan, store, kept->id, err);
	if (r != 0)
		return r;
	l->id = kept->id;
	l->was_kept = true;
	l->kept = is_unchanged(prep, kept);
	return l->kept ? 0 : sv_lease_reuse(store, l, err);
}

/* Whether the decision still holds that was made when the store had the version seen. Everything
 * that a decision takes from the store is checked again: level and group here, files by the journal
 * in the same transaction. SV_SKIP: another command was faster. */
static int recheck(const struct reserve *w, int64_t seen, struct sv_error *err)
{
	const struct sv_identity *identity = &w->prep->identity;
	const struct sv_assign_case level = {w->sv, w->store, w->dom, &w->prep->request,
					     &identity->choice};
	const struct sv_driver *driver = identity->choice.main;
	int64_t now = 0;
	int r = sv_store_version(w->store, &now, err);

	if (r < 0 || now == seen)
		return r;
	r = driver && driver->level ? sv_assign_again(&level, &identity->assigned, err) : 0;
	if (r == 0 && driver && driver->kind)
		r = sv_naming_again(&level, sv_identity_main(identity)->label, err);
	if (r == 0 && identity->user_alone)
		r = sv_user_again(w->store, w->dom->name, identity->user_alone, err);
	return r == SV_NONE ? SV_SKIP : r;
}

/* Begins the transaction. The wait may be interrupted, since nothing is reserved yet. */
static int begin(const struct reserve *w, struct sv_error *err)
{
	int r;

	w->sv->interruptible = true;
	r = sv_store_begin(w->store, err);
	w->sv->interruptible = false;
	return r;
}

/* A refusal may be outdated when the store has changed since the version seen: for instance, a new
 * group may exist by now. SV_SKIP: decide again. For a directory that is being put back, await()
 * waits instead. */
static int refused(const struct reserve *w, int64_t seen, struct sv_error *err)
{
	struct sv_error ignored = {0};
	const char *path = NULL;
	int64_t now = seen;

	if (err->code != SV_E_BUSY || sv_store_version(w->store, &now, &ignored) < 0 ||
	    now == seen || sv_plan_awaits(&w->prep->plan, w->store, &path, &ignored) == 0)
		return -(int)err->code;
	sv_error_clear(err);
	return SV_SKIP;
}

/* Decides, then begins a transaction in which the decision holds. SV_SKIP: it does not hold. */
static int decide(const struct reserve *w, bool alone, struct sv_error *err)
{
	int64_t seen = 0;
	int r = alone ? begin(w, err) : sv_store_version(w->store, &seen, err);

	if (r == 0)
		r = sv_prepare_decide(w->sv, w->store, w->dom, w->prep, err);
	if (alone)
		return r;
	if (r < 0)
		return refused(w, seen, err);
	r = begin(w, err);
	return r == 0 ? recheck(w, seen, err) : r;
}

/* One try. kept: the lease to take over, or NULL. SV_NONE: that lease does not fit. SV_SKIP: try
 * again.
 */
static int reserve_once(const struct reserve *w, const struct sv_lease *kept, bool alone,
			struct sv_error *err)
{
	int r = decide(w, alone, err);

	if (r == 0)
		r = kept ? reuse(w->store, kept, w->prep, err) : add(w->store, w->prep, err);
	if (r == 0)
		r = sv_pins_record(w->store, w->dom, &w->prep->files, w->prep->request.accept, err);
	if (r == 0)
		r = sv_store_commit(w->store, err);
	if (r != 0)
		sv_store_rollback(w->store);
	return r;
}

static bool has_tree(const struct sv_plan *plan)
{
	for (size_t i = 0; i < plan->n; i++) {
		if (plan->items[i].tree)
			return true;
	}
	return false;
}

/* Waits for a directory that was another guest's and is being put back. SV_SKIP: try again.
 * Otherwise err is the refusal, or says why the wait ended. */
static int await(const struct reserve *w, struct sv_patience *patience, struct sv_error *err)
{
	struct sv_error e = {0};
	int r;

	if (w->sv->rehearses || sv_plan_awaits(&w->prep->plan, w->store, &patience->path, &e) != 0)
		return -(int)err->code;
	w->sv->interruptible = true;
	r = sv_patience_sleep(patience, AWAIT_MS, &e);
	w->sv->interruptible = false;
	if (r == SV_NONE)
		return -(int)err->code;
	*err = e;
	return r < 0 ? r : SV_SKIP;
}

static int reserve(const struct reserve *w, const struct sv_lease *kept, struct sv_error *err)
{
	struct sv_patience patience = {.watch = &w->sv->watch, .most_ms = AWAIT_MOST_MS};
	unsigned i = 0, tries = TRIES;
	int r;

	do {
		r = reserve_once(w, kept, i++ >= tries, err);
		tries = has_tree(&w->prep->plan) ? TRIES_TREE : TRIES;
		if (r == -SV_E_BUSY) {
			r = await(w, &patience, err);
			i = 0;
		}
		if (r == SV_SKIP)
			sv_prepare_reset(w->prep);
	} while (r == SV_SKIP);
	return r;
}

/* Reserves for a guest that holds nothing any more. What ended may have put back devices, and their
 * nodes with them. */
static int reserve_anew(const struct reserve *w, struct sv_error *err)
{
	struct sv_files *files = &w->prep->files;

	for (size_t i = 0; i < files->resources.n; i++)
		if (files->resources.items[i].later)
			sv_nodes_forget(&files->nodes, files->resources.items[i].path);
	return reserve(w, NULL, err);
}

/* Reserves for a guest that was labelled before. Its labels stay, so that a start that is not
 * finished leaves the guest as it was. If they are for other files or for another level than are
 * wanted now, they are put back first, but only when the new decision is made. */
static int reserve_again(const struct reserve *w, struct sv_error *err)
{
	sv_auto_lease struct sv_lease kept = {0};
	int r = take_over(w->sv, w->store, w->dom->name, &kept, err);

	/* a process of it may live: its record stays, which sv_guest_unlock() would remove */
	if (r < 0)
		sv_close_fd(&w->prep->lock);
	if (r >= 0 && !w->sv->rehearses && sv_runtime_clear(w->prep->lock, err) < 0)
		return -(int)err->code;
	if (r == SV_NONE)
		return reserve_anew(w, err);
	if (r == 0)
		r = sv_prepare_remember(w->sv, w->store, &kept, w->prep, err);
	if (r == 0)
		r = reserve(w, &kept, err);
	if (r != SV_NONE)
		return r;
	sv_prepare_reset(w->prep);
	r = sv_demand_ended(w->sv, w->store, &kept, SV_ORPHANS_ALL, err);
	if (r == 0)
		r = sv_release(w->sv, w->store, &kept, NULL, err);
	return r < 0 ? r : reserve_anew(w, err);
}

int sv_reserve(struct svirt *sv, struct sv_store *store, const struct sv_domain *dom,
	       struct sv_prepared *prep, struct sv_error *err)
{
	const struct reserve work = {sv, store, dom, prep};
	int r = sv_guest_lock(sv, dom->name, &prep->lock, err);

	if (r == SV_BUSY) {
		sv_fail(err, SV_E_BUSY, 0, "guest '%s' is running, or another command works on it",
			dom->name);
		return sv_hint(err, "svirt dominfo %s", dom->name);
	}
	if (r == 0)
		r = reserve_again(&work, err);
	if (r < 0)
		sv_guest_unlock(sv, dom->name, &prep->lock);
	return r;
}
