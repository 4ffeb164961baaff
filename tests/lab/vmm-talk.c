// SPDX-License-Identifier: GPL-2.0-or-later
//
// How the hostile emulator talks: on QMP, to its standard error, or not at all.

#define _GNU_SOURCE
#include "vmm.h"

#include <stdio.h>
#include <unistd.h>

static void silent(struct vmm *vmm)
{
	vmm->greeted = true;
	for (;;)
		pause();
}

static void deaf(struct vmm *vmm)
{
	vmm->deaf = true;
}

static void hang_up(struct vmm *vmm)
{
	vmm_report(vmm, "QMP closed");
	close(VMM_QMP);
	for (;;)
		pause();
}

const struct vmm_mode vmm_talk[] = {
	{"silent", VMM_HELLO, "no greeting, for ever", silent},
	{"deaf", VMM_RUNNING, "no answer to any command once it runs", deaf},
	{"hang-up", VMM_RUNNING, "QMP closed once it runs, and the process lives", hang_up},
	{0},
};
