/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vpc and vhdx: the parents that they name, and malformed fields. The layouts come from Microsoft's
 * Virtual Hard Disk Image Format Specification 1.0 and [MS-VHDX].
 */
#include "image-fixture.h"

enum { VPC_SIZE = 8192, DYN = 512, REGIONS = 192 * 1024, META = 1024 * 1024, ITEMS = META + 65536 };

static void vpc_sum(struct blob *blob, size_t at, size_t len, size_t field)
{
	uint32_t sum = 0;
	size_t i;

	put_be32(blob, at + field, 0);
	for (i = 0; i < len; i++)
		sum += blob->b[at + i];
	put_be32(blob, at + field, ~sum);
}

static void vpc_footer(struct blob *blob, size_t at, uint32_t type)
{
	put(blob, at, "conectix", 8);
	put_be32(blob, at + 12, 0x10000);
	put_be64(blob, at + 16, DYN);
	put_be32(blob, at + 60, type);
	vpc_sum(blob, at, 512, 64);
}

/* A differencing image, with a name and a locator at 4096. */
static struct blob blob_vpc(void)
{
	struct blob blob = blob_new(VPC_SIZE);

	vpc_footer(&blob, 0, 4);
	vpc_footer(&blob, VPC_SIZE - 512, 4);
	put(&blob, DYN, "cxsparse", 8);
	(void)put_utf16(&blob, DYN + 64, "shown.vhd", true);
	put(&blob, DYN + 576, "W2ku", 4);
	put(&blob, DYN + 600, "W2ru", 4);
	put_be32(&blob, DYN + 608, (uint32_t)put_utf16(&blob, 4096, ".\\a\\base.vhd", false));
	put_be64(&blob, DYN + 616, 4096);
	vpc_sum(&blob, DYN, 1024, 36);
	return blob;
}

static void test_vpc(void **state)
{
	sv_auto_image_header struct sv_image_header located = {0}, named = {0}, dynamic = {0};
	auto_blob blob = blob_vpc();

	(void)state;
	parses(SV_IMAGE_VPC, &blob, &located, NULL);
	assert_string_equal(located.backing->path, "./a/base.vhd");
	assert_string_equal(located.backing_format, "vpc");
	assert_int_equal(located.version, 1);
	put_be32(&blob, DYN + 600, 0);
	vpc_sum(&blob, DYN, 1024, 36);
	parses(SV_IMAGE_VPC, &blob, &named, NULL);
	assert_string_equal(named.backing->path, "shown.vhd");
	vpc_footer(&blob, 0, 3);
	parses(SV_IMAGE_VPC, &blob, &dynamic, NULL);
	assert_null(dynamic.backing);
}

/* The guest writes the beginning of a fixed disk. */
static void test_vpc_fixed(void **state)
{
	sv_auto_image_header struct sv_image_header header = {0};
	auto_blob blob = blob_vpc();

	(void)state;
	vpc_footer(&blob, VPC_SIZE - 512, 2);
	parses(SV_IMAGE_VPC, &blob, &header, NULL);
	assert_null(header.backing);
}

/* A truncated file still has the footer's copy. */
static void test_vpc_cut(void **state)
{
	sv_auto_image_header struct sv_image_header header = {0};
	auto_blob blob = blob_vpc();

	(void)state;
	put(&blob, VPC_SIZE - 512, "x", 1);
	parses(SV_IMAGE_VPC, &blob, &header, NULL);
	assert_string_equal(header.backing->path, "./a/base.vhd");
	vpc_footer(&blob, 0, 2);
	refuses(SV_IMAGE_VPC, &blob, "vpc: a fixed disk with a footer at its beginning only");
	put(&blob, 0, "x", 1);
	refuses(SV_IMAGE_VPC, &blob, "vpc: no footer, neither at the end nor at the beginning");
	blob.size = 511;
	refuses(SV_IMAGE_VPC, &blob, "vpc: the file has 511 bytes, a footer has 512");
}

static void test_vpc_fields(void **state)
{
	auto_blob blob = blob_vpc();

	(void)state;
	put_be32(&blob, VPC_SIZE - 512 + 60, 3);
	refuses(SV_IMAGE_VPC, &blob, "vpc: the footer's checksum is wrong");
	vpc_footer(&blob, VPC_SIZE - 512, 5);
	refuses(SV_IMAGE_VPC, &blob, "vpc: disk type 5, not fixed, dynamic or differencing");
	put_be32(&blob, VPC_SIZE - 512 + 12, 0x20000);
	vpc_sum(&blob, VPC_SIZE - 512, 512, 64);
	refuses(SV_IMAGE_VPC, &blob, "vpc: version 2, only 1 is known");
	vpc_footer(&blob, VPC_SIZE - 512, 4);
	put_be64(&blob, 16, 513);
	vpc_sum(&blob, 0, 512, 64);
	refuses(SV_IMAGE_VPC, &blob, "vpc: no dynamic disk header at byte 513");
	put_be64(&blob, 16, UINT64_MAX);
	vpc_sum(&blob, 0, 512, 64);
	refuses(SV_IMAGE_VPC, &blob,
		"vpc: the file ends at byte 8192, the dynamic disk header at "
		"18446744073709551615 needs 1024 bytes");
	vpc_footer(&blob, 0, 4);
	put(&blob, DYN + 900, "x", 1);
	refuses(SV_IMAGE_VPC, &blob, "vpc: the dynamic disk header's checksum is wrong");
}

static void test_vpc_names(void **state)
{
	auto_blob blob = blob_vpc();

	(void)state;
	put_be32(&blob, DYN + 608, 8191);
	vpc_sum(&blob, DYN, 1024, 36);
	refuses(SV_IMAGE_VPC, &blob, "vpc: parent locator of 8191 bytes, at most 8190");
	put_be32(&blob, DYN + 608, 7);
	vpc_sum(&blob, DYN, 1024, 36);
	refuses(SV_IMAGE_VPC, &blob, "vpc: parent name of 7 bytes, UTF-16 has an even number");
	put_be32(&blob, DYN + 608, 0);
	vpc_sum(&blob, DYN, 1024, 36);
	refuses(SV_IMAGE_VPC, &blob, "vpc: parent name is empty");
	put_be32(&blob, DYN + 608, 2 * (uint32_t)strlen("C:\\x"));
	vpc_sum(&blob, DYN, 1024, 36);
	(void)put_utf16(&blob, 4096, "C:\\x", false);
	refuses(SV_IMAGE_VPC, &blob, "vpc: parent name 'C:/x' is a path of another system");
	(void)put_utf16(&blob, 4096, "\\\\?\\", false);
	refuses(SV_IMAGE_VPC, &blob, "vpc: parent name '//?/' is a path of another system");
	put_le16(&blob, 4098, 0xdc00);
	refuses(SV_IMAGE_VPC, &blob, "vpc: parent name is not UTF-16 at byte 2");
	put_le16(&blob, 4098, 0xd800);
	refuses(SV_IMAGE_VPC, &blob, "vpc: parent name is not UTF-16 at byte 4");
	put_le16(&blob, 4098, 'a');
	put_le16(&blob, 4102, 0xd800);
	refuses(SV_IMAGE_VPC, &blob, "vpc: parent name is not UTF-16 at its end");
}

static void test_utf8(void **state)
{
	sv_auto_image_header struct sv_image_header header = {0};
	auto_blob blob = blob_vpc();
	static const uint16_t name[] = {'a', 0xe9, 0x20ac, 0xd83d, 0xde00, 0};
	size_t i;

	(void)state;
	for (i = 0; i < SV_N_ELEMENTS(name); i++)
		put_le16(&blob, 4096 + 2 * i, name[i]);
	parses(SV_IMAGE_VPC, &blob, &header, NULL);
	assert_string_equal(header.backing->path, "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
}

static uint32_t crc32c(const uint8_t *bytes, size_t len)
{
	uint32_t crc = UINT32_MAX;
	size_t i, bit;

	for (i = 0; i < len; i++) {
		crc ^= bytes[i];
		for (bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc % 2 ? 0x82f63b78 : 0);
	}
	return ~crc;
}

static void vhdx_sum(struct blob *blob, size_t at)
{
	put_le32(blob, at + 4, 0);
	put_le32(blob, at + 4, crc32c(blob->b + at, 65536));
}

static void vhdx_item(struct blob *blob, size_t i, const char *guid, uint32_t offset, uint32_t len)
{
	size_t at = META + 32 + 32 * i;

	put(blob, at, guid, 16);
	put_le32(blob, at + 16, offset);
	put_le32(blob, at + 20, len);
	put_le32(blob, at + 24, 4);
}

#define GUID_META    "\x06\xa2\x7c\x8b\x90\x47\x9a\x4b\xb8\xfe\x57\x5f\x05\x0f\x88\x6e"
#define GUID_PARAMS  "\x37\x67\xa1\xca\x36\xfa\x43\x4d\xb3\xb6\x33\xf0\xaa\x44\xe7\x6b"
#define GUID_LOCATOR "\x2d\x5f\xd3\xa8\x0b\xb3\x4d\x45\xab\xf7\xd3\xd8\x48\x34\xab\x0c"
#define GUID_VHDX    "\xb7\xef\x4a\xb0\x9e\xd1\x81\x4a\xb7\x89\x25\xb8\xe9\x44\x59\x13"
enum { PARAMS = ITEMS, LOCATOR = ITEMS + 64, LOCATOR_BYTES = 512, ENTRY = LOCATOR + 20 };

/* A differencing image whose second region table is the valid one. */
static struct blob blob_vhdx(void)
{
	struct blob blob = blob_new(2 * META);

	put(&blob, 0, "vhdxfile", 8);
	put(&blob, REGIONS, "regi", 4);
	put_le32(&blob, REGIONS + 8, 1);
	put(&blob, REGIONS + 16, GUID_META, 16);
	put_le64(&blob, REGIONS + 32, META);
	put_le32(&blob, REGIONS + 40, META);
	vhdx_sum(&blob, REGIONS);
	put(&blob, META, "metadata", 8);
	put_le16(&blob, META + 10, 2);
	vhdx_item(&blob, 0, GUID_PARAMS, 65536, 8);
	vhdx_item(&blob, 1, GUID_LOCATOR, 65536 + 64, LOCATOR_BYTES);
	put_le32(&blob, PARAMS + 4, 2);
	put(&blob, LOCATOR, GUID_VHDX, 16);
	put_le16(&blob, LOCATOR + 18, 2);
	put_le32(&blob, ENTRY, 100);
	put_le32(&blob, ENTRY + 4, 140);
	put_le16(&blob, ENTRY + 8,
		 (uint16_t)put_utf16(&blob, LOCATOR + 100, "parent_linkage", false));
	put_le16(&blob, ENTRY + 10, (uint16_t)put_utf16(&blob, LOCATOR + 140, "{x}", false));
	put_le32(&blob, ENTRY + 12, 200);
	put_le32(&blob, ENTRY + 16, 240);
	put_le16(&blob, ENTRY + 20,
		 (uint16_t)put_utf16(&blob, LOCATOR + 200, "relative_path", false));
	put_le16(&blob, ENTRY + 22, (uint16_t)put_utf16(&blob, LOCATOR + 240, "..\\p.vhdx", false));
	return blob;
}

static void test_vhdx(void **state)
{
	sv_auto_image_header struct sv_image_header header = {0}, second = {0}, none = {0};
	auto_blob blob = blob_vhdx();
	unsigned rounds;

	(void)state;
	parses(SV_IMAGE_VHDX, &blob, &header, &rounds);
	assert_string_equal(header.backing->path, "../p.vhdx");
	assert_string_equal(header.backing_format, "vhdx");
	assert_int_equal(rounds, 5);
	put(&blob, REGIONS + 65536, blob.b + REGIONS, 65536);
	put(&blob, REGIONS + 1000, "x", 1);
	parses(SV_IMAGE_VHDX, &blob, &second, &rounds);
	assert_string_equal(second.backing->path, "../p.vhdx");
	assert_int_equal(rounds, 6);
	put_le32(&blob, PARAMS + 4, 1);
	parses(SV_IMAGE_VHDX, &blob, &none, NULL);
	assert_null(none.backing);
}

static void test_vhdx_regions(void **state)
{
	auto_blob blob = blob_vhdx();

	(void)state;
	put_le64(&blob, REGIONS + 32, META + 512);
	refuses(SV_IMAGE_VHDX, &blob, "vhdx: both region tables are damaged");
	vhdx_sum(&blob, REGIONS);
	refuses(SV_IMAGE_VHDX, &blob,
		"vhdx: metadata region of 1048576 bytes at byte 1049088, not in units of 1 MiB");
	put_le64(&blob, REGIONS + 32, 0);
	vhdx_sum(&blob, REGIONS);
	refuses(SV_IMAGE_VHDX, &blob,
		"vhdx: metadata region of 1048576 bytes at byte 0, not in units of 1 MiB");
	put_le64(&blob, REGIONS + 32, UINT64_C(2) * META);
	vhdx_sum(&blob, REGIONS);
	refuses(SV_IMAGE_VHDX, &blob,
		"vhdx: the file ends at byte 2097152, the metadata table at 2097152 needs 65536 bytes");
	put_le32(&blob, REGIONS + 8, 2048);
	vhdx_sum(&blob, REGIONS);
	refuses(SV_IMAGE_VHDX, &blob, "vhdx: region table with 2048 entries, at most 2047");
	put_le32(&blob, REGIONS + 8, 2);
	put(&blob, REGIONS + 48, blob.b + REGIONS + 16, 32);
	vhdx_sum(&blob, REGIONS);
	refuses(SV_IMAGE_VHDX, &blob, "vhdx: a second metadata region");
	put(&blob, REGIONS + 48, "?", 1);
	put_le32(&blob, REGIONS + 76, 1);
	vhdx_sum(&blob, REGIONS);
	refuses(SV_IMAGE_VHDX, &blob, "vhdx: region 1 is required and unknown");
	put_le32(&blob, REGIONS + 8, 0);
	vhdx_sum(&blob, REGIONS);
	refuses(SV_IMAGE_VHDX, &blob, "vhdx: no metadata region");
	put(&blob, REGIONS, "x", 1);
	vhdx_sum(&blob, REGIONS);
	refuses(SV_IMAGE_VHDX, &blob, "vhdx: both region tables are damaged");
	put(&blob, 0, "x", 1);
	refuses(SV_IMAGE_VHDX, &blob, "vhdx: no vhdx magic at the beginning");
}

static void test_vhdx_metadata(void **state)
{
	auto_blob blob = blob_vhdx();

	(void)state;
	vhdx_item(&blob, 1, GUID_LOCATOR, 65535, 512);
	refuses(SV_IMAGE_VHDX, &blob,
		"vhdx: metadata item 1 of 512 bytes at byte 65535 of its region");
	vhdx_item(&blob, 1, GUID_LOCATOR, META - 511, 512);
	refuses(SV_IMAGE_VHDX, &blob,
		"vhdx: metadata item 1 of 512 bytes at byte 1048065 of its region");
	vhdx_item(&blob, 1, GUID_PARAMS, 65536, 8);
	refuses(SV_IMAGE_VHDX, &blob,
		"vhdx: metadata item 1 of 8 bytes at byte 65536 of its region");
	vhdx_item(&blob, 1, GUID_VHDX, 65536, 8);
	refuses(SV_IMAGE_VHDX, &blob, "vhdx: metadata item 1 is required and unknown");
	put_le32(&blob, META + 64 + 24, 0);
	refuses(SV_IMAGE_VHDX, &blob, "vhdx: has a parent and no parent locator");
	vhdx_item(&blob, 0, GUID_PARAMS, 65536, 7);
	refuses(SV_IMAGE_VHDX, &blob, "vhdx: no file parameters");
	put_le16(&blob, META + 10, 2048);
	refuses(SV_IMAGE_VHDX, &blob, "vhdx: the metadata table is damaged");
	put_le16(&blob, META + 10, 2);
	put(&blob, META, "x", 1);
	refuses(SV_IMAGE_VHDX, &blob, "vhdx: the metadata table is damaged");
}

static void test_vhdx_locator(void **state)
{
	auto_blob blob = blob_vhdx();

	(void)state;
	put_le32(&blob, ENTRY + 16, LOCATOR_BYTES - 17);
	refuses(SV_IMAGE_VHDX, &blob, "vhdx: entry 1 lies outside of the parent locator");
	put_le32(&blob, ENTRY + 16, UINT32_MAX);
	refuses(SV_IMAGE_VHDX, &blob, "vhdx: entry 1 lies outside of the parent locator");
	put_le16(&blob, ENTRY + 8, 0);
	refuses(SV_IMAGE_VHDX, &blob, "vhdx: entry 0 lies outside of the parent locator");
	put_le16(&blob, ENTRY + 8, 28);
	put_le16(&blob, LOCATOR + 18, 1);
	refuses(SV_IMAGE_VHDX, &blob, "vhdx: the parent locator has no relative path");
	put_le16(&blob, LOCATOR + 18, 42);
	refuses(SV_IMAGE_VHDX, &blob, "vhdx: parent locator of 512 bytes with 42 entries");
	put(&blob, LOCATOR, "x", 1);
	refuses(SV_IMAGE_VHDX, &blob, "vhdx: parent locator of an unknown type");
	vhdx_item(&blob, 1, GUID_LOCATOR, 65536, 19);
	refuses(SV_IMAGE_VHDX, &blob, "vhdx: has a parent and no parent locator");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vpc),	      cmocka_unit_test(test_vpc_fixed),
		cmocka_unit_test(test_vpc_cut),	      cmocka_unit_test(test_vpc_fields),
		cmocka_unit_test(test_vpc_names),     cmocka_unit_test(test_utf8),
		cmocka_unit_test(test_vhdx),	      cmocka_unit_test(test_vhdx_regions),
		cmocka_unit_test(test_vhdx_metadata), cmocka_unit_test(test_vhdx_locator),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
