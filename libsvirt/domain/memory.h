/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What stands behind a guest's memory when it is more than the process's own: pages of another
 * kind, files that are memory (NVDIMM), memory that several guests have. Plain structs, a part of
 * the domain's; knows nothing of XML, labels or QEMU.
 */
#pragma once

#include "base/error.h"

#include <stdint.h>

/* <memoryBacking> */
struct sv_memory_backing {
	bool memfd; /* in a file without a name; hugepages are always that */
	bool hugepages;
	uint64_t page_kib; /* 0: the host's default */
	bool shared;	   /* other processes that are given it see the guest's writes */
	bool no_merge;	   /* <nosharepages/> */
	bool locked;	   /* none of it, and none of the VMM's own, is swapped out */
	bool prealloc;
	uint32_t threads; /* that do it, 0: QEMU's choice */
};

enum sv_memory_model {
	SV_MEMORY_NVDIMM,
	SV_MEMORY_VIRTIO_PMEM,
	SV_MEMORY_SGX_EPC, /* of the processor's own encrypted memory: has no path */
};

/* A file, or a DAX device, that is memory of the guest. */
struct sv_memory_device {
	unsigned line;
	enum sv_memory_model model;
	char *path; /* NULL: none is needed */
	uint64_t size_kib;
	uint64_t align_kib; /* 0: QEMU's choice */
	uint64_t label_kib; /* of an NVDIMM's label area, 0: none */
	bool shared;	    /* the guest's writes go to the file */
	bool readonly;
	bool pmem; /* the file is real persistent memory */
};

/* <shmem>: memory that is there in several guests. */
struct sv_shmem {
	unsigned line;
	char *name;  /* of the document */
	char *path;  /* "/dev/shm/NAME", or the socket of the server */
	bool server; /* ivshmem-doorbell: path is the socket of a server */
	bool master;
	uint64_t size_kib;
	uint32_t vectors;
};

struct sv_memory {
	struct sv_memory_backing backing;
	uint64_t max_kib; /* 0: the document has no <maxMemory> */
	uint32_t slots;
	struct sv_memory_device *devices;
	size_t n_devices;
	struct sv_shmem *shmems;
	size_t n_shmems;
};

/* What the devices take of the domain's memory. They have been checked not to take all of it. */
uint64_t sv_memory_in_devices(const struct sv_memory *memory);
/* How many of the devices take a slot of <maxMemory>. */
size_t sv_memory_in_slots(const struct sv_memory *memory);
void sv_memory_done(struct sv_memory *memory);
