/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A vhdx image (Microsoft, [MS-VHDX]): little-endian. The parent's name stands in the parent
 * locator, which the metadata table names, which the region table names; none of them is near the
 * beginning, so the caller is asked for one after the other.
 */
#include "base/string.h"
#include "domain/image/parts.h"

#define REGION_TABLE_1 (UINT64_C(192) * 1024)
#define REGION_TABLE_2 (UINT64_C(256) * 1024)
#define MIB	       (UINT64_C(1024) * 1024)

enum { GUID = 16, TABLE_BYTES = 65536, ENTRIES_MAX = 2047 };

/* byte offsets; region table, its entries */
enum {
	REG_CHECKSUM = 4,
	REG_COUNT = 8,
	REG_HEAD = 16,
	REG_OFFSET = 16,
	REG_LENGTH = 24,
	REG_REQUIRED = 28,
	REG_ENTRY = 32
};
/* metadata table, its entries */
enum {
	META_COUNT = 10,
	META_HEAD = 32,
	META_OFFSET = 16,
	META_LENGTH = 20,
	META_FLAGS = 24,
	META_ENTRY = 32
};
enum { META_REQUIRED = 4, META_USER = 1 };
/* file parameters; parent locator, its entries */
enum { PARAM_FLAGS = 4, PARAM_BYTES = 8, PARAM_HAS_PARENT = 2 };
enum {
	LOC_COUNT = 18,
	LOC_HEAD = 20,
	LOC_VALUE = 4,
	LOC_KEY_LENGTH = 8,
	LOC_VALUE_LENGTH = 10,
	LOC_ENTRY = 12
};

enum item { ITEM_PARAMETERS, ITEM_LOCATOR, N_NAMED };

/* GUIDs in their binary form */
static const uint8_t region_guids[][GUID] = {
	/* metadata 8B7CA206-4790-4B9A-B8FE-575F050F886E */
	{0x06, 0xa2, 0x7c, 0x8b, 0x90, 0x47, 0x9a, 0x4b, 0xb8, 0xfe, 0x57, 0x5f, 0x05, 0x0f, 0x88,
	 0x6e},
	/* block allocation table 2DC27766-F623-4200-9D64-115E9BFD4A08 */
	{0x66, 0x77, 0xc2, 0x2d, 0x23, 0xf6, 0x00, 0x42, 0x9d, 0x64, 0x11, 0x5e, 0x9b, 0xfd, 0x4a,
	 0x08},
};

static const uint8_t item_guids[][GUID] = {
	/* [ITEM_PARAMETERS] CAA16737-FA36-4D43-B3B6-33F0AA44E76B */
	{0x37, 0x67, 0xa1, 0xca, 0x36, 0xfa, 0x43, 0x4d, 0xb3, 0xb6, 0x33, 0xf0, 0xaa, 0x44, 0xe7,
	 0x6b},
	/* [ITEM_LOCATOR] A8D35F2D-B30B-454D-ABF7-D3D84834AB0C */
	{0x2d, 0x5f, 0xd3, 0xa8, 0x0b, 0xb3, 0x4d, 0x45, 0xab, 0xf7, 0xd3, 0xd8, 0x48, 0x34, 0xab,
	 0x0c},
	/* virtual disk size 2FA54224-CD1B-4876-B211-5DBED83BF4B8 */
	{0x24, 0x42, 0xa5, 0x2f, 0x1b, 0xcd, 0x76, 0x48, 0xb2, 0x11, 0x5d, 0xbe, 0xd8, 0x3b, 0xf4,
	 0xb8},
	/* page 83 data BECA12AB-B2E6-4523-93EF-C309E000C746 */
	{0xab, 0x12, 0xca, 0xbe, 0xe6, 0xb2, 0x23, 0x45, 0x93, 0xef, 0xc3, 0x09, 0xe0, 0x00, 0xc7,
	 0x46},
	/* logical sector size 8141BF1D-A96F-4709-BA47-F233A8FAAB5F */
	{0x1d, 0xbf, 0x41, 0x81, 0x6f, 0xa9, 0x09, 0x47, 0xba, 0x47, 0xf2, 0x33, 0xa8, 0xfa, 0xab,
	 0x5f},
	/* physical sector size CDA348C7-445D-4471-9CC9-E9885251C556 */
	{0xc7, 0x48, 0xa3, 0xcd, 0x5d, 0x44, 0x71, 0x44, 0x9c, 0xc9, 0xe9, 0x88, 0x52, 0x51, 0xc5,
	 0x56},
};

/* VHDX parent locator B04AEFB7-D19E-4A81-B789-25B8E9445913 */
static const uint8_t locator_type[GUID] = {0xb7, 0xef, 0x4a, 0xb0, 0x9e, 0xd1, 0x81, 0x4a,
					   0xb7, 0x89, 0x25, 0xb8, 0xe9, 0x44, 0x59, 0x13};

/* CRC-32C (RFC 3720, B.4) with the field of the checksum taken as zero. */
static bool crc_holds(const uint8_t *bytes, size_t len, size_t field)
{
	uint32_t crc = UINT32_MAX;
	size_t i;
	int bit;

	for (i = 0; i < len; i++) {
		crc ^= i >= field && i < field + 4 ? 0 : bytes[i];
		for (bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78u : 0);
	}
	return ~crc == sv_le32(bytes + field);
}

static size_t find_guid(const uint8_t guids[][GUID], size_t n, const uint8_t *guid)
{
	size_t i;

	for (i = 0; i < n && memcmp(guids[i], guid, GUID) != 0; i++)
		;
	return i;
}

static int read_region_table(struct sv_image_parser *p, const uint8_t **ret, struct sv_error *err)
{
	static const uint64_t places[] = {REGION_TABLE_1, REGION_TABLE_2};
	size_t i;
	int r;

	for (i = 0; i < SV_N_ELEMENTS(places); i++) {
		r = sv_image_need(p, places[i], TABLE_BYTES, "region table", ret, err);
		if (r != 0)
			return r;
		if (memcmp(*ret, "regi", 4) == 0 && crc_holds(*ret, TABLE_BYTES, REG_CHECKSUM))
			return 0;
	}
	return sv_image_fail(p, err, "both region tables are damaged");
}

static int find_metadata(struct sv_image_parser *p, uint64_t *offset, uint64_t *len,
			 struct sv_error *err)
{
	const uint8_t *table = NULL, *entry;
	uint32_t i, n;
	size_t known;
	int r = read_region_table(p, &table, err);

	if (r != 0)
		return r;
	n = sv_le32(table + REG_COUNT);
	if (n > ENTRIES_MAX)
		return sv_image_fail(p, err, "region table with %u entries, at most %d", n,
				     ENTRIES_MAX);
	*len = 0;
	for (i = 0; i < n; i++) {
		entry = table + REG_HEAD + (size_t)i * REG_ENTRY;
		known = find_guid(region_guids, SV_N_ELEMENTS(region_guids), entry);
		if (known == SV_N_ELEMENTS(region_guids) && (sv_le32(entry + REG_REQUIRED) & 1))
			return sv_image_fail(p, err, "region %u is required and unknown", i);
		if (known != 0)
			continue;
		if (*len)
			return sv_image_fail(p, err, "a second metadata region");
		*offset = sv_le64(entry + REG_OFFSET);
		*len = sv_le32(entry + REG_LENGTH);
		if (*offset < MIB || *offset % MIB || *len == 0 || *len % MIB)
			return sv_image_fail(p, err,
					     "metadata region of %llu bytes at byte %llu, not in "
					     "units of 1 MiB",
					     (unsigned long long)*len, (unsigned long long)*offset);
	}
	return *len ? 0 : sv_image_fail(p, err, "no metadata region");
}

/* Where the two items are that matter here; len 0: not there. */
static int read_metadata(struct sv_image_parser *p, struct sv_image_span items[N_NAMED],
			 struct sv_error *err)
{
	uint64_t base = 0, room = 0;
	const uint8_t *table, *entry;
	uint32_t i, n, offset, len;
	size_t known;
	int r = find_metadata(p, &base, &room, err);

	if (r == 0)
		r = sv_image_need(p, base, TABLE_BYTES, "metadata table", &table, err);
	if (r != 0)
		return r;
	n = sv_le16(table + META_COUNT);
	if (memcmp(table, "metadata", 8) != 0 || n > ENTRIES_MAX)
		return sv_image_fail(p, err, "the metadata table is damaged");
	for (i = 0; i < n; i++) {
		entry = table + META_HEAD + (size_t)i * META_ENTRY;
		if (sv_le32(entry + META_FLAGS) & META_USER)
			continue;
		known = find_guid(item_guids, SV_N_ELEMENTS(item_guids), entry);
		if (known == SV_N_ELEMENTS(item_guids) &&
		    (sv_le32(entry + META_FLAGS) & META_REQUIRED))
			return sv_image_fail(p, err, "metadata item %u is required and unknown", i);
		if (known >= N_NAMED)
			continue;
		offset = sv_le32(entry + META_OFFSET);
		len = sv_le32(entry + META_LENGTH);
		if (items[known].len || len == 0 || len > MIB || offset < TABLE_BYTES ||
		    offset > room || len > room - offset)
			return sv_image_fail(
				p, err, "metadata item %u of %u bytes at byte %u of its region", i,
				len, offset);
		items[known] = (struct sv_image_span){base + offset, len};
	}
	return 0;
}

static bool key_is(const uint8_t *key, size_t len, const char *name)
{
	size_t i;

	if (len != 2 * strlen(name))
		return false;
	for (i = 0; i < len; i += 2) {
		if (key[i] != (uint8_t)name[i / 2] || key[i + 1] != 0)
			return false;
	}
	return true;
}

static int read_locator(struct sv_image_parser *p, const uint8_t *bytes, size_t len,
			struct sv_error *err)
{
	uint32_t i, n = sv_le16(bytes + LOC_COUNT);

	if (memcmp(bytes, locator_type, GUID) != 0)
		return sv_image_fail(p, err, "parent locator of an unknown type");
	if (n > (len - LOC_HEAD) / LOC_ENTRY)
		return sv_image_fail(p, err, "parent locator of %zu bytes with %u entries", len, n);
	for (i = 0; i < n; i++) {
		const uint8_t *entry = bytes + LOC_HEAD + (size_t)i * LOC_ENTRY;
		uint32_t key = sv_le32(entry), value = sv_le32(entry + LOC_VALUE);
		size_t key_len = sv_le16(entry + LOC_KEY_LENGTH);
		size_t value_len = sv_le16(entry + LOC_VALUE_LENGTH);
		sv_auto_free char *name = NULL;
		int r;

		if (key == 0 || value == 0 || key_len == 0 || value_len == 0 || key > len ||
		    key_len > len - key || value > len || value_len > len - value)
			return sv_image_fail(p, err, "entry %u lies outside of the parent locator",
					     i);
		if (!key_is(bytes + key, key_len, "relative_path"))
			continue;
		r = sv_image_utf16("vhdx: parent name", bytes + value, value_len, false, &name,
				   err);
		return r < 0 ? r : sv_image_parent(p, name, err);
	}
	(void)sv_image_fail(p, err, "the parent locator has no relative path");
	return sv_hint(err, "only parents with a path relative to the image can be found");
}

int sv_image_vhdx_parse(struct sv_image_parser *p, struct sv_error *err)
{
	struct sv_image_span items[N_NAMED] = {0};
	const struct sv_image_span *locator = &items[ITEM_LOCATOR];
	const uint8_t *bytes;
	int r = sv_image_need(p, 0, 8, "file type identifier", &bytes, err);

	if (r != 0)
		return r;
	if (memcmp(bytes, "vhdxfile", 8) != 0)
		return sv_image_fail(p, err, "no vhdx magic at the beginning");
	r = read_metadata(p, items, err);
	if (r != 0)
		return r;
	if (items[ITEM_PARAMETERS].len < PARAM_BYTES)
		return sv_image_fail(p, err, "no file parameters");
	r = sv_image_need(p, items[ITEM_PARAMETERS].offset, PARAM_BYTES, "file parameters", &bytes,
			  err);
	if (r != 0)
		return r;
	if (!(sv_le32(bytes + PARAM_FLAGS) & PARAM_HAS_PARENT))
		return 0;
	if (locator->len < LOC_HEAD)
		return sv_image_fail(p, err, "has a parent and no parent locator");
	r = sv_image_need(p, locator->offset, locator->len, "parent locator", &bytes, err);
	return r != 0 ? r : read_locator(p, bytes, locator->len, err);
}
