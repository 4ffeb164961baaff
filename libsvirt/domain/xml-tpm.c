/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * <tpm>: the host's own, or an emulator behind a socket. svirt starts no emulator: it would be a
 * second process of the guest, with state of its own.
 */
#include "domain/xml-parts.h"

static int read_device(struct sv_xml *x, const xmlNode *node, void *into)
{
	static const struct sv_xml_attr known[] = {{"path", NULL}, {NULL, NULL}};
	struct sv_tpm *tpm = into;
	const char *path;
	int r = sv_xml_leaf(x, node, known);

	if (r < 0)
		return r;
	path = sv_xml_attr(node, "path");
	return path ? sv_xml_path(x, node, "path of <device>", path, &tpm->device)
		    : sv_xml_missing(x, node, "path");
}

static int read_seclabel(struct sv_xml *x, const xmlNode *node, void *into)
{
	struct sv_tpm *tpm = into;

	return sv_xml_device_seclabel(x, node, &tpm->source.seclabels, &tpm->source.n_seclabels);
}

static int read_source(struct sv_xml *x, const xmlNode *node, void *into)
{
	static const struct sv_xml_attr known[] = {
		{"type", NULL}, {"mode", NULL}, {"path", NULL}, {NULL, NULL}};
	static const struct sv_xml_rule rules[] = {
		SV_XML_READ_MANY("seclabel", read_seclabel),
		SV_XML_END,
	};
	static const char *const types[] = {"unix", NULL}, *const modes[] = {"connect", NULL};
	const char *type = sv_xml_attr(node, "type"), *mode = sv_xml_attr(node, "mode");
	const char *path = sv_xml_attr(node, "path");
	struct sv_tpm *tpm = into;
	unsigned at;
	int r = sv_xml_attrs(x, node, known);

	if (r < 0)
		return r;
	if (!type || !path)
		return sv_xml_missing(x, node, type ? "path" : "type");
	r = sv_xml_choice(x, node, "type of <source>", type, types, &at);
	if (r >= 0 && mode)
		r = sv_xml_choice(x, node, "mode of <source>", mode, modes, &at);
	tpm->source.type = SV_CHAR_UNIX;
	if (r >= 0)
		r = sv_xml_socket_path(x, node, "path of <source>", path, &tpm->source.path);
	return r < 0 ? r : sv_xml_children(x, node, rules, tpm);
}

static int refuse_emulator(struct sv_xml *x, const xmlNode *node)
{
	(void)sv_xml_fail(x, node, "type of <backend>: 'emulator' is not supported");
	return sv_hint(x->err,
		       "svirt starts no swtpm: run 'swtpm socket --tpm2 --ctrl "
		       "type=unixio,path=SOCKET --tpmstate dir=DIR' and write <backend "
		       "type='external'><source type='unix' mode='connect' path='SOCKET'/>");
}

static int read_backend(struct sv_xml *x, const xmlNode *node, void *into)
{
	static const struct sv_xml_attr known[] = {{"type", NULL}, {NULL, NULL}};
	static const struct sv_xml_rule passthrough[] = {
		SV_XML_READ("device", read_device),
		SV_XML_END,
	};
	static const struct sv_xml_rule external[] = {
		SV_XML_READ("source", read_source),
		SV_XML_END,
	};
	static const char *const types[] = {"passthrough", "external", NULL};
	const char *type = sv_xml_attr(node, "type");
	struct sv_tpm *tpm = into;
	unsigned at;
	int r;

	if (!type)
		return sv_xml_missing(x, node, "type");
	if (sv_streq(type, "emulator"))
		return refuse_emulator(x, node);
	r = sv_xml_choice(x, node, "type of <backend>", type, types, &at);
	if (r >= 0)
		r = sv_xml_attrs(x, node, known);
	if (r < 0)
		return r;
	tpm->backend = (enum sv_tpm_backend)at;
	r = sv_xml_children(x, node, at == 0 ? passthrough : external, tpm);
	if (r >= 0 && tpm->backend == SV_TPM_EXTERNAL && !tpm->source.path)
		return sv_xml_fail(x, node, "<backend type='external'> has no <source>");
	/* libvirt's default */
	if (r >= 0 && tpm->backend == SV_TPM_PASSTHROUGH && !tpm->device)
		return sv_strdup("/dev/tpm0", &tpm->device, x->err);
	return r;
}

int sv_xml_tpm(struct sv_xml *x, const xmlNode *node, void *unused)
{
	static const struct sv_xml_rule rules[] = {
		SV_XML_READ("backend", read_backend),
		SV_XML_IGNORE("address", SV_XML_HARMLESS),
		SV_XML_IGNORE("alias", SV_XML_HARMLESS),
		SV_XML_END,
	};
	static const struct sv_xml_attr known[] = {{"model", NULL}, {NULL, NULL}};
	static const char *const models[] = {"tpm-tis", "tpm-crb", NULL};
	const char *model = sv_xml_attr(node, "model");
	struct sv_tpm *tpm = &x->dom->tpm;
	unsigned at = 0;
	int r = sv_xml_attrs(x, node, known);

	(void)unused;
	tpm->line = sv_xml_line(node);
	if (r >= 0 && model)
		r = sv_xml_choice(x, node, "model of <tpm>", model, models, &at);
	if (r >= 0)
		r = sv_strdup(models[at], &tpm->model, x->err);
	if (r >= 0)
		r = sv_xml_children(x, node, rules, tpm);
	if (r >= 0 && !sv_xml_has_child(node, "backend"))
		return sv_xml_fail(x, node, "<tpm> has no <backend>");
	return r;
}
