/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Journals a plan, and applies it. Both go through the same steps in the same order, so everything
 * that is done can be undone.
 */
#include "plan/attrs.h"
#include "plan/bind.h"
#include "plan/device.h"
#include "plan/held.h"
#include "plan/object.h"
#include "plan/tree-apply.h"
#include "plan/tree.h"

#include "base/fhandle.h"
#include "base/proc.h"
#include "base/string.h"

#include <sys/stat.h>

#define SHOWN 256

static int fail_replaced(const char *path, struct sv_error *err)
{
	char shown[SHOWN];

	sv_fail(err, SV_E_BUSY, 0, "%s was replaced since it was planned",
		sv_escape(path, shown, sizeof(shown)));
	return sv_hint(err, "see who writes to its directory, then run the command again");
}

static int fail_changed(const char *path, struct sv_error *err)
{
	char shown[SHOWN];

	sv_fail(err, SV_E_BUSY, 0, "%s got another label since it was planned",
		sv_escape(path, shown, sizeof(shown)));
	return sv_hint(err, "see who uses it, then run the command again");
}

/* Whether the file may have been moved. Files in /dev and /run are made anew instead. */
static bool may_move(const struct sv_node *node)
{
	return S_ISREG(node->mode) || S_ISDIR(node->mode);
}

static int hold_of(const struct sv_step *step, int64_t guest, uint32_t seq, struct sv_hold *ret,
		   struct sv_error *err)
{
	sv_auto_hold struct sv_hold hold = {
		.guest = guest,
		.seq = seq,
		.dev = step->node->dev,
		.ino = step->node->ino,
		.born = step->node->born,
		.device = sv_devnum_of(step->node),
		.fs = sv_fs_identity(step->node->fd),
		.tree = step->tree != NULL,
		.alone = sv_step_is_alone(step),
	};

	if (sv_proc_boot(hold.boot, err) < 0 ||
	    sv_strdup(step->driver->name, &hold.driver, err) < 0 ||
	    sv_strdup(step->path, &hold.path, err) < 0 ||
	    sv_strdup(step->target, &hold.target, err) < 0 ||
	    sv_strdup(step->to, &hold.wanted, err) < 0 ||
	    (!sv_step_binds(step) && may_move(step->node) &&
	     sv_fhandle_of(step->node->fd, &hold.handle, err) < 0) ||
	    (step->driver->label->owner && sv_attrs_read(step->node, &hold.attrs, err) < 0))
		return -(int)err->code;
	*ret = hold;
	hold = (struct sv_hold){0};
	return 0;
}

/* Whether a label has the level that was drawn for the guest of plan, or is the name of a guest,
 * which nobody uses any more. Then svirt has set it, and no file may keep it when the guest has
 * ended. */
static bool is_own(const struct sv_plan *plan, const struct sv_driver *driver, const char *label)
{
	struct sv_error ignored = {0};
	struct sv_level level;

	if (driver->kind)
		return driver->kind(label) == SV_NAME_GUEST;
	return plan->has_drawn && driver->level &&
	       driver->level->level_of(label, &level, &ignored) == 0 &&
	       sv_level_equal(&level, &plan->drawn);
}

static int fail_own(const struct sv_hold *hold, struct sv_error *err)
{
	char shown[SHOWN];

	sv_escape(hold->path, shown, sizeof(shown));
	sv_fail(err, SV_E_BUSY, 0,
		"%s has the level of this guest, and neither the journal nor the policy says what "
		"label it had before",
		shown);
	return sv_hint(err,
		       "give it the label that it is to have when no guest uses it: chcon "
		       "LABEL '%s'",
		       shown);
}

/* 0: the label is that of a mount whose files all have one. SV_NONE: it is the file's own. */
static int is_of_mount(const struct sv_step *step, struct sv_error *err)
{
	struct sv_mount mount;
	int r = step->driver->label->is_fixed ? sv_mount_of(step->node->fd, &mount, err) : SV_NONE;

	return r == 0 && !step->driver->label->is_fixed(&mount) ? SV_NONE : r;
}

/* The label that an object gets back. An object that was left at the guest's own level gets the
 * policy's label for its path. An object that has got another level since the plan is refused,
 * because that level was not compared with those in use. */
static int own_original(const struct sv_plan *plan, const struct sv_step *step,
			struct sv_hold *hold, struct sv_error *err)
{
	const struct sv_driver *driver = step->driver;
	sv_auto_free char *policy = NULL;
	struct sv_level level;
	int r;

	if (!driver->level && !driver->kind)
		return 0;
	if (driver->kind && is_own(plan, driver, hold->original) &&
	    !sv_streq(hold->original, step->from))
		return fail_changed(step->path, err);
	if (is_own(plan, driver, hold->original)) {
		r = is_of_mount(step, err);
		if (r != SV_NONE)
			return r;
		r = driver->label->fallback(hold->path, step->node->mode, &policy, err);
		if (r < 0)
			return r;
		if (r == SV_NONE || is_own(plan, driver, policy))
			return fail_own(hold, err);
		free(hold->original);
		hold->original = sv_take_ptr(policy);
		return 0;
	}
	if (!driver->level || sv_streq(hold->original, step->from))
		return 0;
	r = driver->level->level_of(hold->original, &level, err);
	return r == 0 && sv_catset_count(&level.cats) ? fail_changed(step->path, err)
						      : (r < 0 ? r : 0);
}

struct leaves {
	struct sv_store *store;
	const struct sv_hold *hold;
	const struct sv_plan *plan;
	const struct sv_driver *driver;
	const char *usual; /* the original label of the root */
	bool joined;
};

/* Journals an entry whose original differs from the root's. An entry that an earlier holder has
 * labelled is in the journal already. */
static int journal_leaf(void *data, const char *path, const struct sv_tree_label *label,
			uint64_t ino, struct sv_error *err)
{
	const struct leaves *leaves = data;

	(void)ino;
	if ((leaves->joined && label->wanted) || sv_streq(label->text, leaves->usual) ||
	    is_own(leaves->plan, leaves->driver, label->text))
		return 0;
	return sv_leaf_add(leaves->store, leaves->hold, path, label->text, err);
}

/* again: the guest has the tree in the journal already. */
static int journal_tree(const struct sv_plan *plan, const struct sv_step *step,
			struct sv_store *store, const struct sv_hold *hold, bool again,
			struct sv_error *err)
{
	sv_auto_free char *usual = NULL;
	struct leaves leaves = {.store = store, .hold = hold, .plan = plan, .driver = step->driver};
	int r = sv_hold_original(store, hold, &usual, err);

	leaves.usual = usual;
	leaves.joined = again || (r == 0 && !sv_streq(usual, hold->original));
	if (r == 0)
		r = sv_tree_each(step->tree, journal_leaf, &leaves, err);
	return r == 0 ? sv_below_add(store, hold, step->tree->inos, step->tree->n_inos, err) : r;
}

/* The label is read again. The plan may have seen the label of another guest that has put the inode
 * back since. Undo happens in a transaction too, so from here on it cannot change. */
static int journal_step(const struct sv_plan *plan, const struct sv_step *step,
			struct sv_store *store, int64_t guest, uint32_t seq, struct sv_error *err)
{
	struct sv_node node = *step->node;
	sv_auto_hold struct sv_hold hold = {0};
	sv_auto_free char *holder = NULL;
	int r = hold_of(step, guest, seq, &hold, err);

	if (r == 0)
		r = sv_node_refresh(&node, step->path, err);
	if (r == SV_NONE)
		return fail_replaced(step->path, err);
	if (r == 0)
		r = sv_object_label(step->driver, &node, step->path, &hold.original, err);
	if (r == 0)
		r = own_original(plan, step, &hold, err);
	if (r == 0)
		r = sv_held_check(step, store, guest, err);
	if (r == 0)
		r = sv_hold_add(store, &hold, &holder, err);
	if (r == 0 && step->tree)
		r = journal_tree(plan, step, store, &hold, false, err);
	return r == SV_BUSY ? sv_held_fail(store, &hold, holder, err) : r;
}

/* Journals all steps; the first one gets the number seq. */
static int journal(const struct sv_plan *plan, struct sv_store *store, int64_t guest, uint32_t seq,
		   struct sv_error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < plan->n; i++)
		if (sv_step_is_held(&plan->items[i]))
			r = journal_step(plan, &plan->items[i], store, guest, seq++, err);
	return r;
}

int sv_plan_journal(const struct sv_plan *plan, struct sv_store *store, int64_t guest,
		    struct sv_error *err)
{
	return journal(plan, store, guest, 0, err);
}

int sv_plan_journal_more(const struct sv_plan *plan, const struct sv_plan *more,
			 struct sv_store *store, int64_t guest, struct sv_error *err)
{
	uint32_t seq = 0;

	for (size_t i = 0; i < plan->n; i++)
		seq += sv_step_is_held(&plan->items[i]);
	return journal(more, store, guest, seq, err);
}

/* What is bound in another boot is not bound in this one. */
static bool is_hold_of(const struct sv_step *step, const struct sv_hold *hold, const char *boot)
{
	return (!sv_step_binds(step) || sv_streq(hold->boot, boot)) &&
	       step->node->dev == hold->dev && step->node->ino == hold->ino &&
	       step->node->born == hold->born && sv_streq(step->driver->name, hold->driver) &&
	       sv_streq(step->path, hold->path) && sv_streq(step->target, hold->target) &&
	       sv_streq(step->to, hold->wanted) && sv_step_is_alone(step) == hold->alone;
}

int sv_plan_rejournal(const struct sv_plan *plan, struct sv_store *store, int64_t guest,
		      struct sv_error *err)
{
	sv_auto_holds struct sv_holds holds = {0};
	char boot[SV_UUID_LEN + 1];
	int r = sv_holds_of(store, guest, false, &holds, err);
	size_t i, n = 0;

	if (r == 0)
		r = sv_proc_boot(boot, err);
	if (r < 0)
		return r;
	for (i = 0; r == 0 && i < plan->n; i++) {
		const struct sv_step *step = &plan->items[i];
		const struct sv_hold *hold = n < holds.n ? &holds.items[n].hold : NULL;

		if (!sv_step_is_held(step))
			continue;
		if (!hold || !is_hold_of(step, hold, boot))
			return SV_NONE;
		r = sv_held_check(step, store, guest, err);
		/* labelled in an earlier boot, in which another device may have had that number */
		if (r == 0 && !sv_streq(hold->boot, boot))
			r = sv_hold_renumber(store, hold, hold->dev, boot, err);
		if (r == 0 && step->tree && step->action == SV_STEP_SET)
			r = journal_tree(plan, step, store, hold, true, err);
		n++;
	}
	return r == 0 && n < holds.n ? SV_NONE : r;
}

/* The host may have begun to use the device while files were labelled. */
static int take_device(const struct sv_plan *plan, const struct sv_step *step,
		       const struct sv_node *node, struct sv_error *err)
{
	int r = sv_pci_is_of_host(step->from) ? sv_bind_look_again(plan->bindings, step->path, err)
					      : 0;

	return r == 0 ? sv_object_set(step->driver, node, step->path, step->to, err) : r;
}

static int apply_binding(const struct sv_plan *plan, const struct sv_step *step,
			 const struct sv_node *node, struct sv_error *err)
{
	sv_auto_free char *now = NULL;
	char shown[SHOWN];
	int r = sv_object_label(step->driver, node, step->path, &now, err);

	if (r < 0 || sv_streq(now, step->to))
		return r;
	if (sv_streq(now, step->from))
		return take_device(plan, step, node, err);
	sv_fail(err, SV_E_BUSY, 0, "%s got another driver since it was planned",
		sv_escape(step->path, shown, sizeof(shown)));
	return sv_hint(err, "see who binds it (udev, driverctl), then run the command again");
}

static int apply_step(const struct sv_plan *plan, const struct sv_step *step,
		      const struct sv_watch *watch, struct sv_error *err)
{
	struct sv_node node = *step->node;
	sv_auto_free char *now = NULL;
	int r = sv_node_refresh(&node, step->path, err);

	if (r == SV_NONE)
		return fail_replaced(step->path, err);
	if (r == 0 && step->tree)
		return sv_tree_apply(step, watch, err);
	if (r == 0 && sv_step_binds(step))
		return apply_binding(plan, step, &node, err);
	/* a second name may have been made since the plan */
	if (r == 0)
		r = sv_node_check_target(&node, step->path, err);
	if (r == 0)
		r = sv_object_label(step->driver, &node, step->path, &now, err);
	if (r == 0)
		r = sv_object_same(step->driver, now, step->to, err);
	return r == SV_NONE ? sv_object_set(step->driver, &node, step->path, step->to, err) : r;
}

int sv_plan_apply(const struct sv_plan *plan, const struct sv_watch *watch, struct sv_error *err)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < plan->n; i++) {
		if (sv_step_is_held(&plan->items[i]))
			r = apply_step(plan, &plan->items[i], watch, err);
	}
	return r;
}

/* Whether the VMM has replaced the socket of step. */
static int is_replaced(const struct sv_step *step, bool *ret, struct sv_error *err)
{
	struct sv_node node = *step->node;
	int r = step->made_anew ? sv_node_refresh(&node, step->path, err) : 0;

	*ret = r == SV_NONE;
	return r < 0 ? r : 0;
}

static int forget(const struct sv_plan *plan, struct sv_store *store, int64_t guest,
		  struct sv_error *err)
{
	uint32_t seq = 0;
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < plan->n; i++) {
		const struct sv_step *step = &plan->items[i];
		bool replaced;

		if (!sv_step_is_held(step))
			continue;
		r = is_replaced(step, &replaced, err);
		if (r == 0 && replaced)
			r = sv_hold_remove(store, guest, seq, err);
		seq++;
	}
	return r;
}

int sv_plan_forget_replaced(const struct sv_plan *plan, struct sv_store *store, int64_t guest,
			    struct sv_error *err)
{
	bool any = false;
	size_t i;
	int r;

	for (i = 0; i < plan->n; i++)
		any = any || (plan->items[i].made_anew && sv_step_is_held(&plan->items[i]));
	if (!any)
		return 0;
	r = sv_store_begin(store, err);
	if (r < 0)
		return r;
	r = forget(plan, store, guest, err);
	if (r == 0)
		r = sv_store_commit(store, err);
	if (r < 0)
		sv_store_rollback(store);
	return r;
}
