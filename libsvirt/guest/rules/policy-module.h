/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* svirt's own policy module, for the administrator: its status, to install it and to remove it. */
#pragma once

#include "guest/state/handle.h"
#include "svirt.h"

int sv_policy_module_read(struct svirt *sv, struct svirt_policy **ret,
			  struct sv_error *err) sv_must_check;
/* dry_run: only checks whether there is a store, and a module to install or to remove. */
int sv_policy_module_install(struct svirt *sv, bool dry_run, struct sv_error *err) sv_must_check;
int sv_policy_module_remove(struct svirt *sv, bool dry_run, struct sv_error *err) sv_must_check;
