/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The network devices of this host behind the cards of a guest: found before anything is changed.
 * guest/run/taps.h opens them.
 */
#pragma once

#include "domain/model.h"
#include "guest/state/handle.h"

/* Looks a card's bridge, or its existing tap or macvtap, up in sysfs below the handle's root: what
 * a macvtap has as a node goes into net. One that is not there is an error (SV_E_NOTFOUND) with the
 * line of its element in dom. Does nothing for a card without one. */
int sv_net_find(const struct svirt *sv, const struct sv_domain *dom, struct sv_net *net,
		struct sv_error *err) sv_must_check;
