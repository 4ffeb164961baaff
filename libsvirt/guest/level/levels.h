/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who uses which level on this host: leases, live processes of any engine, static labels of defined
 * domains, and the categories of share groups. Allocation, checks and `list --levels` all use this
 * answer.
 */
#pragma once

#include "guest/state/handle.h"
#include "label/alloc.h"

enum sv_level_kind {
	SV_LEVEL_LEASE,
	SV_LEVEL_PROCESS,
	SV_LEVEL_STATIC,
	SV_LEVEL_GROUP, /* the level of what the members share: one category of their own */
};

struct sv_level_use {
	struct sv_level level;
	enum sv_level_kind kind;
	pid_t pid;    /* of a process */
	char *holder; /* name of a guest, a domain or a group; NULL for a process */
	char *why;    /* why the level of a process counts; NULL for other holders */
	bool joined;  /* a guest that shares this level with the asker on purpose */
};

void sv_level_use_done(struct sv_level_use *use);
#define sv_auto_level_use sv_cleanup(sv_level_use_done)

/* All levels in use. Nearly all leases hold a pair of categories, and there may be half a million
 * of them. So pairs are bits here, and the holder of a pair is looked up when it is needed. */
struct sv_level_uses {
	struct sv_store *store;	    /* borrowed; NULL: nothing was ever stored */
	uint64_t *pairs;	    /* SV_PAIR_WORDS words; NULL when store is NULL */
	struct sv_level_use *items; /* all other holders */
	size_t n;
	const char *member; /* the asker's share group, whose category is no conflict; or NULL */
	const char *asker;  /* name of the guest that asks; borrowed */
	/* The level that the asker shares with peers. At this very level they are no conflict. */
	bool joins;
	struct sv_level joined;
};
void sv_level_uses_done(struct sv_level_uses *uses);
#define sv_auto_level_uses sv_cleanup(sv_level_uses_done)

/* A level with more categories takes so many levels from others that a document may not ask for it.
 */
#define SV_LEVEL_CATEGORIES_MAX 64u
static inline bool sv_level_takes_many(const struct sv_level *level)
{
	return sv_catset_count(&level->cats) > SV_LEVEL_CATEGORIES_MAX;
}

/* Whether a use keeps comparable levels from others. A definition whose label would not be started
 * without --shared-level keeps only its very level. */
bool sv_level_use_takes(const struct sv_level_use *use);

/* The guest that asks for a level. Its own lease, static label and VMM do not count. */
struct sv_level_asker {
	const char *name;
	const struct sv_lease *joins; /* the guest that it joins; or NULL */
};

/* Reads all levels in use. store NULL: nothing was ever stored. asker NULL: every holder counts;
 * otherwise asker has to outlive *ret. */
int sv_level_uses_read(const struct svirt *sv, const struct sv_driver *driver,
		       struct sv_store *store, const struct sv_level_asker *asker,
		       struct sv_level_uses *ret, struct sv_error *err) sv_must_check;

/* Reads only the levels that the store knows: those of leases and share groups. */
int sv_level_uses_stored(const struct svirt *sv, const struct sv_driver *driver,
			 struct sv_store *store, const struct sv_level_asker *asker,
			 struct sv_level_uses *ret, struct sv_error *err) sv_must_check;

/* The pool of dynamic levels: the low sensitivity of this process, and those of its categories that
 * svirt.conf(5) leaves, at least two. */
int sv_level_pool(const struct svirt *sv, const struct sv_driver *driver, struct sv_level *ret,
		  struct sv_error *err) sv_must_check;

/* The free levels of the pool, at its sensitivity or, if sens is not NULL, at another one. The
 * caller frees *ret. */
int sv_level_free(const struct svirt *sv, const struct sv_driver *driver,
		  const struct sv_level_uses *uses, const uint32_t *sens, struct sv_alloc **ret,
		  struct sv_error *err) sv_must_check;

/* 0: *ret is a use whose level is comparable with level and not shared on purpose; the caller
 * releases it. SV_NONE: there is none. */
int sv_level_conflict(const struct sv_level_uses *uses, const struct sv_level *level,
		      struct sv_level_use *ret, struct sv_error *err) sv_must_check;

/* "guest 'a'", "process 12", "the static label of domain 'b'", "share group 'c'". Returns out. */
const char *sv_level_use_text(const struct sv_level_use *use, char *out, size_t room);
