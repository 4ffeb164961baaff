/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One of QEMU's descriptors of firmware (docs/interop/firmware.json of QEMU): which files a
 * firmware consists of, for which machines, with which features. Decides whether it is what a
 * domain asks for. Pure: guest/files/firmware.h finds the descriptors.
 */
#pragma once

#include "domain/model.h"

struct sv_descriptor {
	char *code;	 /* the file for the first flash chip */
	char *vars;	 /* the file that its variables begin with, NULL: it has none */
	bool smm;	 /* it needs system management mode, and flash chips that are secure */
	const char *why; /* static: "needs system management mode"; NULL when it fits */
};
void sv_descriptor_done(struct sv_descriptor *d);
#define sv_auto_descriptor sv_cleanup(sv_descriptor_done)

/* Reads len bytes at text. SV_NONE: it is not what dom asks for, ret->why says the reason and there
 * are no paths. An error has its place in file. The caller frees *ret. */
int sv_descriptor_read(const char *text, size_t len, const char *file, const struct sv_domain *dom,
		       struct sv_descriptor *ret, struct sv_error *err) sv_must_check;
