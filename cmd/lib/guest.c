/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Guests in the document, and simple deeds to them: see guest.h. */
#include "lib/guest.h"

#include "lib/cli.h"
#include "lib/error.h"
#include "lib/session.h"

#include <stdlib.h>
#include <string.h>

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
	node_str(node, "owner", guest->owner);
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

/* The state for the document, where there is one; whether that is the one that the deed leads to.
 * What is wrong with the guest is for the deed to say. */
static bool look(struct call *call, const struct deed *deed, const char *name, struct node *node)
{
	struct svirt_error ignored = {.code = SVIRT_OK};
	struct svirt_guest *guest = NULL;
	bool already;

	if (svirt_guest_read(call->sv, name, &guest, &ignored))
		return false;
	node_str(node, "state", guest->state);
	already = deed->reached && strcmp(guest->state, deed->reached) == 0;
	svirt_guest_free(&guest);
	return already;
}

int deed_run(struct call *call, const struct deed *deed, struct svirt_error *err)
{
	bool dry = call->globals.dry_run, already;
	struct node *node;
	char *name = NULL;
	int r = guest_name(call, call->args[0], &name, err);

	if (r)
		return r;
	node = doc_result(call->doc);
	node_str(node, "name", name);
	node_str(node, "action", deed->verb);
	already = (dry || deed->reached) && look(call, deed, name, node);
	r = deed->act(call, name, dry ? SVIRT_DRY_RUN : 0, err);
	node_bool(node, "done", r == 0 && !dry);
	if (r == 0 && already && !call->globals.quiet)
		talk("", "Guest %s is %s already", name, deed->reached);
	else if (r == 0 && !dry && !call->globals.quiet)
		talk("", "Guest %s %s", name, deed->done);
	if (already)
		node_str(node, "action", "none");
	free(name);
	return r;
}

void deed_show(const struct call *call, struct text *out)
{
	const struct node *node = doc_first(call->doc);
	const char *state = node_text(node, "state"), *action = node_text(node, "action");

	/* what was really done is talk */
	if (!call->globals.dry_run || !state || node_text(doc_root(call->doc), "error.message"))
		return;
	if (strcmp(action, "none") != 0)
		text_line(out, "Would %s guest %s (%s)", action, node_text(node, "name"), state);
}
