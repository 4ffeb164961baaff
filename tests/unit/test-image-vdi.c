/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vdi: a header that names no file, and those that are refused. Offsets as in VirtualBox's
 * files. */
#include "image-fixture.h"

enum { SIGNATURE = 64, FORMAT = 68, UUID_IMAGE = 392, UUID_LINK = 424, UUID_PARENT = 440 };

static struct blob blob_vdi(void)
{
	struct blob blob = blob_new(4096);

	put(&blob, 0, "<<< Oracle VM VirtualBox Disk Image >>>\n", 40);
	put_le32(&blob, SIGNATURE, 0xbeda107f);
	put_le32(&blob, FORMAT, 0x00010001);
	put(&blob, UUID_IMAGE, "0123456789abcdef", 16);
	return blob;
}

static void test_vdi(void **state)
{
	sv_auto_image_header struct sv_image_header header = {0};
	enum sv_image_format format = SV_IMAGE_RAW;
	auto_blob blob = blob_vdi();

	(void)state;
	parses(SV_IMAGE_VDI, &blob, &header, NULL);
	assert_int_equal(header.version, 1);
	assert_null(header.backing);
	assert_int_equal(sv_image_probe(blob.b, blob.size, &format), 0);
	assert_int_equal(format, SV_IMAGE_VDI);
	assert_int_equal(sv_image_probe(blob.b, SIGNATURE + 3, &format), SV_NONE);
}

static void test_refused(void **state)
{
	auto_blob blob = blob_vdi();
	auto_blob cut = blob_new(511);

	(void)state;
	refuses(SV_IMAGE_VDI, &cut,
		"vdi: the file ends at byte 511, the header at 0 needs 512 bytes");
	put(&blob, UUID_LINK + 15, "x", 1);
	refuses(SV_IMAGE_VDI, &blob, "vdi: a differencing image: it names its parent by UUID");
	put(&blob, UUID_LINK + 15, "", 1);
	put(&blob, UUID_PARENT, "x", 1);
	refuses(SV_IMAGE_VDI, &blob, "vdi: a differencing image: it names its parent by UUID");
	put_le32(&blob, FORMAT, 0x00020001);
	refuses(SV_IMAGE_VDI, &blob, "vdi: version 2.1, not 1.1");
	put_le32(&blob, SIGNATURE, 0xbeda107e);
	refuses(SV_IMAGE_VDI, &blob, "vdi: no vdi magic at byte 64");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vdi),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
