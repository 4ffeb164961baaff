/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whether another guest holds an object of a plan, by the store. Objects are compared by identity:
 * a bind mount or a second name is the same object, and a file in a tree is found too. Private to
 * plan/.
 */
#pragma once

#include "plan/plan.h"

/* Finds the loop devices that lie on files of plan, for sv_held_check(). Call it when the plan was
 * built. */
int sv_held_look(struct sv_plan *plan, struct sv_error *err) sv_must_check;

/* SV_E_BUSY, with object and holder: another guest holds the object of step or something in it. It
 * only reads, in a transaction or outside of one. */
int sv_held_check(const struct sv_step *step, struct sv_store *store, int64_t guest,
		  struct sv_error *err) sv_must_check;

/* Fills the error after sv_hold_add() or sv_hold_check() has returned SV_BUSY. */
int sv_held_fail(struct sv_store *store, const struct sv_hold *hold, const char *holder,
		 struct sv_error *err);
