/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The end of a lease: labels back, run directory away, lease gone. What the monitor does when its
 * guest has ended, and what the next command does for a monitor that was killed. The caller holds
 * the guest's lock.
 */
#pragma once

#include "guest/state/handle.h"
#include "plan/plan.h"

/* Notes, durably, whether the labels of a lease stay without a process. */
int sv_keep(struct sv_store *store, int64_t lease, bool kept, struct sv_error *err) sv_must_check;

/* Idempotent. Warns of what was left as it is: gone, or changed by somebody else. SV_E_PARTIAL
 * keeps the lease and the journal of what could not be put back. how may be NULL. */
int sv_release(struct svirt *sv, struct sv_store *store, const struct sv_lease *lease,
	       const struct sv_undo_how *how, struct sv_error *err) sv_must_check;

/* The end of a start, or of svirt label, that did not come to its end: the same, but a lease that
 * was kept before is kept again, with its labels. */
int sv_abandon(struct svirt *sv, struct sv_store *store, const struct sv_lease *lease,
	       struct sv_error *err) sv_must_check;

/* 0: what the guest's lock file says was left in the middle of a start of a guest that had been
 * labelled before. SV_NONE: it was not. */
int sv_is_abandoned(const struct svirt *sv, const struct sv_lease *lease,
		    struct sv_error *err) sv_must_check;

/* Removes the directories in RUN_DIR of guests whose lock nobody holds and that have no lease, or
 * one that is kept without a process: a command was killed before it had done anything. One that
 * cannot be removed is left, with a warning. */
int sv_sweep(struct svirt *sv, struct sv_store *store, struct sv_error *err) sv_must_check;

/* Repairs every lease whose lock is free: what a killed command or monitor left behind. A guest
 * that still runs without its monitor is left alone, with a warning. Run by every command that
 * writes. */
int sv_repair(struct svirt *sv, struct sv_store *store, struct sv_error *err) sv_must_check;
