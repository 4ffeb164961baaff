// SPDX-License-Identifier: GPL-2.0-or-later
//
// How the hostile emulator ends, or does not.

#define _GNU_SOURCE
#include "vmm.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void ignore_quit(struct vmm *vmm)
{
	for (int i = 1; i < 32; i++)
		(void)signal(i, SIG_IGN);
	vmm_report(vmm, "quit ignored, and every signal that can be");
	for (;;)
		pause();
}

static void ignore_powerdown(struct vmm *vmm)
{
	vmm_report(vmm, "system_powerdown ignored");
}

static void die_by_signal(struct vmm *vmm)
{
	(void)vmm;
	(void)raise(SIGABRT);
}

// The last words are shown to an administrator: colours, a title, and a line that looks like
// svirt's own.
static void last_words(struct vmm *vmm)
{
	(void)vmm;
	fprintf(stderr, "vmm: \033]0;owned\007\033[2J\033[31mred\r\nsvirt: all clear\n");
	exit(77);
}

const struct vmm_mode vmm_end[] = {
	{"ignore-quit", VMM_QUIT, "quit and all signals ignored", ignore_quit},
	{"ignore-powerdown", VMM_POWERDOWN, "system_powerdown answered, and no end",
	 ignore_powerdown},
	{"die-by-signal", VMM_RUNNING, "death by SIGABRT", die_by_signal},
	{"last-words", VMM_HELLO, "terminal escapes and false lines as last words", last_words},
	{0},
};
