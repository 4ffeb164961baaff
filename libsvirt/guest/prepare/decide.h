/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From a parsed domain to all that is decided for it: labels, plan, lease, command line. Slow, and
 * in no transaction: what it takes from the store, reserve.h looks at again.
 */
#pragma once

#include "guest/prepare/prepared.h"

/* What a guest that holds a lease goes on with unless something else is asked for: its level, its
 * share group, whom it joined. */
int sv_prepare_remember(struct sv_store *store, const struct sv_lease *lease,
			struct sv_prepared *prep, struct sv_error *err) sv_must_check;

/* The parts of a guest's identity: its level (a dynamic one is picked, a static one compared with
 * those in use) and its labels. prep->choice is filled already. SV_E_BUSY and SV_E_EXHAUSTED are
 * about the level, everything else about the labels. */
int sv_prepare_labels(struct svirt *sv, struct sv_store *store, const struct sv_domain *dom,
		      struct sv_prepared *prep, struct sv_error *err) sv_must_check;

/* The emulator's command line, into prep->argv; prep->files is filled already. */
int sv_prepare_argv(struct svirt *sv, const struct sv_domain *dom, struct sv_prepared *prep,
		    struct sv_error *err) sv_must_check;

/* May a process labelled self (NULL: this one) start emulator as the guest? */
int sv_prepare_emulator(const struct sv_prepared *prep, const char *self, const char *emulator,
			struct sv_error *err) sv_must_check;

/* All decisions of one guest: labels, plan, lease, command line. Slow, so in no transaction: the
 * kernel and all processes are asked, trees are read.
 * What it takes from the store may be overtaken before it is reserved: sv_reserve() looks at that
 * again. */
int sv_prepare_decide(struct svirt *sv, struct sv_store *store, const struct sv_domain *dom,
		      struct sv_prepared *prep, struct sv_error *err) sv_must_check;
/* Forgets what that did, but for the UUID. */
void sv_prepare_undecide(struct sv_prepared *prep);
