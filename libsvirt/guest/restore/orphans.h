/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The processes of a guest: whether one is left, and the end of all of them. A guest is its control
 * group (base/cgroup.h), which holds what its VMM has forked too; on a host without one, it is its
 * recorded processes and whoever carries a label that is the guest's alone. No label is put back
 * before none is left. The caller holds the guest's lock, where nothing else is said.
 */
#pragma once

#include "guest/state/handle.h"
#include "guest/state/runtime.h"

enum sv_orphans_how {
	SV_ORPHANS_NOTED, /* the control group and the recorded VMM: no look at all processes */
	SV_ORPHANS_ALL,	  /* and every process that carries the lease's dynamic label, or, where
			   * nothing is recorded, its label of any kind */
	SV_ORPHANS_END,	  /* the control group, the recorded VMM and every one with the dynamic
			   * label are ended (SIGKILL) and waited for */
};

/* Returns in *ret_n 0 when there is none. A swtpm whose VMM is gone is ended in any case; a
 * rehearsal ends nobody. Where
 * another guest has joined, or was joined, the label does not tell whose a process is: the control
 * group does; without one nothing is ended for its label alone, and the VMM of a peer does not
 * count. SV_E_BUSY: one does not end, and nothing may be put back. */
int sv_orphans(const struct svirt *sv, struct sv_store *store, const struct sv_lease *lease,
	       enum sv_orphans_how how, unsigned *ret_n, struct sv_error *err) sv_must_check;

/* SV_E_BUSY when there is one. */
int sv_demand_ended(const struct svirt *sv, struct sv_store *store, const struct sv_lease *lease,
		    enum sv_orphans_how how, struct sv_error *err) sv_must_check;

/* Ends all that is in the control group of rt, and removes it. SV_NONE: rt has none, or it cannot
 * be looked at: sv_orphans() finds who is left. */
int sv_orphans_end_group(const struct sv_runtime *rt, struct sv_error *err) sv_must_check;

/* SIGKILL to a guest whose monitor does not answer, its group or the recorded processes. The lock
 * is the monitor's, and so is what comes after. */
int sv_orphans_strike(const struct sv_runtime *rt, struct sv_error *err) sv_must_check;

/* For who watches a guest whose VMM has ended, or ends it: waits until swtpm has ended too, and
 * kills it when it does not. Its files are not before that anybody else's. */
int sv_orphans_end_tpm(const struct sv_proc_id *id, struct sv_error *err) sv_must_check;
