/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libvirt's extended attributes: the names of all attributes of a file, which its owner chooses,
 * and the values of those of trusted.libvirt. A file that was copied from another host has the
 * values of that host.
 */
#include "fuzz.h"

#include "plan/remembered.h"

#include <errno.h>
#include <sys/xattr.h>

ssize_t __wrap_listxattr(const char *path, char *list, size_t room);
ssize_t __wrap_getxattr(const char *path, const char *name, void *value, size_t room);

static struct fuzz_in input;
static const uint8_t *names;
static size_t len_names;

/* The kernel's list: each name ends with a NUL. */
ssize_t __wrap_listxattr(const char *path, char *list, size_t room)
{
	(void)path;
	errno = ERANGE;
	if (len_names + 1 > room)
		return -1;
	memcpy(list, names, len_names);
	if (len_names == 0)
		return 0;
	list[len_names] = '\0';
	return (ssize_t)len_names + 1;
}

ssize_t __wrap_getxattr(const char *path, const char *name, void *value, size_t room)
{
	const uint8_t *from;
	size_t n;

	(void)path;
	require(strncmp(name, "trusted.libvirt.security.", 25) == 0);
	errno = ENODATA;
	if (fuzz_byte(&input) % 4 == 0)
		return -1;
	n = fuzz_piece(&input, &from);
	errno = ERANGE;
	if (n > room)
		return -1;
	memcpy(value, from, n);
	return (ssize_t)n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	sv_auto_remembered struct sv_remembered found = {0};
	struct sv_error err = {0};

	input = (struct fuzz_in){data, size};
	len_names = fuzz_piece(&input, &names);
	(void)fuzz_check(sv_remembered_any(0, &err), &err);
	sv_error_clear(&err);
	if (fuzz_check(sv_remembered_read(0, "selinux", &found, &err), &err) != 0)
		require(!found.label && !found.users);
	return 0;
}
