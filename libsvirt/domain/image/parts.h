/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the parsers of the image formats share: integers, access to the pieces of a file, names.
 * Only the files image*.c include it.
 */
#pragma once

#include "domain/image/image.h"

struct sv_image_parser {
	const struct sv_image_bytes *in;
	struct sv_image_header h; /* built here, handed over by sv_image_parse() */
	struct sv_image_span more;
};

static inline uint32_t sv_be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline uint64_t sv_be64(const uint8_t *p)
{
	return (uint64_t)sv_be32(p) << 32 | sv_be32(p + 4);
}

static inline uint16_t sv_le16(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static inline uint32_t sv_le32(const uint8_t *p)
{
	return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

static inline uint64_t sv_le64(const uint8_t *p)
{
	return (uint64_t)sv_le32(p + 4) << 32 | sv_le32(p);
}

/* image.c */

/* *ret: len bytes of the file at offset, borrowed from the pieces. SV_MORE: p->more has to be read
 * first. It is an error when the file ends before; what names the part ("header"). */
int sv_image_need(struct sv_image_parser *p, uint64_t offset, uint64_t len, const char *what,
		  const uint8_t **ret, struct sv_error *err) sv_must_check;

/* sv_fail(SV_E_USAGE) with the name of the format before the message. */
int sv_image_fail(const struct sv_image_parser *p, struct sv_error *err, const char *fmt, ...)
	sv_printf(3, 4);

/* name.c */

/* Converts UTF-16 (len bytes) to a string that the caller owns. It ends at the first NUL, which may
 * be missing. Half a surrogate pair is an error of what. Backslashes become slashes, because these
 * names are Windows paths. */
int sv_image_utf16(const char *what, const uint8_t *bytes, size_t len, bool big_endian, char **ret,
		   struct sv_error *err) sv_must_check;

/* The parent that a Windows format names. It has to be a path relative to the image, and has the
 * image's format. */
int sv_image_parent(struct sv_image_parser *p, const char *name,
		    struct sv_error *err) sv_must_check;

/* json.c */

/* The object behind "json:", see sv_image_ref_parse(). */
int sv_image_json_parse(const char *what, const char *text, struct sv_image_ref *ret,
			struct sv_error *err) sv_must_check;

/* one file for each format: qcow2.c, qed.c, vmdk.c, vpc.c, vhdx.c, vdi.c */

/* 0, SV_MORE or an error; p->h is the caller's in every case. */
int sv_image_qcow2_parse(struct sv_image_parser *p, struct sv_error *err) sv_must_check;
int sv_image_qed_parse(struct sv_image_parser *p, struct sv_error *err) sv_must_check;
int sv_image_vmdk_parse(struct sv_image_parser *p, struct sv_error *err) sv_must_check;
int sv_image_vpc_parse(struct sv_image_parser *p, struct sv_error *err) sv_must_check;
int sv_image_vhdx_parse(struct sv_image_parser *p, struct sv_error *err) sv_must_check;
int sv_image_vdi_parse(struct sv_image_parser *p, struct sv_error *err) sv_must_check;

#define SV_VDI_MAGIC_AT		64 /* a text comes first */
#define SV_VDI_MAGIC		"\x7f\x10\xda\xbe"
#define SV_VMDK_DESCRIPTOR_LINE "# Disk DescriptorFile"
