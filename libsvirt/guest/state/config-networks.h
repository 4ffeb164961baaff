/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The sections [network NAME] of svirt.conf(5): what networks of domains lead to on this host. */
#pragma once

#include "guest/state/config-file.h"

#include <stdlib.h>

struct sv_config_network {
	char *name;
	char *bridge; /* NULL: to a user network of the VMM */
	char *file;   /* where that stands */
};

struct sv_config_networks {
	struct sv_config_network *items;
	size_t n;
};

/* Takes an entry of a section. A section in a later file replaces the one of an earlier file. */
int sv_config_networks_set(struct sv_config_networks *all, const struct sv_config_entry *entry,
			   struct sv_error *err) sv_must_check;
/* What svirt.conf says of a network, borrowed; NULL: nothing. */
const struct sv_config_network *sv_config_network(const struct sv_config_networks *all,
						  const char *name);
/* In the header as sv_config_done() is. */
static inline void sv_config_networks_done(struct sv_config_networks *all)
{
	for (size_t i = 0; i < all->n; i++) {
		free(all->items[i].name);
		free(all->items[i].bridge);
		free(all->items[i].file);
	}
	free(all->items);
	*all = (struct sv_config_networks){0};
}
