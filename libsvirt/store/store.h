/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What svirt must not forget: which guest holds which label (leases), and what each file was
 * before svirt changed it (journal). It is an SQLite database, which only this folder knows. It is
 * durable before the first label changes. Readers never wait for a running guest. A lease is alive
 * while its lock file is held (base/lock.h), not because a row exists.
 *
 * Lock order: the guest's lock file, then the transaction. A transaction is never held over fork,
 * QMP or a wait.
 */
#pragma once

#include "base/error.h"
#include "base/parse.h"
#include "base/string.h"
#include "base/watch.h"
#include "label/alloc.h"

#include <stdint.h>

#define SV_STORE_SCHEMA 3
struct sv_store;

enum sv_store_mode {
	SV_STORE_READ,
	SV_STORE_WRITE,
	SV_STORE_REHEARSE, /* a copy in memory, which is thrown away when it is closed */
};

/* Opens DIR/state.db. SV_STORE_WRITE creates it (0600) in an existing directory. SV_STORE_READ
 * returns SV_NONE when nothing was ever stored; SV_STORE_REHEARSE begins empty then. A store of an
 * older schema is upgraded; SV_STORE_READ leaves the file as it is and reads an upgraded copy.
 * SV_E_HOST: a newer schema. SV_E_UNKNOWN: a damaged file. Both have the remedy. SV_E_BUSY: another
 * process keeps the store busy for more than a minute. A change that was interrupted in its commit
 * is rolled back by the next SV_STORE_WRITE; until then the other modes are SV_E_UNKNOWN. Readers
 * need read and lock on state.db and read on state.db-journal. Not to be used across fork(2). */
int sv_store_open(const char *dir, enum sv_store_mode mode, struct sv_store **ret,
		  struct sv_error *err) sv_must_check;
/* As sv_store_open(). After a second of waiting for another process, and each second from then on,
 * watch is told SV_WORK_WAIT with DIR/state.db, and may end the wait. That holds for later calls on
 * this store too. watch is borrowed. */
int sv_store_open_watched(const char *dir, enum sv_store_mode mode, const struct sv_watch *watch,
			  struct sv_store **ret, struct sv_error *err) sv_must_check;
void sv_store_close(struct sv_store **store);
/* Whether the store is a copy (SV_STORE_REHEARSE): then nothing else may be changed either. */
bool sv_store_rehearses(const struct sv_store *store);
#define sv_auto_store sv_cleanup(sv_store_close)

/* exchange.c */

/* 0: the file makes sense, as far as can be seen without looking at each index (PRAGMA
 * quick_check). SV_NONE: it is damaged. */
int sv_store_check(struct sv_store *store, struct sv_error *err) sv_must_check;
/* Exchanges DIR/state.db and DIR/ASIDE/state.db, with their journals. Nobody may have either of
 * them open. */
int sv_store_exchange(const char *dir, const char *aside, struct sv_error *err) sv_must_check;

/* store.c */

/* Begins a transaction. There is one writer at a time, in the order in which they came
 * (store/queue.h). After a minute of waiting SV_E_BUSY names the process that keeps the others
 * waiting. A store that was opened for reading gets one unchanging view. Commit returns after the
 * data is on the disk. When it fails, the transaction is rolled back. */
int sv_store_begin(struct sv_store *store, struct sv_error *err) sv_must_check;
int sv_store_commit(struct sv_store *store, struct sv_error *err) sv_must_check;
void sv_store_rollback(struct sv_store *store); /* harmless without a transaction */

/* Begins a transaction for reading only: all reads see the store at one moment and take the locks
 * once. *ret: the caller ends it with sv_store_rollback(). When it is false, a transaction was open
 * already and serves as well. Writers wait in their commit meanwhile. */
int sv_store_look(struct sv_store *store, bool *ret, struct sv_error *err) sv_must_check;

/* A number that changes whenever another connection changes the store (PRAGMA data_version). What
 * was read at the same number still holds. The number has no other meaning, and this connection's
 * own changes do not count. */
int sv_store_version(struct sv_store *store, int64_t *ret, struct sv_error *err) sv_must_check;

/* lease.c */

/* What a guest is in one model that confines it. Text is owned. */
struct sv_lease_layer {
	char *driver; /* name of the model */
	char *label;  /* of the process */
	char *image;  /* of an image that it writes; NULL: images keep their label in this model */
};
#define SV_LEASE_LAYERS 3u
/* One lease. Text is owned; see sv_lease_done(). */
struct sv_lease {
	int64_t id;
	char *name; /* unique */
	char uuid[SV_UUID_LEN + 1];
	bool kept;     /* labelled only (svirt label): its labels stay without a monitor */
	bool was_kept; /* it was kept before a start that is not finished; when that start fails, it
			  is kept again */
	/* in the order in which they are applied */
	struct sv_lease_layer layers[SV_LEASE_LAYERS];
	size_t n_layers;
	char *level;	   /* canonical; NULL when the label has none. Unique, except among joined
				guests. A pair of categories is unique whatever its sensitivity */
	char *group;	   /* its share group, or NULL */
	uint32_t category; /* of the group; a part of level */
	char *joined;	   /* the guest that holds its level, when that is another one; else NULL.
			      For sv_lease_add(): any guest that has the level, or NULL */
	bool dynamic;
	bool own_user; /* the user of its dac layer was drawn for it (guest/level/users.h) */
	char *emulator;
	uint32_t vcpus;
	uint64_t memory_kib, max_memory_kib;
	int64_t created; /* seconds since the epoch */
};
void sv_lease_done(struct sv_lease *lease);
/* Adds a layer with copies of its texts; label is never NULL. */
int sv_lease_wear(struct sv_lease *lease, const char *driver, const char *label, const char *image,
		  struct sv_error *err) sv_must_check;
/* The layer of the model driver. NULL: there is none. Borrowed. */
const struct sv_lease_layer *sv_lease_layer(const struct sv_lease *lease, const char *driver);
/* Whether the two have the same layers, with the same labels. */
bool sv_lease_same_layers(const struct sv_lease *a, const struct sv_lease *b);
int sv_lease_copy(const struct sv_lease *from, struct sv_lease *ret,
		  struct sv_error *err) sv_must_check;
#define sv_auto_lease sv_cleanup(sv_lease_done)

/* Inserts a lease. *ret_id is never used again for another guest. The share group is made with its
 * first member and ends with the last, in the same transaction. SV_BUSY: the name is taken; a guest
 * that lease does not join has the level; the group holds another category; or another group holds
 * that category. */
int sv_lease_add(struct sv_store *store, const struct sv_lease *lease, int64_t *ret_id,
		 struct sv_error *err) sv_must_check;
/* The lease of the guest name. SV_NONE: there is none. */
int sv_lease_find(struct sv_store *store, const char *name, struct sv_lease *ret,
		  struct sv_error *err) sv_must_check;
/* The lease that holds the pair of categories with this number (sv_pair_of()). When several joined
 * guests have it, one that is not the guest except (or NULL). SV_NONE: there is none. */
int sv_lease_holding(struct sv_store *store, uint32_t pair, const char *except,
		     struct sv_lease *ret, struct sv_error *err) sv_must_check;
/* The lease that holds this very level. Looks at every lease, so it is for rare cases. SV_NONE:
 * there is none. */
int sv_lease_at(struct sv_store *store, const char *level, struct sv_lease *ret,
		struct sv_error *err) sv_must_check;
/* A guest other than guest (or NULL) whose label of driver lies in range, both ends included. The
 * caller owns *ret. SV_NONE: there is none. */
int sv_lease_wearing(struct sv_store *store, const char *driver, const char *const range[2],
		     const char *guest, char **ret, struct sv_error *err) sv_must_check;
/* The names of all other guests that share the level of this lease (--join), the oldest first. *ret
 * has to be empty; the caller releases it. */
int sv_lease_peers(struct sv_store *store, int64_t id, struct sv_strv *ret,
		   struct sv_error *err) sv_must_check;
/* Calls fn for each lease, in order of id. A positive return ends the walk and is returned. fn must
 * not write. WATCHED: the leases that are not kept. BACKWARDS: all, the last id first. */
enum sv_lease_which { SV_LEASES_ALL, SV_LEASES_WATCHED, SV_LEASES_BACKWARDS };
int sv_lease_each(struct sv_store *store, enum sv_lease_which which,
		  int (*fn)(void *data, const struct sv_lease *lease, struct sv_error *err),
		  void *data, struct sv_error *err) sv_must_check;
/* The levels of leases and nothing else of them, in order of id. WIDE: the few levels that are not
 * a pair of categories (apart from the category of a share group). Use ALL only when the store is
 * closed afterwards: its cache is small from then on. */
struct sv_lease_level {
	char *name, *level;
	char *group, *joined; /* or NULL */
};
enum sv_lease_levels { SV_LEVELS_ALL, SV_LEVELS_WIDE };
int sv_lease_each_level(struct sv_store *store, enum sv_lease_levels which,
			int (*fn)(void *data, const struct sv_lease_level *lease,
				  struct sv_error *err),
			void *data, struct sv_error *err) sv_must_check;
/* Sets the bit of each pair of categories that a lease holds (apart from the category of a share
 * group). The time does not depend on the number of leases. */
int sv_lease_pairs(struct sv_store *store, uint64_t words[SV_PAIR_WORDS],
		   struct sv_error *err) sv_must_check;
/* Turns the kept lease with the id lease->id into a watched one, for a guest that wants the same
 * labels, and stores the other fields of lease. Sets was_kept. SV_E_NOTFOUND: there is no such
 * lease. */
int sv_lease_reuse(struct sv_store *store, const struct sv_lease *lease,
		   struct sv_error *err) sv_must_check;
/* Sets kept for good, which clears was_kept. SV_E_NOTFOUND: there is no such lease. */
int sv_lease_keep(struct sv_store *store, int64_t id, bool kept,
		  struct sv_error *err) sv_must_check;
/* Removes the lease, if it exists. SV_E_PARTIAL: it still has holds (a foreign key sees to it). */
int sv_lease_remove(struct sv_store *store, int64_t id, struct sv_error *err) sv_must_check;

/* group.c */

/* The category that a share group holds. SV_NONE: there is no such group, as it has no member. */
int sv_group_find(struct sv_store *store, const char *name, uint32_t *ret,
		  struct sv_error *err) sv_must_check;
/* Calls fn for every share group, in order of name, with the rules of sv_lease_each(). */
int sv_group_each(struct sv_store *store,
		  int (*fn)(void *data, const char *name, uint32_t category, struct sv_error *err),
		  void *data, struct sv_error *err) sv_must_check;
