/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * All files behind one disk: the image itself, its data file or extents, and the same for each
 * backing file below. Names come from headers (domain/image/image.h) and from the domain, which
 * takes precedence. Pure: the caller reads files by a callback.
 */
#pragma once

#include "domain/image/given.h"

#define SV_IMAGE_DEPTH_MAX  64	 /* images in one backing chain, the top one included; ours */
#define SV_IMAGE_NODES_MAX  1024 /* files in one graph; ours */
#define SV_IMAGE_NO_OVERLAY SIZE_MAX

enum sv_image_role {
	SV_IMAGE_RW_TOP,    /* the disk's own image, written by one guest */
	SV_IMAGE_SHARED_RW, /* the image, its data file or extent, written by several guests */
	SV_IMAGE_RO,	    /* the image, its data file or extent, read only */
	SV_IMAGE_DATA_FILE, /* data file or extent of an image that is written by one guest */
	SV_IMAGE_RO_BASE,   /* a backing file, or a data file or an extent of one */
};

/* "rw-top", "shared-rw", "ro", "data-file", "ro-base". */
const char *sv_image_role_name(enum sv_image_role role);

struct sv_image_node {
	enum sv_image_role role;
	enum sv_image_part part;
	enum sv_image_where where;
	char *path;   /* local: absolute; else NULL */
	char *scheme; /* not local: its backing file cannot be known, so the chain ends here */
	enum sv_image_format format; /* local only */
	bool probed;		     /* the format was not given but read from the content */
	bool given;		     /* the domain names this file, not the image above */
	size_t overlay;	   /* the node that needs this one; SV_IMAGE_NO_OVERLAY for the top */
	uint64_t dev, ino; /* from the callback */
	bool block;	   /* from the callback: a block device */
	char *name;	   /* the name in the header; NULL when it is inside of a json: name */
};

struct sv_image_graph {
	struct sv_image_node *nodes; /* the top first; each image before what it needs */
	size_t n;
};

void sv_image_graph_done(struct sv_image_graph *graph);
#define sv_auto_image_graph sv_cleanup(sv_image_graph_done)

/* The graphs of the disks of one domain, in the order of the domain; an empty one: not read. */
struct sv_images {
	struct sv_image_graph *graphs;
	size_t n;
};
void sv_images_done(struct sv_images *images);

/* One read of a file. room 0: only the identity is wanted. */
struct sv_image_read {
	uint64_t offset;
	uint8_t *buf;
	size_t room;
	size_t len;	   /* out: bytes read; fewer than room only at the end of the file */
	uint64_t size;	   /* out: of the whole file or device */
	uint64_t dev, ino; /* out: which file it is; both 0: unknown */
	bool block;	   /* out: it is a block device */
};

typedef int (*sv_image_read_fn)(void *data, const char *path, struct sv_image_read *req,
				struct sv_error *err);

/* Called for a file that only a header names, when only its name is known. above has the image with
 * that header (node->overlay). Below 0: the file must not be followed. */
typedef int (*sv_image_named_fn)(void *data, const struct sv_image_graph *above,
				 const struct sv_image_node *node, struct sv_error *err);

struct sv_image_request {
	const char *path;   /* absolute */
	const char *format; /* NULL: the domain does not say */
	bool readonly, shared;
	const char *data_file;		    /* as in struct sv_image_given */
	const struct sv_image_given *chain; /* from the top's backing file down */
	size_t n_chain;
	bool chain_ends; /* <backingStore/>: no backing file after these */
	sv_image_read_fn read;
	sv_image_named_fn named; /* NULL: every file is followed */
	void *data;
	bool *differs; /* out: the error is that a header differs from the domain */
};

/* Builds the graph of a disk. A format that is given (by the domain, or by the image above) is
 * believed. Without one, a file that no guest writes is probed, and may then name no further file:
 * a guest that once wrote its disk as raw could have put any name into it (CVE-2008-2004). A
 * backing file or data file that the domain names has to be the one that the header names. Errors:
 * those of the callbacks and of headers (with the file), a file that is met twice, a chain that is
 * too deep, a missing format, and SV_E_BUSY for a header that differs from the domain. The caller
 * frees *ret with sv_image_graph_done(). */
int sv_image_graph_build(const struct sv_image_request *req, struct sv_image_graph *ret,
			 struct sv_error *err) sv_must_check;
