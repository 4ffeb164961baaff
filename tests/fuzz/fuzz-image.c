/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The image headers on arbitrary bytes. The first byte chooses the format, the rest is the file (of
 * vhdx: its interesting parts). The parser gets the pieces that it requests, each in memory of its
 * own size. The same bytes are also a name. At last every file of a whole graph has these bytes.
 */
#include "fuzz.h"

#include "base/string.h"
#include "domain/image/graph.h"

enum { VHDX_REGIONS = 192 * 1024, VHDX_METADATA = 1024 * 1024, VHDX_SIZE = 1280 * 1024 };

struct file {
	const uint8_t *bytes;
	size_t size;
};

static void check_error(int r, const struct sv_error *err)
{
	require(r == -SV_E_USAGE && err->code == SV_E_USAGE && err->msg[0]);
}

static void check_ref(const struct sv_image_ref *ref)
{
	const char *c;

	if (!ref)
		return;
	require((ref->where == SV_IMAGE_LOCAL) == (ref->path != NULL));
	require((ref->where == SV_IMAGE_LOCAL) == (ref->scheme == NULL));
	for (c = ref->path ? ref->path : ""; *c; c++)
		require((unsigned char)*c >= 0x20 && *c != 0x7f);
	require(!ref->path || ref->path[0]);
	check_ref(ref->backing);
	check_ref(ref->data_file);
}

static void check_header(const struct sv_image_header *header)
{
	size_t i;

	check_ref(header->backing);
	check_ref(header->data_file);
	require(header->has_data_file || !header->data_file);
	require(header->n_extents <= SV_IMAGE_EXTENTS_MAX);
	for (i = 0; i < header->n_extents; i++) {
		require(header->extents[i].ref);
		check_ref(header->extents[i].ref);
	}
}

static void try_parse(enum sv_image_format format, const struct file *file)
{
	struct sv_image_piece pieces[SV_IMAGE_PIECES_MAX];
	uint8_t *copies[SV_IMAGE_PIECES_MAX];
	struct sv_image_bytes in = {pieces, 0, file->size};
	sv_auto_image_header struct sv_image_header header = {0};
	struct sv_error err = {0};
	struct sv_image_span more;
	size_t i;
	int r = SV_MORE;

	while (in.n < SV_IMAGE_PIECES_MAX &&
	       (r = sv_image_parse(format, &in, &header, &more, &err)) == SV_MORE) {
		require(more.len <= SV_IMAGE_MORE_MAX && more.offset <= file->size);
		require(more.len <= file->size - more.offset);
		copies[in.n] = malloc(more.len ? more.len : 1);
		require(copies[in.n]);
		memcpy(copies[in.n], file->bytes + more.offset, more.len);
		pieces[in.n] = (struct sv_image_piece){more.offset, copies[in.n], more.len};
		in.n++;
	}
	if (r < 0)
		check_error(r, &err);
	else if (r == 0)
		check_header(&header);
	for (i = 0; i < in.n; i++)
		free(copies[i]);
}

static void try_name(const uint8_t *data, size_t size)
{
	sv_auto_image_ref struct sv_image_ref *ref = NULL;
	struct sv_error err = {0};
	int r = sv_image_ref_parse("name", data, size, SV_IMAGE_PATH_MAX, &ref, &err);

	if (r < 0)
		check_error(r, &err);
	else
		check_ref(ref);
}

static int read_header(void *data, const char *path, struct sv_image_read *req,
		       struct sv_error *err)
{
	struct file *file = data;

	(void)err;
	require(path[0] == '/');
	req->size = file->size;
	/* all differ, so that only limits end the walk */
	req->dev = 1;
	req->ino = 0;
	for (; *path; path++)
		req->ino = req->ino * 31 + (unsigned char)*path;
	if (req->offset < file->size && req->room) {
		req->len = file->size - (size_t)req->offset;
		req->len = req->len < req->room ? req->len : req->room;
		memcpy(req->buf, file->bytes + req->offset, req->len);
	}
	return 0;
}

static void try_graph(enum sv_image_format format, struct file *file, bool readonly)
{
	const struct sv_image_request req = {.path = "/images/top",
					     .format = sv_image_format_name(format),
					     .readonly = readonly,
					     .read = read_header,
					     .data = file};
	sv_auto_image_graph struct sv_image_graph graph = {0};
	struct sv_error err = {0};
	size_t i;
	int r = sv_image_graph_build(&req, &graph, &err);

	if (r < 0) {
		check_error(r, &err);
		require(!graph.nodes);
		return;
	}
	require(graph.n >= 1 && graph.n <= SV_IMAGE_NODES_MAX);
	for (i = 0; i < graph.n; i++) {
		require(i == 0 ? graph.nodes[i].overlay == SV_IMAGE_NO_OVERLAY
			       : graph.nodes[i].overlay < i);
		require(!graph.nodes[i].path || graph.nodes[i].path[0] == '/');
	}
}

static size_t place(uint8_t *to, size_t room, const uint8_t **data, size_t size)
{
	size_t n = size < room ? size : room;

	memcpy(to, *data, n);
	*data += n;
	return size - n;
}

/* A vhdx file is mostly empty: the bytes go to the places that the reader looks at, and the
 * checksum fits. */
static uint8_t *spread(const uint8_t *data, size_t size)
{
	uint8_t *file = calloc(1, VHDX_SIZE), *table;
	uint32_t crc = UINT32_MAX;
	size_t i, bit;

	require(file);
	table = file + VHDX_REGIONS;
	memcpy(file, "vhdxfile", 8);
	size = place(table, 128, &data, size);
	memset(table + 4, 0, 4);
	for (i = 0; i < 65536; i++) {
		crc ^= table[i];
		for (bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc % 2 ? 0x82f63b78 : 0);
	}
	for (i = 0; i < 4; i++)
		table[4 + i] = (uint8_t)(~crc >> 8 * i);
	size = place(file + VHDX_METADATA, 256, &data, size);
	(void)place(file + VHDX_METADATA + 65536, VHDX_SIZE - VHDX_METADATA - 65536, &data, size);
	return file;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct file file = {.bytes = data + 1, .size = size - 1};
	sv_auto_free uint8_t *vhdx = NULL;
	enum sv_image_format format;

	if (size == 0)
		return 0;
	format = (enum sv_image_format)(data[0] % (SV_IMAGE_VDI + 1));
	try_name(file.bytes, file.size);
	if (format == SV_IMAGE_VHDX) {
		vhdx = spread(file.bytes, file.size);
		file = (struct file){.bytes = vhdx, .size = VHDX_SIZE};
	}
	try_parse(format, &file);
	try_graph(format, &file, data[0] & 0x80);
	return 0;
}
