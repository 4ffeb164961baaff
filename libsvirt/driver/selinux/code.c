/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * May a guest run code that it wrote itself (process { execmem })? The policy's answer is not
 * enough: a kernel whose data pages are executable by default (User Mode Linux) never asks it. This
 * process's heap shows that, because such a kernel maps it as executable.
 */
#include "driver/selinux/selinux.h"

#include "base/string.h"

#include <sys/personality.h>

#define MAPS_MAX     (1024u * 1024)
#define ASK_PERSONA  0xffffffffUL
#define TRANSLATE_ON "virt_use_execmem"

int sv_selinux_data_runs(const char *maps, struct sv_error *err)
{
	static const char heap[] = "[heap]\n";
	const char *end = strstr(maps, heap), *line, *perms;

	for (line = end; line && line > maps && line[-1] != '\n';)
		line--;
	/* "START-END rwxp ..." */
	perms = line ? strchr(line, ' ') : NULL;
	if (!perms || perms >= end || end - perms < 5)
		return sv_fail(err, SV_E_UNKNOWN, 0,
			       "whether this kernel keeps data from being run as code");
	return perms[3] == 'x' ? 0 : SV_NONE;
}

/* 0: the kernel does not ask. SV_NONE: it does. */
static int kernel_does_not_ask(struct sv_error *err)
{
	sv_auto_free char *maps = NULL;
	int persona = personality(ASK_PERSONA), r;

	if (persona < 0 || persona & READ_IMPLIES_EXEC)
		return sv_fail(err, SV_E_UNKNOWN, 0,
			       "whether this kernel keeps data from being run as code");
	r = sv_fs_read("/proc/self/maps", MAPS_MAX, &maps, NULL, err);
	if (r == 0)
		return sv_selinux_data_runs(maps, err);
	err->code = SV_E_UNKNOWN;
	return -SV_E_UNKNOWN;
}

int sv_selinux_may_translate(const char *label, struct sv_boolean *boolean, struct sv_error *err)
{
	struct sv_boolean found = {0};
	int r = sv_selinux_allows(label, label, "process", "execmem", NULL, err);

	if (r == SV_NONE)
		r = kernel_does_not_ask(err);
	if (r != SV_NONE)
		return r;
	r = sv_selinux_boolean(TRANSLATE_ON, "every guest write code into its memory and run it",
			       &found, err);
	if (r < 0)
		return r;
	/* the boolean is on already, so it does not help */
	if (found.on)
		found = (struct sv_boolean){0};
	*boolean = found;
	return SV_NONE;
}
