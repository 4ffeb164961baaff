/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Share groups: guests that share disks with each other and with nobody else. Each member's level
 * holds one category more, which no other level holds, and what they share is labelled with that
 * category alone: every member's level is above it, and nobody else's is.
 */
#pragma once

#include "guest/level/levels.h"

/* The category of the group: that which it holds, or for a new group one out of the pool that no
 * level in use holds. SV_E_EXHAUSTED when there is none, SV_E_BUSY when a process that is no member
 * has come to hold it. */
int sv_group_category(const struct svirt *sv, const struct sv_driver *driver,
		      const struct sv_level_uses *uses, const char *group, uint32_t *ret,
		      struct sv_error *err) sv_must_check;
