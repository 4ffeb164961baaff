/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writes audit records about a guest: see audit/record.h for the records. */
#pragma once

#include "store/store.h"

#include <sys/types.h>

/* op and reason as in sv_audit_control(); "start" records the label too. pid 0: no process. A
 * record that cannot be written is not an error. */
void sv_guest_audit(const struct sv_lease *lease, pid_t pid, const char *op, const char *reason,
		    bool success);
