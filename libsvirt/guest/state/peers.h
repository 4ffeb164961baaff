/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Guests that share one level (--join). A guest joins another one. From then on both, and guests
 * that join them later, may use each other's files. They are peers until they end. For all others
 * each of them is a guest like any other.
 */
#pragma once

#include "guest/state/handle.h"
#include "store/store.h"

/* 0: the guest name has the lease, or is a peer of the guest that has it. SV_NONE: neither. */
int sv_peers_have(struct sv_store *store, const struct sv_lease *lease, const char *name,
		  struct sv_error *err) sv_must_check;

/* 0: pid is the VMM, or the swtpm, of one of those (sv_runtime_runs()). SV_NONE: it is not. */
int sv_peers_run(const struct svirt *sv, struct sv_store *store, const struct sv_lease *lease,
		 pid_t pid, struct sv_error *err) sv_must_check;
