/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Share groups: guests that share disks with each other and with nobody else. Each member's level
 * has one category more, which no other level has. Shared disks are labelled with that category
 * alone, so that the level of every member is above them and no other level is.
 */
#pragma once

#include "guest/level/levels.h"

/* The category of the group. For a new group it is one of the pool that no level in use has.
 * SV_E_EXHAUSTED: there is none. SV_E_BUSY: a process that is not a member has the group's category
 * by now. */
int sv_group_category(const struct svirt *sv, const struct sv_driver *driver,
		      const struct sv_level_uses *uses, const char *group, uint32_t *ret,
		      struct sv_error *err) sv_must_check;
