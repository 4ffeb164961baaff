/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Arguments that a document passes to QEMU as they are (<qemu:commandline>), and the files of the
 * host that they name. Only a closed list of options is accepted: any other argument could name a
 * file that is not labelled, or undo the guest's confinement.
 */
#pragma once

#include "base/string.h"

struct sv_extra_arg {
	unsigned line;
	char *text;
};

enum sv_extra_kind {
	SV_EXTRA_IMAGE,	 /* a disk image */
	SV_EXTRA_DATA,	 /* loaded by QEMU itself */
	SV_EXTRA_MEMORY, /* mapped */
	SV_EXTRA_STREAM, /* a character device's file or device */
	SV_EXTRA_SOCKET,
	SV_EXTRA_RNG,
	SV_EXTRA_INPUT, /* an input device */
};

struct sv_extra_file {
	unsigned line;
	enum sv_extra_kind kind;
	char *path;
	const char *option; /* "-drive", static */
	bool readonly;
	bool may_create;
};

struct sv_extra {
	struct sv_extra_arg *args;
	size_t n_args;
	struct sv_extra_file *files;
	size_t n_files;
};

/* Finds the files that args name. SV_E_USAGE, with file and line: an argument is not understood or
 * not allowed. */
int sv_extra_find_files(struct sv_extra *extra, const char *file,
			struct sv_error *err) sv_must_check;
void sv_extra_done(struct sv_extra *extra);
