/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From what was decided for a guest to what it holds. Deciding is slow and the store has one writer
 * at a time, so the two do not happen together: a short transaction looks again at what another
 * guest may have taken meanwhile, and reserves.
 */
#pragma once

#include "guest/prepare/prepared.h"

/* Takes the lock of the guest dom, decides (sv_prepare_decide()), reserves and journals;
 * prep->files and prep->choice are filled already. Whoever is overtaken decides anew. On failure
 * nothing is reserved and the lock is free. In a rehearsal all of it happens, in the copy. */
int sv_reserve(struct svirt *sv, struct sv_store *store, const struct sv_domain *dom,
	       struct sv_prepared *prep, struct sv_error *err) sv_must_check;
