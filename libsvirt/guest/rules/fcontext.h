/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A guest's static label, kept by the machine's own file-context rules: a relabel of the machine,
 * or restorecon(8), makes of the guest's files what svirt would. Writes the policy store, never a
 * file's label.
 */
#pragma once

#include "domain/model.h"
#include "guest/state/handle.h"
#include "svirt.h"

/* flags: SVIRT_DRY_RUN, SVIRT_REMOVE. A domain without a static label is SV_E_USAGE. */
int sv_guest_fcontext(struct svirt *sv, struct sv_domain *dom, unsigned flags,
		      struct svirt_fcontexts **ret, struct sv_error *err) sv_must_check;
