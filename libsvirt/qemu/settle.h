/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a document says of a guest and no option of QEMU's command line can say, or should: a card
 * without a link, memory that the guest gives back, and passwords, which every process of the host
 * could read there.
 */
#pragma once

#include "domain/model.h"
#include "qemu/qmp.h"

/* Tells the VMM, whose guest has not run yet. Without it nobody is let in who needs a password.
 * Each command may take timeout_ms; errors as of sv_qmp_command(). */
int sv_qemu_settle(struct sv_qmp *qmp, const struct sv_domain *dom, int timeout_ms,
		   struct sv_error *err) sv_must_check;
