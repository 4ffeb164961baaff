/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which levels of live processes guests have to stay away from. Private to the SELinux driver. */
#pragma once

#include "base/error.h"
#include "label/level.h"

/* Who asks, and what nobody's label takes away from guests. */
struct sv_selinux_view {
	struct sv_level top;   /* of the kernel's own threads */
	struct sv_catset pool; /* all categories that this process may give; empty: not known */
};

/* One end of the range of a live process. */
struct sv_selinux_end {
	struct sv_level level;
	bool high;
	char *why; /* it counts */
};

/* The ends of the range in a label that may count: with categories, and other than the top. The
 * high one is left out where it has the whole pool: an administrator's process, which no level
 * keeps away from anything. Returns how many, the low one first; without why. Pure. */
int sv_selinux_ends(const char *label, const struct sv_selinux_view *view,
		    struct sv_selinux_end ret[2], struct sv_error *err) sv_must_check;

/* Those that do count, by what the kernel lets the domain do. */
struct sv_selinux_answer {
	char *label;
	int n;
	struct sv_selinux_end ends[];
};

/* What was found out about each label; {0} is nothing. */
struct sv_selinux_answers {
	struct sv_selinux_view view;
	void *tree;
};
void sv_selinux_answers_done(struct sv_selinux_answers *answers);
#define sv_auto_selinux_answers sv_cleanup(sv_selinux_answers_done)

/* label: of a live process. What cannot be found out counts. NULL: no end of it does; else borrowed
 * from answers. */
int sv_selinux_counts(struct sv_selinux_answers *answers, const char *label,
		      const struct sv_selinux_answer **ret, struct sv_error *err) sv_must_check;
