/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Decides everything for a parsed domain: labels, plan, lease, command line. It is slow and runs
 * outside of any transaction. reserve.h checks again what was read from the store.
 */
#pragma once

#include "guest/prepare/prepared.h"

/* Fills prep with what a guest keeps from its lease unless something else is asked for: its level,
 * its share group, the guest that it joined, its user. */
int sv_prepare_remember(const struct svirt *sv, struct sv_store *store,
			const struct sv_lease *lease, struct sv_prepared *prep,
			struct sv_error *err) sv_must_check;

/* Fills a guest's level and labels. A dynamic level is drawn, a static one is compared with those
 * in use. identity->choice is filled already. SV_E_BUSY and SV_E_EXHAUSTED are about the level, all
 * other errors about the labels. */
int sv_prepare_labels(struct svirt *sv, struct sv_store *store, const struct sv_domain *dom,
		      const struct sv_guest_request *request, struct sv_identity *identity,
		      struct sv_error *err) sv_must_check;

/* The emulator's command line, into prep->argv; prep->files is filled already. */
int sv_prepare_argv(struct svirt *sv, const struct sv_domain *dom, struct sv_prepared *prep,
		    struct sv_error *err) sv_must_check;

/* May a process labelled self (NULL: this one) start emulator as the guest? */
int sv_prepare_emulator(const struct sv_identity *identity, const char *self, const char *emulator,
			struct sv_error *err) sv_must_check;

/* What the plan of a guest is made of; prep->files and prep->identity are filled already. *ret
 * borrows from all three. */
void sv_prepare_plan_request(const struct svirt *sv, const struct sv_domain *dom,
			     struct sv_prepared *prep, struct sv_plan_request *ret);

/* Makes all decisions for one guest: labels, plan, lease, command line. It is slow (it asks the
 * kernel about all processes and reads trees), so it is called outside of any transaction. Somebody
 * else may change the store before the result is reserved; sv_reserve() checks that again. */
int sv_prepare_decide(struct svirt *sv, struct sv_store *store, const struct sv_domain *dom,
		      struct sv_prepared *prep, struct sv_error *err) sv_must_check;
/* Undoes sv_prepare_decide(), except for the UUID. */
void sv_prepare_reset(struct sv_prepared *prep);
