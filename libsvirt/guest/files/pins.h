/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whether the headers of a disk's images name what was accepted before a guest could write them. It
 * does not matter who wrote a header last. A file that some guest has had to write keeps what was
 * behind it at the first label or start, until an administrator accepts something else.
 */
#pragma once

#include "domain/resource/resource.h"
#include "guest/files/files.h"
#include "store/pin.h"

/* The guest and the disk in question. Everything is borrowed. */
struct sv_pins {
	struct sv_store *store; /* NULL: nothing was ever stored */
	struct sv_nodes *nodes;
	const struct sv_domain *dom;
	const struct sv_disk *disk;
	char boot[SV_UUID_LEN + 1]; /* this one */
};

/* SV_E_BUSY: a guest has had to write the header of an image in above, and the pin does not have
 * this file. Checked by name alone, before anything else is known of the file. */
int sv_pins_allow(const struct sv_pins *pins, const struct sv_image_graph *above,
		  const struct sv_image_node *node, struct sv_error *err) sv_must_check;

/* SV_E_BUSY, for a file that only a header names: another guest has had to write it, or it would be
 * written and is a backing file of another image. --accept-chain does not accept that. */
int sv_pins_check_holder(const struct sv_pins *pins, const struct sv_image_graph *above,
			 const struct sv_image_node *node, struct sv_error *err) sv_must_check;

/* sv_pins_allow() for a whole chain. Also compares formats, and refuses when a file is not named
 * any more. */
int sv_pins_compare(const struct sv_pins *pins, const struct sv_image_graph *graph,
		    struct sv_error *err) sv_must_check;

/* pins-record.c */

/* Compares all disks of dom again, and pins every file that the guest will have to write, in the
 * transaction that adds the lease. accept: targets of the disks whose chains are accepted, ends
 * with NULL; or NULL. */
int sv_pins_record(struct sv_store *store, const struct sv_domain *dom, struct sv_files *files,
		   const char *const *accept, struct sv_error *err) sv_must_check;

/* Whether target is in accept (or NULL). */
bool sv_pins_accepts(const char *const *accept, const char *target);

/* Forgets the pins of files that are deleted. */
int sv_pins_forget_deleted(struct sv_store *store, struct sv_error *err) sv_must_check;

/* For pins*.c only. The identity of the file at path; text in it is borrowed. SV_NONE: it has no
 * lasting identity (a device, whose header is never followed). */
int sv_pins_key(const struct sv_pins *pins, const char *path, struct sv_pin *ret,
		struct sv_error *err) sv_must_check;
/* The pin of the file at path. SV_NONE: it has none. A file in a directory that a guest had to
 * write has a pin without files, because the guest may have made it. */
int sv_pins_find(const struct sv_pins *pins, const char *path, struct sv_pin *ret,
		 struct sv_error *err) sv_must_check;
/* The entry of a pin for node, which is below the image at of graph. Its text is borrowed. */
struct sv_pin_file sv_pins_file(const struct sv_image_graph *graph, size_t at,
				const struct sv_image_node *node);
