/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Makes the command line of swtpm, which emulates a TPM for QEMU, from a struct sv_tpm. Pure, like
 * qemu/argv. swtpm serves one connection only, and ends with it.
 */
#pragma once

#include "base/string.h"
#include "domain/model.h"

/* control_fd: the number of swtpm's end of the control connection in the child. argv[0] is the
 * program. The caller owns *ret (sv_strv_done). */
int sv_swtpm_argv(const struct sv_tpm *tpm, int control_fd, struct sv_strv *ret,
		  struct sv_error *err) sv_must_check;
