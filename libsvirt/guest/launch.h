/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The two halves of a guest's life: the manager labels its files, starts the VMM and proves what it
 * is; svirt-monitor takes the running guest over, watches it and puts everything back. What the
 * monitor has to know is on its command line, in the lock file and in the descriptors that it
 * inherits.
 */
#pragma once

#include "guest/prepare.h"

enum sv_monitor_fd {
	SV_MONITOR_LOCK_FD = 3, /* with its lock */
	SV_MONITOR_CONTROL_FD,	/* listens: guest/control */
	SV_MONITOR_PIDFD_FD,	/* of the VMM */
	SV_MONITOR_QMP_FD,	/* capabilities are negotiated */
	SV_MONITOR_OUTPUT_FD,	/* the VMM's standard output and error */
	SV_MONITOR_END_FD,
};

/* Is there a monitor to hand a guest over to? Asked before anything is changed. */
int sv_launch_check(struct sv_error *err) sv_must_check;

/* Labels the files of a guest that was prepared from dom, starts it and hands it over to a monitor.
 * prep->lock is handed over too. When it fails, the labels are back and no VMM runs. A signal that
 * sv->signals holds interrupts it, until the guest is handed over. */
int sv_launch(struct svirt *sv, struct sv_store *store, const struct sv_domain *dom,
	      struct sv_prepared *prep, struct sv_error *err) sv_must_check;

/* The life of svirt-monitor: runs until the guest has ended. lease: of it only name, uuid, model,
 * label and image; borrowed. Returns the exit status of the process. */
int sv_monitor_run(const struct sv_lease *lease);
