/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which fifos a character device of type 'pipe' uses: see pipe.h. */
#include "guest/files/pipe.h"

#include "base/string.h"

#include <errno.h>
#include <sys/stat.h>

#define SHOWN 192

static int exists(const char *pipe, const char *end, bool *ret, struct sv_error *err)
{
	sv_auto_free char *path = NULL;
	struct stat st;
	int r = sv_asprintf(&path, err, "%s.%s", pipe, end);

	if (r < 0)
		return r;
	*ret = lstat(path, &st) == 0;
	if (!*ret && errno != ENOENT && errno != ENOTDIR)
		return sv_fail_errno(err, errno, "%s", path);
	return 0;
}

int sv_pipe_is_used(const struct sv_resource *res, struct sv_error *err)
{
	bool in = false, out = false;
	char shown[SHOWN];
	int r = exists(res->pipe, "in", &in, err);

	if (r == 0)
		r = exists(res->pipe, "out", &out, err);
	if (r < 0)
		return r;
	if (in != out) {
		sv_escape(res->pipe, shown, sizeof(shown));
		sv_fail(err, SV_E_USAGE, 0, "%s.%s is there and %s.%s is not", shown,
			in ? "in" : "out", shown, in ? "out" : "in");
		return sv_hint(err, "mkfifo %s.%s, or remove the other and mkfifo %s", shown,
			       in ? "out" : "in", shown);
	}
	/* PATH.in and PATH.out are used together; the bare PATH is used without them */
	return (in && out) == (res->made_path != NULL) ? 0 : SV_NONE;
}
