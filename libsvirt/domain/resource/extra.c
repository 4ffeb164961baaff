/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The files that arguments of <qemu:commandline> name, as resources. */
#include "domain/resource/parts.h"

static const enum sv_resource_kind kinds[] = {
	[SV_EXTRA_IMAGE] = SV_RES_DISK,		[SV_EXTRA_DATA] = SV_RES_BOOT_FILE,
	[SV_EXTRA_MEMORY] = SV_RES_MEMORY,	[SV_EXTRA_STREAM] = SV_RES_CHAR_FILE,
	[SV_EXTRA_SOCKET] = SV_RES_CHAR_SOCKET, [SV_EXTRA_RNG] = SV_RES_RNG,
	[SV_EXTRA_INPUT] = SV_RES_INPUT,
};

int sv_resources_of_extra(const struct sv_domain *dom, struct sv_resources *list,
			  struct sv_error *err)
{
	size_t i;
	int r = 0;

	for (i = 0; r >= 0 && i < dom->extra.n_files; i++) {
		const struct sv_extra_file *file = &dom->extra.files[i];
		const struct sv_resource res = {
			.kind = kinds[file->kind],
			.access = file->readonly ? SV_ACCESS_RO : SV_ACCESS_RW,
			.path = file->path,
			.line = file->line,
			.may_create = file->may_create,
		};

		r = sv_resource_add(list, &res, file->option, err);
	}
	return r;
}
