/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The listening sockets in a guest's own directory, made for a guest that may not make any: a
 * user's. Must not know who connects.
 */
#pragma once

#include "domain/model.h"
#include "guest/run/vmm.h"
#include "guest/state/handle.h"

/* The number of sockets that sv_sockets_listen() makes. */
size_t sv_sockets_count(const struct sv_domain *dom);

/* fds gets the sockets (sv_chardev_is_own) in the order of the command line, up to the one that
 * fails: those of dom->chars, then those of dom->redirs, <redirdev> and <smartcard> alike. The
 * directory is there already. */
int sv_sockets_listen(const struct svirt *sv, const struct sv_domain *dom, struct sv_vmm_fds *fds,
		      struct sv_error *err) sv_must_check;
