/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The listening sockets in a guest's own directory, made for a guest that may not make any: a
 * user's. Must not know who connects.
 */
#pragma once

#include "domain/model.h"
#include "guest/run/vmm.h"
#include "guest/state/handle.h"

/* fds gets the sockets in the order of dom->chars (sv_chardev_is_own), up to the one that fails.
 * The directory is there already. */
int sv_sockets_listen(const struct svirt *sv, const struct sv_domain *dom, struct sv_vmm_fds *fds,
		      struct sv_error *err) sv_must_check;
