/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The two halves of a start: the manager prepares and starts svirt-monitor; the monitor labels,
 * starts the VMM, proves its label and stays until it has put everything back. Between them goes
 * one report over a socketpair.
 */
#pragma once

#include "guest/prepare.h"

/* Descriptors that the monitor inherits. */
#define SV_MONITOR_REPORT_FD 3
#define SV_MONITOR_LOCK_FD   4

/* From the monitor, once: the guest runs, or what went wrong. Both ends are of one build. */
struct sv_report {
	uint32_t magic;	     /* SV_REPORT_MAGIC */
	int32_t pid;	     /* of the VMM */
	struct sv_error err; /* code SV_OK: it runs */
};
#define SV_REPORT_MAGIC 0x73766d31u

/* Starts the monitor of a prepared guest and waits for its report. prep->lock is handed over. When
 * it fails, the labels are back and no VMM runs. */
int sv_launch(struct svirt *sv, struct sv_store *store, struct sv_prepared *prep, bool paused,
	      struct sv_error *err) sv_must_check;

/* The life of svirt-monitor: runs until the guest has ended. root: as in svirt_open(). argv: the
 * VMM's. Returns the exit status of the process. */
int sv_monitor_run(const char *root, const char *name, bool paused, char **argv);
