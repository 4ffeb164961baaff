/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The images behind a disk as -blockdev nodes: one for each file, one for each format above it, and
 * their connections. The whole chain is given, with its end, so that QEMU never opens a file
 * because a header names it. Nodes are JSON, so no path can break out of its option.
 */
#include "qemu/builder.h"

#include <jansson.h>

/* One image of a disk. */
struct image {
	const struct sv_disk *disk;
	const struct sv_image_graph *graph; /* not empty */
	size_t at;
	bool known; /* its header was read, so the files that it needs are known */
};

static const struct sv_image_node *node_of(const struct image *image)
{
	return &image->graph->nodes[image->at];
}

/* "file-vda" for the disk's own image, "file-vda-1" and so on below it. */
#define NAME_LEN 32 /* QEMU allows 31 characters */
static const char *node_name(const struct image *image, const char *kind, size_t at,
			     char out[NAME_LEN])
{
	if (at == 0)
		(void)snprintf(out, NAME_LEN, "%s-%s", kind, image->disk->target);
	else
		(void)snprintf(out, NAME_LEN, "%s-%s-%zu", kind, image->disk->target, at);
	return out;
}

static bool is_readonly(const struct sv_image_node *node)
{
	return node->role == SV_IMAGE_RO || node->role == SV_IMAGE_RO_BASE;
}

/* The index of the image's part of that kind. 0: it has none, since node 0 is not a part. */
static size_t find_part(const struct image *image, enum sv_image_part part)
{
	for (size_t i = image->at + 1; i < image->graph->n; i++) {
		if (image->graph->nodes[i].overlay == image->at &&
		    image->graph->nodes[i].part == part)
			return i;
	}
	return 0;
}

/* Formats of which a header can name a backing file that QEMU opens. */
static bool has_backing(enum sv_image_format format)
{
	return format == SV_IMAGE_QCOW2 || format == SV_IMAGE_QED || format == SV_IMAGE_VMDK;
}

/* Takes json over. NULL: jansson could not make it. */
static int add_json(struct sv_qemu_builder *b, const char *option, json_t *node,
		    struct sv_error *err)
{
	sv_auto_free char *text = node ? json_dumps(node, JSON_COMPACT) : NULL;

	json_decref(node);
	if (!text)
		return sv_fail(err, SV_E_UNKNOWN, 0,
			       "cannot describe a disk to QEMU: no memory, or a path not in UTF-8");
	sv_strv_add(&b->argv, option);
	sv_strv_add(&b->argv, text);
	return 0;
}

static int add_node(struct sv_qemu_builder *b, json_t *node, struct sv_error *err)
{
	return add_json(b, "-blockdev", node, err);
}

static json_t *cache_object(const struct sv_disk *disk)
{
	const struct sv_qemu_cache *cache = sv_qemu_cache_of(disk);

	return cache ? json_pack("{s:b,s:b}", "direct", cache->direct, "no-flush", cache->no_flush)
		     : NULL;
}

static int add_file(struct sv_qemu_builder *b, const struct image *image, struct sv_error *err)
{
	const struct sv_image_node *node = node_of(image);
	const struct sv_disk *disk = image->disk;
	char name[NAME_LEN];

	return add_node(b,
			json_pack("{s:s,s:s,s:s,s:b,s:b,s:s*,s:s*,s:o*}", "driver",
				  node->block ? "host_device" : "file", "node-name",
				  node_name(image, "file", image->at, name), "filename", node->path,
				  "read-only", is_readonly(node), "auto-read-only", 0, "aio",
				  disk->io, "discard", disk->discard, "cache", cache_object(disk)),
			err);
}

static int add_format(struct sv_qemu_builder *b, const struct image *image, struct sv_error *err)
{
	const struct sv_image_node *node = node_of(image);
	size_t data = find_part(image, SV_IMAGE_DATA), backing = find_part(image, SV_IMAGE_WHOLE);
	char name[NAME_LEN], file[NAME_LEN], other[NAME_LEN];
	json_t *json = json_pack(
		"{s:s,s:s,s:b,s:s*,s:o*,s:s}", "driver", sv_image_format_name(node->format),
		"node-name", node_name(image, "drive", image->at, name), "read-only",
		is_readonly(node), "discard", image->disk->discard, "cache",
		cache_object(image->disk), "file", node_name(image, "file", image->at, file));

	if (json && data)
		json_object_set_new(json, "data-file",
				    json_string(node_name(image, "file", data, other)));
	if (json && image->known && has_backing(node->format))
		json_object_set_new(json, "backing",
				    backing ? json_string(node_name(image, "drive", backing, other))
					    : json_null());
	return add_node(b, json, err);
}

/* From the bottom up, because a node may only name nodes that exist. */
static int add_graph(struct sv_qemu_builder *b, struct image *image, struct sv_error *err)
{
	int r = 0;

	for (size_t i = image->graph->n; r == 0 && i-- > 0;) {
		image->at = i;
		/* the vmdk driver opens its extents itself; they cannot be given as nodes */
		if (node_of(image)->part == SV_IMAGE_EXTENT)
			continue;
		r = add_file(b, image, err);
		if (r == 0 && node_of(image)->part == SV_IMAGE_WHOLE)
			r = add_format(b, image, err);
	}
	return r;
}

/* The nodes of an image whose header was not read, from the document alone. */
static int add_unread(struct sv_qemu_builder *b, const struct sv_disk *disk, struct sv_error *err)
{
	bool readonly = disk->readonly || disk->device == SV_DISK_CDROM;
	struct sv_image_node node = {
		.role = readonly ? SV_IMAGE_RO : SV_IMAGE_RW_TOP,
		.path = disk->path,
		.block = disk->source == SV_DISK_BLOCK,
	};
	const struct sv_image_graph graph = {.nodes = &node, .n = 1};
	struct image image = {.disk = disk, .graph = &graph};

	if (disk->format && sv_image_format_parse(disk->format, &node.format) != 0)
		return sv_fail_at(err, b->dom->file, disk->line,
				  "disk '%s': the format is not one that is known", disk->target);
	return add_graph(b, &image, err);
}

int sv_qemu_images(struct sv_qemu_builder *b, const struct sv_disk *disk, struct sv_error *err)
{
	const struct sv_images *images = b->host->images;
	struct image image = {.disk = disk, .known = true};

	if (images)
		image.graph = &images->graphs[disk - b->dom->disks];
	if (image.graph && image.graph->n)
		return add_graph(b, &image, err);
	return add_unread(b, disk, err);
}

/* QEMU's ThrottleLimits (qapi/block-core.json). */
static json_t *limits_object(const struct sv_iotune *tune)
{
	static const char *const rates[SV_N_IOTUNE] = {"bps-total",  "bps-read",  "bps-write",
						       "iops-total", "iops-read", "iops-write"};
	json_t *limits = json_object();

	for (size_t i = 0; i < SV_N_IOTUNE; i++) {
		const struct {
			const char *suffix;
			uint64_t value;
		} values[] = {
			{"", tune->rate[i]},
			{"-max", tune->burst[i]},
			{"-max-length", tune->seconds[i]},
		};

		for (size_t k = 0; k < SV_N_ELEMENTS(values); k++) {
			char key[32];

			(void)snprintf(key, sizeof(key), "%s%s", rates[i], values[k].suffix);
			if (values[k].value)
				json_object_set_new(limits, key,
						    json_integer((json_int_t)values[k].value));
		}
	}
	if (tune->size)
		json_object_set_new(limits, "iops-size", json_integer((json_int_t)tune->size));
	return limits;
}

/* Whether an earlier disk has brought the limits of the group along. */
static bool has_group(const struct sv_domain *dom, const struct sv_disk *disk)
{
	for (const struct sv_disk *other = dom->disks; other != disk; other++) {
		if (disk->iotune.group && other->source != SV_DISK_NONE &&
		    sv_streq(other->iotune.group, disk->iotune.group))
			return true;
	}
	return false;
}

int sv_qemu_throttle(struct sv_qemu_builder *b, const struct sv_disk *disk, struct sv_error *err)
{
	const struct sv_disk *limited = sv_disk_throttle(b->dom, disk);
	char name[NAME_LEN], image[NAME_LEN], group[NAME_LEN];
	int r = 0;

	(void)snprintf(group, sizeof(group), "limits-%s", limited->target);
	(void)snprintf(name, sizeof(name), "throttle-%s", disk->target);
	(void)snprintf(image, sizeof(image), "drive-%s", disk->target);
	if (!has_group(b->dom, disk))
		r = add_json(b, "-object",
			     json_pack("{s:s,s:s,s:o}", "qom-type", "throttle-group", "id", group,
				       "limits", limits_object(&limited->iotune)),
			     err);
	if (r < 0)
		return r;
	return add_node(b,
			json_pack("{s:s,s:s,s:b,s:s*,s:o*,s:s,s:s}", "driver", "throttle",
				  "node-name", name, "read-only",
				  disk->readonly || disk->device == SV_DISK_CDROM, "discard",
				  disk->discard, "cache", cache_object(disk), "throttle-group",
				  group, "file", image),
			err);
}
