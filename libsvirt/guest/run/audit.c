/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From a lease to audit records: see audit.h. */
#include "guest/run/audit.h"

#include "audit/record.h"
#include "base/string.h"
#include "guest/state/leases.h"

void sv_guest_audit(const struct sv_lease *lease, pid_t pid, const char *op, const char *reason,
		    bool success)
{
	const struct sv_lease_layer *main = sv_lease_main(lease);
	struct sv_audit_guest guest = {
		.name = lease->name,
		.uuid = lease->uuid,
		.model = main ? main->driver : NULL,
		.label = main ? main->label : NULL,
		.image = main ? main->image : NULL,
		.pid = pid,
	};
	struct sv_error e = {0};

	if (sv_streq(op, "start"))
		(void)sv_audit_machine(&guest, success, &e);
	sv_error_clear(&e);
	(void)sv_audit_control(&guest, op, reason, success, &e);
}
