/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest "me" that asks for a level, on a simulated host: a driver whose labels are levels, at
 * most one process, a store and static labels. A helper that fails fails the test.
 */
#pragma once

#include "guest/state/handle.h"
#include "store-fixture.h"

/* The settings of the next request; level_setup() sets the defaults. */
struct level_play {
	const char *own_range;
	const char *baselabel;	   /* of "me"; NULL: none */
	const char *process_level; /* of process process_pid; NULL: there is none */
	pid_t process_pid;
	void (*during)(void);  /* a concurrent command, called while processes are scanned */
	const char *join;      /* the guest that "me" asks to join; NULL: none */
	const char *kept_with; /* the guest that "me", as labelled, had kept_level with; or NULL */
	const char *kept_level;
	bool writes_down; /* false: as under an MLS policy */
};
extern struct level_play play;
extern struct svirt level_sv;
extern const struct sv_driver level_driver;

int level_setup(void **state);

/* A defined domain with a static label that has this level. */
void level_define(const char *name, const char *level);
/* A member of the group "g", whose category is c4. Its level is level plus that category. */
void level_add_member(struct sv_store *store, const char *name, const char *level);

/* The level that the guest "me" gets when it asks for level (NULL: any) and a share group (NULL:
 * none), or the error. *ret_shared is the level of its shared files. */
int level_choose_in(struct sv_store *store, const char *level, const char *group, char **ret,
		    char **ret_shared, struct sv_error *err);
int level_choose(struct sv_store *store, const char *level, char **ret, struct sv_error *err);

/* Expects that it gets level, which it asks for unless it joins a guest. */
void level_granted(struct sv_store *store, const char *level);
void level_refused(struct sv_store *store, const char *level, enum sv_code code, const char *msg);
