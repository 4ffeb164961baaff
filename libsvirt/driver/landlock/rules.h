/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a guest may reach, as Landlock's rules: from what its document names and what a QEMU needs
 * of its host. A private header of this folder, and for its tests.
 */
#pragma once

#include "driver/driver.h"

/* Something that is there when the guest starts, or a directory in which it makes something. */
struct sv_landlock_rule {
	char *path;		    /* owned */
	const struct sv_node *node; /* borrowed from the scope; NULL: open path */
	uint64_t rights;	    /* enum sv_landlock_right */
	bool optional;		    /* nothing is allowed when it is not there */
	bool direct;		    /* nor when it is a link: whoever made it chose where to */
};
struct sv_landlock_rules {
	struct sv_landlock_rule *items;
	size_t n;
};
void sv_landlock_rules_done(struct sv_landlock_rules *rules);
#define sv_auto_landlock_rules sv_cleanup(sv_landlock_rules_done)

/* The rules for all versions of the kernel's interface; what a kernel does not know is left out
 * when it is told. Opens nothing. SV_E_USAGE: no other model confines the guest, and it makes
 * something outside its own directory, for which a rule would open all that is in that place. */
int sv_landlock_rules_of(const struct sv_scope *scope, struct sv_landlock_rules *ret,
			 struct sv_error *err) sv_must_check;

/* As sv_rule_ops.check and load. The driver that has it, sv_driver_landlock, is in landlock.c. */
int sv_landlock_check(const struct sv_subject *subject, const struct sv_scope *scope,
		      struct sv_error *err) sv_must_check;
int sv_landlock_load(const struct sv_subject *subject, const struct sv_scope *scope, int *ret,
		     struct sv_error *err) sv_must_check;
