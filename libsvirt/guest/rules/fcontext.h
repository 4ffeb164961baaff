/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Writes local file-context rules for a guest with a static label, so that restorecon(8) or a
 * relabel of the machine gives the guest's files the label that svirt would. Writes the policy
 * store, never a file's label.
 */
#pragma once

#include "domain/model.h"
#include "guest/state/handle.h"
#include "svirt.h"

/* flags: SVIRT_DRY_RUN, SVIRT_REMOVE. A domain without a static label is SV_E_USAGE. */
int sv_guest_fcontext(struct svirt *sv, struct sv_domain *dom, unsigned flags,
		      struct svirt_fcontexts **ret, struct sv_error *err) sv_must_check;
