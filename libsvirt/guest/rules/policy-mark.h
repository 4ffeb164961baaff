/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Is the policy module that the kernel has the one that was installed with this program? */
#pragma once

#include "driver/driver.h"
#include "guest/state/handle.h"

/* The module file of this build, whose last line is a name that no other version of it has and that
 * the policy knows as an alias. The caller owns *ret. */
int sv_policy_module_file(const struct svirt *sv, char **ret, struct sv_error *err) sv_must_check;

/* 0: it is. SV_NONE: another one is loaded, or none. SV_E_UNKNOWN: the file has no such line. */
int sv_policy_is_current(const struct svirt *sv, const struct sv_driver *driver,
			 struct sv_error *err) sv_must_check;
