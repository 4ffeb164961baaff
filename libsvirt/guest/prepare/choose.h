/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Decides by the domain's seclabels and the host which security model a guest gets and what is
 * asked of it, and makes every refusal that does not depend on the guest's files.
 */
#pragma once

#include "domain/model.h"
#include "driver/driver.h"
#include "guest/state/handle.h"

#define SV_PREPARE_REQUIRE_ENFORCING (1u << 1)
#define SV_PREPARE_LAUNCH	     (1u << 2) /* a VMM will be started: make its command line too */
#define SV_PREPARE_UNCONFINED	     (1u << 3)
#define SV_PREPARE_PAUSED	     (1u << 4) /* the VMM is not to run yet */
#define SV_PREPARE_SHARED_LEVEL	     (1u << 5) /* a document may ask for comparable levels */
#define SV_PREPARE_DRY_RUN	     (1u << 6) /* nothing of the host is changed */

/* What to do on a host where no model can confine guests. */
#define SV_MODELS_HINT                                                                          \
	"boot a kernel with SELinux and a policy (security=selinux), AppArmor "                 \
	"(security=apparmor), Smack (security=smack) or Landlock; 'svirt info' shows what was " \
	"found, and models= in svirt.conf(5) may leave some out"

/* The decision. */
struct sv_choice {
	const struct sv_driver *host; /* the model that the host runs; NULL: none */
	enum sv_mac_state host_state;
	const struct sv_driver *main; /* NULL: unconfined */
	/* the models of the guest's layers, in the order of sv_drivers; main is one of them */
	const struct sv_driver *layers[SV_MAX_LAYERS];
	size_t n_layers;
	struct sv_host_mac mac;
	const struct sv_seclabel *seclabel; /* of the domain, NULL: none given (dynamic) */
	struct sv_request
		request; /* for main; the levels are left to assign.h, the uuid to decide.h */
};

/* Decides. Refuses when there is no model or no policy, when the kernel is permissive and enforcing
 * is demanded, type='none' without --unconfined, and a model that this host does not run. flags:
 * SV_PREPARE_*. */
int sv_choose(const struct svirt *sv, const struct sv_domain *dom, unsigned flags,
	      struct sv_choice *ret, struct sv_error *err) sv_must_check;
