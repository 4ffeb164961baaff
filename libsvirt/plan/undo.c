/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Undo: puts the holds of a guest back in reverse order, each inode to its label before the first
 * holder, unless another guest holds it or somebody has changed it. Single objects go back in one
 * transaction from the first look to the last removal, so that a guest that starts meanwhile either
 * becomes a holder before, or finds the originals. A directory may have a million files, so nobody
 * has to wait for it (nor for the drivers of a device): it is marked as being put back, which keeps
 * others from it; it goes back outside of any transaction; and its hold is removed in another short
 * one. When the process is killed in between, all of it is done again.
 */
#include "plan/attrs.h"
#include "plan/object.h"
#include "plan/tree.h"

#include "base/proc.h"
#include "base/string.h"

#define SHOWN 256

struct undo {
	struct sv_store *store;
	const struct sv_undo_how *how;
	size_t failed;
};

/* What is known of one hold that is being put back; text is owned. */
struct look {
	const struct sv_driver *driver;
	struct sv_node node;
	char *found, *to;
	char *attrs; /* mode, ACL or attributes that the guest has left; or NULL */
	bool moved;
	enum sv_undo_result result;
};

static void look_done(struct look *look)
{
	sv_node_done(&look->node);
	free(look->found);
	free(look->to);
	free(look->attrs);
}

/* The label that an object gets back. Without an original it is the policy's. */
static int goal(const struct look *look, const struct sv_hold *hold, bool policy, char **ret,
		struct sv_error *err)
{
	int r = SV_NONE;

	if ((policy || !hold->original) && look->driver->label->fallback)
		r = look->driver->label->fallback(hold->path, look->node.mode, ret, err);
	if (r != SV_NONE)
		return r;
	if (!hold->original)
		return sv_fail(err, SV_E_UNKNOWN, 0,
			       "what label %s had is not known, and the policy says none",
			       hold->path);
	return sv_strdup(hold->original, ret, err);
}

static int decide(struct look *look, const struct sv_hold *hold, bool policy, struct sv_error *err)
{
	int r = sv_object_label(look->driver, &look->node, hold->path, &look->found, err);

	if (r == 0)
		r = goal(look, hold, policy, &look->to, err);
	if (r == 0)
		r = sv_object_same(look->driver, look->found, look->to, err);
	if (r == 0)
		look->result = SV_UNDO_UNCHANGED;
	if (r != SV_NONE)
		return r;
	look->result = SV_UNDO_RESTORED;
	r = sv_object_same(look->driver, look->found, hold->wanted, err);
	/* with --to=policy a file that has its original label was not changed by somebody else */
	if (r == SV_NONE && policy && hold->original)
		r = sv_object_same(look->driver, look->found, hold->original, err);
	/* a crash leaves a device on its way */
	if (r == SV_NONE && look->driver->label->midway && hold->original &&
	    look->driver->label->midway(look->found, hold->original, hold->wanted))
		r = 0;
	if (r == SV_NONE)
		look->result = SV_UNDO_CHANGED;
	return r < 0 ? r : 0;
}

/* Whether the label of hold ended with the boot that it was set in. */
static int has_ended(const struct look *look, const struct sv_hold *hold, struct sv_error *err)
{
	char boot[SV_UUID_LEN + 1];
	int r = look->driver->label->midway ? sv_proc_boot(boot, err) : SV_NONE;

	return r == 0 && sv_streq(boot, hold->boot) ? SV_NONE : r;
}

/* The mode and the ACL go back with the owner, unless somebody else has given the file away. */
static int compare_attrs(struct look *look, const struct sv_hold *hold, struct sv_error *err)
{
	char shown[SHOWN];
	int r;

	if (!hold->attrs || look->result == SV_UNDO_CHANGED)
		return 0;
	r = sv_attrs_differ(&look->node, hold->attrs, &look->attrs, err);
	if (r == 0)
		look->result = SV_UNDO_RESTORED;
	return r < 0 ? sv_wrap(err, "%s", sv_escape(hold->path, shown, sizeof(shown))) : 0;
}

/* The file of hold was not found. */
static int is_lost(const struct sv_hold *hold, const struct sv_undo_how *how, struct sv_error *err)
{
	char shown[SHOWN];
	int r;

	/* nothing was set on it */
	if (how->give_up || sv_streq(hold->driver, sv_driver_exclusive.name))
		return 0;
	r = sv_object_is_gone(hold, err);
	if (r != SV_NONE)
		return r;
	return sv_fail(err, SV_E_NOTFOUND, 0,
		       "%s was not found, and its filesystem may not be mounted",
		       sv_escape(hold->path, shown, sizeof(shown)));
}

static int look_at(const struct sv_hold *hold, const struct sv_undo_how *how, struct look *look,
		   struct sv_error *err)
{
	int r = sv_driver_need(hold->driver, &look->driver, err);

	if (r == 0)
		r = has_ended(look, hold, err);
	if (r == 0) {
		look->result = SV_UNDO_UNCHANGED;
		return 0;
	}
	if (r == SV_NONE)
		r = sv_object_open(hold, &look->node, &look->moved, err);
	if (r == SV_NONE) {
		look->result = SV_UNDO_GONE;
		return is_lost(hold, how, err);
	}
	if (r == 0)
		r = decide(look, hold, how->policy, err);
	return r == 0 ? compare_attrs(look, hold, err) : r;
}

/* The object as it was. */
static int restore(struct look *look, const struct sv_hold *hold, struct sv_error *err)
{
	int r = look->attrs ? sv_attrs_clear(&look->node, hold->attrs, err) : 0;

	if (r == 0 && look->result == SV_UNDO_RESTORED)
		r = sv_object_set(look->driver, &look->node, hold->path, look->to, err);
	if (r == 0 && hold->attrs && look->result == SV_UNDO_RESTORED)
		r = sv_attrs_restore(&look->node, hold->attrs, err);
	return r;
}

/* What is said about a hold beside its result; owned by the caller, NULL: nothing. */
static char *reason_of(const struct look *look, const struct sv_hold *hold, bool dry)
{
	sv_auto_free char *stays = NULL;
	char *said = NULL;
	struct sv_error ignored = {0};
	int r = SV_NONE;

	if (look->attrs && !dry)
		r = sv_attrs_differ(&look->node, hold->attrs, &stays, &ignored);
	if (look->attrs)
		r = sv_asprintf(&said, &ignored, "%sthe guest left %s%s%s",
				look->moved ? "it was moved or renamed; " : "", look->attrs,
				r == SV_NONE ? "" : "; this stays: ", stays ? stays : "");
	else if (look->moved)
		r = sv_strdup("it was moved or renamed", &said, &ignored);
	return r < 0 ? NULL : said;
}

static void tell(const struct undo *undo, const struct sv_hold *hold, const struct look *look,
		 const struct sv_error *why)
{
	sv_auto_free char *reason = NULL;
	struct sv_undo_event event = {
		.hold = hold,
		.result = look->result,
		.found = look->found,
		.to = look->to,
		.moved = look->moved,
	};

	if (!undo->how->fn)
		return;
	if (look->result != SV_UNDO_FAILED)
		reason = reason_of(look, hold, !undo->store || sv_store_rehearses(undo->store));
	event.reason = look->result == SV_UNDO_FAILED ? why->msg : reason;
	undo->how->fn(undo->how->data, &event);
}

/* A directory that was held whole: each file in it has its own way back, and the root's answer is
 * the answer for all. */
static int undo_tree(const struct undo *undo, const struct sv_hold *hold, struct look *look,
		     struct sv_error *err)
{
	const struct sv_tree_undo_request request = {
		.store = undo->store,
		.hold = hold,
		.root = &look->node,
		.driver = look->driver,
		.watch = undo->how->watch,
	};
	size_t n = 0;
	int r;

	if (look->result == SV_UNDO_SHARED || look->result == SV_UNDO_GONE ||
	    sv_store_rehearses(undo->store))
		return 0;
	r = sv_tree_undo(&request, &n, err);
	if (look->result != SV_UNDO_CHANGED)
		look->result = n ? SV_UNDO_RESTORED : SV_UNDO_UNCHANGED;
	return r;
}

/* One hold, told to fn. SV_NONE: it could not be put back, and stays in the journal; *ret_dev is
 * the device number that its file has now, 0 when the file was not found. */
static int put_back(struct undo *undo, const struct sv_held *held, uint64_t *ret_dev)
{
	sv_cleanup(look_done) struct look look = {.node = SV_NODE_EMPTY, .result = SV_UNDO_SHARED};
	const struct sv_hold *hold = &held->hold;
	struct sv_error why = {0};
	int r = 0;

	if (held->others == 0)
		r = look_at(hold, undo->how, &look, &why);
	if (r == 0 && hold->tree)
		r = undo_tree(undo, hold, &look, &why);
	else if (r == 0 && !sv_store_rehearses(undo->store))
		r = restore(&look, hold, &why);
	if (r < 0) {
		look.result = SV_UNDO_FAILED;
		undo->failed++;
	}
	*ret_dev = look.node.dev;
	tell(undo, hold, &look, &why);
	return r < 0 ? SV_NONE : 0;
}

/* Whether it takes long: what others hold too is only forgotten. */
static bool is_long(const struct undo *undo, const struct sv_held *held)
{
	return (held->hold.tree || sv_streq(held->hold.driver, sv_driver_pci.name)) &&
	       held->others == 0 && !sv_store_rehearses(undo->store);
}

static int forget(const struct undo *undo, const struct sv_hold *hold, struct sv_error *err)
{
	return sv_hold_remove(undo->store, hold->guest, hold->seq, err);
}

/* Keeps a hold that could not be put back. In a transaction. After a reboot its file may have
 * another device number, and it must keep excluding other guests. The binding of a device has no
 * number, and needs the boot in which it was made. */
static int keep(const struct undo *undo, const struct sv_hold *hold, uint64_t dev,
		struct sv_error *err)
{
	char boot[SV_UUID_LEN + 1];
	int r;

	if (!dev || dev == hold->dev || sv_streq(hold->driver, sv_driver_pci.name))
		return 0;
	r = sv_proc_boot(boot, err);
	if (r == 0)
		r = sv_hold_renumber(undo->store, hold, dev, boot, err);
	return r < 0 ? r : 0;
}

/* In the first transaction. <0: the store failed, and the undo has to end. */
static int undo_short(struct undo *undo, const struct sv_held *held, struct sv_error *err)
{
	uint64_t dev = 0;

	if (is_long(undo, held))
		return sv_hold_going(undo->store, &held->hold, true, err);
	return put_back(undo, held, &dev) == 0 ? forget(undo, &held->hold, err)
					       : keep(undo, &held->hold, dev, err);
}

/* Looks and labels in no transaction, and forgets in one of its own. */
static int undo_long(struct undo *undo, const struct sv_held *held, struct sv_error *err)
{
	uint64_t dev = 0;
	bool back = put_back(undo, held, &dev) == 0;
	int r = sv_store_begin(undo->store, err);

	if (r < 0)
		return r;
	r = back ? forget(undo, &held->hold, err)
		 : sv_hold_going(undo->store, &held->hold, false, err);
	if (r == 0 && !back)
		r = keep(undo, &held->hold, dev, err);
	if (r == 0)
		return sv_store_commit(undo->store, err);
	sv_store_rollback(undo->store);
	return r;
}

static int undo_all(struct undo *undo, int64_t guest, struct sv_holds *holds, struct sv_error *err)
{
	size_t i;
	int r = sv_store_begin(undo->store, err);

	if (r < 0)
		return r;
	r = sv_holds_of(undo->store, guest, true, holds, err);
	for (i = 0; r == 0 && i < holds->n; i++)
		r = undo_short(undo, &holds->items[i], err);
	if (r == 0)
		r = sv_store_commit(undo->store, err);
	else
		sv_store_rollback(undo->store);
	for (i = 0; r == 0 && i < holds->n; i++) {
		if (is_long(undo, &holds->items[i]))
			r = undo_long(undo, &holds->items[i], err);
	}
	return r;
}

static const struct sv_undo_how as_it_was;

int sv_plan_undo(struct sv_store *store, int64_t guest, const struct sv_undo_how *how,
		 struct sv_error *err)
{
	struct undo undo = {.store = store, .how = how ? how : &as_it_was};
	sv_auto_holds struct sv_holds holds = {0};
	int r = undo_all(&undo, guest, &holds, err);

	if (r < 0 || undo.failed == 0)
		return r;
	sv_fail(err, SV_E_PARTIAL, 0, "%zu of %zu labels could not be put back", undo.failed,
		holds.n);
	return sv_hint(err, "they stay in the journal: remove the cause, then run svirt restore");
}

int sv_plan_foresee(struct sv_store *store, int64_t guest, const struct sv_undo_how *how,
		    struct sv_error *err)
{
	const struct undo undo = {.how = how};
	sv_auto_holds struct sv_holds holds = {0};
	int r = sv_holds_of(store, guest, true, &holds, err);
	size_t i;

	for (i = 0; r == 0 && i < holds.n; i++) {
		sv_cleanup(look_done) struct look look = {.node = SV_NODE_EMPTY};
		const struct sv_held *held = &holds.items[i];
		struct sv_error why = {0};

		if (look_at(&held->hold, how, &look, &why) < 0)
			look.result = SV_UNDO_FAILED;
		/* it is not asked for then, found or not */
		if (held->others)
			look.result = SV_UNDO_SHARED;
		tell(&undo, &held->hold, &look, &why);
	}
	return r;
}
