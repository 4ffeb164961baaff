/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* label and start: a loaded domain becomes labelled files or a running guest. Results are those of
 * svirt.h. */
#pragma once

#include "guest/state/handle.h"
#include "svirt.h"

int sv_guest_label(struct svirt *sv, struct sv_domain *dom, const struct svirt_options *options,
		   struct svirt_plan **ret, struct sv_error *err) sv_must_check;
int sv_guest_start(struct svirt *sv, struct sv_domain *dom, const struct svirt_options *options,
		   struct svirt_plan **ret, struct sv_error *err) sv_must_check;
