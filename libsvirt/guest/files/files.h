/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The files of a guest, which guest/files/collect.h finds: each is opened once, with the files
 * behind each disk.
 */
#pragma once

#include "base/nodes.h"
#include "domain/resource/resource.h"
#include "plan/bind.h"
#include "plan/own.h"

struct sv_files {
	struct sv_own own;	 /* svirt's own files, which none of them may be */
	struct sv_nodes nodes;	 /* each file, opened once */
	struct sv_images images; /* what is behind each disk */
	struct sv_resources resources;
	struct sv_bindings bindings; /* PCI devices that svirt binds (managed='yes') */
};
void sv_files_done(struct sv_files *files);
#define sv_auto_files sv_cleanup(sv_files_done)

/* Which part of a guest cannot be followed, for a caller that wants to hear of every error. */
enum sv_files_part {
	SV_FILES_DEVICE,   /* a device of the host */
	SV_FILES_IMAGE,	   /* an image, or a file that it needs */
	SV_FILES_OF_HOST,  /* a header names what no header may (guest/files/header.h) */
	SV_FILES_UNPINNED, /* a header names something else than was accepted (guest/files/pins.h),
			    * or than the domain names */
};
typedef void (*sv_files_fn)(void *data, enum sv_files_part part, struct sv_error *err);
