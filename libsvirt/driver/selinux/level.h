/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finds the levels of live processes that guests must not get. Private to the SELinux driver. */
#pragma once

#include "base/error.h"
#include "label/level.h"

/* The process that asks, and the levels that count for nobody. */
struct sv_selinux_view {
	struct sv_level top;   /* the level of the kernel's own threads */
	struct sv_catset pool; /* all categories that this process may give; empty: not known */
};

/* One end of the range of a live process. */
struct sv_selinux_end {
	struct sv_level level;
	bool high;
	char *why; /* why it counts */
};

/* The ends of the range in a label that may count: those with categories, except the top. The high
 * end is left out when it has the whole pool: that is an administrator's process, which no level
 * keeps away from anything. Returns their number, the low end first; why is not set. Pure. */
int sv_selinux_ends(const char *label, const struct sv_selinux_view *view,
		    struct sv_selinux_end ret[2], struct sv_error *err) sv_must_check;

/* The ends that do count, by what the kernel allows the domain. */
struct sv_selinux_answer {
	char *label;
	int n;
	struct sv_selinux_end ends[];
};

/* A cache of what was found out for each label; {0} is empty. */
struct sv_selinux_answers {
	struct sv_selinux_view view;
	void *tree;
};
void sv_selinux_answers_done(struct sv_selinux_answers *answers);
#define sv_auto_selinux_answers sv_cleanup(sv_selinux_answers_done)

/* The ends that count of label, which is that of a live process. What cannot be found out counts.
 * NULL: no end counts; else it is borrowed from answers. */
int sv_selinux_counts(struct sv_selinux_answers *answers, const char *label,
		      const struct sv_selinux_answer **ret, struct sv_error *err) sv_must_check;
