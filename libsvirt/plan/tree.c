/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What was read of a tree: see tree.h. */
#include "plan/tree.h"

#include <limits.h>

void sv_tree_free(struct sv_tree **ptr)
{
	struct sv_tree *tree = *ptr;
	size_t i;

	if (!tree)
		return;
	for (i = 0; i < tree->n_labels; i++)
		free(tree->labels[i].text);
	for (i = 0; i < tree->n_left; i++)
		free(tree->left[i].path);
	free(tree->labels);
	free(tree->left);
	free(tree->dirs);
	free(tree->files);
	free(tree->names);
	free(tree);
	*ptr = NULL;
}

bool sv_tree_is_labelled(const struct sv_tree *tree)
{
	size_t i;

	for (i = 0; i < tree->n_labels; i++) {
		if (!tree->labels[i].wanted)
			return false;
	}
	return true;
}

bool sv_tree_has(const struct sv_tree *tree, const struct sv_node *node)
{
	size_t i;

	if (node->dev != tree->dev)
		return false;
	for (i = 0; i < tree->n_dirs; i++) {
		if (tree->dirs[i].ino == node->ino)
			return true;
	}
	for (i = 0; i < tree->n_files; i++) {
		if (tree->files[i].ino == node->ino)
			return true;
	}
	return false;
}

int sv_tree_each(const struct sv_tree *tree,
		 int (*fn)(void *data, const char *path, const struct sv_tree_label *label,
			   struct sv_error *err),
		 void *data, struct sv_error *err)
{
	size_t ends[SV_TREE_DEPTH + 1] = {0}, i, k;
	char path[PATH_MAX];
	int r = 0;

	for (i = 0; r == 0 && i < tree->n_dirs; i++) {
		const struct sv_tree_dir *dir = &tree->dirs[i];
		size_t len = dir->depth ? ends[dir->depth - 1] : 0;

		if (dir->depth) {
			len += (size_t)snprintf(path + len, sizeof(path) - len, "%s%s",
						len ? "/" : "", tree->names + dir->name);
			r = fn(data, path, &tree->labels[dir->label], err);
		}
		ends[dir->depth] = len;
		for (k = dir->first; r == 0 && k < dir->first + dir->n; k++) {
			(void)snprintf(path + len, sizeof(path) - len, "%s%s", len ? "/" : "",
				       tree->names + tree->files[k].name);
			r = fn(data, path, &tree->labels[tree->files[k].label], err);
		}
	}
	return r;
}
