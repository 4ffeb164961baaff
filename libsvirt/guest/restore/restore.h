/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Putting labels back on request: of one guest, of all, of those that a killed command left. */
#pragma once

#include "guest/state/handle.h"
#include "store/store.h"
#include "svirt.h"

/* See svirt_restore(). */
int sv_guest_restore(struct svirt *sv, enum svirt_restore_which which, const char *name,
		     unsigned flags, struct svirt_undos **ret, struct sv_error *err) sv_must_check;

/* For a guest without a monitor: ends what is left of it and puts its labels back. 0 also when
 * there is nothing to put back. */
int sv_restore_dead(struct svirt *sv, struct sv_store *store, const char *name,
		    struct sv_error *err) sv_must_check;
