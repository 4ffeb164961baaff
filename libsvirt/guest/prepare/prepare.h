/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Decides and reserves everything for a parsed domain before the first label changes: model, label,
 * files, command line. label, start and their dry runs all use it, so that what is shown is what is
 * done.
 */
#pragma once

#include "guest/prepare/prepared.h"

/* Decides, takes the guest's lock, reserves the level and journals the plan. A rehearsal does the
 * same in its copy of the store. *ret borrows from dom, whose host devices are looked up first. */
int sv_prepare(struct svirt *sv, struct sv_store *store, struct sv_domain *dom,
	       const struct sv_guest_request *request, struct sv_prepared *ret,
	       struct sv_error *err) sv_must_check;
