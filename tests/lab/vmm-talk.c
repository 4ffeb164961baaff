// SPDX-License-Identifier: GPL-2.0-or-later
//
// How the hostile emulator sends: on QMP, to its standard error, with its directories, or nothing
// at all. A flood lasts until the process is ended; the report says that it began.

#define _GNU_SOURCE
#include "vmm.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
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

// With "after start" in the orders, waits until the start is over, because the start would fail.
static void begin(struct vmm *vmm)
{
	if (vmm_fact(vmm, "after")[0])
		vmm_wait_go(vmm);
	vmm_report(vmm, "begun");
}

static void stay(void)
{
	for (;;)
		pause();
}

static void hang_up(struct vmm *vmm)
{
	begin(vmm);
	close(VMM_QMP);
	stay();
}

// With the order "slow": a hundred times a second, and commands are answered; else as fast as it is
// read, without answers.
static void flood(struct vmm *vmm, const char *text)
{
	size_t len = strlen(text), n = 0;
	bool slow = vmm_fact(vmm, "slow")[0];
	char *many = malloc(65536);

	if (!many)
		return;
	for (; n + len < 65536; n += len)
		memcpy(many + n, text, len + 1);
	begin(vmm);
	while (vmm_say(slow ? text : many)) {
		if (slow)
			vmm_serve(vmm, 10);
	}
	stay();
}

static void flood_states(struct vmm *vmm)
{
	flood(vmm, "{\"event\": \"STOP\"}\r\n{\"event\": \"RESUME\"}\r\n");
}

static void flood_unknown(struct vmm *vmm)
{
	flood(vmm, "{\"event\": \"BALLOON_CHANGE\", \"data\": {\"actual\": 1}}\r\n");
}

static void flood_nonsense(struct vmm *vmm)
{
	flood(vmm, "}{\r\n");
}

// An endless reply, of 100 MB and more.
static void huge_reply(struct vmm *vmm)
{
	begin(vmm);
	vmm_say("{\"return\": \"");
	flood(vmm, "aaaaaaaaaaaaaaaa");
}

// A line without an end, a byte at a time.
static void half_line(struct vmm *vmm)
{
	begin(vmm);
	while (vmm_say("{"))
		usleep(100000);
	stay();
}

static void flood_stderr(struct vmm *vmm)
{
	char many[4096];

	memset(many, 'e', sizeof(many));
	begin(vmm);
	for (;;)
		(void)!write(STDERR_FILENO, many, sizeof(many));
}

// Enters a directory of its own, which the orders name.
static bool enter_own(struct vmm *vmm, const char *key)
{
	if (chdir(vmm_fact(vmm, key)) == 0)
		return true;
	vmm_tried(vmm, "chdir", false);
	return false;
}

// Deeper than the longest path, and without permissions at the end.
static void deep(struct vmm *vmm, const char *key)
{
	char name[201];
	int depth = 0;

	if (!enter_own(vmm, key))
		return;
	memset(name, 'd', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	while (depth < 3000 && mkdir(name, 0700) == 0 && chdir(name) == 0)
		depth++;
	vmm_report(vmm, "%d levels", depth);
	close(open("file", O_CREAT | O_WRONLY | O_CLOEXEC, 0000));
	(void)chmod(".", 0);
	(void)!chdir("/");
}

static void deep_directories(struct vmm *vmm)
{
	deep(vmm, "own-run");
}

static void deep_tree(struct vmm *vmm)
{
	deep(vmm, "own-tree");
}

// Stops at 256 MiB and at 100,000 names, so that a test does not harm its host.
static void fill_run(struct vmm *vmm)
{
	static char block[1 << 20];
	char name[16];
	int fd, n = 0;

	if (!enter_own(vmm, "own-run"))
		return;
	memset(block, 1, sizeof(block));
	fd = open("fill", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	while (n < 256 && write(fd, block, sizeof(block)) > 0)
		n++;
	vmm_tried(vmm, "fill", n == 256);
	for (n = 0; n < 100000; n++) {
		(void)snprintf(name, sizeof(name), "s%d", n);
		if (mknod(name, S_IFSOCK | 0600, 0) < 0)
			break;
	}
	vmm_tried(vmm, "names", n == 100000);
	(void)!chdir("/");
}

const struct vmm_mode vmm_talk[] = {
	{"silent", VMM_HELLO, "no greeting, for ever", silent},
	{"deaf", VMM_RUNNING, "no answer to any command once it runs", deaf},
	{"hang-up", VMM_RUNNING, "QMP closed once it runs, and the process lives", hang_up},
	{"flood-states", VMM_RUNNING, "STOP and RESUME without an end", flood_states},
	{"flood-unknown", VMM_RUNNING, "events of other kinds without an end", flood_unknown},
	{"flood-nonsense", VMM_RUNNING, "lines that are no JSON without an end", flood_nonsense},
	{"huge-reply", VMM_RUNNING, "a line without an end, as fast as it is read", huge_reply},
	{"half-line", VMM_RUNNING, "a line without an end, a byte at a time", half_line},
	{"flood-stderr", VMM_RUNNING, "last words without an end", flood_stderr},
	{"deep-directories", VMM_RUNNING, "directories in each other, in its run directory",
	 deep_directories},
	{"deep-tree", VMM_RUNNING, "3000 directories in each other, in an exported one", deep_tree},
	{"fill-run", VMM_RUNNING, "its run directory filled", fill_run},
	{0},
};
