/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Numbers of classes and permissions in the loaded policy, from selinuxfs (class/NAME/index and
 * class/NAME/perms/PERM; security/selinux/selinuxfs.c of Linux). Only those that are asked for:
 * string_to_security_class(3) reads every permission of the class, which was a third of a start's
 * system calls. Nothing is cached: a policy may be loaded at any time.
 */
#include "driver/selinux.h"

#include "base/fs.h"
#include "base/parse.h"

#include <errno.h>
#include <string.h>

#define NUMBER_MAX 16u

extern char *selinux_mnt; /* libselinux: where selinuxfs is mounted */

static int read_number(const char *path, uint32_t max, uint32_t *ret, struct sv_error *err)
{
	sv_auto_free char *text = NULL;
	struct sv_error e = {0};

	if (sv_fs_read(path, NUMBER_MAX, &text, NULL, &e) < 0) {
		if (e.sys == ENOENT)
			return SV_NONE;
		*err = e;
		return -(int)e.code;
	}
	text[strcspn(text, "\n")] = '\0';
	return sv_parse_u32(text, 1, max, path, ret, err);
}

int sv_selinux_class(const char *tclass, uint16_t *ret, struct sv_error *err)
{
	char path[256];
	uint32_t number;
	int r;

	if (!selinux_mnt)
		return sv_fail(err, SV_E_UNKNOWN, 0, "selinuxfs is not mounted");
	(void)snprintf(path, sizeof(path), "%s/class/%s/index", selinux_mnt, tclass);
	r = read_number(path, UINT16_MAX, &number, err);
	if (r == 0)
		*ret = (uint16_t)number;
	return r;
}

int sv_selinux_perm(const char *tclass, const char *perm, uint32_t *ret, struct sv_error *err)
{
	char path[256];
	uint32_t number;
	int r;

	(void)snprintf(path, sizeof(path), "%s/class/%s/perms/%s", selinux_mnt, tclass, perm);
	r = read_number(path, 32, &number, err);
	if (r == 0)
		*ret = 1u << (number - 1);
	return r;
}
