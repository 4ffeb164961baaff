/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Ends a lease: puts labels back, removes the run directory and the lease. The monitor does it when
 * its guest has ended; the next command does it for a monitor that was killed. The caller holds the
 * guest's lock.
 */
#pragma once

#include "guest/state/handle.h"
#include "plan/plan.h"

/* Records durably whether the labels of a lease stay without a process. */
int sv_keep(struct sv_store *store, int64_t lease, bool kept, struct sv_error *err) sv_must_check;

/* Ends a lease. Idempotent. Warns about files that are gone or that somebody else has changed.
 * SV_E_PARTIAL: something could not be put back; the lease and its journal are kept. how may be
 * NULL. */
int sv_release(struct svirt *sv, struct sv_store *store, const struct sv_lease *lease,
	       const struct sv_undo_how *how, struct sv_error *err) sv_must_check;

/* sv_release() after a start or svirt label that was not finished. A lease that was kept before is
 * kept again, with its labels. */
int sv_abandon(struct svirt *sv, struct sv_store *store, const struct sv_lease *lease,
	       struct sv_error *err) sv_must_check;

/* 0: by its lock file, the start of a guest that was labelled before was interrupted. SV_NONE: it
 * was not. */
int sv_is_abandoned(const struct svirt *sv, const struct sv_lease *lease,
		    struct sv_error *err) sv_must_check;

/* Removes directories in RUN_DIR that a killed command left: those of guests whose lock is free,
 * and that have no lease or one that is kept. Unloads rules of the host's model that are no
 * guest's. What cannot be removed is a warning. */
int sv_sweep(struct svirt *sv, struct sv_store *store, struct sv_error *err) sv_must_check;

/* Repairs every lease whose lock is free, because a command or monitor was killed. A guest that
 * still runs without its monitor is left alone, with a warning. Every command that writes calls
 * this. */
int sv_repair(struct svirt *sv, struct sv_store *store, struct sv_error *err) sv_must_check;
