/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a process of a guest may use of the host (setrlimit(2)): svirt's answer, whoever typed the
 * command and with which limits. How much of the host's memory and processors a guest may take is
 * not asked here.
 */
#pragma once

#include "base/error.h"

#include <stdint.h>

/* For this process, before it becomes a guest's: limits, and no exemption from the out-of-memory
 * killer that the caller has. locked_kib: of memory that it may lock; 0: the kernel's default. A
 * process without CAP_SYS_RESOURCE gets at most what it has. */
int sv_limits_guest(uint64_t locked_kib, struct sv_error *err) sv_must_check;

/* For a monitor: what may keep it from writing its state is as far away as it can be. */
void sv_limits_monitor(void);
