/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whether somebody else has the objects of a plan: another guest by the store, libvirt by its
 * attributes, or anybody by the level of the object's label. Objects are compared by identity,
 * trees with all that is in them. Changes nothing.
 */
#pragma once

#include "guest/prepare/prepared.h"

/* SV_E_BUSY, with object and holder: somebody else has an object of plan. plan was built for dom,
 * and prep has its labels already. Sets plan->drawn. store may be NULL. */
int sv_objects_check(const struct sv_prepared *prep, const struct sv_domain *dom,
		     struct sv_plan *plan, struct sv_store *store,
		     struct sv_error *err) sv_must_check;
