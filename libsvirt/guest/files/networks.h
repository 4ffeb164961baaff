/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the network of a card leads to on this host: the section of svirt.conf(5), or else the
 * bridge of libvirt's network that runs. Of libvirt's files only the state of those is read: the
 * others, of which some hold secrets, are no business of svirt's.
 */
#pragma once

#include "domain/model.h"
#include "guest/state/handle.h"

/* Makes a card of type NETWORK one of type BRIDGE or USER. Does nothing for other cards. The
 * network's name is net->network still. SV_E_NOTFOUND: there is no such network, or it does not
 * run. SV_E_USAGE: it is none that svirt can use. */
int sv_network_find(const struct svirt *sv, const struct sv_domain *dom, struct sv_net *net,
		    struct sv_error *err) sv_must_check;
