/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A plan has one step for each resource and driver. It is what --dry-run prints, what is journalled
 * and what is applied; there is no second list. Undoing it follows the journal. Knows nothing of
 * XML, QEMU or SELinux.
 */
#pragma once

#include "base/nodes.h"
#include "base/watch.h"
#include "driver/driver.h"
#include "label/level.h"
#include "plan/device.h"
#include "plan/own.h"
#include "store/hold.h"

enum sv_step_action {
	SV_STEP_SET,   /* label it */
	SV_STEP_KEEP,  /* it has the wanted label already; it is held and journalled all the same */
	SV_STEP_LEAVE, /* not to be relabelled (relabel='no', system file that is only read) */
	SV_STEP_CREATE, /* does not exist yet: the VMM will create it */
	/* written, but labelled in no model: it is held and journalled, so that no other guest gets
	 * it (driver/exclusive.c) */
	SV_STEP_HOLD,
	SV_STEP_BIND,  /* bind a device to another driver (plan/bind.h) */
	SV_STEP_LATER, /* is there once the devices are bound: planned again then */
};
const char *sv_step_action_name(enum sv_step_action action);

struct sv_tree;

struct sv_step {
	const struct sv_driver *driver;
	enum sv_step_action action;
	enum sv_access access;
	char *path, *target; /* owned */
	unsigned line;
	const struct sv_node *node; /* borrowed from the request's nodes, NULL for CREATE */
	char *from, *to; /* labels, owned; from NULL for CREATE; to NULL when it is not labelled */
	const char *why; /* static text, for LEAVE and CREATE */
	const char *role, *format; /* static text, of an image; else NULL */
	bool made_anew;		   /* a socket to listen at: the VMM replaces it by a new one */
	bool denied; /* left on a mount that holds no labels, although the guest may not use it */
	struct sv_tree
		*tree; /* owned; NULL unless the file is a directory that is labelled whole */
	/* Devices that go with the file: loop devices that lie on it, or on one in the directory,
	 * and what lies on those; of a device that is bound, what goes away with its driver. */
	struct sv_devices over;
};

/* Whether the step is journalled: its file has or gets the wanted label, or needs none. */
static inline bool sv_step_is_held(const struct sv_step *step)
{
	return step->action == SV_STEP_SET || step->action == SV_STEP_KEEP ||
	       step->action == SV_STEP_HOLD || step->action == SV_STEP_BIND;
}

/* Whether the label of the step is the driver of a device. */
static inline bool sv_step_binds(const struct sv_step *step)
{
	return step->driver->label && step->driver->label->midway;
}

/* Whether no other guest may hold the file, not even one that wants the same label for it: joined
 * guests do, and all guests want the same owner, but two writers spoil an image. This holds for
 * every model, and where none labels the file. */
static inline bool sv_step_is_alone(const struct sv_step *step)
{
	return step->access == SV_ACCESS_RW;
}

struct sv_bindings;

struct sv_plan {
	struct sv_step *items;
	size_t n;
	const struct sv_bindings *bindings; /* the request's, borrowed */
	bool has_drawn;
	struct sv_level drawn; /* the level that was drawn for the guest; set by the caller */
};
void sv_plan_done(struct sv_plan *plan);
#define sv_auto_plan sv_cleanup(sv_plan_done)

/* What to do with a file that should be labelled, cannot be, and that the guest may not use as it
 * is. It cannot be labelled when its mount has one label for all files, has none, or is read-only.
 */
enum sv_on_unlabelled {
	SV_UNLABELLED_FAIL,
	SV_UNLABELLED_WARN, /* leave it, with a warning */
	SV_UNLABELLED_SKIP, /* leave it */
};
/* SV_NONE: no such word. */
int sv_on_unlabelled_parse(const char *word, enum sv_on_unlabelled *ret) sv_must_check;

/* What a plan is made of; everything is borrowed. */
struct sv_plan_request {
	const struct sv_resources *resources;
	const struct sv_layer *layers; /* those without labels on files have no step */
	size_t n_layers;
	enum sv_on_unlabelled on_unlabelled;
	const char *file;	/* name of the domain file, for messages; NULL: none */
	struct sv_nodes *nodes; /* files that are open; new ones are added. Outlives the plan */
	const struct sv_watch *watch;	    /* of the reading of trees; or NULL */
	const struct sv_own *own;	    /* svirt's own files, which are no guest's; or NULL */
	const struct sv_bindings *bindings; /* devices to bind; or NULL */
};

/* build.c */

/* Opens each path once; refuses links, hard links, system paths and kinds that make no sense; reads
 * the present labels. Changes nothing. */
int sv_plan_build(const struct sv_plan_request *req, struct sv_plan *ret,
		  struct sv_error *err) sv_must_check;

/* SV_E_BUSY: another guest than guest holds an object of plan, something in one of its directories,
 * or a directory that an object lies in. Objects are compared by identity, whatever their names. It
 * only reads, in a transaction or outside of one. store may be NULL. The answer may be outdated
 * soon: sv_plan_journal() asks again. */
int sv_plan_check_held(const struct sv_plan *plan, struct sv_store *store, const char *guest,
		       struct sv_error *err) sv_must_check;

/* A path in the directory of step for which libvirt remembers another label. NULL: there is none,
 * step is not a directory, or this process may not see what libvirt remembers. */
const char *sv_step_remembered(const struct sv_step *step);
/* Calls fn once for each label that the objects of step have now. A return other than 0 ends the
 * walk. */
int sv_step_each_label(const struct sv_step *step,
		       int (*fn)(void *data, const char *label, struct sv_error *err), void *data,
		       struct sv_error *err) sv_must_check;
/* The first object of step that has this label. The caller owns *ret. */
int sv_step_labelled(const struct sv_step *step, const char *label, char **ret,
		     struct sv_error *err) sv_must_check;

/* 0: a directory or a device of plan was another guest's and is being put back at this moment;
 * *ret_path, borrowed, is its path. SV_NONE: there is none. */
int sv_plan_awaits(const struct sv_plan *plan, struct sv_store *store, const char **ret_path,
		   struct sv_error *err) sv_must_check;

/* Journals every SET and KEEP step as a hold of guest, in the transaction that adds the lease. The
 * original labels are read again in it, because another guest may have put some back meanwhile.
 * SV_E_BUSY names the guest that holds a file, or the file that was replaced. */
int sv_plan_journal(const struct sv_plan *plan, struct sv_store *store, int64_t guest,
		    struct sv_error *err) sv_must_check;

/* sv_plan_journal() for more of a plan that has been journalled already. */
int sv_plan_journal_more(const struct sv_plan *plan, const struct sv_plan *more,
			 struct sv_store *store, int64_t guest, struct sv_error *err) sv_must_check;

/* Puts the steps of more in place of the LATER steps of plan, at its end. more is empty then. */
int sv_plan_join(struct sv_plan *plan, struct sv_plan *more, struct sv_error *err) sv_must_check;

/* 0: the journal of guest has this plan, step by step and for the same files. Files that are new in
 * its directories are journalled now. SV_NONE: the journal has another plan. In a transaction. */
int sv_plan_rejournal(const struct sv_plan *plan, struct sv_store *store, int64_t guest,
		      struct sv_error *err) sv_must_check;

/* apply.c */

/* Applies a plan that was journalled, in its order and outside of any transaction: sets each label
 * and reads it back. It uses the descriptors that the plan was made with, so nothing else is ever
 * labelled. On failure the labels that were set stay in the journal: call sv_plan_undo(). */
int sv_plan_apply(const struct sv_plan *plan, const struct sv_watch *watch,
		  struct sv_error *err) sv_must_check;

/* Ends the holds of sockets that the VMM has replaced: the labelled file is gone, and the new one
 * is the VMM's own. Call it for a guest that runs. Uses a transaction of its own when there is a
 * hold to end. */
int sv_plan_forget_replaced(const struct sv_plan *plan, struct sv_store *store, int64_t guest,
			    struct sv_error *err) sv_must_check;

/* What became of each hold on the way back. */
enum sv_undo_result {
	SV_UNDO_RESTORED,
	SV_UNDO_UNCHANGED, /* it had its original label already */
	SV_UNDO_SHARED,	   /* another guest still holds it: the last holder restores it */
	SV_UNDO_GONE, /* the file does not exist any more, or it cannot be found on its filesystem
		       */
	SV_UNDO_CHANGED, /* somebody else relabelled it meanwhile: left as it is */
	SV_UNDO_FAILED,	 /* could not be restored: stays in the journal */
};
const char *sv_undo_result_name(enum sv_undo_result result);

struct sv_undo_event {
	const struct sv_hold *hold;
	enum sv_undo_result result;
	const char *found;  /* the label that it had, or NULL */
	const char *to;	    /* the label that it gets back; NULL when it was not looked at */
	bool moved;	    /* its path leads to another file: it was found by its handle */
	const char *reason; /* text for FAILED and for a moved file, or NULL */
};
typedef void (*sv_undo_fn)(void *data, const struct sv_undo_event *event);

/* How to undo. All zero: original labels, without a report. */
struct sv_undo_how {
	bool policy; /* labels of the policy for the path; where it has none, the original */
	/* Somebody asked by hand: a file that is not found is GONE, whatever may be mounted later.
	 * Otherwise it FAILED, unless it is sure that the file does not exist. */
	bool give_up;
	sv_undo_fn fn;
	void *data;
	const struct sv_watch *watch; /* for directories that are put back; cannot end the undo */
};

/* undo.c */

/* Puts labels back in reverse order and removes the holds, in transactions of its own. Directories
 * come last, outside of any transaction. A hold that FAILED stays. Idempotent. 0: none failed; else
 * SV_E_PARTIAL. how may be NULL. */
int sv_plan_undo(struct sv_store *store, int64_t guest, const struct sv_undo_how *how,
		 struct sv_error *err) sv_must_check;

/* Tells how->fn what sv_plan_undo() would do now, and changes nothing. RESTORED means: would be
 * restored. guest 0: the holds of all guests, and the label of a SHARED file is read too. */
int sv_plan_foresee(struct sv_store *store, int64_t guest, const struct sv_undo_how *how,
		    struct sv_error *err) sv_must_check;
