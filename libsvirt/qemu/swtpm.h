/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * struct sv_tpm -> the command line of swtpm, which QEMU has a guest's emulated TPM from. Pure,
 * like qemu/argv. One connection is all it ever serves, and it ends with that.
 */
#pragma once

#include "base/string.h"
#include "domain/model.h"

/* control_fd: number that its end of the control connection has in the child. argv[0] is the
 * program. The caller owns *ret (sv_strv_done). */
int sv_swtpm_argv(const struct sv_tpm *tpm, int control_fd, struct sv_strv *ret,
		  struct sv_error *err) sv_must_check;
