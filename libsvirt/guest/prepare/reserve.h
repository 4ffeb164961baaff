/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reserves what was decided for a guest. Deciding is slow and the store has one writer at a time,
 * so decisions are made outside of a transaction. A short transaction then checks again what
 * another guest may have taken meanwhile, and reserves.
 */
#pragma once

#include "guest/prepare/prepared.h"

/* Takes the lock of the guest dom, decides (sv_prepare_decide()), reserves and journals.
 * prep->files and prep->choice are filled already. When another command was faster, it decides
 * again. On failure nothing is reserved and the lock is free. A rehearsal does all of it in the
 * copy of the store. */
int sv_reserve(struct svirt *sv, struct sv_store *store, const struct sv_domain *dom,
	       struct sv_prepared *prep, struct sv_error *err) sv_must_check;
