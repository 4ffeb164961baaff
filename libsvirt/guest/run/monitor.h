/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The other half of a guest's life: svirt-monitor takes the running guest over
 * (guest/run/handover.h), watches it and puts everything back.
 */
#pragma once

#include "store/store.h"

/* The life of svirt-monitor: runs until the guest has ended. lease: of it only name, uuid, model,
 * label and image; borrowed. Returns the exit status of the process. */
int sv_monitor_run(const struct sv_lease *lease);
