/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmdk: descriptors on their own and embedded, extents, parents, and what is malformed in them. The
 * layouts come from VMware's Virtual Disk Format 5.0.
 */
#include "image-fixture.h"

#define HEAD "# Disk DescriptorFile\nversion=1\nCID=12345678\n"
#define ROOT HEAD "parentCID=ffffffff\ncreateType=\"monolithicFlat\"\n"

struct bad {
	const char *text, *msg;
};

static struct blob blob_text(const char *text)
{
	struct blob blob = blob_new(strlen(text));

	put(&blob, 0, text, strlen(text));
	return blob;
}

static struct blob blob_sparse(const char *text)
{
	struct blob blob = blob_new(8192);

	put(&blob, 0, "KDMV", 4);
	put_le32(&blob, 4, 1);
	put_le64(&blob, 12, 20480);
	put_le64(&blob, 28, 1);
	put_le64(&blob, 36, 10);
	put(&blob, 73, "\n \r\n", 4);
	put(&blob, 512, text, strlen(text));
	return blob;
}

static void test_extents(void **state)
{
	static const char *const paths[] = {"x-flat.vmdk", "x s001.vmdk", "/dev/sdb", "v-flat.vmdk",
					    "d-000001-delta.vmdk"};
	sv_auto_image_header struct sv_image_header header = {0};
	auto_blob blob = blob_text(ROOT "\n# Extent description\n"
					"RW 123 FLAT \"x-flat.vmdk\" 0\r\n"
					"RDONLY 5 SPARSE \"x s001.vmdk\"\n"
					"RW 7 ZERO\n"
					"NOACCESS 9 FLAT \"/dev/sdb\" 63\n"
					"RW 1 VMFS \"v-flat.vmdk\"\n"
					" RW\t1  VMFSSPARSE \"d-000001-delta.vmdk\"\n"
					"ddb.adapterType = \"ide\"\nRW=odd\n");
	size_t i;

	(void)state;
	parses(SV_IMAGE_VMDK, &blob, &header, NULL);
	assert_int_equal(header.n_extents, 5);
	for (i = 0; i < 5; i++)
		assert_string_equal(header.extents[i].ref->path, paths[i]);
	assert_true(header.extents[0].writable && header.extents[0].flat);
	assert_true(!header.extents[1].writable && !header.extents[1].flat);
	assert_true(!header.extents[2].writable && header.extents[2].flat);
	assert_true(header.extents[3].flat && !header.extents[4].flat);
	assert_null(header.backing);
}

static void test_parent(void **state)
{
	sv_auto_image_header struct sv_image_header header = {0};
	auto_blob blob = blob_text(HEAD "parentCID=9abcdef0\nparentFileNameHint=\"base.vmdk\"\n");
	auto_blob sparse = blob_sparse(HEAD "parentCID = FFFFFFFF\n"
					    "RW 20480 SPARSE \"itself.vmdk\"\n");
	sv_auto_image_header struct sv_image_header itself = {0}, other = {0};

	(void)state;
	parses(SV_IMAGE_VMDK, &blob, &header, NULL);
	assert_string_equal(header.backing->path, "base.vmdk");
	assert_string_equal(header.backing_format, "vmdk");
	parses(SV_IMAGE_VMDK, &sparse, &itself, NULL);
	assert_int_equal(itself.version, 1);
	assert_int_equal(itself.n_extents, 0);
	/* an image without data of its own: its extents are other files */
	put_le64(&sparse, 12, 0);
	parses(SV_IMAGE_VMDK, &sparse, &other, NULL);
	assert_string_equal(other.extents[0].ref->path, "itself.vmdk");
}

static void test_no_descriptor(void **state)
{
	sv_auto_image_header struct sv_image_header part = {0}, cowd = {0};
	auto_blob sparse = blob_sparse("");
	auto_blob esx = blob_new(2048);

	(void)state;
	put_le64(&sparse, 28, 0);
	parses(SV_IMAGE_VMDK, &sparse, &part, NULL);
	put(&esx, 0, "COWD", 4);
	parses(SV_IMAGE_VMDK, &esx, &cowd, NULL);
	assert_true(!part.backing && !part.n_extents && !cowd.backing && !cowd.n_extents);
}

static void test_bad_text(void **state)
{
	static const struct bad table[] = {
		{"x", "vmdk: the file ends at byte 1, the magic at 0 needs 4 bytes"},
		{"#DiskDescriptorFile",
		 "vmdk: the descriptor does not begin with '# Disk DescriptorFile'"},
		{ROOT "RW x FLAT \"a\"", "vmdk: descriptor line 6: size of an extent 'x'"},
		{ROOT "RW 1 WEIRD \"a\"",
		 "vmdk: descriptor line 6: unknown type of extent 'WEIRD'"},
		{ROOT "RW 1 FLAT a", "vmdk: descriptor line 6: extent without a quoted name: 'a'"},
		{ROOT "RW 1 FLAT \"a",
		 "vmdk: descriptor line 6: extent without a quoted name: '\"a'"},
		{ROOT "RW 1 FLAT \"\" 0", "vmdk: extent name is empty"},
		{ROOT "RW 1 FLAT \"a\x01\" 0",
		 "vmdk: extent name has the control character \\x01 at byte 1"},
		{ROOT "\n\nRWX 1 FLAT \"a\"", "vmdk: descriptor line 8: neither a setting nor an "
					      "extent: 'RWX 1 FLAT \"a\"'"},
		{ROOT "parentFileNameHint=\"a\"",
		 "vmdk: parentCID and parentFileNameHint contradict: a name without a parent"},
		{HEAD "parentCID=1",
		 "vmdk: parentCID and parentFileNameHint contradict: a parent without a name"},
		{HEAD "parentCID=1\nparentFileNameHint=a",
		 "vmdk: descriptor line 5: parentFileNameHint is not quoted: 'a'"},
		{HEAD "parentCID=1\nparentFileNameHint=\"a\"\nparentFileNameHint=\"b\"",
		 "vmdk: descriptor line 6: a second parent 'b'"},
		{ROOT "# parentFileNameHint=\"a\"",
		 "vmdk: descriptor line 6: parentFileNameHint in the middle of '# "
		 "parentFileNameHint=\"a\"'"},
		{ROOT "ddb.x = \"parentFileNameHint=\"",
		 "vmdk: descriptor line 6: parentFileNameHint in the middle of 'ddb.x = "
		 "\"parentFileNameHint=\"'"},
		{HEAD "parentCID=1\nparentFileNameHint=\"parentFileNameHint=\"",
		 "vmdk: descriptor line 5: parentFileNameHint in the middle of "
		 "'parentFileNameHint=\"parentFileNameHint=\"'"},
		{ROOT "parentFileNameHintX=\"a\"",
		 "vmdk: descriptor line 6: parentFileNameHint in the middle of "
		 "'parentFileNameHintX=\"a\"'"},
		{HEAD "parentCID=1\nparentFileNameHint=\"\"", "vmdk: parent name is empty"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < SV_N_ELEMENTS(table); i++) {
		auto_blob blob = blob_text(table[i].text);

		refuses(SV_IMAGE_VMDK, &blob, table[i].msg);
	}
}

static void test_limits(void **state)
{
	sv_auto_image_header struct sv_image_header header = {0};
	sv_auto_buf struct sv_buf buf = {0};
	auto_blob big = blob_new(SV_IMAGE_DESCRIPTOR_MAX + 1);
	auto_blob line = blob_new(6000);
	unsigned i;

	(void)state;
	refuses(SV_IMAGE_VMDK, &big, "vmdk: descriptor of 131073 bytes, at most 131072");
	memset(line.b, 'x', line.size);
	put(&line, 0, ROOT, strlen(ROOT));
	refuses(SV_IMAGE_VMDK, &line, "vmdk: descriptor line 6 of 5908 bytes, at most 4096");
	sv_buf_puts(&buf, ROOT);
	for (i = 0; i < SV_IMAGE_EXTENTS_MAX; i++)
		sv_buf_printf(&buf, "RW 1 FLAT \"x-f%03u.vmdk\" 0\n", i);
	auto_blob most = blob_text(buf.s);
	parses(SV_IMAGE_VMDK, &most, &header, NULL);
	assert_int_equal(header.n_extents, SV_IMAGE_EXTENTS_MAX);
	sv_buf_puts(&buf, "RW 1 FLAT \"more\" 0\n");
	auto_blob more = blob_text(buf.s);
	refuses(SV_IMAGE_VMDK, &more, "vmdk: more than 256 extents");
}

static void test_bad_sparse(void **state)
{
	auto_blob blob = blob_sparse(ROOT);

	(void)state;
	put_le32(&blob, 4, 4);
	refuses(SV_IMAGE_VMDK, &blob, "vmdk: version 4, only 1 to 3 are known");
	put_le32(&blob, 4, 1);
	put(&blob, 73, "\n \n\n", 4);
	refuses(SV_IMAGE_VMDK, &blob, "vmdk: a transfer as text has damaged the header");
	put(&blob, 73, "\n \r\n", 4);
	put_le64(&blob, 36, 0);
	refuses(SV_IMAGE_VMDK, &blob, "vmdk: descriptor of 0 sectors, not 1 to 256");
	put_le64(&blob, 36, 257);
	refuses(SV_IMAGE_VMDK, &blob, "vmdk: descriptor of 257 sectors, not 1 to 256");
	put_le64(&blob, 36, 16);
	refuses(SV_IMAGE_VMDK, &blob,
		"vmdk: the file ends at byte 8192, the descriptor at 512 needs 8192 bytes");
	put_le64(&blob, 28, UINT64_MAX);
	refuses(SV_IMAGE_VMDK, &blob, "vmdk: descriptor at sector 18446744073709551615");
	put_le64(&blob, 28, 3);
	put_le64(&blob, 36, 1);
	refuses(SV_IMAGE_VMDK, &blob,
		"vmdk: the descriptor does not begin with '# Disk DescriptorFile'");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_extents),	      cmocka_unit_test(test_parent),
		cmocka_unit_test(test_no_descriptor), cmocka_unit_test(test_bad_text),
		cmocka_unit_test(test_limits),	      cmocka_unit_test(test_bad_sparse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
