/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest "me" that asks for a level, on a host that a test plays: a driver whose labels are
 * levels, at most one process, a store and static labels. Whoever asks for something that fails
 * here fails the test.
 */
#pragma once

#include "guest/state/handle.h"
#include "store-fixture.h"

/* What the next question is about; level_setup() puts back what is usual. */
struct level_play {
	const char *own_range;
	const char *baselabel;	   /* of "me"; NULL: none */
	const char *process_level; /* of process process_pid; NULL: there is none */
	pid_t process_pid;
	void (*during)(void);  /* somebody else's turn, while processes are looked at; or NULL */
	const char *join;      /* that "me" asks to join; NULL: nobody */
	const char *kept_with; /* the guest that "me", as labelled, had kept_level with; or NULL */
	const char *kept_level;
	bool writes_down; /* nobody does under a policy that is as MLS demands it */
};
extern struct level_play play;
extern struct svirt level_sv;
extern const struct sv_driver level_driver;

int level_setup(void **state);

/* A defined domain with a static label of its own. */
void level_define(const char *name, const char *level);
/* A member of the group "g", whose category is c4: its level is level without that. */
void level_add_member(struct sv_store *store, const char *name, const char *level);

/* The level that the guest "me" gets when it asks for level (NULL: any) and a share group (NULL:
 * none), or the error. *ret_shared is the level of what it shares. */
int level_choose_in(struct sv_store *store, const char *level, const char *group, char **ret,
		    char **ret_shared, struct sv_error *err);
int level_choose(struct sv_store *store, const char *level, char **ret, struct sv_error *err);

/* It gets level; it asks for that unless it joins somebody. */
void level_granted(struct sv_store *store, const char *level);
void level_refused(struct sv_store *store, const char *level, enum sv_code code, const char *msg);
