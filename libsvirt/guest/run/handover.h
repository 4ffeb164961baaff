/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From the manager to svirt-monitor, which takes a running guest over. What the monitor has to know
 * is on its command line, in the lock file and in the descriptors that it inherits.
 */
#pragma once

#include "guest/state/handle.h"
#include "store/store.h"

enum sv_monitor_fd {
	SV_MONITOR_LOCK_FD = 3, /* with its lock */
	SV_MONITOR_CONTROL_FD,	/* listens: guest/state/control */
	SV_MONITOR_PIDFD_FD,	/* of the VMM */
	SV_MONITOR_QMP_FD,	/* capabilities are negotiated */
	SV_MONITOR_OUTPUT_FD,	/* the VMM's standard output and error */
	SV_MONITOR_END_FD,
};

/* Is there a monitor to hand a guest over to? Asked before anything is changed. */
int sv_handover_check(struct sv_error *err) sv_must_check;

/* Executes it for the guest of lease, with duplicates of fds under their numbers in enum
 * sv_monitor_fd. Returns when it has been executed. */
int sv_handover(const struct svirt *sv, const struct sv_lease *lease,
		const int fds[SV_MONITOR_END_FD], struct sv_error *err) sv_must_check;
