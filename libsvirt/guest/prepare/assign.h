/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which level a guest gets, and the category of its share group; and who could be confused with it.
 */
#pragma once

#include "guest/level/levels.h"
#include "guest/prepare/choose.h"
#include "guest/prepare/request.h"

/* What a guest was labelled with before. It goes on with that unless something else is asked for.
 */
struct sv_former {
	bool has_level;
	struct sv_level level; /* without the category of a group; used when it is free */
	char *whole;	       /* the level as it was; owned, NULL: nobody else had it */
	char *peer;	       /* a guest that had that level too; owned, or NULL */
	char *group;	       /* its share group; owned, or NULL */
};

/* What was decided. */
struct sv_assignment {
	struct sv_former former;
	bool joins;		   /* the guest gets the level of another guest on purpose */
	struct sv_lease joined;	   /* of that guest; owned */
	char *group;		   /* share group; owned, or NULL */
	uint32_t category;	   /* of the group */
	struct sv_level level;	   /* with the category of the group */
	struct sv_level shared;	   /* of what the members of the group share */
	struct sv_level_uses uses; /* who has which level. It borrows the name of the guest */
};
void sv_assignment_done(struct sv_assignment *assignment);

/* The guest that a level is for. All of it is borrowed. */
struct sv_assign_case {
	struct svirt *sv;
	struct sv_store *store; /* NULL: nothing was ever stored */
	const struct sv_domain *dom;
	const struct sv_guest_request *request;
	const struct sv_choice *choice; /* with a model */
};

/* Assigns the level. to has its former level already, or none. SV_E_BUSY and SV_E_EXHAUSTED: the
 * level cannot be had. SV_E_NOTFOUND, SV_E_USAGE: there is no such level to join. */
int sv_assign_level(const struct sv_assign_case *c, struct sv_assignment *to,
		    struct sv_error *err) sv_must_check;

/* Whether the level, and the category of the share group, that were assigned may still be had as
 * far as the store knows. SV_NONE: not any more, or what was joined is gone. In a transaction. */
int sv_assign_again(const struct sv_assign_case *c, const struct sv_assignment *assigned,
		    struct sv_error *err) sv_must_check;

/* What a guest that holds lease goes on with, into to->former. */
int sv_assign_former(struct sv_store *store, const struct sv_lease *lease,
		     const struct sv_guest_request *request, struct sv_assignment *to,
		     struct sv_error *err) sv_must_check;
