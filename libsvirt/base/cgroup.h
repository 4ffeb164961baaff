/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A control group (cgroup v2, Documentation/admin-guide/cgroup-v2.rst of the kernel) as the set of
 * all processes of a guest: a process in it cannot leave it, nor can its children. Knows
 * directories and processes. The caller decides what to undo when the set is empty.
 */
#pragma once

#include "base/error.h"

#include <stdint.h>
#include <sys/types.h>

/* "/svirt/" and a name of at most 64 bytes, each of which may take three. */
#define SV_CGROUP_PATH_MAX 208u

struct sv_cgroup {
	uint64_t ino; /* of its directory; not used again in one boot; 0: there is no group */
	char path[SV_CGROUP_PATH_MAX + 1]; /* below the hierarchy: "/svirt/NAME" */
};

/* Where the group of a guest of this name lies. Bytes that could mean something to the kernel or to
 * a reader of paths are written as ":xx". */
void sv_cgroup_path(const char *name, char ret[SV_CGROUP_PATH_MAX + 1]);
/* Whether path is one that sv_cgroup_path() makes. */
bool sv_cgroup_is_path(const char *path);

/* Makes the group of a guest. An empty group of that name is removed first. SV_NONE: this host has
 * no cgroup v2 that we may write. SV_E_BUSY: the group exists and has processes in it. */
int sv_cgroup_make(const char *name, struct sv_cgroup *ret, struct sv_error *err) sv_must_check;

/* Opens the directory of the group cg; the caller closes it. When cg has no ino, any group at that
 * path. SV_NONE: the group is gone, so no process is in it. SV_SKIP: there is no hierarchy to look
 * into, so nothing is known. */
int sv_cgroup_open(const struct sv_cgroup *cg, int *ret, struct sv_error *err) sv_must_check;

/* Whether a group may have this controller ("memory"). SV_NONE: the hierarchy has it not (version 1
 * may). SV_SKIP: there is no hierarchy that may be written. */
int sv_cgroup_offers(const char *controller, struct sv_error *err) sv_must_check;
/* Whether groups with this controller have this file. SV_NONE: they have not; it depends on how the
 * kernel was built. SV_SKIP: no group has the controller yet, so nothing is known. */
int sv_cgroup_has(const char *controller, const char *file, struct sv_error *err) sv_must_check;
/* Gives the groups of all guests this controller. Nobody can take it away as long as they have it,
 * a service manager that looks after the hierarchy neither. Call it when a group was made. */
int sv_cgroup_enable(const char *controller, struct sv_error *err) sv_must_check;
/* Writes and reads a file of the group whose directory is dir. The caller owns *ret, which has no
 * line end at its end. SV_NONE: the group has no such file. */
int sv_cgroup_set(int dir, const char *file, const char *value, struct sv_error *err) sv_must_check;
int sv_cgroup_get(int dir, const char *file, char **ret, struct sv_error *err) sv_must_check;

/* The same at the top of the hierarchy. SV_SKIP: there is none. */
int sv_cgroup_top(const char *file, char **ret, struct sv_error *err) sv_must_check;

/* How a child enters the group before it executes: the first opens cgroup.procs of dir (the caller
 * closes it), the second moves the calling process in. */
int sv_cgroup_door(int dir, int *ret, struct sv_error *err) sv_must_check;
int sv_cgroup_enter(int door, struct sv_error *err) sv_must_check;

/* Moves a process of ours out of the group of the command's caller, which a service manager may end
 * as a whole, into a group of svirt's that is no guest's. SV_NONE: as for sv_cgroup_make(). */
int sv_cgroup_set_apart(pid_t pid, struct sv_error *err) sv_must_check;

/* 0: a process lives in dir or below it. SV_NONE: none does. */
int sv_cgroup_populated(int dir, struct sv_error *err) sv_must_check;

/* Sends SIGKILL to every process in dir and below it, stopped ones too, then waits at most ms
 * milliseconds until none lives. SV_E_BUSY: one still lives. Where the kernel has no cgroup.kill
 * (before 5.14), and for processes that cgroup.kill does not reach, the group is frozen, so that
 * none can fork, and they are killed one by one. */
int sv_cgroup_kill(int dir, int ms, struct sv_error *err) sv_must_check;

/* Removes the group. A group that is gone, or that is not empty, is not an error. */
void sv_cgroup_remove(const struct sv_cgroup *cg);
