/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The labels of a tree are set, as its step has planned. Private to plan/. */
#pragma once

#include "plan/plan.h"

/* Labels what step has planned. An entry that is gone is done; one that was replaced, or got a
 * second name or another label, is SV_E_BUSY. */
int sv_tree_apply(const struct sv_step *step, const struct sv_watch *watch,
		  struct sv_error *err) sv_must_check;
