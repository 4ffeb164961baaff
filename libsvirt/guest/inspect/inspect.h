/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Facts about the host, the guests and the levels. Reads only; runs in the caller's domain. */
#pragma once

#include "guest/state/handle.h"
#include "svirt.h"

/* host.c: the host and the levels; guests.c: the guests */

int sv_host_read(struct svirt *sv, struct svirt_host **ret, struct sv_error *err) sv_must_check;
int sv_guest_read(struct svirt *sv, const char *name, struct svirt_guest **ret,
		  struct sv_error *err) sv_must_check;
int sv_guests_read(struct svirt *sv, bool all, struct svirt_guests **ret,
		   struct sv_error *err) sv_must_check;
int sv_levels_read(struct svirt *sv, bool all, struct svirt_levels **ret,
		   struct sv_error *err) sv_must_check;

/* The number of pairs in this process's pool, and how many of them are free now. store may be NULL.
 */
int sv_capacity_read(struct svirt *sv, const struct sv_driver *driver, struct sv_store *store,
		     uint32_t *capacity, uint32_t *left, struct sv_error *err) sv_must_check;
