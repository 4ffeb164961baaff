/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names of network devices and of networks: see net.h. */
#include "domain/net.h"

#include <string.h>

static bool is_word(const char *name, size_t max, const char *not_first)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				      "0123456789._+-";
	size_t len = strlen(name);

	return len >= 1 && len <= max && strspn(name, allowed) == len &&
	       !strchr(not_first, name[0]);
}

bool sv_net_name_is_valid(const char *name)
{
	return is_word(name, SV_NET_NAME_SIZE - 1, "._+-");
}

bool sv_network_name_is_valid(const char *name)
{
	return is_word(name, SV_NETWORK_NAME_MAX, ".-");
}

bool sv_net_is_tap(const struct sv_net *net)
{
	return net->type == SV_NET_ETHERNET || net->type == SV_NET_BRIDGE ||
	       net->type == SV_NET_NETWORK;
}
