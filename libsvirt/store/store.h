/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What svirt must not forget: which guest holds which label (leases), and what each file was
 * before svirt changed it (journal). SQLite, and the only place that knows it. Durable before the
 * first label changes; readers never wait for a running guest. A lease is alive while its lock
 * file is held (base/lock), not because a row exists.
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

#define SV_STORE_SCHEMA 1

struct sv_store;

enum sv_store_mode {
	SV_STORE_READ,
	SV_STORE_WRITE,
	SV_STORE_REHEARSE, /* a copy in memory: what is written to it ends with it */
};

/* Opens DIR/state.db; SV_STORE_WRITE creates it (0600) in an existing directory. SV_NONE: reading,
 * and nothing was ever stored. A newer schema is SV_E_HOST, a damaged file SV_E_UNKNOWN, each with
 * the remedy; another process that keeps the store busy for more than a minute is SV_E_BUSY. A
 * change that was interrupted in its commit is rolled back by the next SV_STORE_WRITE; until then
 * SV_STORE_READ is SV_E_UNKNOWN. SV_STORE_REHEARSE reads in the same way, and begins empty where
 * nothing was ever stored. Readers need read and lock on state.db and read on
 * state.db-journal. Not to be used across fork(2). */
int sv_store_open(const char *dir, enum sv_store_mode mode, struct sv_store **ret,
		  struct sv_error *err) sv_must_check;
/* The same; watch is told SV_WORK_WAIT of DIR/state.db after a second of waiting for another
 * process and each second from then on, also in what follows, and may end the wait. Borrowed. */
int sv_store_open_watched(const char *dir, enum sv_store_mode mode, const struct sv_watch *watch,
			  struct sv_store **ret, struct sv_error *err) sv_must_check;
void sv_store_close(struct sv_store **store);
/* Whether it is such a copy: then nothing else may be changed either. */
bool sv_store_rehearses(const struct sv_store *store);
#define sv_auto_store sv_cleanup(sv_store_close)

/* 0: the file makes sense, as far as can be seen without looking at each index (PRAGMA
 * quick_check). SV_NONE: it is damaged. */
int sv_store_check(struct sv_store *store, struct sv_error *err) sv_must_check;
/* Puts DIR/ASIDE/state.db in the place of DIR/state.db, which is there from then on. Nobody may
 * have either of them open. */
int sv_store_exchange(const char *dir, const char *aside, struct sv_error *err) sv_must_check;

/* One writer at a time, in the order in which they came (store/queue.h), for a minute: then
 * SV_E_BUSY names the process that keeps the others waiting. Commit returns after the data is on
 * the disk; when it fails the transaction is rolled back. A store that was opened for reading gets
 * one unchanging view. */
int sv_store_begin(struct sv_store *store, struct sv_error *err) sv_must_check;
int sv_store_commit(struct sv_store *store, struct sv_error *err) sv_must_check;
void sv_store_rollback(struct sv_store *store); /* harmless without a transaction */

/* What is read from here on is of one moment, and costs the locks of one reading; nothing is to be
 * written. *ret: the caller ends it, with sv_store_rollback(); else a transaction is on already,
 * which is as good. Writers wait at their end. */
int sv_store_look(struct sv_store *store, bool *ret, struct sv_error *err) sv_must_check;

/* A number that is another one as soon as somebody else has changed the store, and that says
 * nothing else (PRAGMA data_version): what was read at the same number is still so. This store's
 * own changes do not count. */
int sv_store_version(struct sv_store *store, int64_t *ret, struct sv_error *err) sv_must_check;

/* One lease. Text is owned; see sv_lease_done(). */
struct sv_lease {
	int64_t id;
	char *name; /* unique */
	char uuid[SV_UUID_LEN + 1];
	bool kept;	   /* its labels stay without a process that watches them: svirt label */
	bool was_kept;	   /* until the start that followed, which falls back to that when it is not
			      finished */
	char *model;	   /* main driver, "selinux" */
	char *label;	   /* of the process, main driver */
	char *image;	   /* rw image label, main driver; NULL when nothing is relabelled */
	char *level;	   /* canonical, NULL when the label has none; unique but for those that
			      joined, a pair of categories at whatever sensitivity */
	char *group;	   /* its share group, or NULL */
	uint32_t category; /* that the group holds: a part of level */
	char *joined; /* the guest that holds its level, when that is another one; or NULL. To add:
			 a guest that has the level, or it is not joined */
	bool dynamic;
	char *owner; /* dac label of the process, "+UID:+GID" */
	char *emulator;
	uint32_t vcpus;
	uint64_t memory_kib, max_memory_kib;
	int64_t created; /* seconds since the epoch */
};
void sv_lease_done(struct sv_lease *lease);
#define sv_auto_lease sv_cleanup(sv_lease_done)

/* Inserts; *ret_id is never used again for another guest. SV_BUSY when the name is taken, or the
 * level by a guest that is not joined. The share group is made with its first member and ends with
 * the last, in the same transaction; SV_BUSY too when it holds another category, or another group
 * that one. */
int sv_lease_add(struct sv_store *store, const struct sv_lease *lease, int64_t *ret_id,
		 struct sv_error *err) sv_must_check;
/* SV_NONE when there is none. */
int sv_lease_find(struct sv_store *store, const char *name, struct sv_lease *ret,
		  struct sv_error *err) sv_must_check;
/* The same for the one that holds the pair of categories of that number (sv_pair_of()); rather
 * than that of the guest except (or NULL) it is another one that has joined. */
int sv_lease_holding(struct sv_store *store, uint32_t pair, const char *except,
		     struct sv_lease *ret, struct sv_error *err) sv_must_check;
/* The same for the one that holds this very level. Looks at every lease: for what is rare. */
int sv_lease_at(struct sv_store *store, const char *level, struct sv_lease *ret,
		struct sv_error *err) sv_must_check;
/* The names of all other guests that have the level of this lease on purpose, the eldest first.
 * *ret has to be empty; the caller releases it. */
int sv_lease_peers(struct sv_store *store, int64_t id, struct sv_strv *ret,
		   struct sv_error *err) sv_must_check;
/* fn in order of id; a positive return ends the walk and is returned. fn must not write. WATCHED:
 * those that are not kept. BACKWARDS: all, the last id first. */
enum sv_lease_which { SV_LEASES_ALL, SV_LEASES_WATCHED, SV_LEASES_BACKWARDS };
int sv_lease_each(struct sv_store *store, enum sv_lease_which which,
		  int (*fn)(void *data, const struct sv_lease *lease, struct sv_error *err),
		  void *data, struct sv_error *err) sv_must_check;
/* The levels of leases and nothing else of them, in order of id, as above. WIDE: those that are no
 * pair of categories (beside that of a share group), which are few. ALL is for who closes the store
 * after it: its cache is small from then on. */
struct sv_lease_level {
	char *name, *level;
	char *group, *joined; /* or NULL */
};
enum sv_lease_levels { SV_LEVELS_ALL, SV_LEVELS_WIDE };
int sv_lease_each_level(struct sv_store *store, enum sv_lease_levels which,
			int (*fn)(void *data, const struct sv_lease_level *lease,
				  struct sv_error *err),
			void *data, struct sv_error *err) sv_must_check;
/* Sets the bit of each pair of categories that a lease holds, beside that of a share group; the
 * time does not depend on how many do. */
int sv_lease_pairs(struct sv_store *store, uint64_t words[SV_PAIR_WORDS],
		   struct sv_error *err) sv_must_check;
/* Makes the kept lease of lease->id the watched one of a guest that wants the same labels; what
 * else lease says is noted. Sets was_kept. SV_E_NOTFOUND when there is no such lease. */
int sv_lease_reuse(struct sv_store *store, const struct sv_lease *lease,
		   struct sv_error *err) sv_must_check;
/* Changes whether its labels are to stay, for good: clears was_kept. SV_E_NOTFOUND when there is no
 * such lease. */
int sv_lease_keep(struct sv_store *store, int64_t id, bool kept,
		  struct sv_error *err) sv_must_check;
/* Removes the lease, if it is there; its holds must be gone (a foreign key sees to it), else
 * SV_E_PARTIAL. */
int sv_lease_remove(struct sv_store *store, int64_t id, struct sv_error *err) sv_must_check;

/* The category that a share group holds. SV_NONE: there is no such group, nobody is a member. */
int sv_group_find(struct sv_store *store, const char *name, uint32_t *ret,
		  struct sv_error *err) sv_must_check;
/* Every share group, by name. fn as above. */
int sv_group_each(struct sv_store *store,
		  int (*fn)(void *data, const char *name, uint32_t category, struct sv_error *err),
		  void *data, struct sv_error *err) sv_must_check;

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
#define sv_auto_hold sv_cleanup(sv_hold_done)

/* Journals a hold, in a transaction. The first holder of (driver, dev, ino, born) stores the
 * original; a later one that wants the same label joins and gets the stored original in the
 * journal. SV_BUSY when another guest holds the inode with a different label, or one of the two
 * wants it alone, for whatever model, or it is on its way back: *ret_holder (owned by the caller)
 * names it. */
int sv_hold_add(struct sv_store *store, const struct sv_hold *hold, char **ret_holder,
		struct sv_error *err) sv_must_check;
/* The same question, asked without a change and of other guests alone: 0 when sv_hold_add() would
 * not meet one. */
int sv_hold_check(struct sv_store *store, const struct sv_hold *hold, char **ret_holder,
		  struct sv_error *err) sv_must_check;
/* Notes that what hold is about is on its way back, outside of any transaction, or not any more:
 * meanwhile no other guest gets it, whatever label it wants. In a transaction. */
int sv_hold_going(struct sv_store *store, const struct sv_hold *hold, bool going,
		  struct sv_error *err) sv_must_check;
/* 0: it is on its way back. SV_NONE: it is not. */
int sv_hold_is_going(struct sv_store *store, const struct sv_hold *hold,
		     struct sv_error *err) sv_must_check;
/* Who holds (driver, dev, ino) of hold, rather another guest than hold's, with which label, and
 * whether it wants it alone. The caller owns both texts. SV_NONE: nobody. */
int sv_hold_find(struct sv_store *store, const struct sv_hold *hold, char **ret_holder,
		 char **ret_wanted, bool *ret_alone, struct sv_error *err) sv_must_check;
/* Where a tree differs from its root: what the entry of that path below it was before the first
 * holder. After sv_hold_add(), in the same transaction; the first one that was journalled counts.
 * They go with the inode of hold. fn in order of path. */
int sv_leaf_add(struct sv_store *store, const struct sv_hold *hold, const char *path,
		const char *label, struct sv_error *err) sv_must_check;
int sv_leaf_each(struct sv_store *store, const struct sv_hold *hold,
		 int (*fn)(void *data, const char *path, const char *label, struct sv_error *err),
		 void *data, struct sv_error *err) sv_must_check;
/* SV_BUSY when another guest holds a tree that the path of hold lies in, or hold is a tree and
 * another guest holds something in it: what, and who, owned by the caller. By name. */
int sv_hold_overlaps(struct sv_store *store, const struct sv_hold *hold, char **ret_path,
		     char **ret_holder, struct sv_error *err) sv_must_check;
/* Numbers of inodes in the order of the store, for qsort(3) and bsearch(3). */
int sv_inode_compare(const void *a, const void *b);
/* SV_BUSY when another guest holds a node of this device, not the inode of hold, and one of the two
 * wants it alone: *ret_path and *ret_holder, owned by the caller, name it. */
int sv_hold_check_device(struct sv_store *store, const struct sv_hold *hold, uint64_t device,
			 char **ret_path, char **ret_holder, struct sv_error *err) sv_must_check;
/* All that lies in the tree of hold: n numbers of inodes on its device, in order. After
 * sv_hold_add(), in the same transaction; they go with the inode of hold. */
int sv_below_add(struct sv_store *store, const struct sv_hold *hold, const uint64_t *inos, size_t n,
		 struct sv_error *err) sv_must_check;

/* Inodes of one device, in order, that a guest wants; everything is borrowed. */
struct sv_crowd {
	uint64_t dev;
	const uint64_t *inos;
	size_t n;
	int64_t guest;		    /* whose own holds do not count; 0: it has none */
	const struct sv_hold *self; /* the inode whose own leaves do not count; or NULL */
	bool leaves_only;	    /* what lies in trees, and not what is held by itself */
};
/* One of them that another guest holds, borrowed. */
struct sv_meeting {
	uint64_t ino;
	uint64_t born; /* of what is held, 0 when that is not known */
	bool leaf;     /* it lay in the tree path when that was journalled; numbers of deleted files
			* are used again */
	int64_t since; /* when the guest was, in seconds since the epoch */
	const char *path, *holder, *driver, *wanted;
};
/* fn for each, until it returns something else than 0, which is returned. Reads alone, in a
 * transaction or in none. fn must not write. */
int sv_below_meet(struct sv_store *store, const struct sv_crowd *crowd,
		  int (*fn)(void *data, const struct sv_meeting *meeting, struct sv_error *err),
		  void *data, struct sv_error *err) sv_must_check;
/* What the inode of hold was before its first holder. The caller owns *ret. */
int sv_hold_original(struct sv_store *store, const struct sv_hold *hold, char **ret,
		     struct sv_error *err) sv_must_check;
/* 0: somebody holds an inode of that number. SV_NONE: nobody does. */
int sv_hold_exists(struct sv_store *store, const char *driver, uint64_t dev, uint64_t ino,
		   struct sv_error *err) sv_must_check;
/* fn for the holds of a guest (all guests when guest is 0), in reverse order of seq when reverse
 * is set. others is the number of other guests that hold the same inode. fn must not write. */
int sv_hold_each(struct sv_store *store, int64_t guest, bool reverse,
		 int (*fn)(void *data, const struct sv_hold *hold, unsigned others,
			   struct sv_error *err),
		 void *data, struct sv_error *err) sv_must_check;
/* Forgets one hold, and the inode's original with the last one, in a transaction. */
int sv_hold_remove(struct sv_store *store, int64_t guest, uint32_t seq,
		   struct sv_error *err) sv_must_check;
