/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Leases with what their drivers are; and a copy of all leases, for callers that write to the store
 * while they walk.
 */
#pragma once

#include "store/store.h"

/* The layer of the mandatory model. NULL: the guest is unconfined. A model that this build does not
 * know is taken for mandatory: sv_driver_need() refuses it. Borrowed. */
const struct sv_lease_layer *sv_lease_main(const struct sv_lease *lease);

struct sv_leases {
	struct sv_lease *items;
	size_t n;
};
int sv_leases_read(struct sv_store *store, enum sv_lease_which which, struct sv_leases *ret,
		   struct sv_error *err) sv_must_check;
void sv_leases_done(struct sv_leases *list);
#define sv_auto_leases sv_cleanup(sv_leases_done)
