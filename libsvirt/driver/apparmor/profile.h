/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The text of a guest's profile, from what the guest may reach. Pure: no file is opened, so that a
 * dry run, check and a start make the same text.
 */
#pragma once

#include "base/string.h"
#include "driver/driver.h"

/* What is the same for all guests of a host. Borrowed. */
struct sv_apparmor_host {
	/* policy/apparmor/svirt-qemu: rules, in sections that begin with a line "#: NAME" */
	const char *rules;
	const char *self; /* the profile that svirt's own processes are in; "unconfined": none */
};

/* label is the name of the profile. Every path of scope, also that of a program, is the real one:
 * the kernel compares it with what it finds after links. SV_E_USAGE: a path that no rule can say,
 * with its target. The caller owns *ret. */
int sv_apparmor_profile(const char *label, const struct sv_scope *scope,
			const struct sv_apparmor_host *host, char **ret,
			struct sv_error *err) sv_must_check;

/* Whether label is the name of a profile that svirt made: "svirt-" and a UUID in lower case. */
bool sv_apparmor_is_ours(const char *label);

/* Writes path as one word of a rule that means this path alone, and pattern, which is the parser's,
 * behind it. SV_E_USAGE: path has a control character. */
int sv_apparmor_quote(const char *path, const char *pattern, struct sv_buf *out,
		      struct sv_error *err) sv_must_check;
