/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Releasing and counting what memory.h describes. */
#include "domain/memory.h"

uint64_t sv_memory_in_devices(const struct sv_memory *memory)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < memory->n_devices; i++)
		sum += memory->devices[i].size_kib;
	return sum;
}

uint64_t sv_memory_requested(const struct sv_memory *memory)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < memory->n_devices; i++)
		sum += memory->devices[i].requested_kib;
	return sum;
}

uint64_t sv_memory_beside_ram(const struct sv_memory *memory)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < memory->n_devices; i++) {
		if (memory->devices[i].model != SV_MEMORY_DIMM)
			sum += memory->devices[i].size_kib - memory->devices[i].requested_kib;
	}
	return sum;
}

size_t sv_memory_in_slots(const struct sv_memory *memory)
{
	size_t i, n = 0;

	for (i = 0; i < memory->n_devices; i++)
		n += memory->devices[i].model != SV_MEMORY_SGX_EPC;
	return n;
}

void sv_memory_done(struct sv_memory *memory)
{
	size_t i;

	for (i = 0; i < memory->n_devices; i++)
		free(memory->devices[i].path);
	free(memory->devices);
	for (i = 0; i < memory->n_shmems; i++) {
		free(memory->shmems[i].name);
		free(memory->shmems[i].path);
	}
	free(memory->shmems);
	*memory = (struct sv_memory){0};
}
