/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * svirt-monitor's work: it takes over a running guest (guest/run/handover.h), watches it and puts
 * everything back.
 */
#pragma once

#include "store/store.h"

/* Runs until the guest has ended. Of lease, which is borrowed, only name, uuid, model, label and
 * image are used. user: it is a user's guest. Returns the exit status of the process. */
int sv_monitor_run(const struct sv_lease *lease, bool user);
