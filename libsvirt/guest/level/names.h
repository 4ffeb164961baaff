/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Labels that are names, of a model without levels (Smack): each guest has one of its own. Here is
 * who has a name.
 */
#pragma once

#include "guest/state/handle.h"

struct sv_driver;
struct sv_store;

struct sv_name_case {
	const struct svirt *sv; /* NULL: the guest that asks has no processes that count */
	struct sv_store *store; /* NULL: there is none yet */
	const struct sv_driver *driver;
	const char *guest; /* who asks, and does not count; NULL: everybody counts */
};

/* Who has label: another guest by its lease, or a process. holder is "guest 'b'" or "process 17".
 * SV_NONE: nobody. A process whose label may not be read is an error: it could have any. */
#define SV_NAME_HOLDER 192
int sv_name_holder(const struct sv_name_case *c, const char *label, char holder[SV_NAME_HOLDER],
		   struct sv_error *err) sv_must_check;
/* The same, of leases alone. */
int sv_name_leased(const struct sv_name_case *c, const char *label, char holder[SV_NAME_HOLDER],
		   struct sv_error *err) sv_must_check;
