/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Images made of bytes: see image-fixture.h. Knows the layouts, not the parsers. */
#include "image-fixture.h"

struct blob blob_new(size_t size)
{
	struct blob blob = {.b = calloc(1, size ? size : 1), .size = size};

	assert_non_null(blob.b);
	return blob;
}

void blob_free(struct blob *blob)
{
	free(blob->b);
	*blob = (struct blob){0};
}

void put(struct blob *blob, size_t at, const void *bytes, size_t len)
{
	assert_true(at + len <= blob->size);
	memcpy(blob->b + at, bytes, len);
}

static void put_int(struct blob *blob, size_t at, uint64_t n, size_t len, bool big_endian)
{
	size_t i;

	assert_true(at + len <= blob->size);
	for (i = 0; i < len; i++)
		blob->b[at + (big_endian ? len - 1 - i : i)] = (uint8_t)(n >> 8 * i);
}

void put_be32(struct blob *blob, size_t at, uint32_t n)
{
	put_int(blob, at, n, 4, true);
}

void put_be64(struct blob *blob, size_t at, uint64_t n)
{
	put_int(blob, at, n, 8, true);
}

void put_le16(struct blob *blob, size_t at, uint16_t n)
{
	put_int(blob, at, n, 2, false);
}

void put_le32(struct blob *blob, size_t at, uint32_t n)
{
	put_int(blob, at, n, 4, false);
}

void put_le64(struct blob *blob, size_t at, uint64_t n)
{
	put_int(blob, at, n, 8, false);
}

size_t put_utf16(struct blob *blob, size_t at, const char *text, bool big_endian)
{
	size_t i;

	for (i = 0; text[i]; i++)
		put_int(blob, at + 2 * i, (uint8_t)text[i], 2, big_endian);
	return 2 * i;
}

struct blob blob_qcow2(uint32_t version)
{
	struct blob blob = blob_new(65536);

	put(&blob, 0, "QFI\xfb", 4);
	put_be32(&blob, 4, version);
	put_be32(&blob, 20, 16); /* cluster bits */
	put_be64(&blob, 24, 1 << 20);
	if (version == 3) {
		put_be32(&blob, 96, 4);
		put_be32(&blob, 100, 104);
	}
	return blob;
}

void qcow2_backing(struct blob *blob, const char *name)
{
	put_be64(blob, 8, 1024);
	put_be32(blob, 16, (uint32_t)strlen(name));
	put(blob, 1024, name, strlen(name));
}

void qcow2_extension(struct blob *blob, size_t *at, uint32_t type, const void *data, size_t len)
{
	put_be32(blob, *at, type);
	put_be32(blob, *at + 4, (uint32_t)len);
	put(blob, *at + 8, data, len);
	*at += 8 + (len + 7) / 8 * 8;
}

/* A reader with exactly the requested pieces: each is a copy with exact bounds. */
static int parse_bit_by_bit(enum sv_image_format format, const struct blob *blob,
			    struct sv_image_header *ret, unsigned *rounds, struct sv_error *err)
{
	struct sv_image_piece pieces[64] = {0};
	struct blob copies[64] = {0};
	struct sv_image_bytes in = {pieces, 0, blob->size};
	struct sv_image_span more;
	size_t i;
	int r;

	while ((r = sv_image_parse(format, &in, ret, &more, err)) == SV_MORE) {
		assert_true(in.n < SV_N_ELEMENTS(pieces));
		assert_true(more.len > 0 && more.len <= SV_IMAGE_MORE_MAX);
		assert_true(more.offset + more.len <= blob->size);
		copies[in.n] = blob_new(more.len);
		put(&copies[in.n], 0, blob->b + more.offset, more.len);
		pieces[in.n] = (struct sv_image_piece){more.offset, copies[in.n].b, more.len};
		in.n++;
	}
	*rounds = (unsigned)in.n;
	for (i = 0; i < in.n; i++)
		blob_free(&copies[i]);
	return r;
}

void parses(enum sv_image_format format, const struct blob *blob, struct sv_image_header *ret,
	    unsigned *rounds)
{
	sv_auto_image_header struct sv_image_header first = {0};
	const struct sv_image_piece whole = {0, blob->b, blob->size};
	const struct sv_image_bytes in = {&whole, 1, blob->size};
	struct sv_image_span more;
	struct sv_error err = {0};
	unsigned n;

	if (sv_image_parse(format, &in, &first, &more, &err) != 0)
		fail_msg("%s", err.msg);
	if (parse_bit_by_bit(format, blob, ret, &n, &err) != 0)
		fail_msg("%s", err.msg);
	assert_int_equal(first.format, format);
	assert_int_equal(!first.backing, !ret->backing);
	if (first.backing)
		assert_string_equal(first.backing->text, ret->backing->text);
	assert_int_equal(first.n_extents, ret->n_extents);
	if (rounds)
		*rounds = n;
}

void refuses(enum sv_image_format format, const struct blob *blob, const char *msg)
{
	struct sv_image_header header = {.version = 77};
	const struct sv_image_piece whole = {0, blob->b, blob->size};
	const struct sv_image_bytes in = {&whole, 1, blob->size};
	struct sv_image_span more;
	struct sv_error err = {0}, again = {0};
	unsigned n;

	assert_int_equal(sv_image_parse(format, &in, &header, &more, &err), -SV_E_USAGE);
	assert_string_equal(err.msg, msg);
	assert_int_equal(header.version, 77);
	assert_int_equal(parse_bit_by_bit(format, blob, &header, &n, &again), -SV_E_USAGE);
	assert_string_equal(again.msg, msg);
}
