/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whether the objects of a plan are somebody else's: another guest's by the store, libvirt's by its
 * notes, or anybody's by the level that they are labelled with. By identity, trees with all that is
 * in them. Looks, and changes nothing.
 */
#pragma once

#include "guest/prepare/prepared.h"

/* SV_E_BUSY, with the object and who holds it. plan is built for dom, the labels in prep are there
 * already. Sets plan->drawn. store may be NULL. */
int sv_objects_check(const struct sv_prepared *prep, const struct sv_domain *dom,
		     struct sv_plan *plan, struct sv_store *store,
		     struct sv_error *err) sv_must_check;
