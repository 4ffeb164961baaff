/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Files that libvirt's guests use, or once used: a label of ours under a guest of libvirt's would
 * take its disk away, and what libvirt remembers of a guest that is no more it would one day put
 * back over ours.
 */
#pragma once

#include "guest/state/handle.h"
#include "plan/plan.h"
#include "svirt.h"

/* SV_E_BUSY when libvirt remembers anything of a file that plan would label: the message says who
 * uses the file, or that nobody is seen to. driver: the main model, NULL when the host has none. */
int sv_libvirt_check(const struct sv_plan *plan, const struct sv_driver *driver,
		     struct sv_store *store, struct sv_error *err) sv_must_check;

/* See svirt_restore_files(). */
int sv_libvirt_restore(struct svirt *sv, const char *const *paths, size_t n, unsigned flags,
		       struct svirt_undos **ret, struct sv_error *err) sv_must_check;
