/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Assigns a guest its level and the category of its share group, and refuses levels that others
 * have.
 */
#pragma once

#include "guest/prepare/prepared.h"

/* The level of a guest that has a model; prep->choice is filled already. Errors are as below. */
int sv_assign_level(struct svirt *sv, struct sv_store *store, const struct sv_domain *dom,
		    struct sv_prepared *prep, struct sv_error *err) sv_must_check;

/* Whether the level and the category of the share group that were assigned are still free, by the
 * store. SV_NONE: they are not, or the joined guest is gone. In a transaction. */
int sv_assign_again(struct svirt *sv, struct sv_store *store, const struct sv_domain *dom,
		    const struct sv_prepared *prep, struct sv_error *err) sv_must_check;
