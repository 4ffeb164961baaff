/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who uses which level on this host: leases, live processes of any engine, static labels of
 * defined domains, and the categories of share groups. The one answer that allocation, checks and
 * `list --levels` share.
 */
#pragma once

#include "guest/state/handle.h"
#include "label/alloc.h"

enum sv_level_kind {
	SV_LEVEL_LEASE,
	SV_LEVEL_PROCESS,
	SV_LEVEL_STATIC,
	SV_LEVEL_GROUP, /* the level of what its members share: one category, theirs alone */
};

struct sv_level_use {
	struct sv_level level;
	enum sv_level_kind kind;
	pid_t pid;    /* of a process */
	char *holder; /* name of a guest, a domain or a group; NULL for a process */
	char *why;   /* that the level of a process counts; NULL for what holds a level by itself */
	bool joined; /* of a guest that has this level together with the one that asks */
};

void sv_level_use_done(struct sv_level_use *use);
#define sv_auto_level_use sv_cleanup(sv_level_use_done)

/* Nearly all leases hold a pair of categories, and there may be half a million of them: they are
 * bits, and who holds one is looked up when somebody asks. */
struct sv_level_uses {
	struct sv_store *store;	    /* borrowed; NULL: nothing was ever stored */
	uint64_t *pairs;	    /* SV_PAIR_WORDS of them; NULL like store */
	struct sv_level_use *items; /* everybody else */
	size_t n;
	const char *member; /* of this share group is who asks: its category is no conflict */
	const char *asker;  /* as below; borrowed */
	/* What who asks has together with others, who are no conflict at this very level. */
	bool joins;
	struct sv_level joined;
};
void sv_level_uses_done(struct sv_level_uses *uses);
#define sv_auto_level_uses sv_cleanup(sv_level_uses_done)

/* A level of more categories takes so many levels from others that no document decides it. */
#define SV_LEVEL_CATEGORIES_MAX 64u
static inline bool sv_level_takes_many(const struct sv_level *level)
{
	return sv_catset_count(&level->cats) > SV_LEVEL_CATEGORIES_MAX;
}

/* Whether a use keeps comparable levels from others. A definition does not by a label that is not
 * started as it stands: only its very level is somebody's. */
bool sv_level_use_takes(const struct sv_level_use *use);

/* Who asks for a level: its own lease, static label and VMM do not count. */
struct sv_level_asker {
	const char *name;
	const struct sv_lease *joins; /* of a guest whose level it is to have too; or NULL */
};

/* store may be NULL: nothing was ever stored. asker NULL: everybody counts; it has to outlive *ret.
 */
int sv_level_uses_read(const struct svirt *sv, const struct sv_driver *driver,
		       struct sv_store *store, const struct sv_level_asker *asker,
		       struct sv_level_uses *ret, struct sv_error *err) sv_must_check;

/* The same of what the store knows: leases and share groups, and no look at anything else. */
int sv_level_uses_stored(const struct svirt *sv, const struct sv_driver *driver,
			 struct sv_store *store, const struct sv_level_asker *asker,
			 struct sv_level_uses *ret, struct sv_error *err) sv_must_check;

/* What dynamic levels are drawn from: the low sensitivity of this process, and of its categories
 * those that svirt.conf(5) leaves. At least two. */
int sv_level_pool(const struct svirt *sv, const struct sv_driver *driver, struct sv_level *ret,
		  struct sv_error *err) sv_must_check;

/* The levels of the pool that nobody uses, at its sensitivity or (sens not NULL) at another one.
 * The caller frees *ret. */
int sv_level_free(const struct svirt *sv, const struct sv_driver *driver,
		  const struct sv_level_uses *uses, const uint32_t *sens, struct sv_alloc **ret,
		  struct sv_error *err) sv_must_check;

/* 0: *ret is a use that is comparable with level, and not one that is shared on purpose; the
 * caller releases it. SV_NONE: there is none. */
int sv_level_conflict(const struct sv_level_uses *uses, const struct sv_level *level,
		      struct sv_level_use *ret, struct sv_error *err) sv_must_check;

/* "guest 'a'", "process 12", "the static label of domain 'b'", "share group 'c'". Returns out. */
const char *sv_level_use_text(const struct sv_level_use *use, char *out, size_t room);
