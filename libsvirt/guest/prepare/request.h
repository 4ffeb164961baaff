/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the caller asks for: the options of label and start, beside what the document says. Also
 * every rule about what may be asked for together, and for which guest: who has which level is
 * looked up by assign.h.
 */
#pragma once

#include "domain/model.h"
#include "guest/prepare/choose.h"
#include "label/level.h"
#include "plan/plan.h"
#include "svirt.h"

struct sv_guest_request {
	unsigned flags; /* SV_PREPARE_* */
	bool has_level;
	struct sv_level level; /* that a dynamic guest is to get, and no other */
	enum sv_on_unlabelled on_unlabelled;
	const char *group; /* share group that it is to be a member of; borrowed, or NULL */
	const char *join;  /* guest whose level it is to have too; borrowed, or NULL */
	/* targets of the disks whose chains are accepted as they are; borrowed, ends with NULL, or
	 * NULL */
	const char *const *accept;
};

/* Reads the options of the public API, as far as they can be checked before the host is looked at.
 * *ret borrows from options, which may be NULL: the defaults. */
int sv_guest_request_read(const struct svirt *sv, const struct svirt_options *options,
			  struct sv_guest_request *ret, struct sv_error *err) sv_must_check;

/* Refuses options that the guest of dom cannot have: --join of itself, or without a label; --level
 * and --share-group without a dynamic label; --accept-chain for a disk that is not there. */
int sv_guest_request_check(const struct sv_guest_request *request, const struct sv_domain *dom,
			   const struct sv_choice *choice, struct sv_error *err) sv_must_check;

/* Refuses --join of a guest that has no level: joined is its lease, or NULL when it has none.
 * Refuses also a document that names another share group than that guest's, because --join brings
 * the group with the level. */
int sv_guest_request_check_joined(const struct sv_guest_request *request,
				  const struct sv_domain *dom, const struct sv_lease *joined,
				  struct sv_error *err) sv_must_check;

/* Refuses --join for a guest whose static label is not at the level of joined (same_level), or when
 * joined is a member of a share group. */
int sv_guest_request_check_static(const struct sv_choice *choice, const struct sv_domain *dom,
				  const struct sv_lease *joined, bool same_level,
				  struct sv_error *err) sv_must_check;
