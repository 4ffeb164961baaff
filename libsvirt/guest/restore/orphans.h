/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Finds and ends the processes of a guest. They are those in its control group (base/cgroup.h),
 * which has the children of the VMM too. On a host without control groups they are the recorded
 * processes and those with a label that only this guest has. No label is put back before the last
 * of them has ended. Unless a comment says otherwise, the caller holds the guest's lock.
 */
#pragma once

#include "guest/state/handle.h"
#include "guest/state/runtime.h"

enum sv_orphans_how {
	SV_ORPHANS_NOTED, /* the control group and the recorded VMM; not all processes of the host
			   */
	SV_ORPHANS_ALL,	  /* also every process with the lease's dynamic label; when nothing is
			   * recorded, with its label of any kind */
	SV_ORPHANS_END,	  /* ends (SIGKILL) the control group, the recorded VMM and every process
			   * with the dynamic label, and waits for their end */
};

/* *ret_n is 0 when no process is left. A swtpm whose VMM is gone is ended in any case. A rehearsal
 * ends no process. When the guest has peers (--join), the label does not tell whose a process is;
 * the control group does. Without one, no process is ended for its label alone, and the VMM of a
 * peer does not count. SV_E_BUSY: a process does not end, and nothing may be put back. */
int sv_orphans(const struct svirt *sv, struct sv_store *store, const struct sv_lease *lease,
	       enum sv_orphans_how how, unsigned *ret_n, struct sv_error *err) sv_must_check;

/* SV_E_BUSY: a process of the guest is left. */
int sv_demand_ended(const struct svirt *sv, struct sv_store *store, const struct sv_lease *lease,
		    enum sv_orphans_how how, struct sv_error *err) sv_must_check;

/* Of a guest that the store does not know, because it was lost or replaced: end: ends the processes
 * that the guest's record names, 0. Otherwise SV_E_BUSY when one lives. SV_NONE: none does. A
 * rehearsal ends nothing. */
int sv_orphans_unknown(const struct svirt *sv, const char *name, bool end,
		       struct sv_error *err) sv_must_check;

/* Ends all processes in the control group of rt, and removes the group. SV_NONE: rt has none, or it
 * cannot be looked at; sv_orphans() then finds the processes that are left. */
int sv_orphans_end_group(const struct sv_runtime *rt, struct sv_error *err) sv_must_check;

/* Sends SIGKILL to a guest whose monitor does not answer: to its group or to the recorded
 * processes. The monitor holds the lock and does the rest. */
int sv_orphans_signal(const struct sv_runtime *rt, struct sv_error *err) sv_must_check;

/* Called after the VMM has ended: waits until swtpm has ended too, and kills it when it does not.
 * Before that its files must not be given to anybody else. */
int sv_orphans_end_tpm(const struct sv_proc_id *id, struct sv_error *err) sv_must_check;
