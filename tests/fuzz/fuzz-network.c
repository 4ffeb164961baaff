/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The state file of one of libvirt's networks on arbitrary bytes: an error that names the file and
 * has a message, or a bridge with a valid name.
 */
#include "fuzz.h"

#include "base/string.h"
#include "domain/xml/network.h"

#define FUZZ_FILE "network.xml"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const portgroups[] = {NULL, "a", "b"};

	for (size_t i = 0; i < SV_N_ELEMENTS(portgroups); i++) {
		struct sv_network network = {0};
		struct sv_error err = {0};
		int r = sv_network_parse((const char *)data, size, FUZZ_FILE, portgroups[i],
					 &network, &err);

		if (r < 0) {
			require(err.code == SV_E_USAGE && !network.bridge[0] && err.msg[0]);
			require(sv_streq(err.file, FUZZ_FILE));
			continue;
		}
		require(r == 0 && err.code == SV_OK && sv_net_name_is_valid(network.bridge));
		require(!network.mtu || (network.mtu >= 68 && network.mtu <= 65535));
	}
	return 0;
}
