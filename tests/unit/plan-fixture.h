/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Real files with fake labels, a store beside them, and one guest's plan in a line. Every test
 * begins in an empty directory and with drivers that do as they are told.
 */
#pragma once

#include "fake-driver.h"
#include "plan/plan.h"
#include "store-fixture.h"

#define DOMAIN_FILE "vm.xml"

int plan_setup(void **state);
int plan_teardown(void **state);

/* The path of a file in the test's directory, made when make is set. The text lasts to the end of
 * the test. */
const char *plan_path(const char *name, bool make);

/* A disk in line 10 + its letter's place: "vda" is 10, "vdb" 11. */
struct sv_resource disk_of(const char *target, enum sv_access access, const char *path);

/* A place for the files of one more plan, closed at the end of the test. */
struct sv_nodes *plan_nodes(void);

/* The plan of a guest whose labels are "NAME-rw", "content" and "shared", for both drivers or for
 * the first one only. What sv_plan_build() says. */
int plan_build(const char *name, struct sv_resource *items, size_t n, struct sv_plan *ret,
	       struct sv_error *err);
int plan_build_first(const char *name, struct sv_resource *items, size_t n, struct sv_plan *ret,
		     struct sv_error *err);

/* The answer of the plans' layers to files that cannot be labelled, until the test ends. */
extern enum sv_on_unlabelled plan_on_unlabelled;

/* A lease and the journal of a plan in one transaction. What sv_plan_journal() says. */
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

/* Undoes; there have to be n holds, and each has to end as result. */
struct plan_events plan_undo(struct sv_store *store, int64_t guest, unsigned n,
			     enum sv_undo_result result);
/* Journals one disk for a new guest of the first driver. */
int64_t plan_hold_disk(struct sv_store *store, const char *guest, enum sv_access access,
		       const char *path);
/* Applies what was journalled for it last; the plan must still be there. */
int plan_try(int64_t guest, struct sv_error *err);
void plan_apply(int64_t guest);
/* Holds times 100, plus inodes. */
int64_t plan_n_holds(struct sv_store *store);

void assert_label(const struct sv_driver *driver, const char *path, const char *label);
