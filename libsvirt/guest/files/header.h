/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the header of an image may bring in, when nobody but the header names it: regular files that
 * the domain could name as a disk, and nothing of the host's, at any time. What a guest wrote into
 * a header later is guest/files/pins.h's.
 */
#pragma once

#include "base/nodes.h"
#include "domain/image/graph.h"
#include "guest/state/handle.h"
#include "plan/own.h"

/* SV_E_BUSY: node, which the header of its overlay in above names, is no regular file, lies where
 * no image does, is mounted, or would be refused as a disk. file is node, opened O_PATH: its inode
 * is looked at and not its content. */
int sv_header_may_name(const struct sv_own *own, const struct sv_image_graph *above,
		       const struct sv_image_node *node, const struct sv_node *file,
		       struct sv_error *err) sv_must_check;

/* "backing file", "data file", "extent". */
const char *sv_header_part_name(enum sv_image_part part);
/* What the name of the file in the header, or the file itself, is called in messages. */
const char *sv_header_name_of(const struct sv_image_node *node);
/* Whether the guest writes it. */
bool sv_header_is_written(const struct sv_image_node *node);
