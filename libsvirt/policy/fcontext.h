/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Local file-context rules, one for one path: what restorecon(8) and a relabel of the machine make
 * of it. Labels are opaque text here, and what a path is to a guest is not known.
 */
#pragma once

#include "policy/policy.h"

#include <sys/types.h>

enum sv_fcontext_type {
	SV_FCONTEXT_ANY, /* for a search: whatever type the rule is for */
	SV_FCONTEXT_REG,
	SV_FCONTEXT_DIR,
	SV_FCONTEXT_CHAR,
	SV_FCONTEXT_BLOCK,
	SV_FCONTEXT_SOCK,
	SV_FCONTEXT_LINK,
	SV_FCONTEXT_PIPE,
};
/* semanage(8)'s words: "regular file", "block device". */
const char *sv_fcontext_type_name(enum sv_fcontext_type type);
/* mode: all of st_mode, 0 for ANY. */
enum sv_fcontext_type sv_fcontext_type_of(mode_t mode);

/* The regular expression that only path matches, as libselinux reads it: no blank and nothing but
 * ASCII is in it. The caller owns *ret. */
int sv_fcontext_expr(const char *path, char **ret, struct sv_error *err) sv_must_check;

/* A rule as it should be, and what is there. */
struct sv_fcontext {
	char *path, *expr, *context; /* owned */
	enum sv_fcontext_type type;
	/* For a directory and all that is in it: expr matches that, type is ANY, and there is a
	 * rule for each type but devices, which are no part of a guest's directory. */
	bool whole;
	unsigned missing; /* of those rules, a bit for each type; 0: none, or not whole */
	bool there;	  /* just this rule is there, or one of those */
	char *other; /* the context of a rule for this path that is not ours; owned, NULL: none */
};

struct sv_fcontexts {
	struct sv_fcontext *items;
	size_t n;
};
void sv_fcontexts_done(struct sv_fcontexts *rules);
#define sv_auto_fcontexts sv_cleanup(sv_fcontexts_done)

/* Appends the rule for path, unless the list has one for it; there has to be room in items. mode:
 * see sv_fcontext_type_of(); of no meaning for a whole directory. */
int sv_fcontexts_add(struct sv_fcontexts *rules, const char *path, mode_t mode, bool whole,
		     const char *context, struct sv_error *err) sv_must_check;

/* A local rule that is there, for the judgement. */
struct sv_fcontext_local {
	const char *expr;
	enum sv_fcontext_type type;
	const char *context;
};
/* Exactly the rule, so that it may be taken out for it? A rule for any type is nobody's we know. */
bool sv_fcontext_is_ours(const struct sv_fcontext *rule, const struct sv_fcontext_local *local);
/* Takes down in rule what a local rule means for it. */
int sv_fcontext_judge(struct sv_fcontext *rule, const struct sv_fcontext_local *local,
		      struct sv_error *err) sv_must_check;

/* SV_E_BUSY, with both contexts, when somebody else's rule stands in the way of one. */
int sv_fcontexts_check(const struct sv_fcontexts *rules, struct sv_error *err) sv_must_check;

/* Fills there and other of each rule. */
int sv_fcontext_query(const struct sv_policy_store *store, struct sv_fcontexts *rules,
		      struct sv_error *err) sv_must_check;

/* The same, then writes those that are not there; nothing is committed when there are none, or
 * when sv_fcontexts_check() fails. there is what was found, not what has become. */
int sv_fcontext_write(const struct sv_policy_store *store, struct sv_fcontexts *rules,
		      struct sv_error *err) sv_must_check;

/* The same, then takes those out that are ours and there. */
int sv_fcontext_remove(const struct sv_policy_store *store, struct sv_fcontexts *rules,
		       struct sv_error *err) sv_must_check;
