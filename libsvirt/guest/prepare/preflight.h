/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What keeps a guest from coming up, asked before anything is changed: each of its files and
 * /dev/kvm through blocker.h, and the right to run translated code where there is no KVM. check
 * says all of it, start ends at the first one; both ask here.
 */
#pragma once

#include "guest/prepare/prepared.h"

/* The device that every guest with KVM opens; it keeps its label and is part of no plan. false:
 * this guest opens none. *ret owns nothing. */
bool sv_preflight_kvm(const struct sv_domain *dom, struct sv_resource *ret);

/* A guest without KVM runs code that the emulator writes. SV_E_PERMISSION with the remedy;
 * SV_E_UNKNOWN: it could not be found out. 0 also for a guest that needs it not. */
int sv_preflight_code(const struct sv_domain *dom, const struct sv_prepared *prep,
		      struct sv_error *err) sv_must_check;

/* The first thing that the kernel would refuse the guest now, as an error. Opens nothing that prep
 * has open, and leaves there what it opens. What could not be found out is left to the kernel, and
 * so is what a permissive mode lets through. */
int sv_preflight(const struct sv_domain *dom, struct sv_prepared *prep,
		 struct sv_error *err) sv_must_check;
