/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From a parsed domain to everything that is decided before the first label changes: which model,
 * which label, which files, which command line. label, start and their dry runs all go through
 * here, so that what is shown is what is done.
 */
#pragma once

#include "base/string.h"
#include "guest/files.h"
#include "guest/levels.h"
#include "plan/plan.h"

#define SV_PREPARE_REQUIRE_ENFORCING (1u << 1)
#define SV_PREPARE_LAUNCH	     (1u << 2) /* a VMM will be started: also its command line */
#define SV_PREPARE_UNCONFINED	     (1u << 3)
#define SV_PREPARE_SHARED_LEVEL	     (1u << 5) /* a document may ask for comparable levels */
#define SV_PREPARE_PAUSED	     (1u << 4) /* the VMM is not to run yet */

/* What the caller asked for. */
struct sv_wish {
	unsigned flags;
	bool has_level;
	struct sv_level level; /* that a dynamic guest is to get, and no other */
	enum sv_on_unlabelled on_unlabelled;
	const char *group; /* share group that it is to be a member of; borrowed, or NULL */
	const char *join;  /* guest whose level it is to have too; borrowed, or NULL */
	/* targets of the disks whose chains are accepted as they are; borrowed, ends with NULL, or
	 * NULL */
	const char *const *accept;
};

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
 * demanded, type='none' without being asked, a model that this host does not run. */
int sv_choose(const struct svirt *sv, const struct sv_domain *dom, unsigned flags,
	      struct sv_choice *ret, struct sv_error *err) sv_must_check;

struct sv_prepared {
	struct sv_wish wish;
	bool has_preferred;
	struct sv_level preferred; /* to take when it is free */
	char *kept_group;	   /* that the guest was labelled in before; owned */
	char *kept_level;	   /* that it was labelled with, whole; owned */
	char *kept_peer;	   /* that had this level too; owned, or NULL */
	bool joins;		   /* it gets the level of another guest on purpose */
	struct sv_lease joined;	   /* of that guest; owned */
	struct sv_choice choice;
	struct sv_level_uses uses; /* who has which level; empty without a model. It borrows */
	struct sv_level level;	   /* whole: with the category of the group */
	const char *group;	   /* borrowed; NULL: none */
	uint32_t category;	   /* of the group */
	struct sv_level shared;	   /* of what the group shares */
	struct sv_subject subject, owner; /* of main and of dac */
	struct sv_files files;
	struct sv_plan plan;
	struct sv_lease lease;
	struct sv_strv argv;	 /* empty unless LAUNCH */
	struct sv_strv tpm_argv; /* of swtpm; empty also when the guest has no use for it */
	uint64_t locked_kib;	 /* that the VMM may lock, 0: as any process */
	int lock;		 /* the guest's lock file; may be -1 in a rehearsal */
};
void sv_prepared_done(struct sv_prepared *prep);
#define sv_auto_prepared sv_cleanup(sv_prepared_done)

/* What a guest that holds a lease goes on with unless something else is asked for: its level, its
 * share group, whom it joined. */
int sv_prepare_remember(struct sv_store *store, const struct sv_lease *lease,
			struct sv_prepared *prep, struct sv_error *err) sv_must_check;

/* The level of a guest that has a model; prep->choice is filled already. Errors are as below. */
int sv_assign_level(struct svirt *sv, struct sv_store *store, const struct sv_domain *dom,
		    struct sv_prepared *prep, struct sv_error *err) sv_must_check;

/* The parts of a guest's identity: its level (a dynamic one is picked, a static one compared with
 * those in use) and its labels. prep->choice is filled already. SV_E_BUSY and SV_E_EXHAUSTED are
 * about the level, everything else about the labels. */
int sv_prepare_labels(struct svirt *sv, struct sv_store *store, const struct sv_domain *dom,
		      struct sv_prepared *prep, struct sv_error *err) sv_must_check;

/* Whether the level, and the category of the share group, that were assigned may still be had as
 * far as the store knows. SV_NONE: not any more, or what was joined is gone. In a transaction. */
int sv_assign_again(struct svirt *sv, struct sv_store *store, const struct sv_domain *dom,
		    const struct sv_prepared *prep, struct sv_error *err) sv_must_check;

/* The emulator's command line, into prep->argv; prep->files is filled already. */
int sv_prepare_argv(struct svirt *sv, const struct sv_domain *dom, struct sv_prepared *prep,
		    struct sv_error *err) sv_must_check;

/* May a process labelled self (NULL: this one) start emulator as the guest? */
int sv_prepare_emulator(const struct sv_prepared *prep, const char *self, const char *emulator,
			struct sv_error *err) sv_must_check;

/* The drivers that label for this guest, with their views: at most SV_MAX_PARTIES. */
#define SV_MAX_PARTIES 2u
size_t sv_prepared_parties(const struct sv_prepared *prep, struct sv_party parties[SV_MAX_PARTIES]);

/* Whether the kernel enforces its model against the guest. */
bool sv_prepared_is_enforced(const struct sv_prepared *prep);

/* All decisions of one guest: labels, plan, lease, command line. Slow, so in no transaction: the
 * kernel and all processes are asked, trees are read.
 * What it takes from the store may be overtaken before it is reserved: sv_reserve() looks at that
 * again. */
int sv_prepare_decide(struct svirt *sv, struct sv_store *store, const struct sv_domain *dom,
		      struct sv_prepared *prep, struct sv_error *err) sv_must_check;
/* Forgets what that did, but for the UUID. */
void sv_prepare_undecide(struct sv_prepared *prep);

/* Decides, takes the guest's lock, reserves the level and journals the plan. In a rehearsal
 * the same happens, to its store alone. *ret borrows from dom, whose host
 * devices are looked up first. */
int sv_prepare(struct svirt *sv, struct sv_store *store, struct sv_domain *dom,
	       const struct sv_wish *wish, struct sv_prepared *ret,
	       struct sv_error *err) sv_must_check;
