/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * qcow2 and qed headers: the files that they name, and each field that may be malformed with its
 * message. The layouts come from QEMU's docs/interop/qcow2.txt and qed_spec.txt.
 */
#include "image-fixture.h"

#define EXT_FORMAT   0xe2792acau
#define EXT_FEATURES 0x6803f857u
#define EXT_BITMAPS  0x23852875u
#define EXT_LUKS     0x0537be77u
#define EXT_DATA     0x44415441u

static void test_plain(void **state)
{
	uint32_t version;

	(void)state;
	for (version = 2; version <= 3; version++) {
		sv_auto_image_header struct sv_image_header header = {0};
		auto_blob blob = blob_qcow2(version);

		parses(SV_IMAGE_QCOW2, &blob, &header, NULL);
		assert_int_equal(header.version, version);
		assert_null(header.backing);
		assert_null(header.backing_format);
		assert_false(header.has_data_file || header.encrypted || header.corrupt);
	}
}

static void test_backing(void **state)
{
	sv_auto_image_header struct sv_image_header header = {0};
	auto_blob blob = blob_qcow2(2);
	size_t at = 72;

	(void)state;
	qcow2_extension(&blob, &at, 0x12345678, "unknown", 7);
	qcow2_extension(&blob, &at, EXT_FORMAT, "raw", 3);
	qcow2_backing(&blob, "base.img");
	parses(SV_IMAGE_QCOW2, &blob, &header, NULL);
	assert_string_equal(header.backing->path, "base.img");
	assert_string_equal(header.backing_format, "raw");
}

/* The name may fill the first cluster to its last byte, and the extensions may end without an end
 * mark. */
static void test_tight(void **state)
{
	sv_auto_image_header struct sv_image_header header = {0};
	auto_blob blob = blob_qcow2(3);
	size_t at = 104;

	(void)state;
	put_be32(&blob, 20, 9);
	qcow2_extension(&blob, &at, EXT_FORMAT, "qcow2", 5);
	put_be64(&blob, 8, at);
	put_be32(&blob, 16, (uint32_t)(512 - at));
	memset(blob.b + at, 'n', 512 - at);
	parses(SV_IMAGE_QCOW2, &blob, &header, NULL);
	assert_int_equal(strlen(header.backing->path), 512 - at);
	put_be32(&blob, 16, (uint32_t)(513 - at));
	refuses(SV_IMAGE_QCOW2, &blob,
		"qcow2: backing file name at byte 120 with 393 bytes, not between the fields and the "
		"end of the first cluster at 512");
}

static void test_data_file(void **state)
{
	sv_auto_image_header struct sv_image_header header = {0};
	auto_blob blob = blob_qcow2(3);
	size_t at = 104;

	(void)state;
	put_be64(&blob, 72, 4);
	put_be64(&blob, 88, 2);
	qcow2_extension(&blob, &at, EXT_DATA, "/data/x.raw", 11);
	parses(SV_IMAGE_QCOW2, &blob, &header, NULL);
	assert_true(header.has_data_file);
	assert_string_equal(header.data_file->path, "/data/x.raw");
	qcow2_backing(&blob, "base");
	refuses(SV_IMAGE_QCOW2, &blob, "qcow2: raw external data together with a backing file");
	put_be64(&blob, 8, 0);
	put_be64(&blob, 72, 0);
	refuses(SV_IMAGE_QCOW2, &blob, "qcow2: names a data file without the feature bit for one");
	put_be64(&blob, 72, 4);
	put(&blob, 112, "r", 1);
	refuses(SV_IMAGE_QCOW2, &blob,
		"qcow2: data file name 'rdata/x.raw' is relative, QEMU takes it from where it runs");
}

static void test_data_file_unnamed(void **state)
{
	sv_auto_image_header struct sv_image_header header = {0};
	auto_blob blob = blob_qcow2(3);

	(void)state;
	put_be64(&blob, 72, 4);
	parses(SV_IMAGE_QCOW2, &blob, &header, NULL);
	assert_true(header.has_data_file);
	assert_null(header.data_file);
	put_be64(&blob, 72, 0);
	put_be64(&blob, 88, 2);
	refuses(SV_IMAGE_QCOW2, &blob, "qcow2: raw external data without the bit for a data file");
}

static void test_features(void **state)
{
	auto_blob blob = blob_qcow2(3);
	uint8_t table[96] = {0, 40};
	size_t at = 104;

	(void)state;
	put_be64(&blob, 72, UINT64_C(1) << 40);
	refuses(SV_IMAGE_QCOW2, &blob, "qcow2: unknown incompatible feature bit 40");
	memcpy(table + 2, "fu\nture", 7);
	table[48] = 1; /* the same bit of another field */
	table[49] = 40;
	memcpy(table + 50, "compatible", 10);
	qcow2_extension(&blob, &at, EXT_FEATURES, table, sizeof(table));
	refuses(SV_IMAGE_QCOW2, &blob, "qcow2: unknown incompatible feature bit 40, 'fu\\x0ature'");
	put_be32(&blob, 108, 95);
	refuses(SV_IMAGE_QCOW2, &blob,
		"qcow2: feature name table of 95 bytes, not a multiple of 48");
	put_be64(&blob, 72, 32);
	put_be32(&blob, 108, 96);
	refuses(SV_IMAGE_QCOW2, &blob, "qcow2: unknown incompatible feature bit 5");
}

static void test_luks(void **state)
{
	sv_auto_image_header struct sv_image_header header = {0};
	auto_blob blob = blob_qcow2(3);
	uint8_t pointer[16] = {0};
	size_t at = 104;

	(void)state;
	put_be32(&blob, 32, 2);
	refuses(SV_IMAGE_QCOW2, &blob,
		"qcow2: LUKS encryption without an encryption header pointer");
	pointer[5] = 4;
	qcow2_extension(&blob, &at, EXT_LUKS, pointer, sizeof(pointer));
	parses(SV_IMAGE_QCOW2, &blob, &header, NULL);
	assert_true(header.encrypted);
	put_be32(&blob, 108, 15);
	refuses(SV_IMAGE_QCOW2, &blob, "qcow2: encryption header pointer of 15 bytes, not 16");
	put_be32(&blob, 108, 16);
	put_be64(&blob, 112, 0x40001);
	refuses(SV_IMAGE_QCOW2, &blob, "qcow2: encryption header at byte 262145, not on a cluster");
	put_be64(&blob, 112, 0);
	refuses(SV_IMAGE_QCOW2, &blob, "qcow2: encryption header at byte 0, not on a cluster");
	put_be32(&blob, 32, 1);
	refuses(SV_IMAGE_QCOW2, &blob, "qcow2: encryption header pointer with encryption method 1");
	put_be32(&blob, 32, 3);
	refuses(SV_IMAGE_QCOW2, &blob, "qcow2: unknown encryption method 3");
}

static void test_bitmaps(void **state)
{
	sv_auto_image_header struct sv_image_header header = {0};
	auto_blob blob = blob_qcow2(3);
	uint8_t data[24] = {0, 0, 0, 1};
	size_t at = 104;

	(void)state;
	put_be64(&blob, 88, 1);
	refuses(SV_IMAGE_QCOW2, &blob, "qcow2: feature bit for bitmaps without the extension");
	data[21] = 1;
	qcow2_extension(&blob, &at, EXT_BITMAPS, data, sizeof(data));
	parses(SV_IMAGE_QCOW2, &blob, &header, NULL);
	put_be32(&blob, 116, 9);
	refuses(SV_IMAGE_QCOW2, &blob, "qcow2: bitmaps extension with 1 bitmaps, reserved field 9");
	put_be64(&blob, 112, 0);
	refuses(SV_IMAGE_QCOW2, &blob, "qcow2: bitmaps extension with 0 bitmaps, reserved field 0");
	put_be32(&blob, 112, 1);
	put_be64(&blob, 128, 513);
	refuses(SV_IMAGE_QCOW2, &blob, "qcow2: bitmap directory at byte 513, not on a cluster");
	put_be32(&blob, 108, 23);
	refuses(SV_IMAGE_QCOW2, &blob, "qcow2: bitmaps extension of 23 bytes, not 24");
}

static void test_extension_bounds(void **state)
{
	auto_blob blob = blob_qcow2(3);
	size_t at = 104;

	(void)state;
	qcow2_extension(&blob, &at, EXT_FORMAT, "raw", 3);
	qcow2_extension(&blob, &at, EXT_FORMAT, "raw", 3);
	refuses(SV_IMAGE_QCOW2, &blob, "qcow2: a second header extension 'backing file format'");
	put_be32(&blob, 120, 0x1234);
	put_be32(&blob, 124, 65536 - 128 + 1);
	refuses(SV_IMAGE_QCOW2, &blob,
		"qcow2: header extension 0x00001234 of 65409 bytes, 65408 are left");
	put_be32(&blob, 124, UINT32_MAX);
	refuses(SV_IMAGE_QCOW2, &blob,
		"qcow2: header extension 0x00001234 of 4294967295 bytes, 65408 are left");
	put_be32(&blob, 108, 16);
	refuses(SV_IMAGE_QCOW2, &blob,
		"qcow2: backing file format name of 16 bytes, not 1 to 15 without NUL");
	put_be32(&blob, 108, 4);
	refuses(SV_IMAGE_QCOW2, &blob,
		"qcow2: backing file format name of 4 bytes, not 1 to 15 without NUL");
}

struct field {
	size_t at;
	uint32_t value;
	const char *msg;
};

static void test_fields(void **state)
{
	static const struct field table[] = {
		{0, 0x514649fa, "qcow2: no qcow2 magic at the beginning"},
		{4, 1, "qcow2: version 1, only 2 and 3 are known"},
		{4, 4, "qcow2: version 4, only 2 and 3 are known"},
		{16, 2000, "qcow2: backing file name of 2000 bytes, at most 1023"},
		{16, 1024, "qcow2: backing file name of 1024 bytes, at most 1023"},
		{16, 0, "qcow2: backing file name is empty"},
		{16, 5, "qcow2: backing file name has a NUL at byte 4 of 5"},
		{1024, 0x610a6161,
		 "qcow2: backing file name has the control character \\x0a at byte 1"},
		{12, 96,
		 "qcow2: backing file name at byte 96 with 4 bytes, not between the fields "
		 "and the end of the first cluster at 65536"},
		{8, 1,
		 "qcow2: backing file name at byte 4294968320 with 4 bytes, not between the "
		 "fields and the end of the first cluster at 65536"},
		{20, 8, "qcow2: 8 cluster bits, not 9 to 21"},
		{20, 22, "qcow2: 22 cluster bits, not 9 to 21"},
		{100, 96,
		 "qcow2: header length 96, not a multiple of 8 from 104 to the cluster's 65536"},
		{100, 109,
		 "qcow2: header length 109, not a multiple of 8 from 104 to the cluster's 65536"},
		{100, 65544,
		 "qcow2: header length 65544, not a multiple of 8 from 104 to the cluster's 65536"},
		{96, 7, "qcow2: refcount order 7, at most 6"},
		{76, 8, "qcow2: compression type and its feature bit contradict"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < SV_N_ELEMENTS(table); i++) {
		auto_blob blob = blob_qcow2(3);

		qcow2_backing(&blob, "base");
		put_be32(&blob, table[i].at, table[i].value);
		refuses(SV_IMAGE_QCOW2, &blob, table[i].msg);
	}
}

static void test_compression(void **state)
{
	sv_auto_image_header struct sv_image_header header = {0};
	auto_blob blob = blob_qcow2(3);

	(void)state;
	put_be64(&blob, 72, 8 | 2);
	put_be32(&blob, 100, 112);
	put(&blob, 104, "\1", 1);
	parses(SV_IMAGE_QCOW2, &blob, &header, NULL);
	assert_true(header.corrupt);
	put_be64(&blob, 72, 0);
	refuses(SV_IMAGE_QCOW2, &blob, "qcow2: compression type and its feature bit contradict");
}

static void test_short(void **state)
{
	auto_blob blob = blob_qcow2(3);

	(void)state;
	qcow2_backing(&blob, "base");
	blob.size = 1027;
	refuses(SV_IMAGE_QCOW2, &blob,
		"qcow2: the file ends at byte 1027, the backing file name at 1024 needs 4 bytes");
	blob.size = 80;
	refuses(SV_IMAGE_QCOW2, &blob,
		"qcow2: the file ends at byte 80, the header at 0 needs 104 bytes");
	blob.size = 0;
	refuses(SV_IMAGE_QCOW2, &blob,
		"qcow2: the file ends at byte 0, the header at 0 needs 72 bytes");
}

static struct blob blob_qed(void)
{
	struct blob blob = blob_new(65536);

	put(&blob, 0, "QED\0", 4);
	put_le32(&blob, 4, 65536);
	put_le32(&blob, 8, 4);
	put_le32(&blob, 12, 1);
	put_le64(&blob, 16, 1);
	put_le32(&blob, 56, 64);
	put_le32(&blob, 60, 4);
	put(&blob, 64, "base", 4);
	return blob;
}

static void test_qed(void **state)
{
	sv_auto_image_header struct sv_image_header header = {0}, raw = {0}, none = {0},
						    dirty = {0};
	auto_blob blob = blob_qed();

	(void)state;
	parses(SV_IMAGE_QED, &blob, &header, NULL);
	assert_string_equal(header.backing->path, "base");
	assert_null(header.backing_format);
	put_le64(&blob, 16, 3);
	parses(SV_IMAGE_QED, &blob, &dirty, NULL);
	assert_null(dirty.backing_format);
	put_le64(&blob, 16, 5);
	parses(SV_IMAGE_QED, &blob, &raw, NULL);
	assert_string_equal(raw.backing_format, "raw");
	put_le64(&blob, 16, 2);
	parses(SV_IMAGE_QED, &blob, &none, NULL);
	assert_null(none.backing);
}

static void test_qed_fields(void **state)
{
	static const struct field table[] = {
		{0, 1, "qed: no qed magic at the beginning"},
		{4, 2048, "qed: cluster size 2048, not a power of 2 from 4096 to 67108864"},
		{4, 134217728,
		 "qed: cluster size 134217728, not a power of 2 from 4096 to 67108864"},
		{4, 12288, "qed: cluster size 12288, not a power of 2 from 4096 to 67108864"},
		{8, 0, "qed: table size 0, not a power of 2 from 1 to 16"},
		{8, 32, "qed: table size 32, not a power of 2 from 1 to 16"},
		{12, 0, "qed: header size 0"},
		{16, 9, "qed: unknown feature bit 3"},
		{20, 1, "qed: unknown feature bit 32"},
		{60, 1024, "qed: backing file name of 1024 bytes, at most 1023"},
		{60, 0, "qed: backing file name is empty"},
		{60, 5, "qed: backing file name has a NUL at byte 4 of 5"},
		{56, 63,
		 "qed: backing file name at byte 63 with 4 bytes, not between the fields and "
		 "the end of the header at 65536"},
		{56, 65533,
		 "qed: backing file name at byte 65533 with 4 bytes, not between the "
		 "fields and the end of the header at 65536"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < SV_N_ELEMENTS(table); i++) {
		auto_blob blob = blob_qed();

		put_le32(&blob, table[i].at, table[i].value);
		refuses(SV_IMAGE_QED, &blob, table[i].msg);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_backing),
		cmocka_unit_test(test_tight),
		cmocka_unit_test(test_data_file),
		cmocka_unit_test(test_data_file_unnamed),
		cmocka_unit_test(test_features),
		cmocka_unit_test(test_luks),
		cmocka_unit_test(test_bitmaps),
		cmocka_unit_test(test_extension_bounds),
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_compression),
		cmocka_unit_test(test_short),
		cmocka_unit_test(test_qed),
		cmocka_unit_test(test_qed_fields),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
