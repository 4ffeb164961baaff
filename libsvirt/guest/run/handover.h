/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Starts svirt-monitor, which takes over a running guest from the manager. The monitor gets its
 * information from the command line, the lock file and the descriptors that it inherits.
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

/* Can the monitor be executed? Called before anything is changed. */
int sv_handover_check(struct sv_error *err) sv_must_check;

/* Executes the monitor for the guest of lease, with duplicates of fds under their numbers in enum
 * sv_monitor_fd. Returns when it was executed. */
int sv_handover(const struct svirt *sv, const struct sv_lease *lease,
		const int fds[SV_MONITOR_END_FD], struct sv_error *err) sv_must_check;
