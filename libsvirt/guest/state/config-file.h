/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One file of svirt.conf(5): what its lines set. Each line is looked at before libeconf, which only
 * config-file.c knows, reads the values: libeconf leaves out a line that it does not understand,
 * joins one without "=" to the one before, cuts one at a NUL byte and splits a long one, and a
 * restriction that is written so would be none. Knows no key, and not which file goes before which.
 */
#pragma once

#include "base/error.h"

struct sv_config_entry {
	const char *file, *key, *value;
	unsigned line;
};

/* What to do with an entry; its place is put to an error by the caller. */
typedef int sv_config_each(const struct sv_config_entry *entry, void *arg, struct sv_error *err);

/* Calls each for what the file sets, line by line. SV_NONE: there is no such file. A link is
 * followed; /dev/null is an empty file; nothing else but a regular file is read, and none of more
 * than 64 KiB. */
int sv_config_file_each(const char *path, sv_config_each *each, void *arg,
			struct sv_error *err) sv_must_check;
