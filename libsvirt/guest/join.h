/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Guests that have one level on purpose: a guest joins another one, and from then on both, and
 * whoever joins them later, may use each other's files. They are each other's peers until they end;
 * to everybody else each of them is a guest as any other.
 */
#pragma once

#include "guest/prepare.h"

/* Whom the guest of prep joins: the one that was asked for, or one whose level it has already, as
 * it was labelled. prep->joins says whether there is one, prep->joined is its lease. SV_E_NOTFOUND
 * when the one that was asked for has no lease, SV_E_USAGE when it has no level. */
int sv_join_find(struct sv_store *store, struct sv_prepared *prep,
		 struct sv_error *err) sv_must_check;

/* 0: a guest of this name has the lease, or is a peer of the one that has. SV_NONE: it is not. */
int sv_join_has(struct sv_store *store, const struct sv_lease *lease, const char *name,
		struct sv_error *err) sv_must_check;

/* 0: pid is the VMM of the guest of this name, or its swtpm, as that noted before it took its
 * label. SV_NONE: it is not. */
int sv_join_is_vmm(const struct svirt *sv, const char *name, pid_t pid,
		   struct sv_error *err) sv_must_check;

/* The same for one of those of sv_join_has(). */
int sv_join_runs(const struct svirt *sv, struct sv_store *store, const struct sv_lease *lease,
		 pid_t pid, struct sv_error *err) sv_must_check;
