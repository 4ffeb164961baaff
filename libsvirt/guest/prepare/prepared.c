/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What was prepared for a guest: see prepared.h. */
#include "guest/prepare/prepared.h"

void sv_prepared_done(struct sv_prepared *prep)
{
	sv_assignment_done(&prep->identity.assigned);
	sv_subject_done(&prep->identity.subject);
	sv_subject_done(&prep->identity.owner);
	sv_plan_done(&prep->plan);
	sv_files_done(&prep->files);
	sv_lease_done(&prep->lease);
	sv_strv_done(&prep->argv);
	sv_strv_done(&prep->tpm_argv);
	sv_close_fd(&prep->lock);
}

size_t sv_prepared_parties(const struct sv_prepared *prep, struct sv_party parties[SV_MAX_PARTIES])
{
	const struct sv_identity *identity = &prep->identity;
	enum sv_on_unlabelled how = prep->request.on_unlabelled;
	size_t n = 0;

	if (identity->choice.main)
		parties[n++] = (struct sv_party){identity->choice.main, &identity->subject, how};
	parties[n++] = (struct sv_party){&sv_driver_dac, &identity->owner, how};
	return n;
}

bool sv_identity_is_enforced(const struct sv_identity *identity)
{
	return identity->choice.main && identity->choice.mac.state == SV_MAC_ENFORCING &&
	       !identity->subject.permissive;
}
