/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The public interface of what changes the policy. It is a file of its own, so that a program that
 * does not use it does not load libsemanage: the manager never touches the policy.
 */
#include "api/domain.h"
#include "api/publish.h"
#include "guest/rules/fcontext.h"
#include "guest/rules/policy-module.h"

int svirt_policy_read(struct svirt *sv, struct svirt_policy **ret, struct svirt_error *err)
{
	struct sv_error e = {0};

	return sv_publish(sv_policy_module_read(sv, ret, &e), &e, err);
}

int svirt_policy_install(struct svirt *sv, unsigned flags, struct svirt_error *err)
{
	struct sv_error e = {0};

	return sv_publish(sv_policy_module_install(sv, flags & SVIRT_DRY_RUN, &e), &e, err);
}

int svirt_policy_remove(struct svirt *sv, unsigned flags, struct svirt_error *err)
{
	struct sv_error e = {0};

	return sv_publish(sv_policy_module_remove(sv, flags & SVIRT_DRY_RUN, &e), &e, err);
}

int svirt_policy_fcontext(struct svirt *sv, const struct svirt_domain *dom, unsigned flags,
			  struct svirt_fcontexts **ret, struct svirt_error *err)
{
	struct sv_error e = {0};

	return sv_publish(sv_guest_fcontext(sv, dom->dom, flags, ret, &e), &e, err);
}
