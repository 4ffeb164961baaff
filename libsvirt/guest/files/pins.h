/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whether what the headers of a disk's images name is what was accepted before a guest could write
 * them. Who wrote a header last is never asked: a file that some guest has had to write keeps what
 * was behind it at the first label or start, until an administrator accepts something else.
 */
#pragma once

#include "domain/resource/resource.h"
#include "guest/files/files.h"
#include "store/pin.h"

/* Who asks, and for which disk. Everything is borrowed. */
struct sv_pins {
	struct sv_store *store; /* NULL: nothing was ever stored */
	struct sv_nodes *nodes;
	const struct sv_domain *dom;
	const struct sv_disk *disk;
	char boot[SV_UUID_LEN + 1]; /* this one */
};

/* SV_E_BUSY: the header of an image in above has been a guest's to write and did not name this
 * file. By its name alone, before anything else is known of it. */
int sv_pins_allow(const struct sv_pins *pins, const struct sv_image_graph *above,
		  const struct sv_image_node *node, struct sv_error *err) sv_must_check;

/* SV_E_BUSY: the file that a header alone names has been another guest's to write, or would be
 * written and is a backing file of another image. Nothing that can be accepted. */
int sv_pins_check_holder(const struct sv_pins *pins, const struct sv_image_graph *above,
			 const struct sv_image_node *node, struct sv_error *err) sv_must_check;

/* sv_pins_allow() of a whole chain, formats and what is not named any more included. */
int sv_pins_compare(const struct sv_pins *pins, const struct sv_image_graph *graph,
		    struct sv_error *err) sv_must_check;

/* pins-record.c */

/* Compares all disks of dom again, and pins every file that the guest is about to have to write. In
 * the transaction that adds the lease. accept: the targets of those disks whose chains are
 * accepted, ends with NULL; or NULL. */
int sv_pins_record(struct sv_store *store, const struct sv_domain *dom, struct sv_files *files,
		   const char *const *accept, struct sv_error *err) sv_must_check;

/* Whether target is in accept (or NULL). */
bool sv_pins_accepts(const char *const *accept, const char *target);

/* Forgets the pins of files that are deleted. */
int sv_pins_forget_deleted(struct sv_store *store, struct sv_error *err) sv_must_check;

/* For pins*.c only. The identity of the file at path, its text borrowed; SV_NONE: it has none that
 * lasts, and what the header of a device names is never followed. */
int sv_pins_key(const struct sv_pins *pins, const char *path, struct sv_pin *ret,
		struct sv_error *err) sv_must_check;
/* Its pin; SV_NONE: it has none. What is in a directory that a guest had to write may be what the
 * guest made of it: its pin has no files. */
int sv_pins_find(const struct sv_pins *pins, const char *path, struct sv_pin *ret,
		 struct sv_error *err) sv_must_check;
/* What a pin says of node, below the image at of graph. Its text is borrowed. */
struct sv_pin_file sv_pins_file(const struct sv_image_graph *graph, size_t at,
				const struct sv_image_node *node);
