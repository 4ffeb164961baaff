/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A path, directory by directory: see walk.h. */
#include "base/walk.h"

#include "base/string.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

void sv_walk_done(struct sv_walk *walk)
{
	free(walk->dirs);
	*walk = (struct sv_walk){.end = SV_NODE_EMPTY};
}

/* The length of the first n components of path. For "/" n is 0 and the length 1. */
static size_t prefix(const char *path, size_t n)
{
	const char *p = path;

	for (; n > 0 && *p; n--)
		p = strchrnul(p + 1, '/');
	return p == path ? 1 : (size_t)(p - path);
}

const char *sv_walk_name(const char *path, size_t nth, char *out, size_t room)
{
	char part[PATH_MAX];

	(void)snprintf(part, sizeof(part), "%.*s", (int)prefix(path, nth), path);
	return sv_escape(part, out, room);
}

static size_t count_dirs(const char *path)
{
	size_t n = 0;

	for (; *path; path++)
		n += *path == '/';
	return n;
}

int sv_walk_open(const char *path, struct sv_nodes *nodes, struct sv_walk *ret,
		 struct sv_error *err)
{
	sv_auto_walk struct sv_walk walk = {.end = SV_NODE_EMPTY};
	size_t n = count_dirs(path), i;
	char part[PATH_MAX];
	struct stat st;

	if (path[0] != '/' || strlen(path) >= sizeof(part))
		return sv_fail(err, SV_E_USAGE, 0, "a path to walk along is absolute");
	walk.dirs = calloc(n + 1, sizeof(*walk.dirs));
	if (!walk.dirs)
		return sv_fail_oom(err);
	walk.n_all = n;
	for (i = 0; i <= n && walk.stopped.code == SV_OK; i++) {
		const struct sv_node *node;

		(void)snprintf(part, sizeof(part), "%.*s", (int)prefix(path, i), path);
		if (sv_nodes_open(nodes, part, &node, &walk.stopped) < 0) {
			if (fstatat(AT_FDCWD, part, &st, AT_SYMLINK_NOFOLLOW) == 0)
				walk.at = st.st_mode;
		} else if (i == n) {
			walk.end = *node;
		} else if (S_ISDIR(node->mode)) {
			walk.dirs[walk.n++] = *node;
		} else {
			walk.at = node->mode;
			sv_fail(&walk.stopped, SV_E_USAGE, 0, "%s is not a directory", part);
		}
	}
	*ret = walk;
	walk = (struct sv_walk){.end = SV_NODE_EMPTY};
	return 0;
}
