/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Every file that a guest needs: those that the domain names, and those that only the headers of
 * its images name. Changes nothing.
 */
#pragma once

#include "base/nodes.h"
#include "domain/resource/resource.h"
#include "guest/handle.h"
#include "plan/own.h"
#include "store/store.h"

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
	SV_FILES_OF_HOST,  /* a header names what no header may (guest/header.h) */
	SV_FILES_UNPINNED, /* or something else than was accepted (guest/pins.h), or than the domain
			    */
};
typedef void (*sv_files_fn)(void *data, enum sv_files_part part, struct sv_error *err);

struct sv_files_request {
	const struct svirt *sv;
	struct sv_domain *dom;
	struct sv_store *store;	   /* for its pins; NULL: nothing was ever stored */
	const char *const *accept; /* targets of the disks whose chains are accepted, or NULL */
	sv_files_fn fn;
	void *data;
};

/* Finds the nodes of host devices and of what is behind network cards (their paths go into dom),
 * and reads the headers of images, as far as their formats have one and as far as they are to be
 * believed. What is wrong with a disk's own file is left to the plan, which says it in the same
 * words for every device. fn NULL: the first error is returned; else fn is told of each, and the
 * list has of that device what the domain alone says. *ret borrows from dom. */
int sv_files_of(const struct sv_files_request *req, struct sv_files *ret,
		struct sv_error *err) sv_must_check;
