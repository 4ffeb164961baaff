/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The way back: every hold of a guest in reverse, each inode to what it was before its first
 * holder, unless somebody else has a say in it. One transaction from the first look to the last
 * removal, so that a guest that starts meanwhile either joins before or finds the originals.
 */
#include "plan/object.h"

#include "base/string.h"

struct undo {
	struct sv_store *store;
	sv_undo_fn fn;
	void *data;
	size_t failed;
};

/* On a path that still leads to the inode. 0: *ret says what became of it. <0: it failed. */
static int restore(const struct sv_driver *driver, const struct sv_node *node,
		   const struct sv_hold *hold, char **ret_found, enum sv_undo_result *ret,
		   struct sv_error *err)
{
	sv_auto_free char *found = NULL;
	int r = sv_object_label(driver, node, hold->path, &found, err);

	if (r == 0)
		r = sv_object_same(driver, found, hold->original, err);
	if (r == 0)
		*ret = SV_UNDO_UNCHANGED;
	if (r == SV_NONE) {
		r = sv_object_same(driver, found, hold->wanted, err);
		if (r == SV_NONE)
			*ret = SV_UNDO_CHANGED;
		else if (r == 0) {
			r = sv_object_set(driver, node, hold->path, hold->original, err);
			*ret = SV_UNDO_RESTORED;
		}
	}
	*ret_found = sv_take_ptr(found);
	return r < 0 ? r : 0;
}

static int undo_hold(const struct sv_hold *hold, char **ret_found, enum sv_undo_result *ret,
		     struct sv_error *err)
{
	const struct sv_driver *driver = NULL;
	sv_auto_node struct sv_node node = SV_NODE_EMPTY;
	int r = sv_object_driver(hold, &driver, err);

	if (r == 0)
		r = sv_object_open(hold, &node, err);
	if (r == SV_NONE || (r < 0 && err->code == SV_E_NOTFOUND)) {
		*ret = SV_UNDO_GONE;
		return 0;
	}
	return r == 0 ? restore(driver, &node, hold, ret_found, ret, err) : r;
}

/* One hold, told to fn. <0: the store failed, and the undo has to end. */
static int undo_one(struct undo *undo, const struct sv_held *held, struct sv_error *err)
{
	sv_auto_free char *found = NULL;
	struct sv_error why = {0};
	struct sv_undo_event event = {.hold = &held->hold, .result = SV_UNDO_SHARED};

	if (held->others == 0 && undo_hold(&held->hold, &found, &event.result, &why) < 0) {
		event.result = SV_UNDO_FAILED;
		event.reason = why.msg;
		undo->failed++;
	}
	event.found = found;
	if (undo->fn)
		undo->fn(undo->data, &event);
	if (event.result == SV_UNDO_FAILED)
		return 0;
	return sv_hold_remove(undo->store, held->hold.guest, held->hold.seq, err);
}

static int undo_all(struct undo *undo, int64_t guest, size_t *ret_n, struct sv_error *err)
{
	sv_auto_holds struct sv_holds holds = {0};
	int r = sv_holds_of(undo->store, guest, true, &holds, err);
	size_t i;

	for (i = 0; r == 0 && i < holds.n; i++)
		r = undo_one(undo, &holds.items[i], err);
	*ret_n = holds.n;
	return r;
}

int sv_plan_undo(struct sv_store *store, int64_t guest, sv_undo_fn fn, void *data,
		 struct sv_error *err)
{
	struct undo undo = {.store = store, .fn = fn, .data = data};
	size_t n = 0;
	int r = sv_store_begin(store, err);

	if (r < 0)
		return r;
	r = undo_all(&undo, guest, &n, err);
	if (r < 0) {
		sv_store_rollback(store);
		return r;
	}
	r = sv_store_commit(store, err);
	if (r < 0 || undo.failed == 0)
		return r;
	sv_fail(err, SV_E_PARTIAL, 0, "%zu of %zu labels could not be put back", undo.failed, n);
	return sv_hint(err, "they stay in the journal: remove the cause, then run svirt restore");
}
