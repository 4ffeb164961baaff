/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A session with libsemanage, from opening the store to the commit. Private to policy/.
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

/* *s has to be zero. It must not move until it is done, because libsemanage writes into it. */
int sv_policy_session_open(struct sv_policy_session *s, const struct sv_policy_store *store,
			   struct sv_error *err) sv_must_check;
void sv_policy_session_done(struct sv_policy_session *s);

/* Fills the error for the call that has just failed: what, and libsemanage's message. errno tells
 * whether a right was missing. Returns -code. */
int sv_policy_failed(const struct sv_policy_session *s, const char *what, struct sv_error *err);

/* Commits. The whole policy is built and, except for an offline tree, loaded: programs that keep
 * the file contexts in memory (udev) read them again only then. what begins the message of an
 * error. */
int sv_policy_commit(struct sv_policy_session *s, const struct sv_policy_store *store,
		     const char *what, struct sv_error *err) sv_must_check;
