/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Files that the VMM loads into the guest at its start: kernel, firmware, tables, the code of
 * cards. They are read only and many guests may have them, except the variables of a firmware,
 * which are the guest's alone.
 */
#include "domain/resource/parts.h"

#include "base/string.h"

int sv_resource_add_loaded(struct sv_resources *list, const struct sv_boot_file *file,
			   const char *target, struct sv_error *err)
{
	const struct sv_resource res = {
		.kind = SV_RES_BOOT_FILE,
		.access = SV_ACCESS_RO,
		.path = file->path,
		.line = file->line,
	};

	return file->path ? sv_resource_add(list, &res, target, err) : 0;
}

static int add_loader(struct sv_resources *list, const struct sv_loader *loader,
		      struct sv_error *err)
{
	const struct sv_resource res = {
		.kind = SV_RES_BOOT_FILE,
		.access = loader->readonly ? SV_ACCESS_RO : SV_ACCESS_RW,
		.path = loader->file.path,
		.line = loader->file.line,
	};

	return res.path ? sv_resource_add(list, &res, "loader", err) : 0;
}

static int add_nvram(struct sv_resources *list, const struct sv_boot *boot, struct sv_error *err)
{
	const struct sv_resource res = {
		.kind = SV_RES_BOOT_FILE,
		.access = SV_ACCESS_RW,
		.path = boot->nvram.path,
		.line = boot->nvram.line,
		.template = boot->nvram_template,
	};

	return res.path ? sv_resource_add(list, &res, "nvram", err) : 0;
}

static int add_fw_cfg(struct sv_resources *list, const struct sv_fw_cfg *item, struct sv_error *err)
{
	char name[SV_FW_CFG_MAX_NAME + sizeof("fw_cfg ")];

	(void)snprintf(name, sizeof(name), "fw_cfg %s", item->name);
	return sv_resource_add_loaded(list, &item->file, name, err);
}

int sv_resources_of_boot(const struct sv_domain *dom, struct sv_resources *list,
			 struct sv_error *err)
{
	const struct sv_boot *boot = &dom->boot;
	size_t i;
	int r;

	r = sv_resource_add_loaded(list, &dom->kernel, "kernel", err);
	if (r >= 0)
		r = sv_resource_add_loaded(list, &dom->initrd, "initrd", err);
	if (r >= 0)
		r = add_loader(list, &boot->loader, err);
	if (r >= 0)
		r = add_nvram(list, boot, err);
	if (r >= 0)
		r = sv_resource_add_loaded(list, &boot->dtb, "dtb", err);
	if (r >= 0)
		r = sv_resource_add_loaded(list, &boot->slic, "slic table", err);
	for (i = 0; r >= 0 && i < boot->n_fw_cfgs; i++)
		r = add_fw_cfg(list, &boot->fw_cfgs[i], err);
	return r;
}
