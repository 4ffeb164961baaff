/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A list of open files by path: see nodes.h. One guest has few, so that a walk will do. */
#include "base/nodes.h"

#include "base/array.h"
#include "base/string.h"

struct sv_named_node {
	char *path;
	struct sv_node node;
};

static void named_done(struct sv_named_node **named)
{
	if (!*named)
		return;
	sv_node_done(&(*named)->node);
	free((*named)->path);
	free(*named);
}

void sv_nodes_done(struct sv_nodes *nodes)
{
	for (size_t i = 0; i < nodes->n; i++)
		named_done(&nodes->items[i]);
	free(nodes->items);
	*nodes = (struct sv_nodes){0};
}

void sv_nodes_forget(struct sv_nodes *nodes, const char *path)
{
	for (size_t i = 0; i < nodes->n; i++) {
		if (!sv_streq(nodes->items[i]->path, path))
			continue;
		named_done(&nodes->items[i]);
		nodes->items[i] = nodes->items[--nodes->n];
		return;
	}
}

const struct sv_node *sv_nodes_find(const struct sv_nodes *nodes, const char *path)
{
	for (size_t i = 0; i < nodes->n; i++)
		if (sv_streq(nodes->items[i]->path, path))
			return &nodes->items[i]->node;
	return NULL;
}

int sv_nodes_open(struct sv_nodes *nodes, const char *path, const struct sv_node **ret,
		  struct sv_error *err)
{
	sv_cleanup(named_done) struct sv_named_node *named = NULL;
	struct sv_named_node **item;
	int r;

	*ret = sv_nodes_find(nodes, path);
	if (*ret)
		return 0;
	named = calloc(1, sizeof(*named));
	if (!named)
		return sv_fail_oom(err);
	named->node = SV_NODE_EMPTY;
	r = sv_strdup(path, &named->path, err);
	if (r == 0)
		r = sv_node_open(path, &named->node, err);
	if (r < 0)
		return r;
	item = sv_array_add(nodes->items, nodes->n);
	if (!item)
		return sv_fail_oom(err);
	*ret = &named->node;
	*item = sv_take_ptr(named);
	return 0;
}
