/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Checks before anything is changed what would keep a guest from starting: each of its files and
 * /dev/kvm (blocker.h), and the right to run translated code without KVM. check reports everything;
 * start ends at the first one.
 */
#pragma once

#include "guest/prepare/prepared.h"

/* The device that every guest with KVM opens. It keeps its label and is not in any plan. False:
 * this guest does not open it. *ret owns nothing. */
bool sv_preflight_kvm(const struct sv_domain *dom, struct sv_resource *ret);

/* May a guest without KVM run the code that the emulator writes? SV_E_PERMISSION, with the remedy:
 * it may not. SV_E_UNKNOWN: it could not be found out. 0 also for a guest that does not need it. */
int sv_preflight_code(const struct sv_domain *dom, const struct sv_identity *identity,
		      struct sv_error *err) sv_must_check;

/* The first thing that the kernel would refuse the guest now, as an error. Files that prep has open
 * are not opened again, and newly opened ones are added there. What could not be found out is left
 * to the kernel, and so is what a permissive kernel allows. */
int sv_preflight(const struct sv_domain *dom, struct sv_prepared *prep,
		 struct sv_error *err) sv_must_check;
