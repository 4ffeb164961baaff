/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What was read of a tree: see tree.h. */
#include "plan/tree.h"

#include "base/string.h"

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
	free(tree->inos);
	free(tree->remembered);
	free(tree);
	*ptr = NULL;
}

int sv_tree_sort(struct sv_tree *tree, struct sv_error *err)
{
	size_t n = 0, i;

	tree->inos = calloc(tree->n_dirs + tree->n_files, sizeof(*tree->inos));
	if (!tree->inos)
		return sv_fail_oom(err);
	for (i = 1; i < tree->n_dirs; i++)
		tree->inos[n++] = tree->dirs[i].ino;
	for (i = 0; i < tree->n_files; i++)
		tree->inos[n++] = tree->files[i].ino;
	qsort(tree->inos, n, sizeof(*tree->inos), sv_inode_compare);
	for (i = 0; i < n; i++) {
		if (i == 0 || tree->inos[i] != tree->inos[i - 1])
			tree->inos[tree->n_inos++] = tree->inos[i];
	}
	return 0;
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
	if (node->dev != tree->dev)
		return false;
	return node->ino == tree->dirs[0].ino ||
	       (tree->n_inos && bsearch(&node->ino, tree->inos, tree->n_inos, sizeof(*tree->inos),
					sv_inode_compare));
}

int sv_tree_each(const struct sv_tree *tree,
		 int (*fn)(void *data, const char *path, const struct sv_tree_label *label,
			   uint64_t ino, struct sv_error *err),
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
			r = fn(data, path, &tree->labels[dir->label], dir->ino, err);
		}
		ends[dir->depth] = len;
		for (k = dir->first; r == 0 && k < dir->first + dir->n; k++) {
			(void)snprintf(path + len, sizeof(path) - len, "%s%s", len ? "/" : "",
				       tree->names + tree->files[k].name);
			r = fn(data, path, &tree->labels[tree->files[k].label], tree->files[k].ino,
			       err);
		}
	}
	return r;
}

/* The inode number or the label that is looked for in a tree. */
struct wanted {
	uint64_t ino;
	const struct sv_tree_label *label;
	const char *root;
	char *found; /* owned */
};

static int compare(void *data, const char *path, const struct sv_tree_label *label, uint64_t ino,
		   struct sv_error *err)
{
	struct wanted *wanted = data;
	int r;

	if (wanted->label ? wanted->label != label : wanted->ino != ino)
		return 0;
	r = sv_asprintf(&wanted->found, err, "%s/%s", wanted->root, path);
	return r < 0 ? r : SV_SKIP;
}

/* The path of the first entry that matches; the root's when none below it does. */
static int find(const struct sv_tree *tree, struct wanted *wanted, char **ret, struct sv_error *err)
{
	int r = sv_tree_each(tree, compare, wanted, err);

	if (r == 0)
		return sv_strdup(wanted->root, ret, err);
	if (r < 0)
		return r;
	*ret = wanted->found;
	return 0;
}

int sv_tree_find(const struct sv_tree *tree, const char *root, uint64_t ino, char **ret,
		 struct sv_error *err)
{
	return find(tree, &(struct wanted){.ino = ino, .root = root}, ret, err);
}

int sv_tree_labelled(const struct sv_tree *tree, const char *root, const char *label, char **ret,
		     struct sv_error *err)
{
	size_t i;

	for (i = 0; i < tree->n_labels; i++) {
		if (i != tree->dirs[0].label && sv_streq(tree->labels[i].text, label))
			return find(tree, &(struct wanted){.label = &tree->labels[i], .root = root},
				    ret, err);
	}
	return sv_strdup(root, ret, err);
}
