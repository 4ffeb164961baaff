/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the audit trail is told of a guest: see audit/record.h for the records. */
#pragma once

#include "store/store.h"

#include <sys/types.h>

/* op and reason as in sv_audit_control(); "start" says the label too. pid 0: no process. A trail
 * that cannot be written stops nothing. */
void sv_guest_audit(const struct sv_lease *lease, pid_t pid, const char *op, const char *reason,
		    bool success);
