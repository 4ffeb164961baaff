/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * SELinux contexts "user:role:type[:range]" as values. Pure: whether a context is valid on this
 * host is the kernel's answer (driver/selinux), not this file's.
 */
#pragma once

#include "label/level.h"

/* Longest context that is accepted from outside (libvirt's limit for <label>). */
#define SV_LABEL_MAX 4096u

struct sv_context {
	char *user, *role, *type; /* owned */
	bool has_range;		  /* false on a policy without MLS */
	struct sv_range range;
};

/* Fails on a missing or empty field, on blanks, control characters and bytes outside ASCII, on a
 * bad range, and on more than SV_LABEL_MAX bytes. The caller releases *ret with
 * sv_context_done(). */
int sv_context_parse(const char *text, struct sv_context *ret, struct sv_error *err) sv_must_check;

/* The caller owns *ret. */
int sv_context_format(const struct sv_context *ctx, char **ret, struct sv_error *err) sv_must_check;

/* text with its range replaced by level: the way an image context and a guest's level make the
 * guest's image label. The caller owns *ret. */
int sv_context_with_level(const char *text, const struct sv_level *level, char **ret,
			  struct sv_error *err) sv_must_check;

void sv_context_done(struct sv_context *ctx);
#define sv_auto_context sv_cleanup(sv_context_done)
