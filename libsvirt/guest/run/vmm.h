/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The VMM as a process: starts it under the guest's label with sockets of that label, reads the
 * label back, and ends it. The emulator of the guest's TPM is started in the same way. Knows labels
 * only as text and drivers only through their table.
 */
#pragma once

#include "base/cgroup.h"
#include "base/proc.h"
#include "driver/driver.h"
#include "store/store.h"

#define SV_VMM_TAIL 1024u

/* Descriptors of the child above its standard ones. */
enum sv_vmm_fd {
	SV_VMM_CONTROL_FD = 3, /* QMP, or the control connection of swtpm */
	SV_VMM_FIRST_FD,       /* the descriptors of struct sv_vmm_fds, in order */
};
#define SV_VMM_MAX_FDS 128u

enum sv_vmm_role {
	SV_VMM_EMULATOR,
	SV_VMM_TPM, /* swtpm, which starts before the emulator */
};

struct sv_vmm {
	enum sv_vmm_role role;
	struct sv_proc_id id;	/* pid 0: none */
	int pidfd;		/* -1: none */
	int control;		/* our end; -1 after it was handed over */
	int output;		/* our end of its standard output and error */
	int words;		/* TPM: the other end of output, which the emulator uses too */
	char tail[SV_VMM_TAIL]; /* the end of its output */
	size_t tail_len;
};
#define SV_VMM_EMPTY ((struct sv_vmm){.pidfd = -1, .control = -1, .output = -1, .words = -1})

/* Descriptors that the child gets as SV_VMM_FIRST_FD and so on, in this order. */
struct sv_vmm_fds {
	int v[SV_VMM_MAX_FDS];
	size_t n;
};
/* Takes fd over, also when there are too many. */
int sv_vmm_fds_add(struct sv_vmm_fds *fds, int fd, struct sv_error *err) sv_must_check;
void sv_vmm_fds_done(struct sv_vmm_fds *fds);

/* The program to execute; everything is borrowed. */
struct sv_vmm_program {
	enum sv_vmm_role role;
	const struct sv_lease *lease;
	const struct sv_stack *stack; /* the layers of the lease */
	char **argv;
	uint64_t locked_kib; /* memory that it may lock; 0: as much as any process of the host */
	int lock;	     /* the guest's lock file */
	const struct sv_cgroup *cgroup; /* the group that it enters; ino 0: none */
	int door;			/* sv_cgroup_door() of the group; -1: none */
	bool user;			/* of a user's guest: sv_sandbox_guest() */
	bool network;			/* of a user's guest: it may use the internet's protocols */
	struct sv_vmm_fds fds;
	const struct sv_vmm *tpm; /* swtpm, which runs already and shares its output; NULL: none */
	const char *dir;	  /* where it is: a name without a directory leads nowhere else */
};

/* Executes the program in all layers of the stack. Its identity is recorded in the lock file
 * before it can outlive this process. Returns when it was executed. Needs a process without
 * threads. */
int sv_vmm_spawn(const struct sv_vmm_program *program, struct sv_vmm *ret,
		 struct sv_error *err) sv_must_check;

/* Reads the process's labels back, and kills it when they differ from the lease. Call it when the
 * program is known to run (after the QMP greeting), because the kernel changes the label at exec.
 */
int sv_vmm_verify(const struct sv_lease *lease, const struct sv_vmm *vmm,
		  struct sv_error *err) sv_must_check;

/* Reads what the VMM has written, 64 KiB at most, and keeps the tail. SV_MORE: there may be more.
 * SV_NONE: the VMM has closed it. */
int sv_vmm_read_output(struct sv_vmm *vmm);

/* Sends SIGKILL at once. */
void sv_vmm_kill(const struct sv_vmm *vmm);

/* For its parent: ends the process if it lives, and adds to err why it had failed: its last
 * message, or its signal. err has the first cause already. */
void sv_vmm_end(struct sv_vmm *vmm, struct sv_error *err);
void sv_vmm_done(struct sv_vmm *vmm);
