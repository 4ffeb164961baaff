/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What other guests may read of a guest that does not run: see at-rest.h. */
#include "guest/prepare/at-rest.h"

#include "base/string.h"
#include "plan/label.h"

#include <sys/stat.h>

/* The label that the file has now, if it is to get another one for this guest alone. SV_NONE: it
 * keeps what it has, or has the guest's already. */
static int label_at_rest(const struct sv_resource *res, const struct sv_node *node,
			 const struct sv_layer *layer, char **ret, struct sv_error *err)
{
	sv_auto_free char *from = NULL;
	const char *why, *to = sv_plan_label(res, node, layer, true, &why);
	int r = to ? layer->driver->label->get(node->fd, &from, err) : SV_NONE;

	if (r == 0)
		r = layer->driver->same(from, to, err);
	if (r != SV_NONE || !from)
		return r == 0 ? SV_NONE : r;
	*ret = sv_take_ptr(from);
	return 0;
}

/* 0: a guest may read it, by its label and by owner and mode as they are now. SV_NONE: it may not.
 */
static int is_open(const struct sv_stack *stack, const struct sv_node *node, const char *label,
		   struct sv_error *err)
{
	const struct sv_layer *first = &stack->v[0];
	int r = first->driver->ask->may_use(first->subject.label, label, node->mode, SV_ACCESS_RO,
					    NULL, err);

	for (size_t i = 1; r == 0 && i < stack->n; i++) {
		const struct sv_layer *layer = &stack->v[i];

		if (!layer->driver->mac && layer->driver->ask->may_open)
			r = layer->driver->ask->may_open(layer->subject.label, node, SV_ACCESS_RO,
							 NULL, err);
	}
	return r;
}

bool sv_at_rest_is_open(const struct sv_prepared *prep, const struct sv_resource *res,
			struct sv_error *what)
{
	const struct sv_stack *stack = &prep->identity.stack;
	const struct sv_node *node = sv_nodes_find(&prep->files.nodes, res->path);
	sv_auto_free char *label = NULL;
	struct sv_error ignored = {0};
	char path[192];
	int r;

	if (res->access != SV_ACCESS_RW || sv_resource_is_tree(res) || !node || node->fd < 0 ||
	    !(S_ISREG(node->mode) || S_ISBLK(node->mode)))
		return false;
	r = label_at_rest(res, node, &stack->v[0], &label, &ignored);
	if (r == 0)
		r = is_open(stack, node, label, &ignored);
	if (r != 0)
		return false;
	sv_escape(res->path, path, sizeof(path));
	sv_fail(what, SV_E_FINDINGS, 0,
		"%s goes back to %s, with a mode that lets other guests read it while this one "
		"does not run",
		path, label);
	sv_hint(what, "chown root: '%s'; chmod 600 '%s' (each start gives it to the guest's user)",
		path, path);
	return true;
}
