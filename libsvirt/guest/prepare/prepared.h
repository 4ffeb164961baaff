/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Everything that is decided for a guest before the first label changes. choose.h, assign.h and
 * decide.h fill it, reserve.h reserves it for the guest, launch.h carries it out.
 */
#pragma once

#include "base/string.h"
#include "guest/files/files.h"
#include "guest/level/levels.h"
#include "guest/prepare/choose.h"
#include "guest/prepare/wish.h"
#include "plan/plan.h"

struct sv_prepared {
	struct sv_wish wish;
	bool has_preferred;
	struct sv_level preferred; /* the level to take when it is free */
	char *kept_group;	   /* the group in which the guest was labelled before; owned */
	char *kept_level;	   /* the whole level with which it was labelled; owned */
	char *kept_peer;	   /* a guest that had this level too; owned, or NULL */
	bool joins;		   /* it gets the level of another guest (--join) */
	struct sv_lease joined;	   /* the lease of that guest; owned */
	struct sv_choice choice;
	struct sv_level_uses uses;	  /* levels in use; empty without a model. It borrows */
	struct sv_level level;		  /* the whole level, with the category of the group */
	const char *group;		  /* borrowed; NULL: none */
	uint32_t category;		  /* of the group */
	struct sv_level shared;		  /* of what the group shares */
	struct sv_subject subject, owner; /* of main and of dac */
	struct sv_files files;
	struct sv_plan plan;
	struct sv_lease lease;
	struct sv_strv argv;	 /* empty unless LAUNCH */
	struct sv_strv tpm_argv; /* of swtpm; empty when the guest has no emulated TPM */
	uint64_t locked_kib;	 /* memory that the VMM may lock, 0: as any process */
	int lock;		 /* the guest's lock file; may be -1 in a rehearsal */
};
void sv_prepared_done(struct sv_prepared *prep);
#define sv_auto_prepared sv_cleanup(sv_prepared_done)

/* The drivers that label for this guest, with their views of it: at most SV_MAX_PARTIES. */
#define SV_MAX_PARTIES 2u
size_t sv_prepared_parties(const struct sv_prepared *prep, struct sv_party parties[SV_MAX_PARTIES]);

/* Whether the kernel enforces its model against the guest. */
bool sv_prepared_is_enforced(const struct sv_prepared *prep);
