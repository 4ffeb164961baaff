/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the owner of a file may change of it without writing it: its mode, its ACL, attributes of
 * users. A guest is the owner of its files for a while, and what it has left there would be valid
 * for whoever comes after it. Kept as one text per inode. Must not know labels. Private to plan/.
 */
#pragma once

#include "base/fs.h"

/* The state of node. The caller owns *ret. */
int sv_attrs_read(const struct sv_node *node, char **ret, struct sv_error *err) sv_must_check;

/* What is not as text, from sv_attrs_read(), says; *ret is owned by the caller. SV_NONE: nothing.
 * SV_SKIP: nothing but attributes of users. SV_E_UNKNOWN: text is damaged. */
int sv_attrs_differ(const struct sv_node *node, const char *text, char **ret,
		    struct sv_error *err) sv_must_check;

/* Removes the attributes of users that are not in text; those that may not be removed stay. Before
 * the labels go back: it is the guest's label that lets svirt write its files' attributes. */
int sv_attrs_clear(const struct sv_node *node, const char *text,
		   struct sv_error *err) sv_must_check;
/* Mode and ACL as text says. After the owner is set: chown(2) takes bits of the mode away. */
int sv_attrs_restore(const struct sv_node *node, const char *text,
		     struct sv_error *err) sv_must_check;
