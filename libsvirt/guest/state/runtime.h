/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What changes while a guest runs: its state and its processes. They are recorded in the guest's
 * lock file, which ends with the boot as they do, so no change of state waits for a disk. What has
 * to survive a power failure is in the store.
 */
#pragma once

#include "base/cgroup.h"
#include "base/proc.h"
#include "guest/state/handle.h"

enum sv_guest_state {
	SV_GUEST_STARTING, /* also when nothing is recorded yet */
	SV_GUEST_PAUSED,
	SV_GUEST_RUNNING,
	SV_GUEST_STOPPING,
};
const char *sv_guest_state_name(enum sv_guest_state state);

struct sv_runtime {
	bool watched; /* the lock is held, by the monitor or by a command */
	enum sv_guest_state state;
	struct sv_proc_id monitor, guest; /* pid 0: none */
	struct sv_proc_id tpm;		  /* the guest's swtpm */
	struct sv_cgroup cgroup;	  /* of all processes of the guest; ino 0: none */
};

/* 0: pid is the recorded VMM or swtpm, and lives. SV_NONE: it is neither. */
int sv_runtime_has(const struct sv_runtime *rt, pid_t pid, struct sv_error *err) sv_must_check;

/* Records state and processes in the lock file that is held as lock. All processes are of this
 * boot.
 */
int sv_runtime_write(int lock, const struct sv_runtime *rt, struct sv_error *err) sv_must_check;

/* Clears the record of an earlier guest of this name. */
int sv_runtime_clear(int lock, struct sv_error *err) sv_must_check;

/* Reads the record in an open lock file; all zero when it is empty. SV_E_UNKNOWN: the record is
 * invalid. ret->watched is not set. */
int sv_runtime_load(int fd, const char *name, struct sv_runtime *ret,
		    struct sv_error *err) sv_must_check;

/* Reads the record of the guest of this name, and whether its lock is held. A missing file is like
 * an empty one. */
int sv_runtime_read(const struct svirt *sv, const char *name, struct sv_runtime *ret,
		    struct sv_error *err) sv_must_check;

/* 0: pid is the VMM of the guest of this name, or its swtpm, as that noted before it took its
 * label. SV_NONE: it is neither. */
int sv_runtime_runs(const struct svirt *sv, const char *name, pid_t pid,
		    struct sv_error *err) sv_must_check;
