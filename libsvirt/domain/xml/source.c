/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * <source> of a disk with its <dataStore>, and <backingStore>: the files below it, as far as the
 * document names them.
 * What it does not name, the images themselves say (domain/image-graph).
 */
#include "domain/xml/parts.h"

const char *const sv_xml_image_formats[] = {"raw", "qcow2", "qed", "vmdk",
					    "vpc", "vhdx",  "vdi", NULL};

static int read_seclabel(struct sv_xml *x, const xmlNode *node, void *into)
{
	struct sv_xml_source *source = into;

	return sv_xml_device_seclabel(x, node, &source->seclabels, &source->n_seclabels);
}

static int read_data_format(struct sv_xml *x, const xmlNode *node, void *into)
{
	static const struct sv_xml_attr known[] = {{"type", NULL}, {NULL, NULL}};
	static const char *const types[] = {"raw", NULL};
	unsigned at;
	int r = sv_xml_leaf(x, node, known);

	(void)into;
	if (r < 0)
		return r;
	if (!sv_xml_attr(node, "type"))
		return sv_xml_missing(x, node, "type");
	return sv_xml_choice(x, node, "type of the <format> of a <dataStore>",
			     sv_xml_attr(node, "type"), types, &at);
}

static int read_data_source(struct sv_xml *x, const xmlNode *node, void *into)
{
	struct sv_xml_source *data = into;
	int r = sv_xml_source(x, node, data);

	if (r >= 0 && data->data.path)
		r = sv_xml_fail(x, node, "a <dataStore> in a <dataStore>");
	free(data->data.path);
	sv_device_seclabels_free(data->data.seclabels, data->data.n_seclabels);
	data->data = (struct sv_data_store){0};
	return r;
}

static int read_data_store(struct sv_xml *x, const xmlNode *node, void *into)
{
	static const struct sv_xml_attr known[] = {{"type", NULL}, {NULL, NULL}};
	static const struct sv_xml_rule rules[] = {
		SV_XML_READ("format", read_data_format),
		SV_XML_READ("source", read_data_source),
		SV_XML_END,
	};
	static const char *const types[] = {"file", "block", NULL};
	struct sv_xml_source *source = into, data = {.what = "path of a data file"};
	unsigned at = 0;
	int r = sv_xml_attrs(x, node, known);

	if (r >= 0)
		r = sv_xml_attr_choice(x, node, "type", types, &at);
	if (r < 0)
		return r;
	data.block = at == 1;
	r = sv_xml_children(x, node, rules, &data);
	source->data = (struct sv_data_store){data.path, data.seclabels, data.n_seclabels};
	if (r < 0 || data.path)
		return r;
	return sv_xml_fail(x, node, "a <dataStore> has no <source>");
}

int sv_xml_source(struct sv_xml *x, const xmlNode *node, struct sv_xml_source *ret)
{
	static const struct sv_xml_rule rules[] = {
		SV_XML_READ_MANY("seclabel", read_seclabel),
		SV_XML_REFUSE("encryption"),
		SV_XML_REFUSE("reservations"),
		SV_XML_REFUSE("slices"),
		SV_XML_READ("dataStore", read_data_store),
		SV_XML_END,
	};
	const char *name = ret->block ? "dev" : "file", *path = sv_xml_attr(node, name);
	const struct sv_xml_attr known[] = {
		{name, NULL},
		{"startupPolicy", ret->may_lack ? NULL : "what is missing is always an error"},
		{"index", SV_XML_HARMLESS},
		{NULL, NULL},
	};
	static const char *const policies[] = {"mandatory", "requisite", "optional", NULL};
	unsigned at = 0;
	int r = sv_xml_attrs(x, node, known);

	if (r >= 0)
		r = sv_xml_children(x, node, rules, ret);
	if (r >= 0 && ret->may_lack)
		r = sv_xml_attr_choice(x, node, "startupPolicy", policies, &at);
	ret->optional = at == 2;
	if (r >= 0 && ret->may_lack && (!path || !*path) && !ret->data.path)
		return 0;
	return r < 0 ? r : sv_xml_need_path(x, node, name, ret->what, &ret->path);
}

/* One <backingStore>, and the disk that it belongs to. */
struct store {
	struct sv_disk *disk;
	size_t at; /* in the chain */
	bool block;
};

static int read_format(struct sv_xml *x, const xmlNode *node, void *into)
{
	static const struct sv_xml_attr known[] = {{"type", NULL}, {NULL, NULL}};
	static const struct sv_xml_rule rules[] = {
		SV_XML_IGNORE("metadata_cache", SV_XML_HARMLESS),
		SV_XML_END,
	};
	const struct store *store = into;
	unsigned at;
	int r = sv_xml_attrs(x, node, known);

	if (r >= 0)
		r = sv_xml_children(x, node, rules, NULL);
	if (r >= 0)
		r = sv_xml_need_choice(x, node, "type", sv_xml_image_formats, &at);
	return r < 0 ? r
		     : sv_strdup(sv_xml_image_formats[at], &store->disk->chain[store->at].format,
				 x->err);
}

static int read_source(struct sv_xml *x, const xmlNode *node, void *into)
{
	const struct store *store = into;
	struct sv_backing *backing = &store->disk->chain[store->at];
	struct sv_xml_source source = {.what = "path of a backing file", .block = store->block};
	int r = sv_xml_source(x, node, &source);

	backing->path = source.path;
	backing->data = source.data;
	backing->seclabels = source.seclabels;
	backing->n_seclabels = source.n_seclabels;
	return r;
}

static int read_next(struct sv_xml *x, const xmlNode *node, void *into)
{
	return sv_xml_backing_store(x, node, ((const struct store *)into)->disk);
}

int sv_xml_backing_store(struct sv_xml *x, const xmlNode *node, void *into)
{
	static const struct sv_xml_attr known[] = {
		{"type", NULL}, {"index", SV_XML_HARMLESS}, {NULL, NULL}};
	static const struct sv_xml_rule rules[] = {
		SV_XML_READ("format", read_format),
		SV_XML_READ("source", read_source),
		SV_XML_READ("backingStore", read_next),
		SV_XML_END,
	};
	static const char *const types[] = {"file", "block", NULL};
	struct sv_disk *disk = into;
	struct store store = {.disk = disk, .at = disk->n_chain};
	struct sv_backing *backing;
	unsigned at = 0;
	int r = sv_xml_attrs(x, node, known);

	if (r < 0)
		return r;
	if (!sv_xml_attr(node, "type") && !xmlFirstElementChild((xmlNode *)(uintptr_t)node)) {
		disk->chain_ends = true;
		return sv_xml_children(x, node, sv_xml_no_children, NULL);
	}
	r = sv_xml_attr_choice(x, node, "type", types, &at);
	if (r < 0)
		return r;
	store.block = at == 1;
	backing = sv_xml_add(x, disk->chain, disk->n_chain);
	if (!backing)
		return -(int)x->err->code;
	backing->line = sv_xml_line(node);
	r = sv_xml_children(x, node, rules, &store);
	if (r < 0 || disk->chain[store.at].path)
		return r;
	(void)sv_xml_fail(x, node, "a <backingStore> has no <source>");
	return sv_hint(x->err, "name the file, or write <backingStore/> for none");
}
