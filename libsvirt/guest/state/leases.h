/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A copy of all leases, for callers that write to the store while they walk.
 */
#pragma once

#include "store/store.h"

struct sv_leases {
	struct sv_lease *items;
	size_t n;
};
int sv_leases_read(struct sv_store *store, enum sv_lease_which which, struct sv_leases *ret,
		   struct sv_error *err) sv_must_check;
void sv_leases_done(struct sv_leases *list);
#define sv_auto_leases sv_cleanup(sv_leases_done)
