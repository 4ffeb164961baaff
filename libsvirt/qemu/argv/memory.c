/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The guest's memory: its backend, persistent memory in slots, memory shared with other guests. A
 * backend other than the process's own memory is a memfd, which has no name that another process
 * could open. Knows no file's contents.
 */
#include "qemu/builder.h"

#include <inttypes.h>

#define RAM "ram0"

static const char *on_off(bool on)
{
	return on ? "on" : "off";
}

static uint64_t ram_kib(const struct sv_domain *dom)
{
	return dom->memory_kib - sv_memory_in_devices(&dom->memory);
}

/* Whether the memory needs a named backend. Without special requests QEMU's default is used. */
static bool has_backend(const struct sv_domain *dom)
{
	const struct sv_memory_backing *backing = &dom->memory.backing;

	return backing->memfd || backing->shared || backing->prealloc || sv_qemu_shares_memory(dom);
}

static bool has_nvdimm(const struct sv_memory *memory)
{
	size_t i;

	for (i = 0; i < memory->n_devices; i++) {
		if (memory->devices[i].model == SV_MEMORY_NVDIMM)
			return true;
	}
	return false;
}

void sv_qemu_memory_machine(const struct sv_qemu_builder *b, struct sv_buf *machine)
{
	const struct sv_memory *memory = &b->dom->memory;
	unsigned epc = 0;
	size_t i;

	if (has_backend(b->dom))
		sv_buf_puts(machine, ",memory-backend=" RAM);
	if (memory->backing.no_merge)
		sv_buf_puts(machine, ",mem-merge=off");
	if (has_nvdimm(memory))
		sv_buf_puts(machine, ",nvdimm=on");
	for (i = 0; i < memory->n_devices; i++) {
		if (memory->devices[i].model != SV_MEMORY_SGX_EPC)
			continue;
		sv_buf_printf(machine, ",sgx-epc.%u.memdev=memdev%zu,sgx-epc.%u.node=0", epc, i,
			      epc);
		epc++;
	}
}

static void add_backend(struct sv_qemu_builder *b)
{
	const struct sv_memory_backing *backing = &b->dom->memory.backing;
	bool shares = sv_qemu_shares_memory(b->dom);
	sv_auto_buf struct sv_buf buf = {0};

	sv_buf_printf(&buf, "memory-backend-%s,id=" RAM ",size=%" PRIu64 "k,share=%s",
		      backing->memfd || shares ? "memfd" : "ram", ram_kib(b->dom),
		      on_off(backing->shared || shares));
	if (backing->hugepages)
		sv_buf_puts(&buf, ",hugetlb=on");
	if (backing->page_kib)
		sv_buf_printf(&buf, ",hugetlbsize=%" PRIu64 "k", backing->page_kib);
	/* a missing huge page would be a SIGBUS later, so the start has to fail instead */
	if (backing->prealloc || backing->hugepages)
		sv_buf_puts(&buf, ",prealloc=on");
	if (backing->threads)
		sv_buf_printf(&buf, ",prealloc-threads=%" PRIu32, backing->threads);
	sv_qemu_option(b, "-object", &buf);
}

void sv_qemu_memory(struct sv_qemu_builder *b)
{
	const struct sv_memory *memory = &b->dom->memory;
	sv_auto_buf struct sv_buf buf = {0};

	sv_buf_printf(&buf, "size=%" PRIu64 "k", ram_kib(b->dom));
	if (sv_memory_in_slots(memory))
		sv_buf_printf(&buf, ",slots=%" PRIu32 ",maxmem=%" PRIu64 "k", memory->slots,
			      memory->max_kib);
	sv_qemu_option(b, "-m", &buf);
	if (has_backend(b->dom))
		add_backend(b);
	if (memory->backing.locked) {
		sv_buf_puts(&buf, "mem-lock=on");
		sv_qemu_option(b, "-overcommit", &buf);
	}
}

/* Allocated from the start, so that the guest really has the memory that it is told of. */
static void add_epc(struct sv_qemu_builder *b, const struct sv_memory_device *dev, size_t i)
{
	sv_auto_buf struct sv_buf buf = {0};

	sv_buf_printf(&buf, "memory-backend-epc,id=memdev%zu,size=%" PRIu64 "k,prealloc=on", i,
		      dev->size_kib);
	sv_qemu_option(b, "-object", &buf);
}

/* Memory of the kind that the guest's own is, unless the document says more. */
static void add_plain_backend(struct sv_qemu_builder *b, const struct sv_memory_device *dev,
			      size_t i)
{
	const struct sv_memory_backing *backing = &b->dom->memory.backing;
	bool shared = dev->shared || backing->shared || sv_qemu_shares_memory(b->dom);
	bool huge = dev->page_kib || backing->hugepages;
	uint64_t page_kib = dev->page_kib ? dev->page_kib : backing->page_kib;
	sv_auto_buf struct sv_buf buf = {0};

	sv_buf_printf(&buf, "memory-backend-%s,id=memdev%zu,size=%" PRIu64 "k,share=%s",
		      huge || shared || backing->memfd ? "memfd" : "ram", i, dev->size_kib,
		      on_off(shared));
	if (huge)
		sv_buf_puts(&buf, ",hugetlb=on");
	if (page_kib)
		sv_buf_printf(&buf, ",hugetlbsize=%" PRIu64 "k", page_kib);
	/* of a virtio-mem device the guest does not get all */
	if (dev->model == SV_MEMORY_DIMM && (huge || backing->prealloc))
		sv_buf_puts(&buf, ",prealloc=on");
	if (dev->model == SV_MEMORY_VIRTIO_MEM)
		sv_buf_puts(&buf, ",reserve=off");
	sv_qemu_option(b, "-object", &buf);
}

static int add_plain(struct sv_qemu_builder *b, const struct sv_memory_device *dev, size_t i,
		     struct sv_error *err)
{
	sv_auto_buf struct sv_buf buf = {0};
	int r = 0;

	add_plain_backend(b, dev, i);
	if (dev->model == SV_MEMORY_DIMM)
		sv_buf_puts(&buf, "pc-dimm");
	else
		r = sv_qemu_on_bus(b, &buf, "virtio-mem", dev->line, err);
	if (r)
		return r;
	sv_buf_printf(&buf, ",id=memory%zu,memdev=memdev%zu", i, i);
	if (dev->block_kib)
		sv_buf_printf(&buf, ",block-size=%" PRIu64 "k", dev->block_kib);
	if (dev->model == SV_MEMORY_VIRTIO_MEM)
		sv_buf_printf(&buf, ",requested-size=%" PRIu64 "k", dev->requested_kib);
	sv_qemu_option(b, "-device", &buf);
	return 0;
}

static int add_file(struct sv_qemu_builder *b, const struct sv_memory_device *dev, size_t i,
		    struct sv_error *err)
{
	sv_auto_buf struct sv_buf buf = {0};
	int r = 0;

	sv_buf_printf(&buf, "memory-backend-file,id=memdev%zu,mem-path=", i);
	sv_qemu_value(&buf, dev->path);
	sv_buf_printf(&buf, ",size=%" PRIu64 "k,share=%s", dev->size_kib, on_off(dev->shared));
	if (dev->align_kib)
		sv_buf_printf(&buf, ",align=%" PRIu64 "k", dev->align_kib);
	sv_buf_puts(&buf, dev->pmem ? ",pmem=on" : "");
	sv_buf_puts(&buf, dev->readonly ? ",readonly=on" : "");
	sv_qemu_option(b, "-object", &buf);
	if (dev->model == SV_MEMORY_NVDIMM)
		sv_buf_puts(&buf, "nvdimm");
	else
		r = sv_qemu_on_bus(b, &buf, "virtio-pmem", dev->line, err);
	if (r)
		return r;
	sv_buf_printf(&buf, ",id=memory%zu,memdev=memdev%zu", i, i);
	if (dev->label_kib)
		sv_buf_printf(&buf, ",label-size=%" PRIu64 "k", dev->label_kib);
	sv_buf_puts(&buf, dev->readonly ? ",unarmed=on" : "");
	sv_qemu_option(b, "-device", &buf);
	return 0;
}

static int add_device(struct sv_qemu_builder *b, size_t i, struct sv_error *err)
{
	const struct sv_memory_device *dev = &b->dom->memory.devices[i];

	if (b->machine == SV_QEMU_MICROVM)
		return sv_qemu_refuse(b, dev->line, "slot for <memory> devices", err);
	switch (dev->model) {
	case SV_MEMORY_NVDIMM:
	case SV_MEMORY_VIRTIO_PMEM:
		return add_file(b, dev, i, err);
	case SV_MEMORY_DIMM:
	case SV_MEMORY_VIRTIO_MEM:
		return add_plain(b, dev, i, err);
	case SV_MEMORY_SGX_EPC:
		add_epc(b, dev, i);
		return 0;
	}
	return 0;
}

static int add_shmem(struct sv_qemu_builder *b, size_t i, struct sv_error *err)
{
	const struct sv_shmem *shmem = &b->dom->memory.shmems[i];
	sv_auto_buf struct sv_buf buf = {0};
	int r;

	if (shmem->server) {
		sv_buf_printf(&buf, "socket,id=charshmem%zu,path=", i);
		sv_qemu_value(&buf, shmem->path);
		sv_qemu_option(b, "-chardev", &buf);
	} else {
		sv_buf_printf(&buf, "memory-backend-file,id=shmmem%zu,mem-path=", i);
		sv_qemu_value(&buf, shmem->path);
		sv_buf_printf(&buf, ",size=%" PRIu64 "k,share=on", shmem->size_kib);
		sv_qemu_option(b, "-object", &buf);
	}
	r = sv_qemu_on_bus(b, &buf, shmem->server ? "ivshmem-doorbell" : "ivshmem-plain",
			   shmem->line, err);
	if (r)
		return r;
	sv_buf_printf(&buf, ",id=shmem%zu,%s%zu,master=%s", i,
		      shmem->server ? "chardev=charshmem" : "memdev=shmmem", i,
		      on_off(shmem->master));
	if (shmem->vectors)
		sv_buf_printf(&buf, ",vectors=%" PRIu32, shmem->vectors);
	sv_qemu_option(b, "-device", &buf);
	return 0;
}

int sv_qemu_memory_devices(struct sv_qemu_builder *b, struct sv_error *err)
{
	const struct sv_memory *memory = &b->dom->memory;
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < memory->n_devices; i++)
		r = add_device(b, i, err);
	for (i = 0; r == 0 && i < memory->n_shmems; i++)
		r = add_shmem(b, i, err);
	return r;
}
