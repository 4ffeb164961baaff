/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The network devices of this host behind the cards of a guest: found before anything is changed,
 * opened when it starts. A tap that is made for a guest goes with it, so there is nothing to put
 * back.
 */
#pragma once

#include "guest/files.h"
#include "guest/vmm.h"

/* Looks a card's bridge, or its existing tap or macvtap, up in sysfs below the handle's root: what
 * a macvtap has as a node goes into net. One that is not there is an error (SV_E_NOTFOUND) with the
 * line of its element in dom. Does nothing for a card without one. */
int sv_net_find(const struct svirt *sv, const struct sv_domain *dom, struct sv_net *net,
		struct sv_error *err) sv_must_check;

/* Makes, or opens, the taps of all cards: fds gets them in the order of the cards, up to the one
 * that fails. nodes: where the plan has their nodes already. */
int sv_taps_open(const struct sv_domain *dom, struct sv_nodes *nodes, struct sv_vmm_fds *fds,
		 struct sv_error *err) sv_must_check;
