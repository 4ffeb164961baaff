/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Copying what can still be read of a damaged store into a new one. Must not know where the two
 * files are, nor what goes on on the host.
 */
#pragma once

#include "store/store.h"

struct sv_salvaged {
	size_t leases, holds;
	bool whole; /* the last row was reached from both ends */
};

/* In one transaction of to. What cannot be read, or makes no sense, is left out. */
int sv_salvage(struct sv_store *from, struct sv_store *to, struct sv_salvaged *ret,
	       struct sv_error *err) sv_must_check;
