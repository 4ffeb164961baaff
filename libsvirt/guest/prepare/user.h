/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a guest of a user cannot have: what would open a way to all that the user has, and what
 * needs root. Looks at the document only.
 */
#pragma once

#include "domain/model.h"
#include "guest/state/handle.h"

/* unconfined: that was asked for. Refuses nothing when sv is not a user's. */
int sv_user_check(const struct svirt *sv, const struct sv_domain *dom, bool unconfined,
		  struct sv_error *err) sv_must_check;
