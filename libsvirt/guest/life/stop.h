/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* stop, destroy, suspend, resume: what is asked of a guest that runs. */
#pragma once

#include "guest/state/control.h"

/* Sends op to the guest's monitor. A guest without a monitor is an error that says what to do,
 * except for SV_CONTROL_DESTROY, which ends what is left of the guest. */
int sv_guest_control(struct svirt *sv, const char *name, enum sv_control_op op, int timeout_ms,
		     struct sv_error *err) sv_must_check;

/* Returns what sv_guest_control() would return, as far as that is known without asking the monitor.
 * Changes nothing. */
int sv_guest_foresee(struct svirt *sv, const char *name, enum sv_control_op op,
		     struct sv_error *err) sv_must_check;
