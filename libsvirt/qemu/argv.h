/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Makes the command line of QEMU from a struct sv_domain. Pure: no file is looked at, nothing is
 * probed; golden files test it. The guest starts stopped (-S), without default devices, with QEMU's
 * own seccomp sandbox on, and speaks QMP on a descriptor that it inherits.
 */
#pragma once

#include "base/string.h"
#include "domain/image/graph.h"
#include "domain/model.h"

struct sv_qemu_host {
	const char *emulator; /* what to execute when the domain names none */
	int qmp_fd;	      /* number of the QMP socket in the child */
	int tpm_fd;	      /* number of the socket to swtpm, for an emulated TPM */
	int tap_fd;	      /* number of the first tap; the others follow in the order of cards */
	int own_fd; /* number of the first listening socket of the guest's own (sv_chardev_is_own),
		     * in the order of dom->chars, then dom->redirs; 0: QEMU makes them */
	const char *uuid;		/* canonical; used when the domain gives none */
	const struct sv_images *images; /* behind the disks; NULL: not read */
	const char
		*run_dir; /* the guest's own directory, for sockets that the domain does not name */
	int vhost_fd; /* number of the first vhost device (guest/run/vhost), in the order of cards;
		       * that of <vsock> is the last */
};

/* argv[0] is the emulator. The caller owns *ret (sv_strv_done). Fails with SV_E_USAGE (file and
 * line) on a combination that this machine type cannot have, e.g. an IDE disk on microvm. */
int sv_qemu_argv(const struct sv_domain *dom, const struct sv_qemu_host *host, struct sv_strv *ret,
		 struct sv_error *err) sv_must_check;
