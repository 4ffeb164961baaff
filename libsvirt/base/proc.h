/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who a process is, beyond its recyclable number: boot id, pid and start time together. Reads
 * proc(5); nothing is cached.
 */
#pragma once

#include "base/error.h"
#include "base/parse.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct sv_proc_id {
	char boot[SV_UUID_LEN + 1];
	pid_t pid;
	uint64_t start; /* field 22 of /proc/PID/stat: clock ticks since boot */
};

/* The id of this boot. */
int sv_proc_boot(char ret[SV_UUID_LEN + 1], struct sv_error *err) sv_must_check;

/* The identity of a live process. SV_NONE when there is no such process: a zombie is none, unless
 * another of its threads lives. */
int sv_proc_identify(pid_t pid, struct sv_proc_id *ret, struct sv_error *err) sv_must_check;

/* 0: that very process lives. SV_NONE: it is gone. */
int sv_proc_alive(const struct sv_proc_id *id, struct sv_error *err) sv_must_check;

/* What a process does, by the letter of field 3 of /proc/PID/stat: sv_proc_is_stopped() for one
 * that a signal or a tracer has stopped, 'D' for one that waits in the kernel and hears no signal.
 * SV_NONE: gone. */
int sv_proc_state(pid_t pid, char *ret, struct sv_error *err) sv_must_check;
static inline bool sv_proc_is_stopped(char state)
{
	return state == 'T' || state == 't';
}

/* The signals that this process ignores or has a handler for: bit N - 1 is signal N (SigIgn and
 * SigCgt of proc_pid_status(5)). All of them when they cannot be read. */
uint64_t sv_proc_signals(void);

/* The effective capabilities of this process: bit 1 << CAP_... (CapEff, the same). */
int sv_proc_caps(uint64_t *ret, struct sv_error *err) sv_must_check;

/* A pidfd for that very process (pidfd_open(2), identity checked after the open). SV_NONE: gone. */
int sv_proc_open(const struct sv_proc_id *id, int *ret, struct sv_error *err) sv_must_check;

/* Waits for the end of a process, at most ms milliseconds. SV_NONE: it still lives. */
int sv_proc_wait(int pidfd, int ms) sv_must_check;

/* Sends SIGKILL and waits for the end of the process. A process that is gone is not an error.
 * SV_E_BUSY: it does not end. what is its name in messages ("process 7"). */
int sv_proc_kill(int pidfd, const char *what, struct sv_error *err) sv_must_check;

/* User plus system time in nanoseconds, and resident set in KiB. SV_NONE: gone. */
int sv_proc_usage(pid_t pid, uint64_t *cpu_ns, uint64_t *rss_kib,
		  struct sv_error *err) sv_must_check;

/* The users and groups of a process: real, effective, saved, of the filesystem (Uid and Gid of
 * proc_pid_status(5)). SV_NONE: gone. */
#define SV_PROC_IDS 4
struct sv_proc_ids {
	uint32_t uid[SV_PROC_IDS], gid[SV_PROC_IDS];
};
int sv_proc_ids(pid_t pid, struct sv_proc_ids *ret, struct sv_error *err) sv_must_check;

/* Calls fn for each process; a positive return of fn ends the walk and is returned. */
int sv_proc_each(int (*fn)(void *data, pid_t pid, struct sv_error *err), void *data,
		 struct sv_error *err) sv_must_check;

/* CLOCK_BOOTTIME in milliseconds, for deadlines. */
int64_t sv_now_ms(void);
