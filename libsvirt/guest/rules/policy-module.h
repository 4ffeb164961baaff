/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* svirt's own policy module, for the administrator: where it is, whether it works, in and out. */
#pragma once

#include "guest/state/handle.h"
#include "svirt.h"

int sv_policy_module_read(struct svirt *sv, struct svirt_policy **ret,
			  struct sv_error *err) sv_must_check;
/* dry_run: whether there is a store and something to put in or to take out. */
int sv_policy_module_install(struct svirt *sv, bool dry_run, struct sv_error *err) sv_must_check;
int sv_policy_module_remove(struct svirt *sv, bool dry_run, struct sv_error *err) sv_must_check;
