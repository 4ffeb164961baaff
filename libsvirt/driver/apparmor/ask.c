/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Questions to AppArmor. A profile allows what the document names, because it is made anew from
 * that at each start, so about files there is nothing to ask. Must not know what the answers are
 * for.
 */
#include "driver/apparmor/apparmor.h"

#include "base/proc.h"

#include <errno.h>

/* Whether this process may load profiles. */
static int is_admin(struct sv_error *err)
{
	uint64_t have = 0;
	int r = sv_proc_caps(&have, err);

	if (r < 0)
		return r;
	if (have & sv_apparmor_rules.undo_caps)
		return 0;
	(void)sv_fail(err, SV_E_PERMISSION, 0,
		      "may not load a profile into the kernel (CAP_MAC_ADMIN)");
	return sv_hint(err, "run svirt as root");
}

int sv_apparmor_may_start(const char *self, const struct sv_subject *subject, const char *emulator,
			  struct sv_error *err)
{
	sv_auto_free char *toolchain = NULL;
	int r = sv_apparmor_toolchain(&toolchain, err);

	(void)self; /* the capability is this process's, and a label does not tell it */
	(void)subject;
	if (r == 0)
		r = is_admin(err);
	if (r == 0 && emulator && access(emulator, F_OK) < 0)
		return sv_fail_errno(err, errno, "%s", emulator);
	return r;
}
