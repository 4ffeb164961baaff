/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * <shmem>: memory that several guests have in common, as a file below /dev/shm that svirt labels or
 * from a server's socket.
 */
#include "domain/xml/parts.h"

#define SHM_DIR	    "/dev/shm"
#define MAX_VECTORS 2048u
#define MIB_IN_KIB  1024u

static int read_model(struct sv_xml *x, const xmlNode *node, void *into)
{
	static const struct sv_xml_attr known[] = {{"type", NULL}, {NULL, NULL}};
	static const char *const types[] = {"ivshmem-plain", "ivshmem-doorbell", NULL};
	const char *type = sv_xml_attr(node, "type");
	struct sv_shmem *shmem = into;
	unsigned at = 0;
	int r = sv_xml_leaf(x, node, known);

	if (r < 0)
		return r;
	if (!type)
		return sv_xml_missing(x, node, "type");
	r = sv_xml_choice(x, node, "model of <shmem>", type, types, &at);
	shmem->server = at == 1;
	return r;
}

static int read_size(struct sv_xml *x, const xmlNode *node, void *into)
{
	static const struct sv_xml_attr known[] = {{"unit", NULL}, {NULL, NULL}};
	struct sv_shmem *shmem = into;
	int r = sv_xml_attrs(x, node, known);

	if (r >= 0)
		r = sv_xml_memory(x, node, &shmem->size_kib);
	if (r < 0 || (shmem->size_kib >= MIB_IN_KIB && !(shmem->size_kib & (shmem->size_kib - 1))))
		return r;
	(void)sv_xml_fail(x, node, "the size of <shmem> is not a power of two of at least 1 MiB");
	return sv_hint(x->err, "it becomes a region of a PCI card");
}

static int read_server(struct sv_xml *x, const xmlNode *node, void *into)
{
	static const struct sv_xml_attr known[] = {{"path", NULL}, {NULL, NULL}};
	struct sv_shmem *shmem = into;
	int r = sv_xml_leaf(x, node, known);

	return r < 0 ? r
		     : sv_xml_need_socket_path(x, node, "path", "server of <shmem>", &shmem->path);
}

static int read_msi(struct sv_xml *x, const xmlNode *node, void *into)
{
	static const struct sv_xml_attr known[] = {
		{"vectors", NULL}, {"enabled", NULL}, {"ioeventfd", SV_XML_HARMLESS}, {NULL, NULL}};
	const char *vectors = sv_xml_attr(node, "vectors");
	struct sv_shmem *shmem = into;
	int r = sv_xml_leaf(x, node, known);

	if (r >= 0 && vectors &&
	    sv_parse_u32(vectors, 1, MAX_VECTORS, "vectors", &shmem->vectors, x->err) < 0)
		return sv_xml_at(x, node);
	return r;
}

static int check_name(struct sv_xml *x, const xmlNode *node, const char *name)
{
	char shown[96];

	if (*name && !strchr(name, '/') && !sv_streq(name, ".") && !sv_streq(name, ".."))
		return 0;
	return sv_xml_fail(x, node, "name of <shmem>: '%s' is not the name of a file in " SHM_DIR,
			   sv_escape(name, shown, sizeof(shown)));
}

static int finish(struct sv_xml *x, const xmlNode *node, struct sv_shmem *shmem)
{
	sv_auto_free char *path = NULL;
	int r;

	if (shmem->server) {
		if (!shmem->path)
			return sv_xml_fail(x, node,
					   "<shmem> of model 'ivshmem-doorbell' needs a "
					   "<server path='..'/>");
		if (shmem->size_kib)
			return sv_xml_fail(x, node, "<size> of <shmem> is the server's to say");
		return 0;
	}
	if (shmem->path || shmem->vectors) {
		(void)sv_xml_fail(x, node,
				  "<shmem> of model 'ivshmem-plain' has no server and no "
				  "interrupts");
		return sv_hint(x->err, "write <model type='ivshmem-doorbell'/>");
	}
	if (!shmem->size_kib)
		return sv_xml_fail(x, node, "<shmem> has no <size>");
	r = sv_asprintf(&path, x->err, SHM_DIR "/%s", shmem->name);
	return r < 0 ? r : sv_xml_path(x, node, "name of <shmem>", path, &shmem->path);
}

int sv_xml_shmem(struct sv_xml *x, const xmlNode *node, void *unused)
{
	static const struct sv_xml_rule rules[] = {
		SV_XML_READ("model", read_model),
		SV_XML_READ("size", read_size),
		SV_XML_READ("server", read_server),
		SV_XML_READ("msi", read_msi),
		SV_XML_IGNORE("address", SV_XML_HARMLESS),
		SV_XML_IGNORE("alias", SV_XML_HARMLESS),
		SV_XML_END,
	};
	static const struct sv_xml_attr known[] = {{"name", NULL}, {"role", NULL}, {NULL, NULL}};
	static const char *const roles[] = {"peer", "master", NULL};
	const char *name = sv_xml_attr(node, "name");
	struct sv_memory *memory = &x->dom->memory;
	struct sv_shmem *shmem;
	unsigned at = 0;
	int r = sv_xml_attrs(x, node, known);

	(void)unused;
	if (r < 0)
		return r;
	if (!name)
		return sv_xml_missing(x, node, "name");
	r = check_name(x, node, name);
	if (r >= 0)
		r = sv_xml_attr_choice(x, node, "role", roles, &at);
	if (r < 0)
		return r;
	shmem = sv_xml_add(x, memory->shmems, memory->n_shmems);
	if (!shmem)
		return -(int)x->err->code;
	shmem->line = sv_xml_line(node);
	shmem->master = at == 1;
	r = sv_strdup(name, &shmem->name, x->err);
	if (r >= 0)
		r = sv_xml_children(x, node, rules, shmem);
	if (r >= 0 && !sv_xml_has_child(node, "model"))
		return sv_xml_fail(x, node, "<shmem> has no <model>");
	return r < 0 ? r : finish(x, node, shmem);
}
