/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What was prepared for a guest: see prepared.h. */
#include "guest/prepare/prepared.h"

void sv_prepared_done(struct sv_prepared *prep)
{
	free(prep->kept_group);
	free(prep->kept_level);
	free(prep->kept_peer);
	sv_lease_done(&prep->joined);
	sv_level_uses_done(&prep->uses);
	sv_subject_done(&prep->subject);
	sv_subject_done(&prep->owner);
	sv_plan_done(&prep->plan);
	sv_files_done(&prep->files);
	sv_lease_done(&prep->lease);
	sv_strv_done(&prep->argv);
	sv_strv_done(&prep->tpm_argv);
	sv_close_fd(&prep->lock);
}

size_t sv_prepared_parties(const struct sv_prepared *prep, struct sv_party parties[SV_MAX_PARTIES])
{
	size_t n = 0;

	if (prep->choice.main)
		parties[n++] = (struct sv_party){prep->choice.main, &prep->subject,
						 prep->wish.on_unlabelled};
	parties[n++] = (struct sv_party){&sv_driver_dac, &prep->owner, prep->wish.on_unlabelled};
	return n;
}

bool sv_prepared_is_enforced(const struct sv_prepared *prep)
{
	return prep->choice.main && prep->choice.mac.state == SV_MAC_ENFORCING &&
	       !prep->subject.permissive;
}
