/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Files that are the host's and no guest's, though their kind would fit: a disk that is mounted, a
 * program, what hides in a home. A document names what its writer likes. Private to plan/.
 */
#pragma once

#include "base/fs.h"
#include "domain/resource/resource.h"
#include "plan/own.h"

/* SV_E_USAGE, or SV_E_HOST for a filesystem that shows one file as two, with the reason. */
int sv_host_check(const struct sv_resource *res, const struct sv_node *node,
		  struct sv_error *err) sv_must_check;

/* The same of the files that a block device lies on, by loop devices, and whether one is svirt's
 * own (own, or NULL) or the system's: who has the device has them, read-only too. SV_E_UNKNOWN when
 * such a file is not to be found. */
int sv_host_check_below(const struct sv_resource *res, const struct sv_node *node,
			const struct sv_own *own, struct sv_error *err) sv_must_check;

/* SV_E_BUSY when the host itself uses a file that lies in the tree. */
struct sv_tree;
int sv_host_check_tree(const struct sv_resource *res, const struct sv_tree *tree,
		       struct sv_error *err) sv_must_check;

/* Whether the file is a socket that somebody else listens at, and has to stay as it is for its
 * other clients: its owner always; its label in /run, where services have theirs. Elsewhere the
 * label is what keeps other guests from it. */
bool sv_host_is_service(const struct sv_resource *res, const struct sv_node *node, bool label);
