/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The options of label and start, which are added to what the document says.
 */
#pragma once

#include "label/level.h"
#include "plan/plan.h"

#define SV_PREPARE_REQUIRE_ENFORCING (1u << 1)
#define SV_PREPARE_LAUNCH	     (1u << 2) /* a VMM will be started: make its command line too */
#define SV_PREPARE_UNCONFINED	     (1u << 3)
#define SV_PREPARE_SHARED_LEVEL	     (1u << 5) /* a document may ask for comparable levels */
#define SV_PREPARE_PAUSED	     (1u << 4) /* the VMM is not to run yet */

/* What the caller asked for. */
struct sv_wish {
	unsigned flags;
	bool has_level;
	struct sv_level level; /* the very level for a dynamic guest */
	enum sv_on_unlabelled on_unlabelled;
	const char *group; /* the share group to be a member of; borrowed, or NULL */
	const char *join;  /* the guest to join; borrowed, or NULL */
	/* targets of the disks whose chains are accepted as they are; borrowed, ends with NULL, or
	 * NULL */
	const char *const *accept;
};
