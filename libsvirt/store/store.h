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

#define SV_STORE_SCHEMA 2
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

/* hold.c; leaf.c for the labels in a tree, below.c for the inodes in it */

/* One label that one guest needs on one inode. */
struct sv_hold {
	int64_t guest;
	uint32_t seq; /* order of application */
	char *driver;
	char *path;
	char *target;		 /* "vda" */
	uint64_t dev, ino, born; /* as in struct sv_node */
	uint64_t device; /* that a node stands for, block and character ones told apart; 0: none */
	char boot[SV_UUID_LEN + 1]; /* in which dev was seen: the next may number it anew */
	char *wanted;		    /* what svirt sets */
	char *original;		    /* what it was before the first holder */
	char *handle; /* base/fhandle.h: to find it when its path leads elsewhere; or NULL */
	char *attrs;  /* plan/attrs.h: mode, ACL and names of attributes before the first holder,
		       * where the label makes the guest their owner; else NULL */
	bool tree;    /* a directory, with all that is in it */
	bool alone;   /* no other guest may hold it, whatever label it wants */
};
void sv_hold_done(struct sv_hold *hold);
int sv_hold_copy(const struct sv_hold *from, struct sv_hold *ret,
		 struct sv_error *err) sv_must_check;
#define sv_auto_hold sv_cleanup(sv_hold_done)

/* Journals a hold, in a transaction. The first holder of (driver, dev, ino, born) stores the
 * original. A later one that wants the same label gets the stored original. SV_BUSY, with the
 * holder in *ret_holder (owned by the caller): another guest holds the inode with a different
 * label; one of the two wants it alone, for any model; or the inode is being put back. */
int sv_hold_add(struct sv_store *store, const struct sv_hold *hold, char **ret_holder,
		struct sv_error *err) sv_must_check;
/* Asks whether another guest would make sv_hold_add() return SV_BUSY, without a change. 0: none. */
int sv_hold_check(struct sv_store *store, const struct sv_hold *hold, char **ret_holder,
		  struct sv_error *err) sv_must_check;
/* Marks the inode of hold as being put back, or takes the mark off, in a transaction. The putting
 * back itself happens outside of any. No other guest gets the inode meanwhile, whatever label it
 * wants. */
int sv_hold_going(struct sv_store *store, const struct sv_hold *hold, bool going,
		  struct sv_error *err) sv_must_check;
/* 0: the inode of hold is being put back. SV_NONE: it is not. */
int sv_hold_is_going(struct sv_store *store, const struct sv_hold *hold,
		     struct sv_error *err) sv_must_check;
/* Who holds (driver, dev, ino) of hold, with which label, and whether that guest wants it alone.
 * Other guests are preferred to hold's own. The caller owns both texts. SV_NONE: nobody holds it.
 */
int sv_hold_find(struct sv_store *store, const struct sv_hold *hold, char **ret_holder,
		 char **ret_wanted, bool *ret_alone, struct sv_error *err) sv_must_check;
/* Leaves: the entries of a tree whose original label differs from that of the tree's root. path is
 * relative to the root. Add them after sv_hold_add(), in the same transaction. When an entry is
 * journalled twice, the first time counts. Leaves are removed with the inode of hold. fn is called
 * in order of path. */
int sv_leaf_add(struct sv_store *store, const struct sv_hold *hold, const char *path,
		const char *label, struct sv_error *err) sv_must_check;
int sv_leaf_each(struct sv_store *store, const struct sv_hold *hold,
		 int (*fn)(void *data, const char *path, const char *label, struct sv_error *err),
		 void *data, struct sv_error *err) sv_must_check;
/* SV_BUSY: another guest holds a tree that the path of hold lies in, or hold is a tree and another
 * guest holds something in it. *ret_path and *ret_holder, owned by the caller, say what and who.
 * The comparison is by name. */
int sv_hold_overlaps(struct sv_store *store, const struct sv_hold *hold, char **ret_path,
		     char **ret_holder, struct sv_error *err) sv_must_check;
/* Numbers of inodes in the order of the store, for qsort(3) and bsearch(3). */
int sv_inode_compare(const void *a, const void *b);
/* SV_BUSY: another guest holds another node of this device, and one of the two wants the device
 * alone. *ret_path and *ret_holder, owned by the caller, say what and who. */
int sv_hold_check_device(struct sv_store *store, const struct sv_hold *hold, uint64_t device,
			 char **ret_path, char **ret_holder, struct sv_error *err) sv_must_check;
/* Journals all n inodes in the tree of hold, by number and in order; they are on the device of
 * hold. After sv_hold_add(), in the same transaction. They are removed with the inode of hold. */
int sv_below_add(struct sv_store *store, const struct sv_hold *hold, const uint64_t *inos, size_t n,
		 struct sv_error *err) sv_must_check;

/* The inodes of one device that a guest wants, in order. Everything is borrowed. */
struct sv_inode_set {
	uint64_t dev;
	const uint64_t *inos;
	size_t n;
	int64_t guest;		    /* holds of this guest do not count; 0: it has none */
	const struct sv_hold *self; /* leaves of this inode do not count; or NULL */
	bool leaves_only;	    /* look at inodes in trees, not at those held by themselves */
};
/* An inode of a set that another guest holds. Borrowed. */
struct sv_inode_holder {
	uint64_t ino;
	uint64_t born; /* of the inode that is held, 0 when it is not known */
	bool leaf; /* it was in the tree path when that was journalled. Another file may have its
		    * number by now, since numbers of deleted files are used again */
	int64_t since; /* when the guest was created, in seconds since the epoch */
	const char *path, *holder, *driver, *wanted;
};
/* Calls fn for each inode of set that another guest holds, until fn does not return 0; that value
 * is returned. It only reads, in a transaction or outside of one. fn must not write. */
int sv_below_meet(struct sv_store *store, const struct sv_inode_set *set,
		  int (*fn)(void *data, const struct sv_inode_holder *holder, struct sv_error *err),
		  void *data, struct sv_error *err) sv_must_check;
/* The label of hold's inode before its first holder. The caller owns *ret. */
int sv_hold_original(struct sv_store *store, const struct sv_hold *hold, char **ret,
		     struct sv_error *err) sv_must_check;
/* 0: somebody holds an inode with that number. SV_NONE: nobody does. */
int sv_hold_exists(struct sv_store *store, const char *driver, uint64_t dev, uint64_t ino,
		   struct sv_error *err) sv_must_check;
/* Calls fn for each hold of a guest (of all guests when guest is 0), in order of seq, or in reverse
 * order. others is the number of other guests that hold the same inode. fn must not write. */
int sv_hold_each(struct sv_store *store, int64_t guest, bool reverse,
		 int (*fn)(void *data, const struct sv_hold *hold, unsigned others,
			   struct sv_error *err),
		 void *data, struct sv_error *err) sv_must_check;
/* Forgets one hold, and the inode's original with the last one, in a transaction. */
int sv_hold_remove(struct sv_store *store, int64_t guest, uint32_t seq,
		   struct sv_error *err) sv_must_check;
