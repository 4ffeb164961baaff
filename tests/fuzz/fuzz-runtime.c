/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The record of a lock file: any content is refused, or is what svirt writes for it.
 */
#include "fuzz.h"

#include "guest/state/runtime.h"

#include <sys/mman.h>

static bool same(const struct sv_proc_id *a, const struct sv_proc_id *b)
{
	return a->pid == b->pid && (a->pid == 0 || a->start == b->start);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	sv_auto_close int fd = memfd_create("fuzz", MFD_CLOEXEC);
	struct sv_runtime rt = {0}, again = {0};
	struct sv_error err = {0};

	require(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	if (fuzz_check(sv_runtime_load(fd, "a", &rt, &err), &err) < 0)
		return 0;
	require(rt.state <= SV_GUEST_STOPPING);
	if (size == 0)
		return 0;
	require(rt.guest.pid >= 0 && rt.monitor.pid >= 0 && rt.tpm.pid >= 0);
	require(ftruncate(fd, 0) == 0);
	require(sv_runtime_write(fd, &rt, &err) == 0);
	require(sv_runtime_load(fd, "a", &again, &err) == 0);
	require(again.state == rt.state && same(&again.monitor, &rt.monitor) &&
		same(&again.guest, &rt.guest) && same(&again.tpm, &rt.tpm) &&
		again.cgroup.ino == rt.cgroup.ino &&
		strcmp(again.cgroup.path, rt.cgroup.path) == 0);
	require(!rt.cgroup.ino ||
		(strncmp(rt.cgroup.path, "/svirt/", 7) == 0 && !strstr(rt.cgroup.path, "..")));
	return 0;
}
