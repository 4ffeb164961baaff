/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Releasing what boot.h describes. */
#include "domain/boot.h"

#include "base/cleanup.h"

#include <stdlib.h>

void sv_boot_done(struct sv_boot *boot)
{
	size_t i;

	free(boot->loader.file.path);
	free(boot->nvram.path);
	free(boot->nvram_template);
	free(boot->dtb.path);
	free(boot->slic.path);
	for (i = 0; i < boot->n_fw_cfgs; i++) {
		free(boot->fw_cfgs[i].name);
		free(boot->fw_cfgs[i].value);
		free(boot->fw_cfgs[i].file.path);
	}
	free(boot->fw_cfgs);
	for (i = 0; i < boot->n_smbios; i++)
		free(boot->smbios[i].value);
	free(boot->smbios);
	*boot = (struct sv_boot){0};
}
