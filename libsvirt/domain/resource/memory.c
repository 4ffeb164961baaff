/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Memory that is a file of the host: NVDIMM and persistent memory, which are one guest's, and
 * shared memory, which by its nature is several guests'. None is ever made by the VMM: a name in
 * /dev/shm that is not there yet could be taken by any guest.
 */
#include "domain/resource/parts.h"

static int add_device(struct sv_resources *list, const struct sv_memory_device *dev, size_t i,
		      struct sv_error *err)
{
	const struct sv_resource res = {
		.kind = SV_RES_MEMORY,
		.access = dev->readonly ? SV_ACCESS_RO : SV_ACCESS_RW,
		.path = dev->path,
		.line = dev->line,
	};
	char name[32];

	(void)snprintf(name, sizeof(name), "memory%zu", i);
	return dev->path ? sv_resource_add(list, &res, name, err) : 0;
}

static int add_shmem(struct sv_resources *list, const struct sv_shmem *shmem, struct sv_error *err)
{
	const struct sv_resource res = {
		.kind = shmem->server ? SV_RES_CHAR_SOCKET : SV_RES_MEMORY,
		.access = SV_ACCESS_SHARED,
		.path = shmem->path,
		.line = shmem->line,
	};

	return sv_resource_add(list, &res, shmem->name, err);
}

int sv_resources_of_memory(const struct sv_domain *dom, struct sv_resources *list,
			   struct sv_error *err)
{
	const struct sv_memory *memory = &dom->memory;
	size_t i;
	int r = 0;

	for (i = 0; r >= 0 && i < memory->n_devices; i++)
		r = add_device(list, &memory->devices[i], i, err);
	for (i = 0; r >= 0 && i < memory->n_shmems; i++)
		r = add_shmem(list, &memory->shmems[i], err);
	return r;
}
