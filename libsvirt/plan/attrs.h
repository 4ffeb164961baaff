/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the owner of a file may change without writing to it: its mode, its ACL, user attributes. A
 * guest owns its files for a while, and what it changed would stay in force afterwards. The state
 * is kept as one text per inode. Must not know labels. Private to plan/.
 */
#pragma once

#include "base/fs.h"

/* The state of node. The caller owns *ret. */
int sv_attrs_read(const struct sv_node *node, char **ret, struct sv_error *err) sv_must_check;

/* Describes in *ret what differs from text, which sv_attrs_read() made. The caller owns *ret.
 * SV_NONE: nothing differs. SV_SKIP: only user attributes do. SV_E_UNKNOWN: text is damaged. */
int sv_attrs_differ(const struct sv_node *node, const char *text, char **ret,
		    struct sv_error *err) sv_must_check;

/* Removes the user attributes that are not in text; those that may not be removed stay. Call it
 * before the labels go back: svirt may write attributes of files with the guest's label. */
int sv_attrs_clear(const struct sv_node *node, const char *text,
		   struct sv_error *err) sv_must_check;
/* Sets mode and ACL from text. Call it after the owner was set: chown(2) clears bits of the mode.
 */
int sv_attrs_restore(const struct sv_node *node, const char *text,
		     struct sv_error *err) sv_must_check;
