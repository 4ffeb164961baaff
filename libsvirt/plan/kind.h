/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whether a file can be what a domain uses it as: which kinds of inode fit a kind of resource, and
 * where no guest may write. For plan/, and for code that finds files that no document names.
 */
#pragma once

#include "base/fs.h"
#include "domain/resource/resource.h"
#include "plan/own.h"

/* Refuses a system path that the guest would write. Lexical. */
int sv_kind_check_place(const struct sv_resource *res, struct sv_error *err) sv_must_check;

/* Refuses a kind of inode that makes no sense for res (a directory as a disk), and what belongs to
 * the host (a disk that is mounted, a program, hidden files in a home) or lies on that. own:
 * svirt's files, or NULL. */
int sv_kind_check(const struct sv_resource *res, const struct sv_node *node,
		  const struct sv_own *own, struct sv_error *err) sv_must_check;

/* Refuses everything that no document may name, whatever its guest: sv_kind_check_place(),
 * sv_kind_check() and svirt's own files (own may be NULL). It serves names from headers too: res
 * says what the file would be, and its path. */
int sv_kind_refuse(const struct sv_resource *res, const struct sv_node *node,
		   const struct sv_own *own, struct sv_error *err) sv_must_check;

/* Sets the hint for a file of res that does not exist. Returns -code, like sv_hint(). */
int sv_kind_hint_missing(const struct sv_resource *res, struct sv_error *err);

/* Whether node is a device that is never labelled for one guest: /dev/null and its like,
 * /dev/net/tun, and what all guests share (/dev/vfio/vfio, /dev/vhost-vsock, render nodes and
 * more).
 */
bool sv_kind_is_common(const struct sv_resource *res, const struct sv_node *node);
/* Whether a document may name a character device of this class (its subsystem in sysfs) for that
 * use. True for uses that have a check of their own. Pure. */
bool sv_kind_takes(enum sv_resource_kind kind, const char *class);
/* A missing file can be made only in an existing directory that is not svirt's (own, or NULL). */
int sv_kind_check_parent(const struct sv_resource *res, const struct sv_own *own,
			 struct sv_error *err) sv_must_check;
