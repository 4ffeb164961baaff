/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A vpc image (Microsoft, Virtual Hard Disk Image Format Specification 1.0): big-endian. The footer
 * at the end of the file is the authority: in a fixed disk the file's beginning belongs to the
 * guest, who may write there what looks like a header.
 */
#include "base/string.h"
#include "domain/image/parts.h"

/* byte offsets in the footer */
enum {
	FOOT_VERSION = 12,
	FOOT_DATA_OFFSET = 16,
	FOOT_TYPE = 60,
	FOOT_CHECKSUM = 64,
	FOOT_BYTES = 512
};
enum { TYPE_FIXED = 2, TYPE_DYNAMIC = 3, TYPE_DIFFERENCING = 4 };

/* byte offsets in the dynamic disk header */
enum {
	DYN_CHECKSUM = 36,
	DYN_PARENT_NAME = 64,
	DYN_PARENT_NAME_BYTES = 512,
	DYN_LOCATORS = 576,
	DYN_BYTES = 1024,
};

/* one parent locator */
enum { LOC_CODE = 0, LOC_LENGTH = 8, LOC_OFFSET = 16, LOC_BYTES = 24, LOC_N = 8 };
#define CODE_RELATIVE 0x57327275u /* "W2ru": a relative Windows path in UTF-16 */

/* "a one's complement of the sum of all the bytes ... without the checksum field" */
static bool checksum_holds(const uint8_t *bytes, size_t len, size_t field)
{
	uint32_t sum = 0;
	size_t i;

	for (i = 0; i < len; i++) {
		if (i < field || i >= field + 4)
			sum += bytes[i];
	}
	return ~sum == sv_be32(bytes + field);
}

static bool is_footer(const uint8_t *bytes)
{
	return memcmp(bytes, "conectix", 8) == 0;
}

static int check_footer(struct sv_image_parser *p, const uint8_t *foot, struct sv_error *err)
{
	uint32_t type = sv_be32(foot + FOOT_TYPE);

	if (!checksum_holds(foot, FOOT_BYTES, FOOT_CHECKSUM))
		return sv_image_fail(p, err, "the footer's checksum is wrong");
	p->h.version = sv_be32(foot + FOOT_VERSION) >> 16;
	if (p->h.version != 1)
		return sv_image_fail(p, err, "version %u, only 1 is known", p->h.version);
	if (type != TYPE_FIXED && type != TYPE_DYNAMIC && type != TYPE_DIFFERENCING)
		return sv_image_fail(p, err, "disk type %u, not fixed, dynamic or differencing",
				     type);
	return 0;
}

static const uint8_t *find_locator(const uint8_t *dyn)
{
	size_t i;

	for (i = 0; i < LOC_N; i++) {
		const uint8_t *entry = dyn + DYN_LOCATORS + i * LOC_BYTES;

		if (sv_be32(entry + LOC_CODE) == CODE_RELATIVE)
			return entry;
	}
	return NULL;
}

/* The locator wins over the name, which is there to be shown to a person. */
static int read_parent(struct sv_image_parser *p, const uint8_t *dyn, struct sv_error *err)
{
	const uint8_t *entry = find_locator(dyn), *bytes = dyn + DYN_PARENT_NAME;
	uint32_t len = DYN_PARENT_NAME_BYTES;
	sv_auto_free char *name = NULL;
	int r = 0;

	if (entry) {
		len = sv_be32(entry + LOC_LENGTH);
		if (len > 2 * SV_IMAGE_PATH_MAX)
			return sv_image_fail(p, err, "parent locator of %u bytes, at most %d", len,
					     2 * SV_IMAGE_PATH_MAX);
		r = sv_image_need(p, sv_be64(entry + LOC_OFFSET), len, "parent locator", &bytes,
				  err);
	}
	if (r == 0)
		r = sv_image_utf16("vpc: parent name", bytes, len, !entry, &name, err);
	return r != 0 ? r : sv_image_parent(p, name, err);
}

static int read_dynamic(struct sv_image_parser *p, struct sv_error *err)
{
	const uint8_t *foot, *dyn;
	uint32_t type;
	int r = sv_image_need(p, 0, FOOT_BYTES, "footer's copy", &foot, err);

	if (r != 0)
		return r;
	if (!is_footer(foot))
		return sv_image_fail(p, err, "no footer, neither at the end nor at the beginning");
	r = check_footer(p, foot, err);
	if (r < 0)
		return r;
	type = sv_be32(foot + FOOT_TYPE);
	if (type == TYPE_FIXED)
		return sv_image_fail(p, err, "a fixed disk with a footer at its beginning only");
	r = sv_image_need(p, sv_be64(foot + FOOT_DATA_OFFSET), DYN_BYTES, "dynamic disk header",
			  &dyn, err);
	if (r != 0)
		return r;
	if (memcmp(dyn, "cxsparse", 8) != 0)
		return sv_image_fail(p, err, "no dynamic disk header at byte %llu",
				     (unsigned long long)sv_be64(foot + FOOT_DATA_OFFSET));
	if (!checksum_holds(dyn, DYN_BYTES, DYN_CHECKSUM))
		return sv_image_fail(p, err, "the dynamic disk header's checksum is wrong");
	return type == TYPE_DIFFERENCING ? read_parent(p, dyn, err) : 0;
}

int sv_image_vpc_parse(struct sv_image_parser *p, struct sv_error *err)
{
	const uint8_t *foot;
	int r;

	if (p->in->size < FOOT_BYTES)
		return sv_image_fail(p, err, "the file has %llu bytes, a footer has %d",
				     (unsigned long long)p->in->size, FOOT_BYTES);
	r = sv_image_need(p, p->in->size - FOOT_BYTES, FOOT_BYTES, "footer", &foot, err);
	if (r != 0)
		return r;
	if (!is_footer(foot))
		return read_dynamic(p, err);
	r = check_footer(p, foot, err);
	if (r < 0 || sv_be32(foot + FOOT_TYPE) == TYPE_FIXED)
		return r;
	return read_dynamic(p, err);
}
