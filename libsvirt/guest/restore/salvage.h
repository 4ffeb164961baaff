/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Copies what can still be read of a damaged store into a new one. Must not know where the two
 * files are, or what happens on the host.
 */
#pragma once

#include "store/store.h"

struct sv_salvaged {
	size_t leases, holds;
	bool whole; /* the last row was reached from both ends */
};

/* Copies in one transaction of to. Rows that cannot be read or make no sense are left out. */
int sv_salvage(struct sv_store *from, struct sv_store *to, struct sv_salvaged *ret,
	       struct sv_error *err) sv_must_check;
