/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* stop, destroy, suspend, resume: what is asked of a guest that runs. */
#pragma once

#include "guest/state/control.h"

/* Asks the guest's monitor; a guest without one is an error that says what to do, except for
 * SV_CONTROL_DESTROY, which ends what is left of it. */
int sv_guest_control(struct svirt *sv, const char *name, enum sv_control_op op, int timeout_ms,
		     struct sv_error *err) sv_must_check;

/* What that would say, as far as it can be told without the monitor's answer: nothing is asked of
 * it, and nothing is changed. */
int sv_guest_foresee(struct svirt *sv, const char *name, enum sv_control_op op,
		     struct sv_error *err) sv_must_check;
