/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Applies what was decided and journalled. Nodes of devices that were bound just now are planned,
 * journalled and labelled when they are there.
 */
#pragma once

#include "guest/prepare/prepared.h"

/* Applies prep->plan. In place of its LATER steps it has what was done with the nodes then. On
 * failure all that was done is in the journal. */
int sv_prepare_apply(struct svirt *sv, struct sv_store *store, const struct sv_domain *dom,
		     struct sv_prepared *prep, struct sv_error *err) sv_must_check;
