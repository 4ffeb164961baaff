/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The definition of one of libvirt's networks (libvirt's formatnetwork): which bridge a card in it
 * is a port of. What libvirt would set on the card's tap and svirt does not is an error, because
 * it keeps guests apart. Pure: guest/files/networks.h finds the file.
 */
#pragma once

#include "base/error.h"
#include "domain/net.h"

#include <stddef.h>

/* The longest text. Networks with hundreds of hosts for DHCP are far below. */
#define SV_NETWORK_MAX_BYTES (256u * 1024u)

struct sv_network {
	char bridge[SV_NET_NAME_SIZE];
	uint32_t mtu; /* of a new tap; 0: none was given */
};

/* Reads a <network>, or the <networkstatus> of one that runs. portgroup: that of the card, or NULL
 * for the network's default one. Errors: SV_E_USAGE with file and line. */
int sv_network_parse(const char *bytes, size_t len, const char *file, const char *portgroup,
		     struct sv_network *ret, struct sv_error *err) sv_must_check;
