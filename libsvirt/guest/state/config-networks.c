/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sections of networks: see config-networks.h. */
#include "guest/state/config-networks.h"

#include "base/array.h"
#include "base/string.h"
#include "domain/net.h"

static struct sv_config_network *find(const struct sv_config_networks *all, const char *name)
{
	for (size_t i = 0; i < all->n; i++)
		if (sv_streq(all->items[i].name, name))
			return &all->items[i];
	return NULL;
}

const struct sv_config_network *sv_config_network(const struct sv_config_networks *all,
						  const char *name)
{
	return find(all, name);
}

static int check(const struct sv_config_entry *entry, struct sv_error *err)
{
	bool bridge = sv_streq(entry->key, "bridge");
	char shown[128];

	if (!bridge && !sv_streq(entry->key, "type")) {
		(void)sv_fail(err, SV_E_USAGE, 0, "unknown key '%s' in [network %s]",
			      sv_escape(entry->key, shown, sizeof(shown)), entry->section);
		return sv_hint(err, "a section has bridge = NAME, or type = user; other keys stand "
				    "before the first section");
	}
	if (bridge ? sv_net_name_is_valid(entry->value) : sv_streq(entry->value, "user"))
		return 0;
	sv_escape(entry->value, shown, sizeof(shown));
	return bridge ? sv_fail(err, SV_E_USAGE, 0, "bridge: '%s' is no name of a network device",
				shown)
		      : sv_fail(err, SV_E_USAGE, 0, "type: '%s' is not user", shown);
}

static int add(struct sv_config_networks *all, const char *name, struct sv_config_network **ret,
	       struct sv_error *err)
{
	*ret = sv_array_add(all->items, all->n);
	return *ret ? sv_strdup(name, &(*ret)->name, err) : sv_fail_oom(err);
}

int sv_config_networks_set(struct sv_config_networks *all, const struct sv_config_entry *entry,
			   struct sv_error *err)
{
	struct sv_config_network *network = find(all, entry->section);
	int r = check(entry, err);

	if (r == 0 && network && sv_streq(network->file, entry->file))
		return sv_fail(err, SV_E_USAGE, 0, "[network %s] has a bridge or a type already",
			       entry->section);
	if (r == 0 && !network)
		r = add(all, entry->section, &network, err);
	if (r < 0)
		return r;
	free(sv_take_ptr(network->bridge));
	free(sv_take_ptr(network->file));
	if (sv_streq(entry->key, "bridge"))
		r = sv_strdup(entry->value, &network->bridge, err);
	return r < 0 ? r : sv_strdup(entry->file, &network->file, err);
}
