/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is prepared for a guest before the first label changes: what was asked for, what was
 * decided, and what is to be done. Each part is filled by the function that is named at it;
 * reserve.h reserves all of it for the guest, launch.h carries it out.
 */
#pragma once

#include "base/string.h"
#include "domain/group-limits.h"
#include "guest/files/files.h"
#include "guest/prepare/assign.h"
#include "guest/prepare/choose.h"
#include "guest/prepare/request.h"
#include "plan/plan.h"

/* Who the guest is to the security models: sv_prepare_labels(), but for the choice. */
struct sv_identity {
	char uuid[SV_UUID_LEN + 1];    /* of the document, of the lease, or a new one */
	struct sv_choice choice;       /* the models: sv_choose() */
	struct sv_assignment assigned; /* the level; empty without a model that has levels */
	uint32_t user, user_before;    /* of the guest's own, drawn; 0: none */
	uint32_t user_alone;	       /* no other guest may have it; 0: others may */
	struct sv_stack stack;	       /* the labels, a layer for each chosen model */
};
/* What the guest is in its mandatory model. NULL: it is unconfined. */
const struct sv_subject *sv_identity_main(const struct sv_identity *identity);

struct sv_prepared {
	struct sv_guest_request request; /* sv_guest_request_read() */
	struct sv_identity identity;
	struct sv_limit_list bounds; /* sv_bounds_find() */
	struct sv_files files;	     /* sv_files_of() */
	struct sv_plan plan;	     /* this and the rest: sv_prepare_decide() */
	struct sv_lease lease;
	struct sv_strv argv;	 /* empty unless LAUNCH */
	struct sv_strv tpm_argv; /* of swtpm; empty when the guest has no emulated TPM */
	uint64_t locked_kib;	 /* memory that the VMM may lock, 0: as any process */
	bool network;		 /* the VMM uses the internet's protocols */
	int lock;		 /* the guest's lock file, sv_reserve(); may be -1 in a rehearsal */
};
void sv_prepared_done(struct sv_prepared *prep);
#define sv_auto_prepared sv_cleanup(sv_prepared_done)

/* Whether the kernel enforces its model against the guest. */
bool sv_identity_is_enforced(const struct sv_identity *identity);
