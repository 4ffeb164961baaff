/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The header of a qcow2 image, versions 2 and 3 (QEMU, docs/interop/qcow2.txt): big-endian fields,
 * then extensions, then the backing file's name, all of it in the first cluster. A file whose
 * features this reader does not know is not guessed at.
 */
#include "base/string.h"
#include "domain/image/parts.h"

/* byte offsets of the fields */
enum {
	FORMAT_VERSION = 4,
	BACKING_OFFSET = 8,
	BACKING_SIZE = 16,
	CLUSTER_BITS = 20,
	CRYPT_METHOD = 32,
	V2_LENGTH = 72,
	INCOMPATIBLE = 72,
	AUTOCLEAR = 88,
	REFCOUNT_ORDER = 96,
	HEADER_LENGTH = 100,
	V3_LENGTH = 104,
	COMPRESSION = 104,
};

enum { CLUSTER_BITS_MIN = 9, CLUSTER_BITS_MAX = 21 /* QEMU's limit, as the text says */ };
enum { CRYPT_NONE, CRYPT_AES, CRYPT_LUKS };
enum { FEATURE_ENTRY = 48, FEATURE_NAME = 46 };
enum { EXT_HEADER = 8, BITMAPS_LENGTH = 24, LUKS_LENGTH = 16, FORMAT_MAX = 15 };

#define I_CORRUPT     (UINT64_C(1) << 1)
#define I_DATA_FILE   (UINT64_C(1) << 2)
#define I_COMPRESSION (UINT64_C(1) << 3)
#define I_KNOWN	      UINT64_C(0x1f)
#define A_BITMAPS     (UINT64_C(1) << 0)
#define A_RAW_DATA    (UINT64_C(1) << 1)

#define EXT_END	     0x00000000u
#define EXT_FORMAT   0xe2792acau
#define EXT_FEATURES 0x6803f857u
#define EXT_BITMAPS  0x23852875u
#define EXT_LUKS     0x0537be77u
#define EXT_DATA     0x44415441u

struct fields {
	uint64_t backing_offset, cluster, incompatible, autoclear;
	uint32_t backing_size, crypt, header_length;
	const uint8_t *feature_names; /* borrowed */
	size_t n_feature_names;
	unsigned seen; /* bit per row of extensions[] */
};

struct extension {
	uint32_t type;
	const char *name;
	int (*take)(struct sv_image_parser *p, struct fields *f, const uint8_t *data, uint32_t len,
		    struct sv_error *err);
};

static int take_format(struct sv_image_parser *p, struct fields *f, const uint8_t *data,
		       uint32_t len, struct sv_error *err)
{
	(void)f;
	if (len == 0 || len > FORMAT_MAX || memchr(data, '\0', len))
		return sv_image_fail(
			p, err, "backing file format name of %u bytes, not 1 to %d without NUL",
			len, FORMAT_MAX);
	p->h.backing_format = strndup((const char *)data, len);
	return p->h.backing_format ? 0 : sv_fail_oom(err);
}

static int take_features(struct sv_image_parser *p, struct fields *f, const uint8_t *data,
			 uint32_t len, struct sv_error *err)
{
	if (len % FEATURE_ENTRY)
		return sv_image_fail(p, err, "feature name table of %u bytes, not a multiple of %d",
				     len, FEATURE_ENTRY);
	f->feature_names = data;
	f->n_feature_names = len / FEATURE_ENTRY;
	return 0;
}

static int take_bitmaps(struct sv_image_parser *p, struct fields *f, const uint8_t *data,
			uint32_t len, struct sv_error *err)
{
	if (len != BITMAPS_LENGTH)
		return sv_image_fail(p, err, "bitmaps extension of %u bytes, not %d", len,
				     BITMAPS_LENGTH);
	if (sv_be32(data) == 0 || sv_be32(data + 4) != 0)
		return sv_image_fail(p, err, "bitmaps extension with %u bitmaps, reserved field %u",
				     sv_be32(data), sv_be32(data + 4));
	if (sv_be64(data + 16) % f->cluster)
		return sv_image_fail(p, err, "bitmap directory at byte %llu, not on a cluster",
				     (unsigned long long)sv_be64(data + 16));
	return 0;
}

static int take_luks(struct sv_image_parser *p, struct fields *f, const uint8_t *data, uint32_t len,
		     struct sv_error *err)
{
	if (len != LUKS_LENGTH)
		return sv_image_fail(p, err, "encryption header pointer of %u bytes, not %d", len,
				     LUKS_LENGTH);
	if (f->crypt != CRYPT_LUKS)
		return sv_image_fail(p, err, "encryption header pointer with encryption method %u",
				     f->crypt);
	if (sv_be64(data) == 0 || sv_be64(data) % f->cluster)
		return sv_image_fail(p, err, "encryption header at byte %llu, not on a cluster",
				     (unsigned long long)sv_be64(data));
	return 0;
}

static int take_data_file(struct sv_image_parser *p, struct fields *f, const uint8_t *data,
			  uint32_t len, struct sv_error *err)
{
	char shown[192];
	int r;

	/* "may be present if this bit is set": nobody opens the file otherwise */
	if (!(f->incompatible & I_DATA_FILE))
		return sv_image_fail(p, err, "names a data file without the feature bit for one");
	r = sv_image_ref_parse("qcow2: data file name", data, len, SV_IMAGE_NAME_MAX,
			       &p->h.data_file, err);
	if (r < 0 || !p->h.data_file->path || p->h.data_file->path[0] == '/')
		return r;
	/* unlike a backing file's: which file is meant depends on who opens the image */
	(void)sv_image_fail(p, err,
			    "data file name '%s' is relative, QEMU takes it from where it runs",
			    sv_escape(p->h.data_file->path, shown, sizeof(shown)));
	return sv_hint(err, "qemu-img amend -o data_file=/THE/ABSOLUTE/PATH IMAGE");
}

static const struct extension extensions[] = {
	{EXT_FORMAT, "backing file format", take_format},
	{EXT_FEATURES, "feature name table", take_features},
	{EXT_BITMAPS, "bitmaps", take_bitmaps},
	{EXT_LUKS, "encryption header pointer", take_luks},
	{EXT_DATA, "data file name", take_data_file},
};
enum { SEEN_BITMAPS = 1u << 2, SEEN_LUKS = 1u << 3 };

static int take_extension(struct sv_image_parser *p, struct fields *f, uint32_t type,
			  struct sv_image_span at, struct sv_error *err)
{
	const uint8_t *data;
	size_t i;
	int r;

	for (i = 0; i < SV_N_ELEMENTS(extensions); i++) {
		if (type != extensions[i].type)
			continue;
		if (f->seen & 1u << i)
			return sv_image_fail(p, err, "a second header extension '%s'",
					     extensions[i].name);
		f->seen |= 1u << i;
		r = sv_image_need(p, at.offset, at.len, extensions[i].name, &data, err);
		return r != 0 ? r : extensions[i].take(p, f, data, (uint32_t)at.len, err);
	}
	return 0; /* unknown ones "can be safely ignored" */
}

/* The area ends with its marker, where the backing file's name begins, or with the cluster. */
static int walk_extensions(struct sv_image_parser *p, struct fields *f, struct sv_error *err)
{
	uint64_t end = f->backing_offset ? f->backing_offset : f->cluster;
	uint64_t at = f->header_length;
	const uint8_t *head;
	uint32_t type, len;
	int r;

	while (at < end && end - at >= EXT_HEADER) {
		r = sv_image_need(p, at, EXT_HEADER, "header extension", &head, err);
		if (r != 0)
			return r;
		type = sv_be32(head);
		len = sv_be32(head + 4);
		at += EXT_HEADER;
		if (type == EXT_END)
			return 0;
		if (len > end - at)
			return sv_image_fail(p, err,
					     "header extension 0x%08x of %u bytes, %llu are left",
					     type, len, (unsigned long long)(end - at));
		r = take_extension(p, f, type, (struct sv_image_span){at, len}, err);
		if (r != 0)
			return r;
		at += ((uint64_t)len + 7) / 8 * 8;
	}
	return 0;
}

static int check_features(const struct sv_image_parser *p, const struct fields *f,
			  struct sv_error *err)
{
	uint64_t unknown = f->incompatible & ~I_KNOWN;
	char name[FEATURE_NAME + 1] = "", shown[192];
	unsigned bit;
	size_t i;

	if (!unknown)
		return 0;
	bit = (unsigned)__builtin_ctzll(unknown);
	for (i = 0; i < f->n_feature_names; i++) {
		const uint8_t *entry = f->feature_names + i * FEATURE_ENTRY;

		if (entry[0] == 0 && entry[1] == bit)
			memcpy(name, entry + 2, FEATURE_NAME);
	}
	if (name[0])
		return sv_image_fail(p, err, "unknown incompatible feature bit %u, '%s'", bit,
				     sv_escape(name, shown, sizeof(shown)));
	return sv_image_fail(p, err, "unknown incompatible feature bit %u", bit);
}

static int check_whole(const struct sv_image_parser *p, const struct fields *f,
		       struct sv_error *err)
{
	int r = check_features(p, f, err);

	if (r < 0)
		return r;
	if (f->crypt == CRYPT_LUKS && !(f->seen & SEEN_LUKS))
		return sv_image_fail(p, err,
				     "LUKS encryption without an encryption header pointer");
	if ((f->autoclear & A_BITMAPS) && !(f->seen & SEEN_BITMAPS))
		return sv_image_fail(p, err, "feature bit for bitmaps without the extension");
	if (!(f->autoclear & A_RAW_DATA))
		return 0;
	if (!(f->incompatible & I_DATA_FILE))
		return sv_image_fail(p, err, "raw external data without the bit for a data file");
	if (f->backing_offset)
		return sv_image_fail(p, err, "raw external data together with a backing file");
	return 0;
}

static int read_v3(struct sv_image_parser *p, struct fields *f, struct sv_error *err)
{
	const uint8_t *h;
	bool compressed;
	int r = sv_image_need(p, 0, V3_LENGTH, "header", &h, err);

	if (r != 0)
		return r;
	f->incompatible = sv_be64(h + INCOMPATIBLE);
	f->autoclear = sv_be64(h + AUTOCLEAR);
	f->header_length = sv_be32(h + HEADER_LENGTH);
	if (f->header_length < V3_LENGTH || f->header_length % 8 || f->header_length > f->cluster)
		return sv_image_fail(
			p, err,
			"header length %u, not a multiple of 8 from %d to the cluster's %llu",
			f->header_length, V3_LENGTH, (unsigned long long)f->cluster);
	if (sv_be32(h + REFCOUNT_ORDER) > 6)
		return sv_image_fail(p, err, "refcount order %u, at most 6",
				     sv_be32(h + REFCOUNT_ORDER));
	p->h.corrupt = f->incompatible & I_CORRUPT;
	p->h.has_data_file = f->incompatible & I_DATA_FILE;
	compressed = false;
	if (f->header_length > COMPRESSION) {
		r = sv_image_need(p, COMPRESSION, 1, "compression type", &h, err);
		if (r != 0)
			return r;
		compressed = h[0] != 0;
	}
	if (compressed != ((f->incompatible & I_COMPRESSION) != 0))
		return sv_image_fail(p, err, "compression type and its feature bit contradict");
	return 0;
}

static int read_fields(struct sv_image_parser *p, struct fields *f, struct sv_error *err)
{
	const uint8_t *h;
	uint32_t bits;
	int r = sv_image_need(p, 0, V2_LENGTH, "header", &h, err);

	if (r != 0)
		return r;
	if (memcmp(h, "QFI\xfb", 4) != 0)
		return sv_image_fail(p, err, "no qcow2 magic at the beginning");
	p->h.version = sv_be32(h + FORMAT_VERSION);
	if (p->h.version != 2 && p->h.version != 3)
		return sv_image_fail(p, err, "version %u, only 2 and 3 are known", p->h.version);
	bits = sv_be32(h + CLUSTER_BITS);
	if (bits < CLUSTER_BITS_MIN || bits > CLUSTER_BITS_MAX)
		return sv_image_fail(p, err, "%u cluster bits, not %d to %d", bits,
				     CLUSTER_BITS_MIN, CLUSTER_BITS_MAX);
	*f = (struct fields){.backing_offset = sv_be64(h + BACKING_OFFSET),
			     .backing_size = sv_be32(h + BACKING_SIZE),
			     .cluster = UINT64_C(1) << bits,
			     .crypt = sv_be32(h + CRYPT_METHOD),
			     .header_length = V2_LENGTH};
	if (f->crypt > CRYPT_LUKS)
		return sv_image_fail(p, err, "unknown encryption method %u", f->crypt);
	p->h.encrypted = f->crypt != CRYPT_NONE;
	return p->h.version == 3 ? read_v3(p, f, err) : 0;
}

static int read_backing(struct sv_image_parser *p, const struct fields *f, struct sv_error *err)
{
	const uint8_t *name;
	int r;

	if (!f->backing_offset)
		return 0; /* the size is undefined then */
	if (f->backing_size > SV_IMAGE_NAME_MAX)
		return sv_image_fail(p, err, "backing file name of %u bytes, at most %d",
				     f->backing_size, SV_IMAGE_NAME_MAX);
	if (f->backing_offset < f->header_length || f->backing_offset > f->cluster ||
	    f->backing_size > f->cluster - f->backing_offset)
		return sv_image_fail(
			p, err,
			"backing file name at byte %llu with %u bytes, not between the "
			"fields and the end of the first cluster at %llu",
			(unsigned long long)f->backing_offset, f->backing_size,
			(unsigned long long)f->cluster);
	r = sv_image_need(p, f->backing_offset, f->backing_size, "backing file name", &name, err);
	if (r != 0)
		return r;
	return sv_image_ref_parse("qcow2: backing file name", name, f->backing_size,
				  SV_IMAGE_NAME_MAX, &p->h.backing, err);
}

int sv_image_qcow2_parse(struct sv_image_parser *p, struct sv_error *err)
{
	struct fields f = {0};
	int r = read_fields(p, &f, err);

	if (r == 0)
		r = read_backing(p, &f, err);
	if (r == 0)
		r = walk_extensions(p, &f, err);
	return r != 0 ? r : check_whole(p, &f, err);
}
