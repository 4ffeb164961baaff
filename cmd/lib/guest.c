/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Guests in the document: see guest.h. */
#include "lib/guest.h"

#include "lib/cli.h"
#include "lib/error.h"
#include "lib/plan.h"
#include "lib/session.h"

#include <stdlib.h>
#include <string.h>

/* null: they could not be read. */
static void put_limits(struct node *node, const struct svirt_guest *guest)
{
	struct node *list;

	if (guest->limits_unknown) {
		node_str(node, "limits", NULL);
		return;
	}
	list = node_list(node, "limits");
	for (size_t i = 0; i < guest->n_limits; i++) {
		struct node *limit = list_object(list);

		node_str(limit, "file", guest->limits[i].file);
		node_str(limit, "value", guest->limits[i].value);
	}
}

void guest_put(struct node *node, const struct svirt_guest *guest)
{
	struct node *peers;

	node_id(node, "id", guest->id);
	node_str(node, "name", guest->name);
	node_str(node, "uuid", guest->uuid);
	node_str(node, "os_type", guest->os_type);
	node_str(node, "state", guest->state);
	node_id(node, "pid", guest->pid);
	node_id(node, "monitor_pid", guest->monitor_pid);
	node_num(node, "vcpus", guest->vcpus);
	node_num(node, "cpu_time_ns", guest->cpu_ns);
	node_num(node, "max_memory_kib", guest->max_memory);
	node_num(node, "used_memory_kib", guest->used_memory);
	node_bool(node, "persistent", guest->persistent);
	node_bool(node, "autostart", guest->autostart);
	node_str(node, "model", guest->model);
	node_str(node, "doi", guest->doi);
	node_label(node, "label", guest->label);
	node_bool(node, "verified", guest->verified);
	node_label(node, "image", guest->image);
	node_str(node, "level", guest->level);
	node_str(node, "share_group", guest->share_group);
	peers = node_list(node, "joined_with");
	for (size_t i = 0; guest->joined_with && guest->joined_with[i]; i++)
		list_str(peers, guest->joined_with[i]);
	node_str(node, "cgroup", guest->cgroup);
	put_limits(node, guest);
	node_str(node, "owner", guest->owner);
	layers_put(node_list(node, "layers"), guest->layers, guest->n_layers);
	node_str(node, "policy", guest->policy);
	node_str(node, "mode", guest->mode);
	node_id(node, "created", guest->created);
}

int guest_name(struct call *call, const char *spec, char **ret, struct svirt_error *err)
{
	struct svirt_domain *dom = NULL;
	char *name;
	int r;

	if (strcmp(spec, "-") == 0 || cli_is_file(spec)) {
		r = session_domain(call, spec, &dom, err);
		if (r)
			return r;
		spec = svirt_domain_name(dom);
	}
	name = strdup(spec);
	if (!name)
		no_memory();
	svirt_domain_free(&dom);
	*ret = name;
	return 0;
}
