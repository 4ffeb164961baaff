/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether the loaded policy module is the one that was installed with this program. */
#pragma once

#include "driver/driver.h"
#include "guest/state/handle.h"

/* The module file of this build. Its last line defines a type alias whose name only this version
 * has, so that the kernel can be asked for it. The caller owns *ret. */
int sv_policy_module_file(const struct svirt *sv, char **ret, struct sv_error *err) sv_must_check;

/* 0: the module of this version is loaded. SV_NONE: another one is, or none. SV_E_UNKNOWN: the file
 * has no such line. */
int sv_policy_is_current(const struct svirt *sv, const struct sv_driver *driver,
			 struct sv_error *err) sv_must_check;
