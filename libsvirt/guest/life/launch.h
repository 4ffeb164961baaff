/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The manager's part of a start: labels the guest's files, starts the VMM, verifies its label, and
 * hands it over to svirt-monitor.
 */
#pragma once

#include "guest/prepare/prepared.h"

/* Labels the files of a guest that was prepared from dom, starts it and hands it over to a monitor,
 * with prep->lock. On failure the labels are back and no VMM runs. Until the guest is handed over,
 * a signal that sv->signals holds interrupts it. */
int sv_launch(struct svirt *sv, struct sv_store *store, const struct sv_domain *dom,
	      struct sv_prepared *prep, struct sv_error *err) sv_must_check;
