/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whether an object of a plan is another guest's, by what the store says. By identity: a bind mount
 * or a second name is the same object, and so is a file that lies in a tree. Private to plan/.
 */
#pragma once

#include "plan/plan.h"

/* Finds the loop devices that lie on files of plan, for sv_held_check(). When it has been built. */
int sv_held_look(struct sv_plan *plan, struct sv_error *err) sv_must_check;

/* SV_E_BUSY, with the object and its holder, for the object of step and all that is in it. Reads
 * alone, in a transaction or in none. */
int sv_held_check(const struct sv_step *step, struct sv_store *store, int64_t guest,
		  struct sv_error *err) sv_must_check;

/* The error for what sv_hold_add() and sv_hold_check() have refused. */
int sv_held_fail(struct sv_store *store, const struct sv_hold *hold, const char *holder,
		 struct sv_error *err);
