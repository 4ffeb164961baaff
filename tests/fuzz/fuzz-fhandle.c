/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The text of a file's handle in the journal: the kernel only gets a handle that has its stated
 * length.
 */
#include "fuzz.h"

#include "base/fhandle.h"

#include <errno.h>
#include <fcntl.h>

int __wrap_open_by_handle_at(int mount, struct file_handle *handle, int flags);

static unsigned opened, sum;

int __wrap_open_by_handle_at(int mount, struct file_handle *handle, int flags)
{
	require(mount >= 0 && flags & O_PATH && flags & O_NOFOLLOW && flags & O_CLOEXEC);
	require(handle->handle_bytes > 0 && handle->handle_bytes <= MAX_HANDLE_SZ);
	for (unsigned i = 0; i < handle->handle_bytes; i++)
		sum += handle->f_handle[i];
	opened++;
	errno = ESTALE;
	return handle->f_handle[0] ? -1 : fcntl(mount, F_DUPFD_CLOEXEC, 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_in in = {data, size};
	sv_auto_free char *text = fuzz_text(&in), *below = fuzz_text(&in), *path = NULL;
	sv_auto_node struct sv_node node = SV_NODE_EMPTY;
	struct sv_error err = {0};

	require(asprintf(&path, "/%s", below) > 0);
	opened = 0;
	if (fuzz_check(sv_fhandle_open(text, path, &node, &err), &err) == 0)
		require(node.fd >= 0 && node.ino && opened == 1);
	require(opened == 0 || strlen(text) % 2 == 0);
	return 0;
}
