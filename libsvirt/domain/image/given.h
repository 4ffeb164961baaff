/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Compares the files that the domain names with those that an image's header names. Pure.
 * SV_E_BUSY: they differ, so somebody changed the header who knew nothing of the domain.
 */
#pragma once

#include "domain/image/image.h"

/* Which part of an image a node is. */
enum sv_image_part {
	SV_IMAGE_WHOLE,	 /* it is an image: the disk's, or a backing file */
	SV_IMAGE_DATA,	 /* the data file of its overlay */
	SV_IMAGE_EXTENT, /* an extent of its overlay */
};

/* What <backingStore> says of one file; format may be NULL. */
struct sv_image_given {
	const char *path;
	const char *format;
	const char *data_file; /* the path in <dataStore>, absolute; NULL: not given */
};

/* Checks that the header of image names the backing file that the domain names, and the same format
 * when both name one. given NULL: the domain says that there is none. */
int sv_image_check_backing(const char *image, const struct sv_image_header *header,
			   const struct sv_image_given *given, struct sv_error *err) sv_must_check;

/* Checks the data file. An image that needs one and does not name it gets the domain's. ref: the
 * data file by the header or by a json: name; or NULL. */
int sv_image_check_data(const char *image, const struct sv_image_header *header,
			const struct sv_image_ref *ref, const char *path,
			struct sv_error *err) sv_must_check;
