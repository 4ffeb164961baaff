/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The VMM as a process: made with sockets in the guest's own context, entered into the guest's
 * label, read back, ended. So is the emulator of the guest's TPM, which is what the VMM is. Knows
 * labels only as text and drivers only through their table.
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
	SV_VMM_FIRST_FD,       /* what it was given, in order */
};
#define SV_VMM_MAX_FDS 32u

enum sv_vmm_role {
	SV_VMM_EMULATOR,
	SV_VMM_TPM, /* swtpm, which is there before the emulator */
};

struct sv_vmm {
	enum sv_vmm_role role;
	struct sv_proc_id id;	/* pid 0: none */
	int pidfd;		/* -1: none */
	int control;		/* our end; -1 when it was handed over */
	int output;		/* our end of its standard output and error */
	int words;		/* TPM: the other end of that, which the emulator speaks at too */
	char tail[SV_VMM_TAIL]; /* the last it said */
	size_t tail_len;
};
#define SV_VMM_EMPTY ((struct sv_vmm){.pidfd = -1, .control = -1, .output = -1, .words = -1})

/* What the child gets as SV_VMM_FIRST_FD and so on, in this order. */
struct sv_vmm_fds {
	int v[SV_VMM_MAX_FDS];
	size_t n;
};
/* Takes fd over, also when there are too many. */
int sv_vmm_fds_add(struct sv_vmm_fds *fds, int fd, struct sv_error *err) sv_must_check;
void sv_vmm_fds_done(struct sv_vmm_fds *fds);

/* What is to be executed; everything is borrowed. */
struct sv_vmm_program {
	enum sv_vmm_role role;
	const struct sv_lease *lease;
	char **argv;
	uint64_t locked_kib; /* memory that it may lock; 0: as much as any process of the host */
	int lock;	     /* the guest's lock file */
	const struct sv_cgroup *cgroup; /* that it enters; ino 0: none */
	int door;			/* of that: sv_cgroup_door(); -1: none */
	struct sv_vmm_fds fds;
	const struct sv_vmm *tpm; /* that runs already; NULL: none. Its words are this one's too */
};

/* Executes it as lease->label (and ->owner). Who it is stands in the lock file before it can
 * outlive us. Returns when the program has been executed. Needs a process without threads. */
int sv_vmm_spawn(const struct sv_vmm_program *program, struct sv_vmm *ret,
		 struct sv_error *err) sv_must_check;

/* Reads back what the process is, compares, and kills it when it differs. To be called when it is
 * known to have executed (after the QMP greeting): the kernel changes the label at exec. */
int sv_vmm_verify(const struct sv_lease *lease, const struct sv_vmm *vmm,
		  struct sv_error *err) sv_must_check;

/* Takes in what the VMM has written, 64 KiB at most, keeping the tail. SV_MORE: there may be more
 * already. SV_NONE when it has closed. */
int sv_vmm_read_output(struct sv_vmm *vmm);

/* No word, no delay. */
void sv_vmm_kill(const struct sv_vmm *vmm);

/* For its parent: ends the process if it lives, and says in err why it had failed: its last words,
 * or its signal. err is filled by the first cause already; this adds to it. */
void sv_vmm_end(struct sv_vmm *vmm, struct sv_error *err);
void sv_vmm_done(struct sv_vmm *vmm);
