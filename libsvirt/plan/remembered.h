/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What libvirt remembers of a file in extended attributes: its label before libvirt's first guest
 * (trusted.libvirt.security.MODEL), how many of libvirt's guests use it (ref_MODEL), and the start
 * of the host when that was written (timestamp_MODEL). Only reads and removes them: what they mean
 * for a guest, and whether anybody still uses the file, is decided in guest/.
 */
#pragma once

#include "base/error.h"

#include <stdint.h>

struct sv_remembered {
	char *label;	/* owned; NULL when that attribute is missing */
	uint64_t users; /* 0: none, or no number */
	bool this_boot; /* written since this host was started, as far as its clock tells */
};
void sv_remembered_done(struct sv_remembered *remembered);
#define sv_auto_remembered sv_cleanup(sv_remembered_done)

/* Whether the object behind an O_PATH descriptor has any of these attributes, of whatever model:
 * one system call. SV_NONE: it has none, or this process may not see them (CAP_SYS_ADMIN). */
int sv_remembered_any(int fd, struct sv_error *err) sv_must_check;

/* The same by name, not followed. SV_NONE too when there is no such file. */
int sv_remembered_named(const char *path, struct sv_error *err) sv_must_check;

/* 0: this process would have seen them. SV_E_PERMISSION otherwise, for the kernel shows those who
 * may not an object without. */
int sv_remembered_may_see(int fd, struct sv_error *err) sv_must_check;

/* Those of one model. SV_NONE: there are none. The caller releases *ret. */
int sv_remembered_read(int fd, const char *model, struct sv_remembered *ret,
		       struct sv_error *err) sv_must_check;

/* Removes those of one model, and nothing else; what is not there is removed. */
int sv_remembered_clear(int fd, const char *model, struct sv_error *err) sv_must_check;
