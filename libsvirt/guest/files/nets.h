/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Finds the network devices of this host behind the cards of a guest, before anything is changed.
 * guest/run/taps.h opens them.
 */
#pragma once

#include "domain/model.h"
#include "guest/state/handle.h"

/* Looks up what a card's network leads to (networks.h), and a card's bridge, or its existing tap or
 * macvtap, in sysfs below the handle's root. The node of a macvtap goes into net. SV_E_NOTFOUND,
 * with the line of the element in dom: it does not exist. Does nothing for other cards. */
int sv_net_find(const struct svirt *sv, const struct sv_domain *dom, struct sv_net *net,
		struct sv_error *err) sv_must_check;
