/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The files behind one disk: roles, order, which statement counts, and the chains that are refused.
 * A small table of files replaces the filesystem.
 */
#include "domain/image/graph.h"
#include "image-fixture.h"

#define EXT_FORMAT 0xe2792acau
#define EXT_DATA   0x44415441u

struct file {
	char path[64];
	struct blob blob;
	uint64_t ino;
};

struct disk {
	struct file files[80];
	size_t n;
	bool changes; /* the second look finds another file */
	unsigned reads;
	const char *refused; /* a path that no header may name */
	bool differs;
	struct sv_buf named; /* by a header alone */
};

static int read_header(void *data, const char *path, struct sv_image_read *req,
		       struct sv_error *err)
{
	struct disk *disk = data;
	size_t i;

	for (i = 0; i < disk->n; i++) {
		const struct file *file = &disk->files[i];

		if (!sv_streq(file->path, path))
			continue;
		req->size = file->blob.size;
		req->dev = 1;
		req->ino = file->ino + (disk->changes && disk->reads++ > 0);
		if (req->offset < file->blob.size && req->room) {
			req->len = file->blob.size - (size_t)req->offset;
			req->len = req->len < req->room ? req->len : req->room;
			memcpy(req->buf, file->blob.b + req->offset, req->len);
		}
		return 0;
	}
	return sv_fail(err, SV_E_NOTFOUND, 0, "no such file");
}

static struct blob *add(struct disk *disk, const char *path, struct blob blob)
{
	struct file *file = &disk->files[disk->n++];

	(void)snprintf(file->path, sizeof(file->path), "%s", path);
	file->blob = blob;
	file->ino = disk->n * 10;
	return &file->blob;
}

static void add_qcow2(struct disk *disk, const char *path, const char *backing, const char *format)
{
	struct blob *blob = add(disk, path, blob_qcow2(3));
	size_t at = 104;

	if (format)
		qcow2_extension(blob, &at, EXT_FORMAT, format, strlen(format));
	if (backing)
		qcow2_backing(blob, backing);
}

static void add_text(struct disk *disk, const char *path, const char *text)
{
	struct blob *blob = add(disk, path, blob_new(strlen(text)));

	put(blob, 0, text, strlen(text));
}

static int named(void *data, const struct sv_image_graph *above, const struct sv_image_node *node,
		 struct sv_error *err)
{
	struct disk *disk = data;

	sv_buf_printf(&disk->named, "%s:%s ", above->nodes[node->overlay].path,
		      node->name ? node->name : node->path);
	return sv_streq(node->path, disk->refused) ? sv_fail(err, SV_E_BUSY, 0, "not that") : 0;
}

static void disk_done(struct disk *disk)
{
	sv_buf_done(&disk->named);
	while (disk->n > 0)
		blob_free(&disk->files[--disk->n].blob);
}
#define auto_disk sv_cleanup(disk_done) struct disk

static struct sv_image_request request(struct disk *disk, const char *format)
{
	return (struct sv_image_request){
		.path = "/i/top",
		.format = format,
		.read = read_header,
		.named = named,
		.data = disk,
		.differs = &disk->differs,
	};
}

/* "ROLE FORMAT PATH" per node, "!" after a probed format, "- SCHEME" for a node without a file. */
static void graph_is(const struct sv_image_request *req, const char *expected)
{
	sv_auto_image_graph struct sv_image_graph graph = {0};
	sv_auto_buf struct sv_buf buf = {0};
	struct sv_error err = {0};
	size_t i;

	if (sv_image_graph_build(req, &graph, &err) < 0)
		fail_msg("%s", err.msg);
	for (i = 0; i < graph.n; i++) {
		const struct sv_image_node *node = &graph.nodes[i];

		sv_buf_printf(&buf, "%s %s%s %s", sv_image_role_name(node->role),
			      node->path ? sv_image_format_name(node->format) : "-",
			      node->probed ? "!" : "", node->path ? node->path : node->scheme);
		sv_buf_puts(&buf, "\n");
	}
	assert_string_equal(buf.s, expected);
}

static void graph_fails(const struct sv_image_request *req, const char *msg)
{
	struct sv_image_graph graph = {0};
	struct sv_error err = {0};

	assert_true(sv_image_graph_build(req, &graph, &err) < 0);
	assert_string_equal(err.msg, msg);
	assert_null(graph.nodes);
}

static void test_roles(void **state)
{
	auto_disk disk = {0};
	struct sv_image_request req = request(&disk, "raw");

	(void)state;
	add_qcow2(&disk, "/i/top", "../b/base", "qcow2");
	graph_is(&req, "rw-top raw /i/top\n");
	add_qcow2(&disk, "/b/base", "/b/root", "raw");
	add_text(&disk, "/b/root", "boot");
	req.format = "qcow2";
	graph_is(&req, "rw-top qcow2 /i/top\nro-base qcow2 /b/base\nro-base raw /b/root\n");
	req.shared = true;
	graph_is(&req, "shared-rw qcow2 /i/top\nro-base qcow2 /b/base\nro-base raw /b/root\n");
	req.readonly = true;
	graph_is(&req, "ro qcow2 /i/top\nro-base qcow2 /b/base\nro-base raw /b/root\n");
}

static void test_data_file(void **state)
{
	auto_disk disk = {0};
	struct sv_image_request req = request(&disk, "qcow2");
	struct blob *blob = add(&disk, "/i/top", blob_qcow2(3));
	size_t at = 104;

	(void)state;
	put_be64(blob, 72, 4);
	graph_fails(&req, "image '/i/top': needs a data file and does not name it");
	qcow2_extension(blob, &at, EXT_DATA, "/d/data", 7);
	qcow2_extension(blob, &at, EXT_FORMAT, "raw", 3);
	qcow2_backing(blob, "base");
	add_text(&disk, "/d/data", "");
	add_text(&disk, "/i/base", "");
	graph_is(&req, "rw-top qcow2 /i/top\ndata-file raw /d/data\nro-base raw /i/base\n");
	req.shared = true;
	graph_is(&req, "shared-rw qcow2 /i/top\nshared-rw raw /d/data\nro-base raw /i/base\n");
	req.readonly = true;
	graph_is(&req, "ro qcow2 /i/top\nro raw /d/data\nro-base raw /i/base\n");
	qcow2_backing(blob, "/d/data");
	graph_fails(&req, "image '/d/data': is needed twice by one disk, also as '/d/data'");
}

static void test_extents(void **state)
{
	auto_disk disk = {0};
	struct sv_image_request req = request(&disk, "vmdk");

	(void)state;
	add_text(&disk, "/i/top",
		 "# Disk DescriptorFile\nparentCID=1\nparentFileNameHint=\"base\"\n"
		 "RW 1 FLAT \"e1\" 0\nRW 1 FLAT \"e1\" 1\nRW 1 SPARSE \"e2\"\n");
	add_text(
		&disk, "/i/base",
		"# Disk DescriptorFile\nparentCID=ffffffff\nRW 1 FLAT \"nbd:x\"\nRW 1 FLAT \"e3\"\n");
	add_text(&disk, "/i/e1", "");
	add_text(&disk, "/i/e2", "");
	add_text(&disk, "/i/e3", "");
	graph_is(&req, "rw-top vmdk /i/top\ndata-file raw /i/e1\ndata-file vmdk /i/e2\n"
		       "ro-base vmdk /i/base\nro-base - nbd\nro-base raw /i/e3\n");
}

static void test_formats(void **state)
{
	auto_disk disk = {0};
	struct sv_image_request req = request(&disk, NULL);

	(void)state;
	add_qcow2(&disk, "/i/top", "base", NULL);
	add_text(&disk, "/i/base", "boot");
	graph_fails(&req, "image '/i/top': its format is not named, and the guest writes it");
	req.readonly = true;
	graph_fails(&req,
		    "image '/i/top': looks like qcow2, nobody says so, and it names other files");
	req.format = "qcow2";
	graph_is(&req, "ro qcow2 /i/top\nro-base raw! /i/base\n");
	req.format = "qcow3";
	graph_fails(&req, "image '/i/top': unknown format 'qcow3'");
}

/* The content of a raw disk comes from a guest: its header may look like any format, and name any
 * file. */
static void test_written_by_guest(void **state)
{
	auto_disk disk = {0};
	struct sv_image_request req = request(&disk, "qcow2");

	(void)state;
	add_qcow2(&disk, "/i/top", "base", NULL);
	add_qcow2(&disk, "/i/base", "/etc/shadow", "raw");
	add_text(&disk, "/etc/shadow", "");
	graph_fails(&req,
		    "image '/i/base': looks like qcow2, nobody says so, and it names other files");
	req.chain = &(struct sv_image_given){.path = "/i/base", .format = "raw"};
	req.n_chain = 1;
	graph_is(&req, "rw-top qcow2 /i/top\nro-base raw /i/base\n");
	blob_free(&disk.files[1].blob);
	disk.files[1].blob = blob_qcow2(3);
	req.n_chain = 0;
	graph_is(&req, "rw-top qcow2 /i/top\nro-base qcow2! /i/base\n");
}

/* The domain and the header agree, or the chain is refused. */
static void test_given(void **state)
{
	auto_disk disk = {0};
	struct sv_image_request req = request(&disk, "qcow2");
	const struct sv_image_given same = {.path = "/i/base"},
				    right = {.path = "/i/base", .format = "qcow2"},
				    other = {.path = "/i/other", .format = "raw"},
				    wrong = {.path = "/i/base", .format = "raw"},
				    relative = {.path = "base"};

	(void)state;
	add_qcow2(&disk, "/i/top", "base", "qcow2");
	add_qcow2(&disk, "/i/base", NULL, NULL);
	add_text(&disk, "/i/other", "");
	req.chain = &same;
	req.n_chain = 1;
	graph_is(&req, "rw-top qcow2 /i/top\nro-base qcow2 /i/base\n");
	req.chain = &right;
	graph_is(&req, "rw-top qcow2 /i/top\nro-base qcow2 /i/base\n");
	assert_null(disk.named.s);
	req.chain = &relative;
	graph_fails(&req, "the backing file of '/i/top' is not an absolute path");
	assert_false(disk.differs);
	req.chain = &other;
	graph_fails(&req, "image '/i/top': its header names the backing file '/i/base', and "
			  "<backingStore> '/i/other'");
	assert_true(disk.differs);
	req.chain = &wrong;
	graph_fails(&req, "image '/i/top': its header names the backing format 'qcow2', and "
			  "<backingStore> 'raw'");
	req.n_chain = 0;
	req.chain_ends = true;
	graph_fails(&req, "image '/i/top': its header names the backing file '/i/base', and "
			  "<backingStore> none");
	put_be64(&disk.files[0].blob, 8, 0);
	graph_is(&req, "rw-top qcow2 /i/top\n");
}

/* A file that only a header names is checked before it is read. */
static void test_named(void **state)
{
	auto_disk disk = {0};
	struct sv_image_request req = request(&disk, "qcow2");
	struct blob *top = add(&disk, "/i/top", blob_qcow2(3));
	const struct sv_image_given given = {.path = "/i/base", .format = "qcow2"};
	size_t at = 104;

	(void)state;
	put_be64(top, 72, 4);
	qcow2_extension(top, &at, EXT_DATA, "/i/data", 7);
	qcow2_extension(top, &at, EXT_FORMAT, "qcow2", 5);
	qcow2_backing(top, "../i/base");
	add_text(&disk, "/i/data", "");
	add_qcow2(&disk, "/i/base", "json:{\"file.filename\":\"/i/root\"}", "raw");
	add_text(&disk, "/i/root", "");
	graph_is(&req, "rw-top qcow2 /i/top\ndata-file raw /i/data\nro-base qcow2 /i/base\n"
		       "ro-base raw /i/root\n");
	assert_string_equal(disk.named.s, "/i/top:/i/data /i/top:../i/base /i/base:"
					  "json:{\"file.filename\":\"/i/root\"} ");
	sv_buf_done(&disk.named);
	req.chain = &given;
	req.n_chain = 1;
	graph_is(&req, "rw-top qcow2 /i/top\ndata-file raw /i/data\nro-base qcow2 /i/base\n"
		       "ro-base raw /i/root\n");
	assert_string_equal(disk.named.s, "/i/top:/i/data /i/base:"
					  "json:{\"file.filename\":\"/i/root\"} ");
	disk.refused = "/i/data";
	graph_fails(&req, "not that");
	assert_false(disk.differs);
	/* a refused file is not read: this base would be an error */
	req.n_chain = 0;
	disk.refused = "/i/base";
	put_be64(&disk.files[2].blob, 0, 0);
	graph_fails(&req, "not that");
	/* the error does not tell whether the file exists */
	disk.refused = "/i/nowhere";
	qcow2_backing(top, "nowhere");
	graph_fails(&req, "not that");
}

/* <dataStore>: an image that needs a data file and names none gets the domain's. */
static void test_given_data(void **state)
{
	auto_disk disk = {0};
	struct sv_image_request req = request(&disk, "qcow2");
	struct blob *top = add(&disk, "/i/top", blob_qcow2(3));
	const struct sv_image_given base = {.path = "/i/base", .data_file = "/i/data"};

	(void)state;
	put_be64(top, 72, 4);
	qcow2_backing(top, "base");
	add_qcow2(&disk, "/i/base", NULL, NULL);
	add_text(&disk, "/i/data", "");
	req.data_file = "/i/data";
	graph_is(&req, "rw-top qcow2 /i/top\ndata-file raw /i/data\nro-base qcow2! /i/base\n");
	assert_string_equal(disk.named.s, "/i/top:base ");
	put_be64(top, 72, 0);
	graph_fails(&req,
		    "image '/i/top': its header names no data file, and <dataStore> '/i/data'");
	req.data_file = NULL;
	req.chain = &base;
	req.n_chain = 1;
	graph_fails(&req,
		    "image '/i/base': its header names no data file, and <dataStore> '/i/data'");
}

static void test_loops(void **state)
{
	auto_disk disk = {0};
	struct sv_image_request req = request(&disk, "qcow2");

	(void)state;
	add_qcow2(&disk, "/i/top", "top", "qcow2");
	graph_fails(&req, "image '/i/top': is needed twice by one disk, by itself and as '/i/top'");
	disk_done(&disk);
	add_qcow2(&disk, "/i/top", "a", "qcow2");
	add_qcow2(&disk, "/i/a", "../j/top", "qcow2");
	add_qcow2(&disk, "/j/top", "a", "qcow2");
	disk.files[2].ino = disk.files[0].ino;
	graph_fails(&req, "image '/j/top': is needed twice by one disk, also as '/i/top'");
}

static void test_depth(void **state)
{
	auto_disk disk = {0};
	struct sv_image_request req = request(&disk, "qcow2");
	sv_auto_image_graph struct sv_image_graph graph = {0};
	char path[32] = "/i/top", next[32];
	struct sv_error err = {0};
	unsigned i;

	(void)state;
	for (i = 1; i < SV_IMAGE_DEPTH_MAX; i++) {
		(void)snprintf(next, sizeof(next), "/i/%u", i);
		add_qcow2(&disk, path, next, "qcow2");
		memcpy(path, next, sizeof(path));
	}
	add_qcow2(&disk, path, NULL, NULL);
	assert_int_equal(sv_image_graph_build(&req, &graph, &err), 0);
	assert_int_equal(graph.n, SV_IMAGE_DEPTH_MAX);
	assert_int_equal(graph.nodes[63].overlay, 62);
	qcow2_backing(&disk.files[63].blob, "last");
	add_qcow2(&disk, "/i/last", NULL, NULL);
	graph_fails(&req, "a chain of more than 64 images");
}

static void test_json(void **state)
{
	auto_disk disk = {0};
	struct sv_image_request req = request(&disk, "qcow2");

	(void)state;
	add_qcow2(&disk, "/i/top",
		  "json:{\"driver\":\"qcow2\",\"file.filename\":\"/i/a\",\"backing\":{\"driver\":"
		  "\"raw\",\"file.filename\":\"/i/c\"}}",
		  NULL);
	add_qcow2(&disk, "/i/a", "b", "raw");
	add_text(&disk, "/i/c", "");
	graph_is(&req, "rw-top qcow2 /i/top\nro-base qcow2 /i/a\nro-base raw /i/c\n");
	qcow2_backing(&disk.files[0].blob,
		      "json:{\"driver\":\"qcow2\",\"file.filename\":\"/i/a\",\"backing\":null}");
	graph_is(&req, "rw-top qcow2 /i/top\nro-base qcow2 /i/a\n");
	qcow2_backing(&disk.files[0].blob, "nbd:localhost:1");
	graph_is(&req, "rw-top qcow2 /i/top\nro-base - nbd\n");
	disk_done(&disk);
	add_qcow2(&disk, "/i/top", "json:{\"driver\":\"qcow2\",\"file.filename\":\"/i/a\"}", "raw");
	add_qcow2(&disk, "/i/a", NULL, NULL);
	graph_fails(&req, "image '/i/top': its backing file is qcow2 and raw at once");
}

/* Names beyond the first read are requested, but not without end. */
static void test_far_names(void **state)
{
	auto_disk disk = {0};
	struct sv_image_request req = request(&disk, "qcow2");
	struct blob top = blob_qcow2(3), *blob;
	size_t at = 104, i;

	(void)state;
	blob = add(&disk, "/i/top", blob_new(200000));
	put(blob, 0, top.b, 512);
	blob_free(&top);
	add_text(&disk, "/i/far", "");
	put_be32(blob, 20, 18);
	put_be64(blob, 8, 150000);
	put_be32(blob, 16, 3);
	put(blob, 150000, "far", 3);
	qcow2_extension(blob, &at, EXT_FORMAT, "raw", 3);
	graph_is(&req, "rw-top qcow2 /i/top\nro-base raw /i/far\n");
	put_be32(blob, at, 0x1234);
	put_be32(blob, at + 4, 70000);
	graph_is(&req, "rw-top qcow2 /i/top\nro-base raw /i/far\n");
	at += 8 + 70000;
	for (i = 0; i < SV_IMAGE_PIECES_MAX; i++)
		qcow2_extension(blob, &at, 0x1234, "x", 1);
	graph_fails(&req, "image '/i/top': the header is spread over more than 16 places");
}

static void test_too_many(void **state)
{
	auto_disk disk = {0};
	struct sv_image_request req = request(&disk, "vmdk");
	unsigned i, k;

	(void)state;
	for (i = 0; i < 5; i++) {
		sv_auto_buf struct sv_buf buf = {0};
		char path[32];

		sv_buf_printf(&buf,
			      "# Disk DescriptorFile\nparentCID=1\nparentFileNameHint=\"%u\"\n",
			      i + 1);
		for (k = 0; k < SV_IMAGE_EXTENTS_MAX; k++)
			sv_buf_printf(&buf, "RW 1 FLAT \"nbd:%u\"\n", k);
		(void)snprintf(path, sizeof(path), "/i/%u", i);
		if (i == 0)
			(void)snprintf(path, sizeof(path), "/i/top");
		add_text(&disk, path, buf.s);
	}
	graph_fails(&req, "more than 1024 files behind one disk");
}

static void test_callback(void **state)
{
	auto_disk disk = {0};
	struct sv_image_request req = request(&disk, "qcow2");

	(void)state;
	add_qcow2(&disk, "/i/top", "gone", "raw");
	graph_fails(&req, "image '/i/top' needs another file: no such file");
	disk.changes = true;
	graph_fails(&req, "image '/i/top': has changed while it was read");
	req.path = "top";
	graph_fails(&req, "the image is not an absolute path");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_roles),
		cmocka_unit_test(test_data_file),
		cmocka_unit_test(test_extents),
		cmocka_unit_test(test_formats),
		cmocka_unit_test(test_written_by_guest),
		cmocka_unit_test(test_given),
		cmocka_unit_test(test_named),
		cmocka_unit_test(test_given_data),
		cmocka_unit_test(test_loops),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_callback),
		cmocka_unit_test(test_far_names),
		cmocka_unit_test(test_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
