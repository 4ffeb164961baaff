/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The manager's half of a guest's life: it labels the guest's files, starts the VMM, proves what it
 * is, and hands it over to svirt-monitor.
 */
#pragma once

#include "guest/prepare/prepared.h"

/* Labels the files of a guest that was prepared from dom, starts it and hands it over to a monitor.
 * prep->lock is handed over too. When it fails, the labels are back and no VMM runs. A signal that
 * sv->signals holds interrupts it, until the guest is handed over. */
int sv_launch(struct svirt *sv, struct sv_store *store, const struct sv_domain *dom,
	      struct sv_prepared *prep, struct sv_error *err) sv_must_check;
