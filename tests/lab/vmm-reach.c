// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the hostile emulator tries to reach. Facts (vmm.h) name the targets: its neighbour, a guest
// that runs beside it, and the processes of the host.

#define _GNU_SOURCE
#include "vmm.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { HEADER_AT = 524288 };

// The control group: an emulator that does nothing wrong.
static void behave(struct vmm *vmm)
{
	(void)vmm;
}

// The lines "try WORDS" of the orders, one after the other.
static void ordered_tries(struct vmm *vmm)
{
	for (const char *line = vmm->orders; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, "try ", 4) == 0)
			vmm_try(vmm, "%.*s", (int)strcspn(line + 4, "\n"), line + 4);
	}
}

static void neighbour_disk(struct vmm *vmm)
{
	static const char *const verbs[] = {"read", "write", "append"};

	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		vmm_try(vmm, "%s %s", verbs[i], vmm_fact(vmm, "neighbour-disk"));
	vmm_try(vmm, "relabel %s %s", vmm_fact(vmm, "neighbour-disk"), vmm_fact(vmm, "own-image"));
}

// What stands in the middle of its disk becomes the header of its image.
static void own_header(struct vmm *vmm)
{
	char bytes[65536];
	int fd = open(vmm_fact(vmm, "own-image"), O_WRONLY | O_CLOEXEC);
	bool done = fd >= 0 &&
		    pread(vmm->disk_fd, bytes, sizeof(bytes), HEADER_AT) == sizeof(bytes) &&
		    pwrite(fd, bytes, sizeof(bytes), 0) == sizeof(bytes);

	vmm_report(vmm, "header: %s", done ? "written" : strerrorname_np(errno));
	if (fd >= 0)
		close(fd);
}

const struct vmm_mode vmm_reach[] = {
	{"behave", VMM_RUNNING, "nothing: the control group", behave},
	{"tries", VMM_RUNNING, "the tries of its orders", ordered_tries},
	{"neighbour-disk", VMM_RUNNING, "another guest's disk: read, write, append, relabel",
	 neighbour_disk},
	{"own-header", VMM_RUNNING, "another header into its own image", own_header},
	{0},
};
