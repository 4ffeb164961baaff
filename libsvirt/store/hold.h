/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Holds: which guest needs which label on which inode, and what the inode was before. hold.c has
 * the inodes themselves, leaf.c the labels in a directory that is held whole, below.c the inodes in
 * it.
 */
#pragma once

#include "store/store.h"

/* One label that one guest needs on one inode. */
struct sv_hold {
	int64_t guest;
	uint32_t seq; /* order of application */
	char *driver;
	char *path;
	char *target;		 /* "vda" */
	uint64_t dev, ino, born; /* as in struct sv_node */
	uint64_t device; /* that a node stands for, block and character ones told apart; 0: none */
	uint64_t fs;	 /* base/fhandle.h: which filesystem dev was; 0: not known */
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
/* The inode of hold, which an earlier boot journalled, has the device number dev in this boot:
 * other guests are compared with it by that number from now on. In a transaction. SV_BUSY: another
 * inode of the journal has that number already, and nothing has changed. */
int sv_hold_renumber(struct sv_store *store, const struct sv_hold *hold, uint64_t dev,
		     const char *boot, struct sv_error *err) sv_must_check;
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

/* Journals in to what from has of the inodes in the tree of hold, which both have. In a transaction
 * of to. */
int sv_below_copy(struct sv_store *from, const struct sv_hold *hold, struct sv_store *to,
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
