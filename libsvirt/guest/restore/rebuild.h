/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * svirt restore --rebuild: makes a new store when the old one is damaged or lost, from what can be
 * read of the old one, from running guests and from defined domains. Changes no label.
 */
#pragma once

#include "guest/state/handle.h"
#include "store/store.h"
#include "svirt.h"

/* A damaged store is set aside, never deleted. *ret lists the files of defined domains whose label
 * has a level that nobody has. */
int sv_rebuild(struct svirt *sv, bool dry_run, struct svirt_undos **ret,
	       struct sv_error *err) sv_must_check;
