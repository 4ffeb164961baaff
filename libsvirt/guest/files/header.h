/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which files the header of an image may bring in when the domain does not name them: regular files
 * that the domain could name as a disk, and nothing of the host's. This holds at any time. Headers
 * that a guest has changed are the concern of guest/files/pins.h.
 */
#pragma once

#include "base/nodes.h"
#include "domain/image/graph.h"
#include "guest/state/handle.h"
#include "plan/own.h"

/* Checks node, which the header of its overlay in above names. SV_E_BUSY: it is not a regular file,
 * lies where no image does, is mounted, or would be refused as a disk. file is node, opened O_PATH;
 * only its inode is looked at, not its content. */
int sv_header_may_name(const struct sv_own *own, const struct sv_image_graph *above,
		       const struct sv_image_node *node, const struct sv_node *file,
		       struct sv_error *err) sv_must_check;

/* "backing file", "data file", "extent". */
const char *sv_header_part_name(enum sv_image_part part);
/* The text for the file in messages: its name in the header, or its path. */
const char *sv_header_name_of(const struct sv_image_node *node);
/* Whether the guest writes it. */
bool sv_header_is_written(const struct sv_image_node *node);
