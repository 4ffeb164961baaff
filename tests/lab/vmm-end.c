// SPDX-License-Identifier: GPL-2.0-or-later
//
// How the hostile emulator ends, or stays alive.

#define _GNU_SOURCE
#include "vmm.h"

#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
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

// Last words that an administrator sees: colours, a title, and a line that looks like svirt's own.
static void last_words(struct vmm *vmm)
{
	(void)vmm;
	fprintf(stderr, "vmm: \033]0;owned\007\033[2J\033[31mred\r\nsvirt: all clear\n");
	exit(77);
}

static volatile int64_t *alive;

// Runs until it is killed.
static void *live(void *arg)
{
	struct timespec now;

	(void)arg;
	for (;;) {
		(void)clock_gettime(CLOCK_REALTIME_COARSE, &now);
		*alive = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
		usleep(2000);
	}
	return NULL;
}

static void wait_for_go(struct vmm *vmm)
{
	void *at = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, vmm->disk_fd, VMM_ALIVE_AT);

	if (at == MAP_FAILED) {
		vmm_report(vmm, "no mapping");
		exit(1);
	}
	alive = at;
	vmm_wait_go(vmm);
}

static void outlive_leader(struct vmm *vmm)
{
	pthread_t thread;

	wait_for_go(vmm);
	(void)pthread_create(&thread, NULL, live, NULL);
	syscall(SYS_exit, 0);
}

static void outlive_fork(struct vmm *vmm)
{
	wait_for_go(vmm);
	if (fork() == 0)
		live(NULL);
	_exit(0);
}

static void outlive_twice(struct vmm *vmm)
{
	wait_for_go(vmm);
	if (fork() == 0) {
		(void)setsid();
		if (fork() == 0)
			live(NULL);
	}
	_exit(0);
}

// The test stops both, because a guest may not send that signal.
static void outlive_stopped(struct vmm *vmm)
{
	wait_for_go(vmm);
	if (fork() == 0)
		live(NULL);
	for (;;)
		pause();
}

// The parent waits in the kernel for a child that neither executes nor ends.
static void outlive_vfork(struct vmm *vmm)
{
	wait_for_go(vmm);
	if (vfork() == 0)
		live(NULL);
}

// Each process has forked and ended before a signal can reach it.
static void outlive_moving(struct vmm *vmm)
{
	struct timespec now;

	wait_for_go(vmm);
	for (;;) {
		(void)clock_gettime(CLOCK_REALTIME_COARSE, &now);
		*alive = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
		if (fork() > 0)
			_exit(0);
		usleep(3000);
	}
}

// Children that stay, until there can be no more.
static void fork_bomb(struct vmm *vmm)
{
	enum { BOMB = 2000 };
	pid_t pid = 0;
	int n = 0;

	while (n < BOMB && (pid = fork()) > 0)
		n++;
	while (pid == 0)
		pause();
	vmm_tried(vmm, "fork", pid > 0);
	vmm_report(vmm, "forked %d", n);
}

const struct vmm_mode vmm_end[] = {
	{"ignore-quit", VMM_QUIT, "quit and all signals ignored", ignore_quit},
	{"ignore-powerdown", VMM_POWERDOWN, "system_powerdown answered, and no end",
	 ignore_powerdown},
	{"die-by-signal", VMM_RUNNING, "death by SIGABRT", die_by_signal},
	{"outlive-leader", VMM_RUNNING, "the first thread ends, another one writes its disk",
	 outlive_leader},
	{"outlive-fork", VMM_RUNNING, "it ends, its child writes its disk", outlive_fork},
	{"outlive-twice", VMM_RUNNING,
	 "it ends, a grandchild in a session of its own writes its disk", outlive_twice},
	{"outlive-stopped", VMM_RUNNING, "it and its child are stopped", outlive_stopped},
	{"outlive-vfork", VMM_RUNNING, "it waits for a vfork that does not end", outlive_vfork},
	{"outlive-moving", VMM_RUNNING, "each process of it forks and ends", outlive_moving},
	{"fork-bomb", VMM_RUNNING, "children until there can be no more", fork_bomb},
	{"last-words", VMM_HELLO, "terminal escapes and false lines as last words", last_words},
	{0},
};
