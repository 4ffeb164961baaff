/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The files of a guest, as guest/files/collect.h finds them: each opened once, with what is behind
 * each disk.
 */
#pragma once

#include "base/nodes.h"
#include "domain/resource/resource.h"
#include "plan/own.h"

struct sv_files {
	struct sv_own own;	 /* svirt's own files, which none of them may be */
	struct sv_nodes nodes;	 /* each file, opened once */
	struct sv_images images; /* what is behind each disk */
	struct sv_resources resources;
};
void sv_files_done(struct sv_files *files);
#define sv_auto_files sv_cleanup(sv_files_done)

/* Told of one device or disk that cannot be followed, when that is not to be the end. */
enum sv_files_part {
	SV_FILES_DEVICE,   /* of the host */
	SV_FILES_IMAGE,	   /* or a file that it needs */
	SV_FILES_OF_HOST,  /* a header names what no header may (guest/files/header.h) */
	SV_FILES_UNPINNED, /* or something else than was accepted (guest/files/pins.h), or than the
			    * domain
			    */
};
typedef void (*sv_files_fn)(void *data, enum sv_files_part part, struct sv_error *err);
