/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reads one file of svirt.conf(5). Each line is checked before libeconf, which only config-file.c
 * knows, reads the values: libeconf ignores a line that it does not understand, joins a line
 * without
 * "=" to the one before, cuts a line at a NUL byte and splits a long one. A restriction could get
 * lost in this way. Knows no key and no order of files.
 */
#pragma once

#include "base/error.h"

struct sv_config_entry {
	const char *file, *section, *key, *value; /* section: the name in [network NAME], or NULL */
	unsigned line;
};

/* Called for each entry. The caller adds the entry's place to an error. */
typedef int sv_config_each(const struct sv_config_entry *entry, void *arg, struct sv_error *err);

/* Calls each for every entry of the file, in order. SV_NONE: there is no such file. A link is
 * followed, and /dev/null is an empty file. Otherwise it has to be a regular file of at most
 * 64 KiB. */
int sv_config_file_each(const char *path, sv_config_each *each, void *arg,
			struct sv_error *err) sv_must_check;
