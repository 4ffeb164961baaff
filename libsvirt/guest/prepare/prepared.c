/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What was prepared for a guest: see prepared.h. */
#include "guest/prepare/prepared.h"

void sv_prepared_done(struct sv_prepared *prep)
{
	sv_assignment_done(&prep->identity.assigned);
	sv_stack_done(&prep->identity.stack);
	sv_plan_done(&prep->plan);
	sv_limit_list_done(&prep->bounds);
	sv_files_done(&prep->files);
	sv_lease_done(&prep->lease);
	sv_strv_done(&prep->argv);
	sv_strv_done(&prep->tpm_argv);
	sv_close_fd(&prep->lock);
}

const struct sv_subject *sv_identity_main(const struct sv_identity *identity)
{
	const struct sv_stack *stack = &identity->stack;

	for (size_t i = 0; i < stack->n; i++)
		if (stack->v[i].driver->mac)
			return &stack->v[i].subject;
	return NULL;
}

bool sv_identity_is_enforced(const struct sv_identity *identity)
{
	const struct sv_subject *subject = sv_identity_main(identity);

	return subject && identity->choice.mac.state == SV_MAC_ENFORCING && !subject->permissive;
}
