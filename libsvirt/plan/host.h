/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Refuses files that belong to the host, although their kind would fit: a disk that is mounted, a
 * program, hidden files in a home. A domain document can name anything. Private to plan/.
 */
#pragma once

#include "base/fs.h"
#include "domain/resource/resource.h"
#include "plan/own.h"

/* SV_E_USAGE, or SV_E_HOST for a filesystem that shows one file as two, with the reason. */
int sv_host_check(const struct sv_resource *res, const struct sv_node *node,
		  struct sv_error *err) sv_must_check;

/* sv_host_check() for the files below a block device (by loop devices); also refuses those that are
 * svirt's own (own, or NULL) or the system's. A guest that has the device has these files,
 * read-only too. SV_E_UNKNOWN: such a file cannot be found. */
int sv_host_check_below(const struct sv_resource *res, const struct sv_node *node,
			const struct sv_own *own, struct sv_error *err) sv_must_check;

/* SV_E_BUSY: the host itself uses a file in the tree. */
struct sv_tree;
int sv_host_check_tree(const struct sv_resource *res, const struct sv_tree *tree,
		       struct sv_error *err) sv_must_check;

/* Whether the file is the socket of a service, which has to stay as it is for its other clients.
 * Its owner always stays. Its label (label) stays in /run, where services have their sockets.
 * Elsewhere the guest's label keeps other guests from it. */
bool sv_host_is_service(const struct sv_resource *res, const struct sv_node *node, bool label);
