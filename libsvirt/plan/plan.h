/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Resources x drivers -> steps; steps -> journal -> labels; and back. The plan is what --dry-run
 * prints, what is journalled and what is applied: there is no second list. Knows nothing of XML,
 * QEMU or SELinux.
 */
#pragma once

#include "base/nodes.h"
#include "base/watch.h"
#include "driver/driver.h"
#include "label/level.h"
#include "plan/device.h"
#include "plan/own.h"
#include "store/store.h"

enum sv_step_action {
	SV_STEP_SET,	/* label it */
	SV_STEP_KEEP,	/* it has the wanted label already; still held and journalled */
	SV_STEP_LEAVE,	/* not to be relabelled (relabel='no', system file that is only read) */
	SV_STEP_CREATE, /* does not exist yet: the VMM will create it */
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
	bool made_anew;		   /* a socket to listen at: the VMM removes it and makes another */
	bool denied; /* left although the guest may not use it: its mount holds no labels */
	struct sv_tree
		*tree; /* owned; NULL unless the file is a directory that is labelled whole */
	/* Loop devices that lie on the file, or on one in the directory, and what lies on those. */
	struct sv_devices over;
};

/* Whether the step is journalled and applied: its file has, or gets, the label that is wanted. */
static inline bool sv_step_is_held(const struct sv_step *step)
{
	return step->action == SV_STEP_SET || step->action == SV_STEP_KEEP;
}

/* Whether no other guest may hold its file, also one that wants the same label for it: guests of
 * one level do, all guests have the same owner, and two writers spoil an image. So it is for each
 * model: where the mandatory one leaves the file as it is, or is none, the owner's holds it. */
static inline bool sv_step_is_alone(const struct sv_step *step)
{
	return step->access == SV_ACCESS_RW;
}

struct sv_plan {
	struct sv_step *items;
	size_t n;
	bool has_drawn;
	struct sv_level drawn; /* the level that was drawn for the guest; set by who has built it */
};
void sv_plan_done(struct sv_plan *plan);
#define sv_auto_plan sv_cleanup(sv_plan_done)

/* What to do with a file that should be labelled and cannot be, because its mount has one label for
 * all files, has none, or is read-only; and that the guest may not use as it is. */
enum sv_on_unlabelled {
	SV_UNLABELLED_FAIL,
	SV_UNLABELLED_WARN, /* leave it, and say so */
	SV_UNLABELLED_SKIP, /* leave it */
};
/* SV_NONE: no such word. */
int sv_on_unlabelled_parse(const char *word, enum sv_on_unlabelled *ret) sv_must_check;

/* One driver's view of the guest. */
struct sv_party {
	const struct sv_driver *driver;
	const struct sv_subject *subject; /* borrowed */
	enum sv_on_unlabelled on_unlabelled;
};

/* What a plan is made of; everything is borrowed. */
struct sv_plan_request {
	const struct sv_resources *resources;
	const struct sv_party *parties;
	size_t n_parties;
	const char *file;	      /* name of the domain file, for messages; NULL: none */
	struct sv_nodes *nodes;	      /* opened already, and opened now; must outlive the plan */
	const struct sv_watch *watch; /* of the reading of trees; or NULL */
	const struct sv_own *own;     /* svirt's own files, which are no guest's; or NULL */
};

/* Opens each path once, refuses links, hard links, system paths and kinds that make no sense, reads
 * what the labels are now. Changes nothing. */
int sv_plan_build(const struct sv_plan_request *req, struct sv_plan *ret,
		  struct sv_error *err) sv_must_check;

/* The label that party wants for res, borrowed; NULL with *why when it is to be left. *why is NULL
 * before. first: the guest's first party, for which a device's <seclabel> without a model is. node
 * is NULL when the path does not exist, or when it does not matter what is there. */
const char *sv_plan_label(const struct sv_resource *res, const struct sv_node *node,
			  const struct sv_party *party, bool first, const char **why);

/* SV_E_BUSY when another guest than this one holds an object of plan, or something in one of its
 * directories, or a directory that it lies in: by identity, whatever its name. Reads alone, in a
 * transaction or in none; store may be NULL. What it says may be overtaken: sv_plan_journal() asks
 * again. */
int sv_plan_check_held(const struct sv_plan *plan, struct sv_store *store, const char *guest,
		       struct sv_error *err) sv_must_check;

/* A path in the directory of step that libvirt remembers another label of; NULL: there is none, or
 * step is no directory, or this process may not see what libvirt remembers. */
const char *sv_step_remembered(const struct sv_step *step);
/* fn for each label that the objects of step have now, once; a return other than 0 ends it. */
int sv_step_each_label(const struct sv_step *step,
		       int (*fn)(void *data, const char *label, struct sv_error *err), void *data,
		       struct sv_error *err) sv_must_check;
/* The first object of step that has this label. The caller owns *ret. */
int sv_step_labelled(const struct sv_step *step, const char *label, char **ret,
		     struct sv_error *err) sv_must_check;

/* 0: a directory of plan was another guest's, and is on its way back at this moment; *ret_path,
 * borrowed, is its path. SV_NONE: there is none. */
int sv_plan_awaits(const struct sv_plan *plan, struct sv_store *store, const char **ret_path,
		   struct sv_error *err) sv_must_check;

/* Journals every SET and KEEP step as a hold of guest. To be called in the transaction that adds
 * the lease: the original is read again in it, because another guest's undo may have come between.
 * SV_E_BUSY names the guest that holds a file in the way, or the file that was replaced. */
int sv_plan_journal(const struct sv_plan *plan, struct sv_store *store, int64_t guest,
		    struct sv_error *err) sv_must_check;

/* 0: what guest has in the journal is this plan, step by step, for the same files; what is new in
 * its directories is journalled now. SV_NONE: it is another plan. In a transaction. */
int sv_plan_rejournal(const struct sv_plan *plan, struct sv_store *store, int64_t guest,
		      struct sv_error *err) sv_must_check;

/* Applies a plan that has been journalled, in its order: sets and reads back, through the
 * descriptors that the plan was made with, so nothing that was not planned is ever labelled.
 * Outside of any transaction. On failure the labels that were set stay journalled: call
 * sv_plan_undo(). */
int sv_plan_apply(const struct sv_plan *plan, const struct sv_watch *watch,
		  struct sv_error *err) sv_must_check;

/* Ends the holds of sockets that the VMM has made anew: what was labelled is gone, and what it made
 * is its own. For a guest that is up. In a transaction of its own, if there is one to end. */
int sv_plan_forget_replaced(const struct sv_plan *plan, struct sv_store *store, int64_t guest,
			    struct sv_error *err) sv_must_check;

/* What became of each hold on the way back. */
enum sv_undo_result {
	SV_UNDO_RESTORED,
	SV_UNDO_UNCHANGED, /* it had its original label already */
	SV_UNDO_SHARED,	   /* another guest still holds it: the last one restores */
	SV_UNDO_GONE,	   /* the file does not exist any more, or cannot be found where its path
			    * leads to another one by now */
	SV_UNDO_CHANGED,   /* somebody else relabelled it meanwhile: left as it is */
	SV_UNDO_FAILED,	   /* could not be restored: stays in the journal */
};
const char *sv_undo_result_name(enum sv_undo_result result);

struct sv_undo_event {
	const struct sv_hold *hold;
	enum sv_undo_result result;
	const char *found;  /* the label found, or NULL */
	const char *to;	    /* the label it is to have again; NULL where nobody looked */
	bool moved;	    /* its path leads elsewhere: it was found by its handle */
	const char *reason; /* text for FAILED and for what was moved, or NULL */
};
typedef void (*sv_undo_fn)(void *data, const struct sv_undo_event *event);

/* How undo goes about it; all zero: to the originals, and nobody is told. */
struct sv_undo_how {
	bool policy; /* to what the policy says of the path; a model that says nothing: the original
		      */
	sv_undo_fn fn;
	void *data;
	const struct sv_watch *watch; /* of directories that go back whole; cannot end it */
};

/* Puts back in reverse order and removes the holds, in transactions of its own, directories last
 * and outside of them; a hold that FAILED stays. Idempotent. 0 when none failed, else SV_E_PARTIAL.
 * how may be NULL. */
int sv_plan_undo(struct sv_store *store, int64_t guest, const struct sv_undo_how *how,
		 struct sv_error *err) sv_must_check;

/* Tells how->fn what undo would come to now, and changes nothing: RESTORED would be set. guest 0:
 * the holds of all guests; the label of a SHARED one is looked at too. */
int sv_plan_foresee(struct sv_store *store, int64_t guest, const struct sv_undo_how *how,
		    struct sv_error *err) sv_must_check;
