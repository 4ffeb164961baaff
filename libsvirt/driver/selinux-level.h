/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which levels of live processes guests have to stay away from. Private to the SELinux driver. */
#pragma once

#include "base/error.h"
#include "label/level.h"

/* What the kernel said of each context that was asked about; {0} is none. */
struct sv_selinux_answers {
	void *tree;
};
void sv_selinux_answers_done(struct sv_selinux_answers *answers);
#define sv_auto_selinux_answers sv_cleanup(sv_selinux_answers_done)

/* label: of a live process, whose low level is level. 0: the level counts; *ret_why says why, and
 * is borrowed from answers. SV_NONE: it makes no difference to that domain. What cannot be found
 * out counts. */
int sv_selinux_counts(struct sv_selinux_answers *answers, const char *label,
		      const struct sv_level *level, const char **ret_why,
		      struct sv_error *err) sv_must_check;
