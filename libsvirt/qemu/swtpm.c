/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The command line of swtpm: see swtpm.h. */
#include "qemu/swtpm.h"

int sv_swtpm_argv(const struct sv_tpm *tpm, int control_fd, struct sv_strv *ret,
		  struct sv_error *err)
{
	struct sv_strv argv = {0};
	int r;

	sv_strv_add(&argv, SV_SWTPM);
	sv_strv_add(&argv, "socket");
	if (tpm->version == SV_TPM_2_0)
		sv_strv_add(&argv, "--tpm2");
	sv_strv_add(&argv, "--ctrl");
	sv_strv_printf(&argv, "type=unixio,clientfd=%d", control_fd);
	sv_strv_add(&argv, "--tpmstate");
	sv_strv_printf(&argv, "dir=%s,mode=0600", tpm->state);
	/* end when the connection to QEMU ends */
	sv_strv_add(&argv, "--terminate");
	r = sv_strv_check(&argv, err);
	if (r < 0) {
		sv_strv_done(&argv);
		return r;
	}
	*ret = argv;
	return 0;
}
