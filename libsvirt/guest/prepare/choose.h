/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which security model a guest gets, and what is asked of it: the decision of the domain's
 * seclabels and of the host, and every refusal that needs no look at the guest's files.
 */
#pragma once

#include "domain/model.h"
#include "driver/driver.h"
#include "guest/prepare/wish.h"
#include "guest/state/handle.h"

/* What the domain's seclabels and the host come to. */
struct sv_choice {
	const struct sv_driver *host; /* the model that the host runs; NULL: none */
	const struct sv_driver *main; /* NULL: unconfined */
	struct sv_host_mac mac;
	const struct sv_seclabel *seclabel; /* of the domain, NULL: none given (dynamic) */
	struct sv_request request;	    /* for main; the level is filled by the allocation */
	uid_t uid;
	gid_t gid;
};

/* Decides, and refuses what may not start: no model, no policy, permissive where enforcing is
 * demanded, type='none' without being asked, a model that this host does not run. flags:
 * SV_PREPARE_*. */
int sv_choose(const struct svirt *sv, const struct sv_domain *dom, unsigned flags,
	      struct sv_choice *ret, struct sv_error *err) sv_must_check;
