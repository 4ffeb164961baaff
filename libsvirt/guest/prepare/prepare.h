/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From a parsed domain to everything that is decided and reserved before the first label changes:
 * which model, which label, which files, which command line. label, start and their dry runs all go
 * through here, so that what is shown is what is done.
 */
#pragma once

#include "guest/prepare/prepared.h"

/* Decides, takes the guest's lock, reserves the level and journals the plan. In a rehearsal
 * the same happens, to its store alone. *ret borrows from dom, whose host
 * devices are looked up first. */
int sv_prepare(struct svirt *sv, struct sv_store *store, struct sv_domain *dom,
	       const struct sv_wish *wish, struct sv_prepared *ret,
	       struct sv_error *err) sv_must_check;
