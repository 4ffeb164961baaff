/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Finds every file that a guest needs: those that the domain names, and those that only the headers
 * of its images name. Changes nothing.
 */
#pragma once

#include "domain/model.h"
#include "guest/files/files.h"
#include "guest/state/handle.h"
#include "store/store.h"

struct sv_files_request {
	const struct svirt *sv;
	struct sv_domain *dom;
	struct sv_store *store;	   /* has the pins; NULL: nothing was ever stored */
	const char *const *accept; /* targets of the disks whose chains are accepted, or NULL */
	sv_files_fn fn;
	void *data;
};

/* Finds a firmware that is not named, the nodes of host devices and of network devices behind cards
 * (their paths go into dom), and reads the headers of images, as far as they have one and may be
 * believed. Errors of a disk's own file are left to the plan, which has the same message for every
 * device. fn NULL: the first error is returned. Otherwise fn is told of each, and the list has only
 * what the domain itself says about that device. *ret borrows from dom. */
int sv_files_of(const struct sv_files_request *req, struct sv_files *ret,
		struct sv_error *err) sv_must_check;
