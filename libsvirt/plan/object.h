/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The operations on one labelled object that journal, apply and undo share; and the holds of one
 * guest as a list, because a walk of the store must not stay open while labels change. For plan/,
 * and for guest/restore/libvirt.c, which puts back labels that are in no journal.
 */
#pragma once

#include "plan/plan.h"

/* Opens the file of hold by its path. When the path leads to another file by now, or through a
 * link, it is opened by its handle, and *ret_moved is set. SV_NONE: it was deleted, or cannot be
 * found. A device may have another number after a reboot (LVM, btrfs), so a hold of an earlier boot
 * is compared by inode number and time of creation only. */
int sv_object_open(const struct sv_hold *hold, struct sv_node *ret, bool *ret_moved,
		   struct sv_error *err) sv_must_check;

/* 0: the file of hold, which sv_object_open() did not find, is not on its filesystem any more, or
 * ended with an earlier boot. SV_NONE: that filesystem may not be mounted now, and then the file
 * still has its label. */
int sv_object_is_gone(const struct sv_hold *hold, struct sv_error *err) sv_must_check;

/* The label of node. A filesystem that holds no labels is an error. The caller owns *ret. */
int sv_object_label(const struct sv_driver *driver, const struct sv_node *node, const char *path,
		    char **ret, struct sv_error *err) sv_must_check;

/* 0: the labels are the same. SV_NONE: they differ. */
int sv_object_same(const struct sv_driver *driver, const char *a, const char *b,
		   struct sv_error *err) sv_must_check;

/* Sets the label and reads it back: some filesystems accept a label and forget it. */
int sv_object_set(const struct sv_driver *driver, const struct sv_node *node, const char *path,
		  const char *label, struct sv_error *err) sv_must_check;

struct sv_holds {
	struct sv_held {
		struct sv_hold hold;
		unsigned others;
	} * items;
	size_t n;
};
int sv_holds_of(struct sv_store *store, int64_t guest, bool reverse, struct sv_holds *ret,
		struct sv_error *err) sv_must_check;
void sv_holds_done(struct sv_holds *holds);
#define sv_auto_holds sv_cleanup(sv_holds_done)
