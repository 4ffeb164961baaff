/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Users of their own: a number out of uid_range (svirt.conf(5)) for each guest, so that guests are
 * apart for the kernel's oldest check too, whatever else confines them. A number is taken while a
 * lease or a process has it, or when the host has a user of that number.
 */
#pragma once

#include "guest/state/handle.h"

/* Whether svirt.conf gives each guest a user of its own. */
static inline bool sv_users_are_own(const struct svirt *sv)
{
	return sv->conf.uid_last > 0;
}

/* The number of the user that lease has of its own. 0: it has none, or one out of another range. */
uint32_t sv_user_of(const struct svirt *sv, const struct sv_lease *lease);

/* Chooses a number for guest: before when that is free, else one by chance. store may be NULL.
 * SV_E_EXHAUSTED: all are taken. */
int sv_user_choose(const struct svirt *sv, struct sv_store *store, const char *guest,
		   uint32_t before, uint32_t *ret, struct sv_error *err) sv_must_check;

/* 0: no lease of another guest has the number by now. SV_NONE: one has it. */
int sv_user_again(struct sv_store *store, const char *guest, uint32_t user,
		  struct sv_error *err) sv_must_check;
