/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Guests that have one level on purpose: a guest joins another one, and from then on both, and
 * whoever joins them later, may use each other's files. They are each other's peers until they end;
 * to everybody else each of them is a guest as any other.
 */
#pragma once

#include "guest/state/handle.h"
#include "store/store.h"

/* 0: a guest of this name has the lease, or is a peer of the one that has. SV_NONE: it is not. */
int sv_peers_have(struct sv_store *store, const struct sv_lease *lease, const char *name,
		  struct sv_error *err) sv_must_check;

/* 0: pid is the VMM, or the swtpm, of one of those (sv_runtime_runs()). SV_NONE: it is not. */
int sv_peers_run(const struct svirt *sv, struct sv_store *store, const struct sv_lease *lease,
		 pid_t pid, struct sv_error *err) sv_must_check;
