/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The names that images have for each other: paths, protocols, json: objects, and their meaning
 * from the directory of an image. Also the names and the magic of the formats.
 */
#include "image-fixture.h"

struct name {
	const char *text;
	enum sv_image_where where;
	const char *path, *scheme, *format;
};

struct bad {
	const char *text, *msg;
};

static struct sv_image_ref *ref_of(const char *text)
{
	struct sv_image_ref *ref = NULL;
	struct sv_error err = {0};

	if (sv_image_ref_parse("name", text, strlen(text), 1023, &ref, &err) < 0)
		fail_msg("%s: %s", text, err.msg);
	assert_string_equal(ref->text, text);
	return ref;
}

static void test_names(void **state)
{
	static const struct name table[] = {
		{"base.img", SV_IMAGE_LOCAL, "base.img", NULL, NULL},
		{"../a/base.img", SV_IMAGE_LOCAL, "../a/base.img", NULL, NULL},
		{"/abs/base:1.img", SV_IMAGE_LOCAL, "/abs/base:1.img", NULL, NULL},
		{"./a:b", SV_IMAGE_LOCAL, "./a:b", NULL, NULL},
		{"file:/abs", SV_IMAGE_LOCAL, "/abs", NULL, NULL},
		{"file:///abs", SV_IMAGE_LOCAL, "///abs", NULL, NULL},
		{"nbd:localhost:10809", SV_IMAGE_PROTOCOL, NULL, "nbd", NULL},
		{"nbd+unix:///?socket=/x", SV_IMAGE_PROTOCOL, NULL, "nbd+unix", NULL},
		{"fat:rw:/etc", SV_IMAGE_PROTOCOL, NULL, "fat", NULL},
		{"http://host/x", SV_IMAGE_PROTOCOL, NULL, "http", NULL},
		{"a:b", SV_IMAGE_PROTOCOL, NULL, "a", NULL},
		{"fd:3", SV_IMAGE_PROTOCOL, NULL, "fd", NULL},
		{"json:{\"driver\":\"file\",\"filename\":\"/b:1\"}", SV_IMAGE_LOCAL, "/b:1", NULL,
		 NULL},
		{"json:{\"filename\":\"/b\"}", SV_IMAGE_LOCAL, "/b", NULL, NULL},
		{"json:{\"driver\":\"qcow2\",\"file\":{\"driver\":\"file\",\"filename\":\"/b\"}}",
		 SV_IMAGE_LOCAL, "/b", NULL, "qcow2"},
		{"json:{\"driver\":\"qcow2\",\"file.filename\":\"/b\",\"cache.direct\":true,"
		 "\"file.read-only\":true}",
		 SV_IMAGE_LOCAL, "/b", NULL, "qcow2"},
		{"json:{\"driver\":\"qcow2\",\"file.filename\":\"/b\"}", SV_IMAGE_LOCAL, "/b", NULL,
		 "qcow2"},
		{"json:{\"file.driver\":\"host_device\",\"file.filename\":\"/dev/x\"}",
		 SV_IMAGE_LOCAL, "/dev/x", NULL, NULL},
		{"json:{\"driver\":\"raw\",\"file\":{\"driver\":\"nbd\",\"host\":\"h\"}}",
		 SV_IMAGE_NETWORK, NULL, "nbd", "raw"},
		{"json:{\"file.driver\":\"https\",\"file.url\":\"https://x\"}", SV_IMAGE_NETWORK,
		 NULL, "https", NULL},
		{"json:{\"driver\":\"rbd\",\"pool\":\"p\"}", SV_IMAGE_NETWORK, NULL, "rbd", NULL},
		{"json:{\"driver\":\"quorum\",\"children\":[]}", SV_IMAGE_NETWORK, NULL, "quorum",
		 NULL},
	};
	size_t i;

	(void)state;
	for (i = 0; i < SV_N_ELEMENTS(table); i++) {
		sv_auto_image_ref struct sv_image_ref *ref = ref_of(table[i].text);

		assert_int_equal(ref->where, table[i].where);
		assert_true(sv_streq(ref->path, table[i].path));
		assert_true(sv_streq(ref->scheme, table[i].scheme));
		assert_true(sv_streq(ref->format, table[i].format));
		assert_null(ref->backing);
		assert_false(ref->backing_end);
	}
}

static void test_json_inline(void **state)
{
	sv_auto_image_ref struct sv_image_ref *ref =
		ref_of("json:{\"driver\":\"qcow2\",\"file\":{\"filename\":\"/a\"},"
		       "\"data-file\":{\"driver\":\"file\",\"filename\":\"/d\"},"
		       "\"backing\":{\"driver\":\"qcow2\",\"file.filename\":\"/b\","
		       "\"backing.driver\":\"raw\",\"backing.file.filename\":\"/c\"}}");
	sv_auto_image_ref struct sv_image_ref *end =
		ref_of("json:{\"driver\":\"qcow2\",\"file.filename\":\"/a\",\"backing\":null}");

	(void)state;
	assert_string_equal(ref->path, "/a");
	assert_string_equal(ref->data_file->path, "/d");
	assert_null(ref->data_file->format);
	assert_string_equal(ref->backing->path, "/b");
	assert_string_equal(ref->backing->format, "qcow2");
	assert_string_equal(ref->backing->backing->path, "/c");
	assert_string_equal(ref->backing->backing->format, "raw");
	assert_null(ref->backing->backing->backing);
	assert_true(end->backing_end);
}

static void test_bad(void **state)
{
	static const struct bad table[] = {
		{"", "name is empty"},
		{"a\x01", "name has the control character \\x01 at byte 1"},
		{"a\x7f", "name has the control character \\x7f at byte 1"},
		{"file:base", "name 'file:base' is relative behind file:"},
		{"json:", "name: json: '[' or '{' expected near end of file"},
		{"json:[]", "name: json: not an object"},
		{"json:{\"a\":1,\"a\":2}", "name: json: duplicate object key near '\"a\"'"},
		{"json:{}", "name: json: 'file' is missing"},
		{"json:{\"driver\":1}", "name: json: 'driver' is not a string"},
		{"json:{\"driver\":\"file\"}", "name: json: 'filename' is missing"},
		{"json:{\"file\":{\"filename\":\"b\"}}",
		 "name: json: 'filename' is not an absolute path"},
		{"json:{\"file.filename\":\"b\"}",
		 "name: json: 'file.filename' is not an absolute path"},
		{"json:{\"file.filename\":\"/b\\n\"}",
		 "name: json: 'file.filename' has a control character"},
		{"json:{\"file\":\"node0\"}",
		 "name: json: 'file' names a node, which only the running QEMU knows"},
		{"json:{\"driver\":\"raw\",\"offset\":512,\"file.filename\":\"/b\"}",
		 "name: json: 'offset' is not supported"},
		{"json:{\"file.filename\":\"/b\",\"file.x\":1}",
		 "name: json: 'file.x' is not supported"},
		{"json:{\"file\":{\"filename\":\"/b\",\"read-onl\":true}}",
		 "name: json: 'read-onl' is not supported"},
		{"json:{\"file\":7}", "name: json: 'file' is not an object"},
		{"json:{\"file\":{\"filename\":\"/a\"},\"file.filename\":\"/b\"}",
		 "name: json: 'file' is given nested and with dotted keys"},
		{"json:{\"file.filename\":\"/a\",\"backing\":\"node1\"}",
		 "name: json: 'backing' names a node, which only the running QEMU knows"},
		{"json:{\"file.filename\":\"/a\",\"backing\":{\"driver\":\"qcow2\"}}",
		 "name: json: 'file' is missing"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < SV_N_ELEMENTS(table); i++) {
		struct sv_image_ref *ref = NULL;
		struct sv_error err = {0};

		assert_int_equal(sv_image_ref_parse("name", table[i].text, strlen(table[i].text),
						    1023, &ref, &err),
				 -SV_E_USAGE);
		assert_string_equal(err.msg, table[i].msg);
		assert_null(ref);
	}
}

static void test_lengths(void **state)
{
	sv_auto_image_ref struct sv_image_ref *ref = NULL;
	struct sv_image_ref *none = NULL;
	struct sv_error err = {0};
	char name[1024];

	(void)state;
	memset(name, 'n', sizeof(name));
	assert_int_equal(sv_image_ref_parse("name", name, 1023, 1023, &ref, &err), 0);
	assert_int_equal(strlen(ref->path), 1023);
	assert_int_equal(sv_image_ref_parse("name", name, 1024, 1023, &none, &err), -SV_E_USAGE);
	assert_string_equal(err.msg, "name of 1024 bytes, at most 1023");
	sv_error_clear(&err);
	name[7] = '\0';
	assert_int_equal(sv_image_ref_parse("name", name, 9, 1023, &none, &err), -SV_E_USAGE);
	assert_string_equal(err.msg, "name has a NUL at byte 7 of 9");
}

/* A caller can afford to read every piece that a parser requests. */
static void test_more_is_bounded(void **state)
{
	auto_blob blob = blob_qcow2(3);
	const struct sv_image_piece piece = {0, blob.b, 512};
	const struct sv_image_bytes in = {&piece, 1, UINT64_MAX};
	struct sv_image_header header = {0};
	struct sv_image_span more = {0};
	struct sv_error err = {0};

	(void)state;
	put_be32(&blob, 20, 20);
	put_be32(&blob, 104, 0x6803f857);
	put_be32(&blob, 108, 48 * 2731);
	assert_int_equal(sv_image_parse(SV_IMAGE_QCOW2, &in, &header, &more, &err), -SV_E_USAGE);
	assert_string_equal(err.msg, "qcow2: feature name table of 131088 bytes, at most 131072");
	sv_error_clear(&err);
	put_be32(&blob, 108, 48 * 2730);
	assert_int_equal(sv_image_parse(SV_IMAGE_QCOW2, &in, &header, &more, &err), SV_MORE);
	assert_int_equal(more.offset, 112);
	assert_int_equal(more.len, 131040);
	assert_int_equal(err.code, SV_OK);
}

static void test_deep_json(void **state)
{
	sv_auto_buf struct sv_buf buf = {0};
	sv_auto_free char *text = NULL;
	struct sv_image_ref *ref = NULL;
	struct sv_error err = {0};
	unsigned i;

	(void)state;
	sv_buf_puts(&buf, "json:");
	for (i = 0; i < 20; i++)
		sv_buf_puts(&buf, "{\"file.filename\":\"/a\",\"backing\":");
	sv_buf_puts(&buf, "null");
	for (i = 0; i < 20; i++)
		sv_buf_puts(&buf, "}");
	assert_int_equal(sv_buf_take(&buf, &text, &err), 0);
	assert_int_equal(sv_image_ref_parse("name", text, strlen(text), 4095, &ref, &err),
			 -SV_E_USAGE);
	assert_string_equal(err.msg, "name: json: 'file' is nested too deeply");
}

static void test_resolve(void **state)
{
	static const char *const table[][3] = {
		{"/i/top.qcow2", "base", "/i/base"},
		{"/i/top.qcow2", "../b/base", "/b/base"},
		{"/i/top.qcow2", "./base", "/i/base"},
		{"/i/top.qcow2", "/abs/base", "/abs/base"},
		{"/top", "base", "/base"},
		{"/i/j/top", "../../..//x/./y/../z/", "/x/z"},
		{"/i/top", "..", "/"},
		{"/i/top", ".../..b/c..", "/i/.../..b/c.."},
	};
	char longest[SV_IMAGE_PATH_MAX + 1];
	struct sv_error err = {0};
	size_t i;

	(void)state;
	for (i = 0; i < SV_N_ELEMENTS(table); i++) {
		sv_auto_free char *path = NULL;

		assert_int_equal(sv_image_resolve(table[i][0], table[i][1], &path, &err), 0);
		assert_string_equal(path, table[i][2]);
	}
	memset(longest, 'x', sizeof(longest));
	longest[SV_IMAGE_PATH_MAX] = '\0';
	char *none = NULL;
	assert_int_equal(sv_image_resolve("/i/top", longest, &none, &err), -SV_E_USAGE);
	assert_non_null(strstr(err.msg, "has 4098 bytes with its directory, at most 4095"));
	sv_error_clear(&err);
	assert_int_equal(sv_image_resolve("i/top", "b", &none, &err), -SV_E_USAGE);
	assert_string_equal(err.msg, "the image 'i/top' is not an absolute path");
}

static void test_formats(void **state)
{
	enum sv_image_format format = SV_IMAGE_RAW, again;

	(void)state;
	for (again = SV_IMAGE_RAW; again <= SV_IMAGE_VDI; again++) {
		assert_int_equal(sv_image_format_parse(sv_image_format_name(again), &format), 0);
		assert_int_equal(format, again);
	}
	assert_int_equal(sv_image_format_parse("QCOW2", &format), SV_NONE);
	assert_int_equal(sv_image_format_parse(NULL, &format), SV_NONE);
}

static void test_probe(void **state)
{
	enum sv_image_format format = SV_IMAGE_RAW;

	(void)state;
	assert_int_equal(sv_image_probe("QFI\xfb", 3, &format), SV_NONE);
	assert_int_equal(sv_image_probe("", 0, &format), SV_NONE);
	assert_int_equal(sv_image_probe("MBR boot", 8, &format), SV_NONE);
	assert_int_equal(sv_image_probe("QFI\xfb", 4, &format), 0);
	assert_int_equal(format, SV_IMAGE_QCOW2);
	assert_int_equal(sv_image_probe("QED\0", 4, &format), 0);
	assert_int_equal(format, SV_IMAGE_QED);
	assert_int_equal(sv_image_probe("# Disk DescriptorFile\n", 22, &format), 0);
	assert_int_equal(format, SV_IMAGE_VMDK);
	assert_int_equal(sv_image_probe("conectix", 8, &format), 0);
	assert_int_equal(format, SV_IMAGE_VPC);
	assert_int_equal(sv_image_probe("vhdxfile", 8, &format), 0);
	assert_int_equal(format, SV_IMAGE_VHDX);
	assert_int_equal(sv_image_probe("COWD", 4, &format), 0);
	assert_int_equal(format, SV_IMAGE_VMDK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_json_inline),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_more_is_bounded),
		cmocka_unit_test(test_deep_json),
		cmocka_unit_test(test_resolve),
		cmocka_unit_test(test_formats),
		cmocka_unit_test(test_probe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
