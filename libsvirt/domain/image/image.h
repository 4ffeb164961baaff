/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the header of a disk image says about other files: the backing file, the external data
 * file, the extents. Pure: bytes in, a struct out, no file is opened here. Untrusted input: an
 * image may come from anywhere, and a guest writes into it. Sources of the rules:
 *
 *   qcow2  QEMU, docs/interop/qcow2.txt         qed   QEMU, docs/interop/qed_spec.txt
 *   vmdk   VMware, Virtual Disk Format 5.0      vpc   Microsoft, Virtual Hard Disk Image Format 1.0
 *   vhdx   Microsoft, [MS-VHDX]                 vdi   VirtualBox, Virtual Disk Image 1.1
 *   names  QEMU, manual of qemu-img and blockdev
 *
 * A header that breaks a "must" of its specification is an error, even when a lenient reader could
 * read it. The VMM is another reader, and a header that two readers understand differently is an
 * attack.
 */
#pragma once

#include "base/error.h"

#include <stdint.h>

#define SV_IMAGE_FIRST	    65536  /* bytes that the caller reads first */
#define SV_IMAGE_MORE_MAX   131072 /* the most that a parser asks for at once */
#define SV_IMAGE_PIECES_MAX 16	   /* pieces of one file; an image that needs more is refused */
#define SV_IMAGE_NAME_MAX   1023   /* qcow2.txt, backing_file_size; taken for qed as well */
#define SV_IMAGE_PATH_MAX   4095   /* all other names, and every resolved path: PATH_MAX */
#define SV_IMAGE_DESCRIPTOR_MAX \
	131072			    /* text of a vmdk descriptor; ours, the format has no limit */
#define SV_IMAGE_EXTENTS_MAX	256 /* extents of one vmdk descriptor; ours */
#define SV_IMAGE_JSON_DEPTH_MAX 16  /* images nested in one json: name; ours */

enum sv_image_format {
	SV_IMAGE_RAW,
	SV_IMAGE_QCOW2,
	SV_IMAGE_QED,
	SV_IMAGE_VMDK,
	SV_IMAGE_VPC,
	SV_IMAGE_VHDX,
	SV_IMAGE_VDI,
};

/* "raw", "qcow2", "qed", "vmdk", "vpc", "vhdx", "vdi": the words of QEMU and of <driver type=>. */
const char *sv_image_format_name(enum sv_image_format format);
/* SV_NONE when the word is not one of them. */
int sv_image_format_parse(const char *word, enum sv_image_format *ret) sv_must_check;

enum sv_image_where {
	SV_IMAGE_LOCAL,	   /* a path */
	SV_IMAGE_PROTOCOL, /* "nbd:...", "fat:...", "http://...": scheme is the VMM's name for it */
	SV_IMAGE_NETWORK,  /* a json: object whose driver (scheme) is not that of a local file */
};

/* How an image names another one. */
struct sv_image_ref {
	enum sv_image_where where;
	char *text;   /* the name in the header; NULL for one inside of a json: name */
	char *path;   /* local: absolute, or relative to the directory of the image; else NULL */
	char *scheme; /* not local: "nbd", "http"; else NULL */
	char *format; /* json: only, the driver above the file; NULL when not given */
	bool backing_end; /* json: "backing" is null, whatever the header of that image says */
	struct sv_image_ref *backing;	/* json: "backing" given inline, or NULL */
	struct sv_image_ref *data_file; /* json: "data-file" given inline, or NULL */
};

void sv_image_ref_free(struct sv_image_ref **ref);
#define sv_auto_image_ref sv_cleanup(sv_image_ref_free)

/* Parses a name. what begins the messages ("qcow2: backing file name"). A name that is empty,
 * longer than max, or has a control character (such as NUL) is an error. A colon before the first
 * slash makes it a protocol (QEMU's "protocol:..."), but "file:" with an absolute path is that
 * path. "json:{...}" is parsed. Relative names inside of json: and after file: are errors, because
 * QEMU takes them from the directory in which it runs. */
int sv_image_ref_parse(const char *what, const void *name, size_t len, size_t max,
		       struct sv_image_ref **ret, struct sv_error *err) sv_must_check;

/* The path that name means in an image: absolute names stay, relative ones begin in the directory
 * of image (an absolute path). ".." is removed together with the component before it. That is safe,
 * because the result is opened without following links and the VMM gets the same path. The caller
 * owns *ret. */
int sv_image_resolve(const char *image, const char *name, char **ret,
		     struct sv_error *err) sv_must_check;

/* Parts of a file that have been read. */
struct sv_image_piece {
	uint64_t offset;
	const uint8_t *bytes;
	size_t len;
};

struct sv_image_bytes {
	const struct sv_image_piece *pieces; /* the first one begins at offset 0 */
	size_t n;
	uint64_t size; /* of the whole file or device */
};

/* The bytes that a parser needs before it can go on; within the file's size. */
struct sv_image_span {
	uint64_t offset;
	size_t len;
};

/* One line of a vmdk descriptor that names a file. */
struct sv_image_extent {
	struct sv_image_ref *ref;
	bool writable; /* RW; RDONLY and NOACCESS are not */
	bool flat;     /* raw bytes: FLAT, VMFS and the raw device mappings */
};

struct sv_image_header {
	enum sv_image_format format;
	uint32_t version;
	struct sv_image_ref *backing; /* NULL: none */
	char *backing_format; /* qcow2, qed: as in the header, not checked; vmdk, vpc, vhdx: the
				 same format, as for every parent; NULL: not given */
	struct sv_image_ref *data_file;
	bool has_data_file; /* true with data_file NULL: needs one and does not name it */
	bool encrypted;
	bool corrupt; /* qcow2: must not be written to */
	struct sv_image_extent *extents;
	size_t n_extents;
};

void sv_image_header_done(struct sv_image_header *header);
#define sv_auto_image_header sv_cleanup(sv_image_header_done)

/* Parses a header of a known format. raw has no header and is done at once. SV_MORE: *more has to
 * be read and added to the pieces; *ret is untouched. Every error is SV_E_USAGE (or out of memory)
 * and begins with the name of the format. */
int sv_image_parse(enum sv_image_format format, const struct sv_image_bytes *in,
		   struct sv_image_header *ret, struct sv_image_span *more,
		   struct sv_error *err) sv_must_check;

/* The format by the magic at the beginning, or by a vmdk descriptor's first line. SV_NONE: it is no
 * format that is known here. Never SV_IMAGE_RAW: a raw file cannot be recognised, and a guest can
 * write any magic into a raw disk (CVE-2008-2004). Only for files that no guest writes. */
int sv_image_probe(const void *bytes, size_t len, enum sv_image_format *ret) sv_must_check;
