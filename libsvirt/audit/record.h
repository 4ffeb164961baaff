/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Records for the audit trail, in the field's standard types (AUDIT_VIRT_MACHINE_ID,
 * AUDIT_VIRT_CONTROL; audit-userspace, docs of libvirt's auditlog). Values from outside are
 * encoded as the audit parser expects them. Knows nothing of the store or of QEMU.
 */
#pragma once

#include "base/error.h"

#include <sys/types.h>

struct sv_audit_guest {
	const char *name, *uuid;
	const char *model; /* NULL: none */
	const char *label; /* of the process, or NULL */
	const char *image; /* of writable images, or NULL */
	pid_t pid;	   /* 0: no process */
};

/* Which label a guest got. SV_NONE when this kernel has no audit or nobody may write to it. */
int sv_audit_machine(const struct sv_audit_guest *guest, bool success, struct sv_error *err);

/* op: "start", "stop". reason: "booted", "shutdown", "destroyed", "crashed", "failed", "flooded".
 */
int sv_audit_control(const struct sv_audit_guest *guest, const char *op, const char *reason,
		     bool success, struct sv_error *err);
