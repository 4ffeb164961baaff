/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A guest's memory that is not the process's own: huge pages, files that are memory (NVDIMM),
 * memory that several guests share. Plain structs, a part of the domain. Knows nothing of XML,
 * labels or QEMU.
 */
#pragma once

#include "base/error.h"

#include <stdint.h>

/* <memoryBacking> */
struct sv_memory_backing {
	bool memfd; /* in a file without a name, as huge pages always are */
	bool hugepages;
	uint64_t page_kib; /* 0: the host's default */
	bool shared;	   /* other processes that get the memory see the guest's writes */
	bool no_merge;	   /* <nosharepages/> */
	bool locked;	   /* the guest's and the VMM's memory are never swapped out */
	bool prealloc;
	uint32_t threads; /* for prealloc, 0: QEMU's choice */
};

enum sv_memory_model {
	SV_MEMORY_NVDIMM,
	SV_MEMORY_VIRTIO_PMEM,
	SV_MEMORY_SGX_EPC, /* encrypted memory of the processor; this and the following have no path
			    */
	SV_MEMORY_DIMM,	   /* memory in a slot */
	SV_MEMORY_VIRTIO_MEM, /* memory of which the guest has a part */
};

/* A file, or a DAX device, that is memory of the guest. */
struct sv_memory_device {
	unsigned line;
	enum sv_memory_model model;
	char *path; /* NULL: none is needed */
	uint64_t size_kib;
	uint64_t align_kib; /* 0: QEMU's choice */
	uint64_t page_kib;  /* DIMM, VIRTIO_MEM: in the host's pages of this size; 0: in its usual
			       ones */
	uint64_t block_kib; /* VIRTIO_MEM: of what it consists; 0: QEMU's choice */
	uint64_t requested_kib; /* VIRTIO_MEM: what the guest is to have of it */
	uint64_t label_kib;	/* of an NVDIMM's label area, 0: none */
	bool shared;		/* the guest's writes go to the file */
	bool readonly;
	bool pmem; /* the file is real persistent memory */
};

/* <shmem>: memory that several guests share. */
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

/* The part of the domain's memory that is in devices. It was checked that this is not all of it. */
uint64_t sv_memory_in_devices(const struct sv_memory *memory);
/* What the guest is to have of virtio-mem devices: no balloon takes from that. */
uint64_t sv_memory_requested(const struct sv_memory *memory);
/* The part of the domain's memory that is no RAM of the guest: files, memory of SGX, and what
 * nothing requests of virtio-mem devices. */
uint64_t sv_memory_beside_ram(const struct sv_memory *memory);
/* The number of devices that take a slot of <maxMemory>. */
size_t sv_memory_in_slots(const struct sv_memory *memory);
void sv_memory_done(struct sv_memory *memory);
