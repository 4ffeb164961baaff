/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of the dac driver share. Nobody else includes this. */
#pragma once

#include "driver/driver.h"

struct sv_owner {
	uid_t uid;
	gid_t gid;
};

/* "+UID:+GID". */
int sv_dac_parse(const char *label, struct sv_owner *ret, struct sv_error *err) sv_must_check;

/* Whether this process, which is not root's, has these ids already: a user's own guest. It keeps
 * the user's other groups, because only root can give up groups. */
bool sv_dac_is_self(const struct sv_owner *owner);

/* The bits (4 read, 2 write, 1 search) that a process without capabilities and without further
 * groups lacks. They come from the mode and from system.posix_acl_access (n bytes, 0: none), by the
 * kernel's rules. Pure. */
unsigned sv_dac_missing(const struct sv_owner *who, const struct sv_node *node, const void *acl,
			size_t n, unsigned want);

/* ask.c */

/* The operations that live in a file of their own; contracts in driver.h. */
/* Says in why, which may be NULL, that these bits (R_OK, W_OK, X_OK) are missing. */
void sv_dac_deny(struct sv_denial *why, const char *tclass, unsigned missing);
int sv_dac_may_search(const char *label, const struct sv_dirs *dirs, size_t *ret_at,
		      struct sv_denial *why, struct sv_error *err) sv_must_check;
int sv_dac_may_open(const char *label, const struct sv_node *node, enum sv_access access,
		    struct sv_denial *why, struct sv_error *err) sv_must_check;
