/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Files that libvirt's guests use or have used. To label a file of a running guest of libvirt's
 * would take the guest's disk away. For a guest that is gone, libvirt would one day put the label
 * that it remembers over ours.
 */
#pragma once

#include "guest/state/handle.h"
#include "plan/plan.h"
#include "svirt.h"

/* SV_E_BUSY: libvirt remembers a file that plan would label. The message says who uses the file, or
 * that no user is seen. driver is the main model; NULL: the host has none. */
int sv_libvirt_check(const struct sv_plan *plan, const struct sv_driver *driver,
		     struct sv_store *store, struct sv_error *err) sv_must_check;

/* See svirt_restore_files(). */
int sv_libvirt_restore(struct svirt *sv, const char *const *paths, size_t n, unsigned flags,
		       struct svirt_undos **ret, struct sv_error *err) sv_must_check;
