/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * <tpm>: the host's own, an emulator behind a socket that somebody else runs, or one that is a
 * second process of the guest, with state of its own.
 */
#include "domain/xml/parts.h"

static int read_device(struct sv_xml *x, const xmlNode *node, void *into)
{
	static const struct sv_xml_attr known[] = {{"path", NULL}, {NULL, NULL}};
	struct sv_tpm *tpm = into;
	int r = sv_xml_leaf(x, node, known);

	return r < 0 ? r : sv_xml_need_path(x, node, "path", "path of <device>", &tpm->device);
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
	struct sv_tpm *tpm = into;
	unsigned at;
	int r = sv_xml_attrs(x, node, known);

	tpm->source.type = SV_CHAR_UNIX;
	if (r >= 0)
		r = sv_xml_need_choice(x, node, "type", types, &at);
	if (r >= 0)
		r = sv_xml_attr_choice(x, node, "mode", modes, &at);
	if (r >= 0)
		r = sv_xml_need_socket_path(x, node, "path", "path of <source>", &tpm->source.path);
	return r < 0 ? r : sv_xml_children(x, node, rules, tpm);
}

/* swtpm reads what follows a comma as another option, and knows no way to write one. */
static int read_state(struct sv_xml *x, const xmlNode *node, void *into)
{
	static const struct sv_xml_attr known[] = {{"type", NULL}, {"path", NULL}, {NULL, NULL}};
	static const char *const types[] = {"dir", NULL};
	struct sv_tpm *tpm = into;
	unsigned at;
	int r = sv_xml_leaf(x, node, known);

	if (r >= 0)
		r = sv_xml_need_choice(x, node, "type", types, &at);
	if (r >= 0)
		r = sv_xml_need_path(x, node, "path", "path of <source>", &tpm->state);
	if (r < 0 || !strchr(tpm->state, ','))
		return r;
	(void)sv_xml_fail(x, node, "path of <source>: swtpm takes no path with a comma");
	return sv_hint(x->err, "give the directory another name");
}

static int refuse_encryption(struct sv_xml *x, const xmlNode *node, void *unused)
{
	(void)unused;
	(void)sv_xml_fail(x, node,
			  "<encryption> of a TPM is not supported: svirt keeps no secrets");
	return sv_hint(x->err, "take the element out, and keep the state in a directory of an "
			       "encrypted filesystem; state that is encrypted already cannot be "
			       "used");
}

static int refuse_banks(struct sv_xml *x, const xmlNode *node, void *into)
{
	const struct sv_tpm *tpm = into;

	(void)sv_xml_fail(x, node,
			  "<active_pcr_banks> is not supported: svirt runs no swtpm_setup");
	return sv_hint(x->err,
		       "take the element out; 'swtpm_setup --tpm2 --reconfigure --tpmstate %s "
		       "--pcr-banks sha256' sets them while the guest does not run",
		       tpm->state ? tpm->state : "DIR");
}

/* Without a version libvirt takes 1.2 for some models. It writes the version into its document, so
 * every guest of libvirt's has one here. */
static int read_version(struct sv_xml *x, const xmlNode *node, struct sv_tpm *tpm)
{
	static const char *const versions[] = {
		[SV_TPM_2_0] = "2.0",
		[SV_TPM_1_2] = "1.2",
		NULL,
	};
	unsigned at = SV_TPM_2_0;
	int r = sv_xml_attr_choice(x, node, "version", versions, &at);

	tpm->version = (enum sv_tpm_version)at;
	return r;
}

/* In the order of enum sv_tpm_backend. */
static const char *const types[] = {"passthrough", "external", "emulator", NULL};

static const struct {
	struct sv_xml_attr attrs[5];
	struct sv_xml_rule rules[4];
} backends[] = {
	[SV_TPM_PASSTHROUGH] = {{{"type", NULL}}, {SV_XML_READ("device", read_device)}},
	[SV_TPM_EXTERNAL] = {{{"type", NULL}}, {SV_XML_READ("source", read_source)}},
	[SV_TPM_EMULATOR] =
		{
			{
				{"type", NULL},
				{"version", NULL},
				{"persistent_state", "svirt removes no state"},
				{"debug", SV_XML_HARMLESS},
			},
			{
				SV_XML_READ("source", read_state),
				SV_XML_READ("encryption", refuse_encryption),
				SV_XML_READ("active_pcr_banks", refuse_banks),
			},
		},
};
_Static_assert(SV_N_ELEMENTS(types) == SV_N_ELEMENTS(backends) + 1, "one of each");

static int read_backend(struct sv_xml *x, const xmlNode *node, void *into)
{
	struct sv_tpm *tpm = into;
	unsigned at;
	int r = sv_xml_need_choice(x, node, "type", types, &at);

	if (r >= 0)
		r = sv_xml_attrs(x, node, backends[at].attrs);
	if (r < 0)
		return r;
	tpm->backend = (enum sv_tpm_backend)at;
	if (tpm->backend == SV_TPM_EMULATOR)
		r = read_version(x, node, tpm);
	if (r >= 0)
		r = sv_xml_children(x, node, backends[at].rules, tpm);
	if (r >= 0 && tpm->backend == SV_TPM_EXTERNAL && !tpm->source.path)
		return sv_xml_fail(x, node, "<backend type='external'> has no <source>");
	/* libvirt's default */
	if (r >= 0 && tpm->backend == SV_TPM_PASSTHROUGH && !tpm->device)
		return sv_strdup("/dev/tpm0", &tpm->device, x->err);
	return r;
}

/* Where libvirt keeps it, so that a guest that moves here has the TPM that it had there. */
int sv_xml_check_tpm(struct sv_xml *x)
{
	struct sv_domain *dom = x->dom;
	struct sv_tpm *tpm = &dom->tpm;

	if (!tpm->line || tpm->backend != SV_TPM_EMULATOR || tpm->state)
		return 0;
	if (dom->uuid[0])
		return sv_asprintf(&tpm->state, x->err, "/var/lib/libvirt/swtpm/%s/%s", dom->uuid,
				   tpm->version == SV_TPM_2_0 ? "tpm2" : "tpm1.2");
	(void)sv_fail_at(x->err, dom->file, tpm->line,
			 "the state of the TPM is found by the domain's <uuid>, and it has none");
	return sv_hint(x->err, "put <uuid>...</uuid> into <domain>, or name the directory: "
			       "<backend type='emulator'><source type='dir' path='DIR'/>");
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
	struct sv_tpm *tpm = &x->dom->tpm;
	unsigned at = 0;
	int r = sv_xml_attrs(x, node, known);

	(void)unused;
	tpm->line = sv_xml_line(node);
	if (r >= 0)
		r = sv_xml_attr_choice(x, node, "model", models, &at);
	if (r >= 0)
		r = sv_strdup(models[at], &tpm->model, x->err);
	if (r >= 0)
		r = sv_xml_children(x, node, rules, tpm);
	if (r >= 0 && !sv_xml_has_child(node, "backend"))
		return sv_xml_fail(x, node, "<tpm> has no <backend>");
	return r;
}
