/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The extended attributes in which libvirt remembers a file: its label before libvirt's first guest
 * (trusted.libvirt.security.MODEL), how many of libvirt's guests use it (ref_MODEL), and when the
 * host was started that wrote this (timestamp_MODEL). This file only reads and removes them. guest/
 * decides what they mean for a guest, and whether the file is still used.
 */
#pragma once

#include "base/error.h"

#include <stdint.h>

struct sv_remembered {
	char *label;	/* owned; NULL when that attribute is missing */
	uint64_t users; /* 0: none, or the text is not a number */
	bool this_boot; /* written since this host was started, by its clock */
};
void sv_remembered_done(struct sv_remembered *remembered);
#define sv_auto_remembered sv_cleanup(sv_remembered_done)

/* 0: the object behind an O_PATH descriptor has such an attribute, of any model. SV_NONE: it has
 * none, or this process may not see them (CAP_SYS_ADMIN). One system call. */
int sv_remembered_any(int fd, struct sv_error *err) sv_must_check;

/* sv_remembered_any() by name, without following a link. SV_NONE also when there is no such file.
 */
int sv_remembered_named(const char *path, struct sv_error *err) sv_must_check;

/* 0: this process may see the attributes. SV_E_PERMISSION: it may not, and then the kernel shows it
 * an object without them. */
int sv_remembered_may_see(int fd, struct sv_error *err) sv_must_check;

/* Reads the attributes of one model. SV_NONE: there are none. The caller releases *ret. */
int sv_remembered_read(int fd, const char *model, struct sv_remembered *ret,
		       struct sv_error *err) sv_must_check;

/* Removes the attributes of one model, and nothing else. Missing ones are not an error. */
int sv_remembered_clear(int fd, const char *model, struct sv_error *err) sv_must_check;
