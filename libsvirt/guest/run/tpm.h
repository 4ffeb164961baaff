/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The emulator of a guest's TPM, swtpm(8). It is a process of the guest like the VMM, with the same
 * label, user and limits. It starts before the VMM and ends with it.
 */
#pragma once

#include "domain/model.h"
#include "guest/run/vmm.h"
#include "guest/state/signals.h"

/* Whether the domain has such a TPM. */
bool sv_tpm_is_emulated(const struct sv_domain *dom);

/* SV_E_HOST, with the line of the <tpm>, when swtpm is not installed. */
int sv_tpm_check(const struct sv_domain *dom, struct sv_error *err) sv_must_check;

/* Executes swtpm, verifies its label, and lets it read or make its state. So swtpm itself reports
 * faults of the state, before there is a VMM. The VMM gets ret->control. On failure nothing runs.
 */
int sv_tpm_start(const struct sv_vmm_program *program, const struct sv_signals *signals,
		 struct sv_vmm *ret, struct sv_error *err) sv_must_check;
