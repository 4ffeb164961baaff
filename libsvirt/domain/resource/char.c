/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a character device opens on the host: its file, device, fifo or socket, and its log. The
 * types that name no file have nothing here. Looks at no file.
 */
#include "domain/resource/parts.h"

#include "base/string.h"

/* QEMU opens PIPE.in and PIPE.out when both are there, else PIPE: all three are listed, and the
 * plan sees which there are. */
static int add_pipe(struct sv_resources *list, const struct sv_resource *pipe, const char *target,
		    struct sv_error *err)
{
	static const char *const ends[] = {"in", "out"};
	int r = sv_resource_add(list, pipe, target, err);

	for (size_t i = 0; r == 0 && i < SV_N_ELEMENTS(ends); i++) {
		struct sv_resource res = *pipe;

		r = sv_asprintf(&res.made_path, err, "%s.%s", pipe->pipe, ends[i]);
		if (r < 0)
			return r;
		res.path = res.made_path;
		r = sv_resource_add(list, &res, target, err);
	}
	return r;
}

static int add_source(struct sv_resources *list, const struct sv_chardev *chardev,
		      struct sv_resource *res, const char *target, struct sv_error *err)
{
	switch (chardev->type) {
	case SV_CHAR_NULL:
	case SV_CHAR_VC:
	case SV_CHAR_PTY:
	case SV_CHAR_TCP:
	case SV_CHAR_UDP:
	case SV_CHAR_SPICEVMC:
	case SV_CHAR_SPICEPORT:
		return 0;
	case SV_CHAR_DEV:
		res->kind = SV_RES_CHAR_DEVICE;
		break;
	case SV_CHAR_FILE:
		res->kind = SV_RES_CHAR_FILE;
		res->may_create = true;
		break;
	case SV_CHAR_PIPE:
		res->kind = SV_RES_CHAR_PIPE;
		res->pipe = chardev->path;
		return add_pipe(list, res, target, err);
	case SV_CHAR_UNIX:
		res->kind = SV_RES_CHAR_SOCKET;
		/* a socket that the VMM connects to is made by somebody else */
		res->may_create = chardev->listen;
		break;
	}
	return sv_resource_add(list, res, target, err);
}

static int add_log(struct sv_resources *list, const struct sv_chardev *chardev, unsigned line,
		   const char *target, struct sv_error *err)
{
	const struct sv_resource res = {
		.kind = SV_RES_CHAR_FILE,
		.access = SV_ACCESS_RW,
		.path = chardev->log,
		.line = line,
		.may_create = true,
	};
	char name[64];

	(void)snprintf(name, sizeof(name), "%s-log", target);
	return chardev->log ? sv_resource_add(list, &res, name, err) : 0;
}

int sv_resource_add_chardev(struct sv_resources *list, const struct sv_chardev *chardev,
			    unsigned line, const char *target, const char *run_dir,
			    struct sv_error *err)
{
	struct sv_resource res = {
		.access = SV_ACCESS_RW,
		.path = chardev->path,
		.line = line,
		.overrides = chardev->seclabels,
		.n_overrides = chardev->n_seclabels,
	};
	int r = 0;

	if (chardev->own)
		r = sv_asprintf(&res.made_path, err, "%s/%s", run_dir, chardev->own);
	if (res.made_path)
		res.path = res.made_path;
	if (r == 0)
		r = add_source(list, chardev, &res, target, err);
	return r < 0 ? r : add_log(list, chardev, line, target, err);
}

int sv_resource_add_vhost_user(struct sv_resources *list, const struct sv_vhost_user *backend,
			       unsigned line, const char *target, struct sv_error *err)
{
	const struct sv_chardev socket = sv_vhost_user_chardev(backend);

	return sv_resource_add_chardev(list, &socket, line, target, "", err);
}
