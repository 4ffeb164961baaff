/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The header of a qed image (QEMU, docs/interop/qed_spec.txt): little-endian, one name, no
 * extensions.
 */
#include "base/string.h"
#include "domain/image/parts.h"

/* byte offsets of the fields */
enum {
	CLUSTER_SIZE = 4,
	TABLE_SIZE = 8,
	HEADER_SIZE = 12,
	FEATURES = 16,
	BACKING_OFFSET = 56,
	BACKING_SIZE = 60,
	HEADER_BYTES = 64,
};

/* bits of FEATURES; an image with an unknown one must not be opened */
#define F_BACKING_FILE 0x1u
#define F_NEED_CHECK   0x2u
#define F_BACKING_RAW  0x4u
#define F_KNOWN	       (F_BACKING_FILE | F_NEED_CHECK | F_BACKING_RAW)
#define CLUSTER_MIN    (1u << 12)
#define CLUSTER_MAX    (1u << 26)
#define TABLE_MAX      16u

static bool is_power_of_2(uint32_t n)
{
	return n && (n & (n - 1)) == 0;
}

static int check(const struct sv_image_parser *p, const uint8_t *h, struct sv_error *err)
{
	uint32_t cluster = sv_le32(h + CLUSTER_SIZE), table = sv_le32(h + TABLE_SIZE);
	uint64_t unknown = sv_le64(h + FEATURES) & ~(uint64_t)F_KNOWN;

	if (memcmp(h, "QED\0", 4) != 0)
		return sv_image_fail(p, err, "no qed magic at the beginning");
	if (unknown)
		return sv_image_fail(p, err, "unknown feature bit %d", __builtin_ctzll(unknown));
	if (!is_power_of_2(cluster) || cluster < CLUSTER_MIN || cluster > CLUSTER_MAX)
		return sv_image_fail(p, err, "cluster size %u, not a power of 2 from %u to %u",
				     cluster, CLUSTER_MIN, CLUSTER_MAX);
	if (!is_power_of_2(table) || table > TABLE_MAX)
		return sv_image_fail(p, err, "table size %u, not a power of 2 from 1 to %u", table,
				     TABLE_MAX);
	if (sv_le32(h + HEADER_SIZE) == 0)
		return sv_image_fail(p, err, "header size 0");
	return 0;
}

int sv_image_qed_parse(struct sv_image_parser *p, struct sv_error *err)
{
	const uint8_t *h, *name;
	uint64_t features, room;
	uint32_t offset, size;
	int r;

	r = sv_image_need(p, 0, HEADER_BYTES, "header", &h, err);
	if (r != 0)
		return r;
	r = check(p, h, err);
	features = sv_le64(h + FEATURES);
	if (r < 0 || !(features & F_BACKING_FILE))
		return r;
	offset = sv_le32(h + BACKING_OFFSET);
	size = sv_le32(h + BACKING_SIZE);
	room = (uint64_t)sv_le32(h + CLUSTER_SIZE) * sv_le32(h + HEADER_SIZE);
	if (size > SV_IMAGE_NAME_MAX)
		return sv_image_fail(p, err, "backing file name of %u bytes, at most %d", size,
				     SV_IMAGE_NAME_MAX);
	if (offset < HEADER_BYTES || offset > room || size > room - offset)
		return sv_image_fail(p, err,
				     "backing file name at byte %u with %u bytes, not between the "
				     "fields and the end of the header at %llu",
				     offset, size, (unsigned long long)room);
	r = sv_image_need(p, offset, size, "backing file name", &name, err);
	if (r != 0)
		return r;
	/* "the backing file format must not be probed but treated as raw" */
	r = features & F_BACKING_RAW ? sv_strdup("raw", &p->h.backing_format, err) : 0;
	if (r < 0)
		return r;
	return sv_image_ref_parse("qed: backing file name", name, size, SV_IMAGE_NAME_MAX,
				  &p->h.backing, err);
}
