/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A control group (cgroup v2, Documentation/admin-guide/cgroup-v2.rst of the kernel) as the set of
 * all processes of a guest: who is in it cannot leave it, nor can what it forks. Knows directories
 * and processes; what is undone when the set is empty is its caller's.
 */
#pragma once

#include "base/error.h"

#include <stdint.h>
#include <sys/types.h>

/* "/svirt/" and a name of at most 64 bytes, each written as three. */
#define SV_CGROUP_PATH_MAX 208u

struct sv_cgroup {
	uint64_t ino; /* of its directory, never used again in one boot; 0: none */
	char path[SV_CGROUP_PATH_MAX + 1]; /* below the hierarchy: "/svirt/NAME" */
};

/* Where the group of a guest of this name lies. Bytes that could mean something to the kernel or to
 * who reads a path are written as ":xx". */
void sv_cgroup_path(const char *name, char ret[SV_CGROUP_PATH_MAX + 1]);
/* Whether path is one that sv_cgroup_path() makes. */
bool sv_cgroup_is_path(const char *path);

/* Makes it; an empty one that is there is removed first. SV_NONE: this host has no cgroup v2 that
 * we may write. SV_E_BUSY: there is one with processes in it. */
int sv_cgroup_make(const char *name, struct sv_cgroup *ret, struct sv_error *err) sv_must_check;

/* The directory of the group that cg tells of, to be closed by the caller; without an ino, of
 * whichever has that path. SV_NONE: it is gone, so that no process is in it. SV_SKIP: there is no
 * hierarchy to look into, which says nothing. */
int sv_cgroup_open(const struct sv_cgroup *cg, int *ret, struct sv_error *err) sv_must_check;

/* For a child, before it executes: the descriptor of dir's cgroup.procs, to be closed by the
 * caller; then moves the calling process in. */
int sv_cgroup_door(int dir, int *ret, struct sv_error *err) sv_must_check;
int sv_cgroup_enter(int door, struct sv_error *err) sv_must_check;

/* Moves a process of ours out of the group of whoever typed the command, which a service manager
 * may end as a whole: into one that is nobody's guest. SV_NONE: as in sv_cgroup_make(). */
int sv_cgroup_set_apart(pid_t pid, struct sv_error *err) sv_must_check;

/* 0: a process lives in dir or below it. SV_NONE: none does. */
int sv_cgroup_populated(int dir, struct sv_error *err) sv_must_check;

/* SIGKILL to every process in dir and below it, stopped ones too, then waits at most ms
 * milliseconds until none lives. SV_E_BUSY: one does. A kernel without cgroup.kill
 * (before 5.14), and whoever that does not reach: frozen, so that none can fork, and killed one by
 * one. */
int sv_cgroup_kill(int dir, int ms, struct sv_error *err) sv_must_check;

/* Removes it. One that is gone, or has something in it, is left. */
void sv_cgroup_remove(const struct sv_cgroup *cg);
