/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The header of a vdi image (VirtualBox): little-endian. It names no file: a differencing image has
 * the UUID of its parent, which only a registry of VirtualBox could turn into a path.
 */
#include "base/string.h"
#include "domain/image/parts.h"

/* byte offsets of the fields */
enum {
	FORMAT = 68,
	UUID_LINK = 424,
	UUID_PARENT = 440,
	UUID_BYTES = 16,
	HEADER_BYTES = 512,
};

#define VERSION_1_1 0x10001u

int sv_image_vdi_parse(struct sv_image_parser *p, struct sv_error *err)
{
	static const uint8_t none[UUID_BYTES];
	const uint8_t *h;
	uint32_t version;
	int r;

	r = sv_image_need(p, 0, HEADER_BYTES, "header", &h, err);
	if (r != 0)
		return r;
	if (memcmp(h + SV_VDI_MAGIC_AT, SV_VDI_MAGIC, sizeof(SV_VDI_MAGIC) - 1) != 0)
		return sv_image_fail(p, err, "no vdi magic at byte %d", SV_VDI_MAGIC_AT);
	version = sv_le32(h + FORMAT);
	if (version != VERSION_1_1)
		return sv_image_fail(p, err, "version %u.%u, not 1.1", version >> 16,
				     version & 0xffff);
	if (memcmp(h + UUID_LINK, none, sizeof(none)) != 0 ||
	    memcmp(h + UUID_PARENT, none, sizeof(none)) != 0)
		return sv_image_fail(p, err, "a differencing image: it names its parent by UUID");
	p->h.version = 1;
	return 0;
}
