/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Local file-context rules, each for one path: the label that restorecon(8) and a relabel of the
 * machine give it. Labels are opaque text here. Must not know what a path is to a guest.
 */
#pragma once

#include "policy/policy.h"

#include <sys/types.h>

enum sv_fcontext_type {
	SV_FCONTEXT_ANY, /* for a search: a rule for any type of file */
	SV_FCONTEXT_REG,
	SV_FCONTEXT_DIR,
	SV_FCONTEXT_CHAR,
	SV_FCONTEXT_BLOCK,
	SV_FCONTEXT_SOCK,
	SV_FCONTEXT_LINK,
	SV_FCONTEXT_PIPE,
};
/* fcontext-rule.c */

/* semanage(8)'s words: "regular file", "block device". */
const char *sv_fcontext_type_name(enum sv_fcontext_type type);
/* mode: all of st_mode, 0 for ANY. */
enum sv_fcontext_type sv_fcontext_type_of(mode_t mode);

/* The regular expression that only path matches, by libselinux's rules. It has no blanks and is
 * ASCII. The caller owns *ret. */
int sv_fcontext_expr(const char *path, char **ret, struct sv_error *err) sv_must_check;

/* A rule as it should be, and what the store has. */
struct sv_fcontext {
	char *path, *expr, *context; /* owned */
	enum sv_fcontext_type type;
	/* A directory and all that is in it: expr matches all of it, type is ANY, and there is a
	 * rule for each type except devices, which are not a part of a guest's directory. */
	bool whole;
	unsigned missing; /* whole: a bit for each type whose rule is missing; else 0 */
	bool there;	  /* exactly this rule is there; whole: at least one of the rules */
	char *other; /* the context of a rule for this path that is not ours; owned, NULL: none */
};

struct sv_fcontexts {
	struct sv_fcontext *items;
	size_t n;
};
void sv_fcontexts_done(struct sv_fcontexts *rules);
#define sv_auto_fcontexts sv_cleanup(sv_fcontexts_done)

/* Appends the rule for path, unless the list has it already. items must have room. mode as for
 * sv_fcontext_type_of(); it is ignored for a whole directory. */
int sv_fcontexts_add(struct sv_fcontexts *rules, const char *path, mode_t mode, bool whole,
		     const char *context, struct sv_error *err) sv_must_check;

/* A local rule that the store has. */
struct sv_fcontext_local {
	const char *expr;
	enum sv_fcontext_type type;
	const char *context;
};
/* Whether local is exactly rule, so that it may be removed. A rule for any type is never ours. */
bool sv_fcontext_is_ours(const struct sv_fcontext *rule, const struct sv_fcontext_local *local);
/* Notes in rule what a local rule means for it. */
int sv_fcontext_compare(struct sv_fcontext *rule, const struct sv_fcontext_local *local,
			struct sv_error *err) sv_must_check;

/* SV_E_BUSY, with both contexts: a rule of somebody else conflicts with one of rules. */
int sv_fcontexts_check(const struct sv_fcontexts *rules, struct sv_error *err) sv_must_check;

/* fcontext.c */

/* Fills there and other of each rule. */
int sv_fcontext_query(const struct sv_policy_store *store, struct sv_fcontexts *rules,
		      struct sv_error *err) sv_must_check;

/* As sv_fcontext_query(), then writes the rules that are missing. Nothing is committed when none is
 * missing, or when sv_fcontexts_check() fails. there is what was found, before the change. */
int sv_fcontext_write(const struct sv_policy_store *store, struct sv_fcontexts *rules,
		      struct sv_error *err) sv_must_check;

/* As sv_fcontext_query(), then removes the rules that are there and are ours. */
int sv_fcontext_remove(const struct sv_policy_store *store, struct sv_fcontexts *rules,
		       struct sv_error *err) sv_must_check;
