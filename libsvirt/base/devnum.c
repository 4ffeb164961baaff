/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The number of a device: see devnum.h. */
#include "base/devnum.h"

#include "base/parse.h"

#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

uint64_t sv_devnum_block(dev_t rdev)
{
	return (uint64_t)rdev << 1 | 1;
}

uint64_t sv_devnum_of(const struct sv_node *node)
{
	if (S_ISBLK(node->mode))
		return sv_devnum_block(node->rdev);
	return S_ISCHR(node->mode) ? (uint64_t)node->rdev << 1 : 0;
}

const char *sv_devnum_dir(uint64_t device, char out[SV_DEVNUM_DIR])
{
	const dev_t rdev = (dev_t)(device >> 1);

	(void)snprintf(out, SV_DEVNUM_DIR, "dev/%s/%u:%u", device & 1 ? "block" : "char",
		       major(rdev), minor(rdev));
	return out;
}

int sv_devnum_parse(const char *text, dev_t *ret)
{
	struct sv_error ignored = {0};
	const char *colon = strchr(text, ':');
	char first[16];
	uint32_t maj, min;

	if (!colon || (size_t)(colon - text) >= sizeof(first))
		return SV_NONE;
	(void)snprintf(first, sizeof(first), "%.*s", (int)(colon - text), text);
	if (sv_parse_u32(first, 0, UINT32_MAX, "major", &maj, &ignored) < 0 ||
	    sv_parse_u32(colon + 1, 0, UINT32_MAX, "minor", &min, &ignored) < 0)
		return SV_NONE;
	*ret = makedev(maj, min);
	return 0;
}

int sv_devnum_read(const struct sv_sysfs *sysfs, const char *dir, bool block, uint64_t *ret,
		   struct sv_error *err)
{
	sv_auto_free char *path = NULL, *text = NULL;
	dev_t rdev;
	int r = sv_asprintf(&path, err, "%s/dev", dir);

	if (r == 0)
		r = sv_sysfs_read(sysfs, path, &text, err);
	if (r != 0)
		return r;
	if (sv_devnum_parse(text, &rdev) != 0)
		return sv_fail(err, SV_E_UNKNOWN, 0, "/sys/%s: '%.32s' is no device", path, text);
	*ret = (uint64_t)rdev << 1 | block;
	return 0;
}
