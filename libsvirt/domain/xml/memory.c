/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * <memoryBacking>, <maxMemory> and <memory> devices. Memory that needs a directory of the host to
 * have a file in is refused: a memfd does the same and has no name that another process could open.
 */
#include "domain/xml/parts.h"

#include <inttypes.h>

#define MAX_SLOTS      256u
#define MAX_THREADS    1024u
#define USUAL_PAGE_KIB 4u

static int read_size(struct sv_xml *x, const xmlNode *node, void *into)
{
	static const struct sv_xml_attr known[] = {{"unit", NULL}, {NULL, NULL}};
	int r = sv_xml_attrs(x, node, known);

	return r < 0 ? r : sv_xml_memory(x, node, into);
}

static int read_page(struct sv_xml *x, const xmlNode *node, void *into)
{
	static const struct sv_xml_attr known[] = {
		{"size", NULL}, {"unit", NULL}, {"nodeset", SV_XML_HARMLESS}, {NULL, NULL}};
	struct sv_memory_backing *backing = into;
	const char *size = sv_xml_attr(node, "size");
	int r = sv_xml_leaf(x, node, known);

	if (r < 0)
		return r;
	if (!size)
		return sv_xml_missing(x, node, "size");
	return sv_xml_memory_of(x, node, size, &backing->page_kib);
}

static int read_hugepages(struct sv_xml *x, const xmlNode *node, void *into)
{
	static const struct sv_xml_rule rules[] = {SV_XML_READ("page", read_page), SV_XML_END};
	struct sv_memory_backing *backing = into;
	int r = sv_xml_attrs(x, node, sv_xml_no_attrs);

	backing->hugepages = backing->memfd = true;
	return r < 0 ? r : sv_xml_children(x, node, rules, into);
}

static int read_source(struct sv_xml *x, const xmlNode *node, void *into)
{
	static const struct sv_xml_attr known[] = {{"type", NULL}, {NULL, NULL}};
	static const char *const types[] = {"anonymous", "memfd", "file", NULL};
	struct sv_memory_backing *backing = into;
	unsigned at = 0;
	int r = sv_xml_leaf(x, node, known);

	if (r >= 0)
		r = sv_xml_need_choice(x, node, "type", types, &at);
	if (r < 0)
		return r;
	backing->memfd = backing->memfd || at == 1;
	if (at != 2)
		return 0;
	(void)sv_xml_fail(x, node, "the guest's memory in a named file is not supported");
	return sv_hint(x->err, "write <source type='memfd'/>: the same, without a name");
}

static int read_access(struct sv_xml *x, const xmlNode *node, void *into)
{
	static const struct sv_xml_attr known[] = {{"mode", NULL}, {NULL, NULL}};
	static const char *const modes[] = {"private", "shared", NULL};
	struct sv_memory_backing *backing = into;
	unsigned at = 0;
	int r = sv_xml_leaf(x, node, known);

	if (r >= 0)
		r = sv_xml_need_choice(x, node, "mode", modes, &at);
	backing->shared = at == 1;
	return r;
}

static int read_allocation(struct sv_xml *x, const xmlNode *node, void *into)
{
	static const struct sv_xml_attr known[] = {{"mode", NULL}, {"threads", NULL}, {NULL, NULL}};
	static const char *const modes[] = {"ondemand", "immediate", NULL};
	const char *threads = sv_xml_attr(node, "threads");
	struct sv_memory_backing *backing = into;
	unsigned at = 0;
	int r = sv_xml_leaf(x, node, known);

	if (r >= 0 && sv_xml_attr(node, "mode"))
		r = sv_xml_need_choice(x, node, "mode", modes, &at);
	if (r >= 0 && threads &&
	    sv_parse_u32(threads, 1, MAX_THREADS, "threads", &backing->threads, x->err) < 0)
		return sv_xml_at(x, node);
	backing->prealloc = at == 1;
	return r;
}

static int read_no_merge(struct sv_xml *x, const xmlNode *node, void *into)
{
	struct sv_memory_backing *backing = into;

	backing->no_merge = true;
	return sv_xml_leaf(x, node, sv_xml_no_attrs);
}

static int read_locked(struct sv_xml *x, const xmlNode *node, void *into)
{
	struct sv_memory_backing *backing = into;

	backing->locked = true;
	return sv_xml_leaf(x, node, sv_xml_no_attrs);
}

int sv_xml_memory_backing(struct sv_xml *x, const xmlNode *node, void *unused)
{
	static const struct sv_xml_rule rules[] = {
		SV_XML_READ("hugepages", read_hugepages),
		SV_XML_READ("source", read_source),
		SV_XML_READ("access", read_access),
		SV_XML_READ("allocation", read_allocation),
		SV_XML_READ("nosharepages", read_no_merge),
		SV_XML_READ("locked", read_locked),
		SV_XML_IGNORE("discard", SV_XML_HARMLESS),
		SV_XML_END,
	};
	int r = sv_xml_attrs(x, node, sv_xml_no_attrs);

	(void)unused;
	return r < 0 ? r : sv_xml_children(x, node, rules, &x->dom->memory.backing);
}

int sv_xml_max_memory(struct sv_xml *x, const xmlNode *node, void *unused)
{
	static const struct sv_xml_attr known[] = {{"slots", NULL}, {"unit", NULL}, {NULL, NULL}};
	const char *slots = sv_xml_attr(node, "slots");
	struct sv_memory *memory = &x->dom->memory;
	int r = sv_xml_attrs(x, node, known);

	(void)unused;
	if (r < 0)
		return r;
	if (!slots)
		return sv_xml_missing(x, node, "slots");
	if (sv_parse_u32(slots, 0, MAX_SLOTS, "slots", &memory->slots, x->err) < 0)
		return sv_xml_at(x, node);
	return sv_xml_memory(x, node, &memory->max_kib);
}

static int read_path(struct sv_xml *x, const xmlNode *node, void *into)
{
	struct sv_memory_device *dev = into;
	sv_auto_free char *text = NULL;
	int r = sv_xml_plain_text(x, node, &text);

	return r < 0 ? r : sv_xml_path(x, node, "path of <memory>", text, &dev->path);
}

static int read_align(struct sv_xml *x, const xmlNode *node, void *into)
{
	return read_size(x, node, &((struct sv_memory_device *)into)->align_kib);
}

static int read_target_size(struct sv_xml *x, const xmlNode *node, void *into)
{
	return read_size(x, node, &((struct sv_memory_device *)into)->size_kib);
}

static int read_label_size(struct sv_xml *x, const xmlNode *node, void *into)
{
	return read_size(x, node, &((struct sv_memory_device *)into)->label_kib);
}

static int read_pmem(struct sv_xml *x, const xmlNode *node, void *into)
{
	((struct sv_memory_device *)into)->pmem = true;
	return sv_xml_leaf(x, node, sv_xml_no_attrs);
}

static int read_readonly(struct sv_xml *x, const xmlNode *node, void *into)
{
	((struct sv_memory_device *)into)->readonly = true;
	return sv_xml_leaf(x, node, sv_xml_no_attrs);
}

static int read_node(struct sv_xml *x, const xmlNode *node, void *unused)
{
	sv_auto_free char *text = NULL;
	uint32_t number;
	int r = sv_xml_plain_text(x, node, &text);

	(void)unused;
	if (r >= 0 && sv_parse_u32(text, 0, 0, "node of <memory>", &number, x->err) < 0)
		return sv_xml_at(x, node);
	return r;
}

static int read_block(struct sv_xml *x, const xmlNode *node, void *into)
{
	return read_size(x, node, &((struct sv_memory_device *)into)->block_kib);
}

static int read_requested(struct sv_xml *x, const xmlNode *node, void *into)
{
	struct sv_memory_device *dev = into;
	sv_auto_free char *text = NULL;
	static const struct sv_xml_attr known[] = {{"unit", NULL}, {NULL, NULL}};
	int r = sv_xml_attrs(x, node, known);

	if (r >= 0)
		r = sv_xml_text_trimmed(x, node, &text);
	if (r < 0 || sv_streq(text, "0"))
		return r;
	return sv_xml_memory_of(x, node, text, &dev->requested_kib);
}

static int read_page_size(struct sv_xml *x, const xmlNode *node, void *into)
{
	struct sv_memory_device *dev = into;
	int r = read_size(x, node, &dev->page_kib);

	if (dev->page_kib == USUAL_PAGE_KIB)
		dev->page_kib = 0;
	return r;
}

static int read_label(struct sv_xml *x, const xmlNode *node, void *into)
{
	static const struct sv_xml_rule rules[] = {SV_XML_READ("size", read_label_size),
						   SV_XML_END};
	int r = sv_xml_attrs(x, node, sv_xml_no_attrs);

	return r < 0 ? r : sv_xml_children(x, node, rules, into);
}

static int read_device_source(struct sv_xml *x, const xmlNode *node, void *into)
{
	static const struct sv_xml_rule rules[] = {
		SV_XML_READ("path", read_path),
		SV_XML_READ("alignsize", read_align),
		SV_XML_READ("pmem", read_pmem),
		SV_XML_READ("pagesize", read_page_size),
		SV_XML_IGNORE("nodemask", SV_XML_HARMLESS),
		SV_XML_END,
	};
	int r = sv_xml_attrs(x, node, sv_xml_no_attrs);

	return r < 0 ? r : sv_xml_children(x, node, rules, into);
}

static int read_target(struct sv_xml *x, const xmlNode *node, void *into)
{
	static const struct sv_xml_rule rules[] = {
		SV_XML_READ("size", read_target_size),
		SV_XML_READ("node", read_node),
		SV_XML_READ("label", read_label),
		SV_XML_READ("block", read_block),
		SV_XML_READ("requested", read_requested),
		SV_XML_IGNORE("current", "the state of a running guest"),
		SV_XML_IGNORE("address", SV_XML_HARMLESS),
		SV_XML_READ("readonly", read_readonly),
		SV_XML_END,
	};
	int r = sv_xml_attrs(x, node, sv_xml_no_attrs);

	return r < 0 ? r : sv_xml_children(x, node, rules, into);
}

static const char *const memory_models[] = {
	[SV_MEMORY_NVDIMM] = "nvdimm",	       [SV_MEMORY_VIRTIO_PMEM] = "virtio-pmem",
	[SV_MEMORY_SGX_EPC] = "sgx-epc",       [SV_MEMORY_DIMM] = "dimm",
	[SV_MEMORY_VIRTIO_MEM] = "virtio-mem", NULL,
};

/* Memory that is no file. */
static int check_plain(struct sv_xml *x, const xmlNode *node, const struct sv_memory_device *dev)
{
	if (!dev->size_kib) {
		(void)sv_xml_fail(x, node, "<memory> has no size");
		return sv_hint(x->err, "it needs <target><size unit='MiB'>..</size></target>");
	}
	if (dev->path || dev->label_kib || dev->readonly || dev->pmem || dev->align_kib)
		return sv_xml_fail(x, node, "<memory model='%s'> is no file and has no label",
				   memory_models[dev->model]);
	if (dev->requested_kib > dev->size_kib ||
	    (dev->block_kib &&
	     (dev->size_kib % dev->block_kib || dev->requested_kib % dev->block_kib))) {
		(void)sv_xml_fail(x, node, "<requested> of <memory> is no part of its size");
		return sv_hint(x->err, "make <size> and <requested> multiples of <block>");
	}
	return 0;
}

/* Only a device that consists of blocks has a part of itself. */
static int check_parts(struct sv_xml *x, const xmlNode *node, const struct sv_memory_device *dev)
{
	bool pages = dev->model == SV_MEMORY_DIMM || dev->model == SV_MEMORY_VIRTIO_MEM;

	if (dev->model != SV_MEMORY_VIRTIO_MEM && (dev->block_kib || dev->requested_kib))
		return sv_xml_fail(x, node, "<memory model='%s'> has no <block> and no <requested>",
				   memory_models[dev->model]);
	if (pages || !dev->page_kib)
		return 0;
	return sv_xml_fail(x, node, "<memory model='%s'> has no <pagesize>",
			   memory_models[dev->model]);
}

static int check_device(struct sv_xml *x, const xmlNode *node, const struct sv_memory_device *dev)
{
	if (check_parts(x, node, dev) < 0)
		return -(int)x->err->code;
	if (dev->model >= SV_MEMORY_SGX_EPC)
		return check_plain(x, node, dev);
	if (!dev->path || !dev->size_kib) {
		(void)sv_xml_fail(x, node, "<memory> has no %s", dev->path ? "size" : "path");
		return sv_hint(x->err, "it needs <source><path>..</path></source> and "
				       "<target><size unit='MiB'>..</size></target>");
	}
	if (dev->label_kib >= dev->size_kib)
		return sv_xml_fail(x, node, "the label area of <memory> is as large as the whole");
	if (dev->model == SV_MEMORY_NVDIMM)
		return 0;
	if (dev->label_kib || dev->readonly || dev->pmem || dev->align_kib)
		return sv_xml_fail(x, node,
				   "<memory model='virtio-pmem'> has a path and a size "
				   "alone");
	return 0;
}

int sv_xml_memory_device(struct sv_xml *x, const xmlNode *node, void *unused)
{
	static const struct sv_xml_rule rules[] = {
		SV_XML_READ("source", read_device_source),
		SV_XML_READ("target", read_target),
		SV_XML_IGNORE("uuid", SV_XML_HARMLESS),
		SV_XML_IGNORE("address", SV_XML_HARMLESS),
		SV_XML_IGNORE("alias", SV_XML_HARMLESS),
		SV_XML_END,
	};
	static const struct sv_xml_attr known[] = {
		{"model", NULL}, {"access", NULL}, {"discard", SV_XML_HARMLESS}, {NULL, NULL}};
	static const char *const modes[] = {"private", "shared", NULL};
	struct sv_memory *memory = &x->dom->memory;
	struct sv_memory_device *dev;
	unsigned model = 0, mode = 0;
	int r = sv_xml_need_choice(x, node, "model", memory_models, &model);

	(void)unused;
	if (r >= 0)
		r = sv_xml_attrs(x, node, known);
	if (r >= 0 && sv_xml_attr(node, "access"))
		r = sv_xml_need_choice(x, node, "access", modes, &mode);
	if (r < 0)
		return r;
	dev = sv_xml_add(x, memory->devices, memory->n_devices);
	if (!dev)
		return -(int)x->err->code;
	dev->line = sv_xml_line(node);
	dev->model = (enum sv_memory_model)model;
	/* what a virtio-pmem device is for: the host's page cache is the guest's */
	dev->shared = mode == 1 || dev->model == SV_MEMORY_VIRTIO_PMEM;
	r = sv_xml_children(x, node, rules, dev);
	return r < 0 ? r : check_device(x, node, dev);
}

int sv_xml_check_memory(struct sv_xml *x)
{
	const struct sv_memory *memory = &x->dom->memory;
	uint64_t in_devices = sv_memory_in_devices(memory);
	size_t in_slots = sv_memory_in_slots(memory);
	unsigned line;

	if (!memory->n_devices)
		return 0;
	line = memory->devices[0].line;
	if (in_devices >= x->dom->memory_kib) {
		(void)sv_fail_at(x->err, x->dom->file, line,
				 "the <memory> devices take all memory of the domain");
		return sv_hint(x->err, "<memory> of <domain> counts them in: make it larger");
	}
	if (sv_memory_requested(memory) >= x->dom->current_memory_kib) {
		(void)sv_fail_at(x->err, x->dom->file, line,
				 "<requested> of the <memory> devices is all of currentMemory, and "
				 "no balloon takes from it");
		return sv_hint(x->err, "make <currentMemory> larger, which counts it in");
	}
	if (!in_slots || (memory->max_kib >= x->dom->memory_kib && memory->slots >= in_slots))
		return 0;
	(void)sv_fail_at(x->err, x->dom->file, line,
			 "<memory> devices need a <maxMemory> with room and slots for them");
	return sv_hint(x->err,
		       "put <maxMemory slots='%zu' unit='KiB'>%" PRIu64
		       "</maxMemory> into <domain>",
		       in_slots, x->dom->memory_kib);
}
