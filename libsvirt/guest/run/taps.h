/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Opens the taps of a guest's cards when it starts. A tap that is made for a guest ends with the
 * guest, so there is nothing to put back.
 */
#pragma once

#include "base/nodes.h"
#include "domain/model.h"
#include "guest/run/vmm.h"

/* How many of its cards are taps. */
size_t sv_taps_count(const struct sv_domain *dom);

/* Makes or opens the taps of all cards. fds gets them in the order of the cards, up to the one that
 * fails. nodes has the device nodes that the plan has opened. */
int sv_taps_open(const struct sv_domain *dom, struct sv_nodes *nodes, struct sv_vmm_fds *fds,
		 struct sv_error *err) sv_must_check;
