/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whether a file can be what a domain uses it as: the kinds of inode per kind of resource, and the
 * places where no guest has anything to write. For plan/, and for who finds more files than a
 * document names.
 */
#pragma once

#include "base/fs.h"
#include "domain/resource/resource.h"
#include "plan/own.h"

/* Refuses a system path that the guest would write. Lexical. */
int sv_kind_check_place(const struct sv_resource *res, struct sv_error *err) sv_must_check;

/* Refuses a kind of inode that makes no sense for res (a directory as a disk), and what is the
 * host's own (a disk that is mounted, a program, what a home hides), or lies on that. own: svirt's
 * files, or NULL. */
int sv_kind_check(const struct sv_resource *res, const struct sv_node *node,
		  const struct sv_own *own, struct sv_error *err) sv_must_check;

/* Everything that a document may not name, whatever its guest is: both of the above, and svirt's
 * own files (own may be NULL). For a name that comes from elsewhere too: res says what the file
 * would be, and by what path. */
int sv_kind_refuse(const struct sv_resource *res, const struct sv_node *node,
		   const struct sv_own *own, struct sv_error *err) sv_must_check;

/* What to do about a file of res that is not there. Returns -code, like sv_hint(). */
int sv_kind_hint_missing(const struct sv_resource *res, struct sv_error *err);

/* /dev/null and its like, /dev/net/tun, and what all guests share: /dev/vfio/vfio,
 * /dev/vhost-vsock, render nodes and more. Never labelled for one guest. */
bool sv_kind_is_common(const struct sv_resource *res, const struct sv_node *node);
