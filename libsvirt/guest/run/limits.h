/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The limits of a guest's processes (setrlimit(2)). They are svirt's, whatever the limits of the
 * command's caller. They do not bound how much of the host's memory and processors a guest takes.
 */
#pragma once

#include "base/error.h"

#include <stdint.h>

/* Called in a process before it becomes a guest's: sets the limits, and ends an exemption from the
 * out-of-memory killer that the caller may have. locked_kib: memory that it may lock; 0: the
 * kernel's default. Without CAP_SYS_RESOURCE a process gets at most what it has. */
int sv_limits_guest(uint64_t locked_kib, struct sv_error *err) sv_must_check;

/* For a monitor: raises as far as possible the limits that could keep it from writing its state. */
void sv_limits_monitor(void);
