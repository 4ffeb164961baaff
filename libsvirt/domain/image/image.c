/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Formats by name and by magic, and the access to those parts of a file that have been read. Knows
 * no format's fields.
 */
#include "domain/image/image.h"

#include "base/string.h"
#include "domain/image/parts.h"

#include <stdarg.h>

static const char *const format_names[] = {
	[SV_IMAGE_RAW] = "raw",	  [SV_IMAGE_QCOW2] = "qcow2", [SV_IMAGE_QED] = "qed",
	[SV_IMAGE_VMDK] = "vmdk", [SV_IMAGE_VPC] = "vpc",     [SV_IMAGE_VHDX] = "vhdx",
	[SV_IMAGE_VDI] = "vdi",
};

struct magic {
	const char *bytes;
	size_t len, at;
	enum sv_image_format format;
};

static const struct magic magics[] = {
	{"QFI\xfb", 4, 0, SV_IMAGE_QCOW2},
	{"QED\0", 4, 0, SV_IMAGE_QED},
	{"KDMV", 4, 0, SV_IMAGE_VMDK},
	{"COWD", 4, 0, SV_IMAGE_VMDK},
	{SV_VMDK_DESCRIPTOR_LINE, sizeof(SV_VMDK_DESCRIPTOR_LINE) - 1, 0, SV_IMAGE_VMDK},
	{"conectix", 8, 0, SV_IMAGE_VPC},
	{"vhdxfile", 8, 0, SV_IMAGE_VHDX},
	{SV_VDI_MAGIC, sizeof(SV_VDI_MAGIC) - 1, SV_VDI_MAGIC_AT, SV_IMAGE_VDI},
};

const char *sv_image_format_name(enum sv_image_format format)
{
	return format_names[format];
}

int sv_image_format_parse(const char *word, enum sv_image_format *ret)
{
	size_t i;

	for (i = 0; i < SV_N_ELEMENTS(format_names); i++) {
		if (sv_streq(word, format_names[i])) {
			*ret = (enum sv_image_format)i;
			return 0;
		}
	}
	return SV_NONE;
}

int sv_image_probe(const void *bytes, size_t len, enum sv_image_format *ret)
{
	size_t i;

	for (i = 0; i < SV_N_ELEMENTS(magics); i++) {
		const struct magic *magic = &magics[i];

		if (len >= magic->at + magic->len &&
		    memcmp((const char *)bytes + magic->at, magic->bytes, magic->len) == 0) {
			*ret = magic->format;
			return 0;
		}
	}
	return SV_NONE;
}

int sv_image_fail(const struct sv_image_parser *p, struct sv_error *err, const char *fmt, ...)
{
	char text[384];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return sv_fail(err, SV_E_USAGE, 0, "%s: %s", format_names[p->h.format], text);
}

int sv_image_need(struct sv_image_parser *p, uint64_t offset, uint64_t len, const char *what,
		  const uint8_t **ret, struct sv_error *err)
{
	const struct sv_image_bytes *in = p->in;
	size_t i;

	if (offset > in->size || len > in->size - offset)
		return sv_image_fail(p, err,
				     "the file ends at byte %llu, the %s at %llu needs %llu bytes",
				     (unsigned long long)in->size, what, (unsigned long long)offset,
				     (unsigned long long)len);
	if (len == 0) {
		*ret = (const uint8_t *)"";
		return 0;
	}
	for (i = 0; i < in->n; i++) {
		const struct sv_image_piece *piece = &in->pieces[i];

		if (offset >= piece->offset && offset - piece->offset <= piece->len &&
		    len <= piece->len - (offset - piece->offset)) {
			*ret = piece->bytes + (offset - piece->offset);
			return 0;
		}
	}
	if (len > SV_IMAGE_MORE_MAX)
		return sv_image_fail(p, err, "%s of %llu bytes, at most %d", what,
				     (unsigned long long)len, SV_IMAGE_MORE_MAX);
	p->more = (struct sv_image_span){.offset = offset, .len = (size_t)len};
	return SV_MORE;
}

static int parse_format(struct sv_image_parser *p, struct sv_error *err)
{
	switch (p->h.format) {
	case SV_IMAGE_RAW:
		return 0;
	case SV_IMAGE_QCOW2:
		return sv_image_qcow2_parse(p, err);
	case SV_IMAGE_QED:
		return sv_image_qed_parse(p, err);
	case SV_IMAGE_VMDK:
		return sv_image_vmdk_parse(p, err);
	case SV_IMAGE_VPC:
		return sv_image_vpc_parse(p, err);
	case SV_IMAGE_VHDX:
		return sv_image_vhdx_parse(p, err);
	case SV_IMAGE_VDI:
		return sv_image_vdi_parse(p, err);
	}
	return 0;
}

int sv_image_parse(enum sv_image_format format, const struct sv_image_bytes *in,
		   struct sv_image_header *ret, struct sv_image_span *more, struct sv_error *err)
{
	struct sv_image_parser p = {.in = in, .h.format = format};
	int r = parse_format(&p, err);

	if (r == 0) {
		*ret = p.h;
		return 0;
	}
	sv_image_header_done(&p.h);
	if (r == SV_MORE)
		*more = p.more;
	return r;
}

void sv_image_header_done(struct sv_image_header *header)
{
	size_t i;

	for (i = 0; i < header->n_extents; i++)
		sv_image_ref_free(&header->extents[i].ref);
	free(header->extents);
	sv_image_ref_free(&header->backing);
	sv_image_ref_free(&header->data_file);
	free(header->backing_format);
	*header = (struct sv_image_header){.format = SV_IMAGE_RAW};
}
