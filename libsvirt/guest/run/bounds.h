/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The limits of a guest on this host: can its control group have them, and setting them there. What
 * they are is domain/limits.h's.
 */
#pragma once

#include "domain/group-limits.h"
#include "guest/state/handle.h"

/* The limits of dom, and those that svirt.conf has for every guest, as they are written into the
 * files of its group. A limit that the document or the administrator asks for and that this host
 * cannot set is an error with its place. Bounds of svirt's own are left out then. Changes nothing.
 */
int sv_bounds_find(const struct svirt *sv, const struct sv_domain *dom, struct sv_limit_list *ret,
		   struct sv_error *err) sv_must_check;

/* Writes them. dir is the directory of the guest's group, which is still empty; -1: there is none,
 * which is an error when a limit was asked for. */
int sv_bounds_set(const struct svirt *sv, const struct sv_domain *dom,
		  const struct sv_limit_list *limits, int dir, struct sv_error *err) sv_must_check;

/* The files of a group that hold limits, with what each says when there is none. */
struct sv_bound_file {
	const char *name, *unlimited;
};
extern const struct sv_bound_file sv_bound_files[]; /* ends with a NULL name */
