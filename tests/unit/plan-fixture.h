/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Real files with fake labels, a store beside them, and one guest's plan in a line. Every test
 * begins in an empty directory, with drivers in their default state.
 */
#pragma once

#include "fake-driver.h"
#include "plan/plan.h"
#include "store-fixture.h"

#define DOMAIN_FILE "vm.xml"

int plan_setup(void **state);
int plan_teardown(void **state);

/* The path of a file in the test's directory, created when make is set. The text lasts to the end
 * of the test. */
const char *plan_path(const char *name, bool make);

/* A disk in line 10 + the position of its letter: "vda" is 10, "vdb" 11. */
struct sv_resource disk_of(const char *target, enum sv_access access, const char *path);

/* The set of files for one more plan, closed at the end of the test. */
struct sv_nodes *plan_nodes(void);

/* The plan of a guest whose labels are "NAME-rw", "content" and "shared", for both drivers or for
 * the first one only. Returns the result of sv_plan_build(). */
int plan_build(const char *name, struct sv_resource *items, size_t n, struct sv_plan *ret,
	       struct sv_error *err);
int plan_build_first(const char *name, struct sv_resource *items, size_t n, struct sv_plan *ret,
		     struct sv_error *err);

/* The action of the plans' layers for files that cannot be labelled, until the test ends. */
extern enum sv_on_unlabelled plan_on_unlabelled;

/* Writes a lease and the journal of a plan in one transaction. Returns the result of
 * sv_plan_journal(). */
int plan_journal(struct sv_store *store, const char *name, const struct sv_plan *plan,
		 int64_t *ret_id, struct sv_error *err);

#define MAX_EVENTS 16
#define MAX_PLANS  80

struct plan_events {
	unsigned n;
	enum sv_undo_result results[MAX_EVENTS];
	char targets[MAX_EVENTS][8], found[64], reason[256];
};
void plan_note(void *data, const struct sv_undo_event *event);

/* Undoes; expects n holds, each with this result. */
struct plan_events plan_undo(struct sv_store *store, int64_t guest, unsigned n,
			     enum sv_undo_result result);
/* Journals one disk for a new guest of the first driver. */
int64_t plan_hold_disk(struct sv_store *store, const char *guest, enum sv_access access,
		       const char *path);
/* Applies the plan that was journalled for the guest last; the plan must still exist. */
int plan_try(int64_t guest, struct sv_error *err);
void plan_apply(int64_t guest);
/* The number of holds times 100, plus the number of inodes. */
int64_t plan_n_holds(struct sv_store *store);

void assert_label(const struct sv_driver *driver, const char *path, const char *label);
