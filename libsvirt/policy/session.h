/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One handle of libsemanage from opening the store to the commit. Private to policy/.
 */
#pragma once

#include "policy/policy.h"

#include <semanage/semanage.h>

#define SV_POLICY_MESSAGES 400u

struct sv_policy_session {
	semanage_handle_t *sh;
	bool connected, rooted;
	char messages[SV_POLICY_MESSAGES]; /* of libsemanage and the compiler below it */
};

/* s is zeroed before; libsemanage writes into it until it is done, so it may not move. */
int sv_policy_session_open(struct sv_policy_session *s, const struct sv_policy_store *store,
			   struct sv_error *err) sv_must_check;
void sv_policy_session_done(struct sv_policy_session *s);

/* The error of the call that has just failed (errno says whether it was a right that was missing):
 * what, and libsemanage's own words. Returns -code. */
int sv_policy_failed(const struct sv_policy_session *s, const char *what, struct sv_error *err);

/* Ends the transaction. The whole policy is built and, but for a tree, loaded: programs that keep
 * the file contexts in memory (udev) read them again only then. what: why it failed. */
int sv_policy_commit(struct sv_policy_session *s, const struct sv_policy_store *store,
		     const char *what, struct sv_error *err) sv_must_check;
