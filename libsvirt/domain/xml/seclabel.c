/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * <seclabel>, of a domain and of a device. The rules are those of libvirt's format with its
 * silent cases made errors: what decides about confinement is understood or refused. Labels are
 * opaque here: whether one is valid is the driver's question to the kernel.
 */
#include "domain/xml/parts.h"

#define MAX_LABEL 4096u
#define MAX_MODEL 256u
/* One for each security model there is, with room. */
#define MAX_SECLABELS 16u

/* The parts of a <seclabel> before the rules have been applied. */
struct parts {
	char *label, *imagelabel, *baselabel, *policytype;
	unsigned n;
};

static void free_parts(struct parts *parts)
{
	free(parts->label);
	free(parts->imagelabel);
	free(parts->baselabel);
	free(parts->policytype);
}

static const char *text_fault(const char *s, size_t max)
{
	size_t len = strlen(s);
	size_t i;

	if (len == 0)
		return "is empty";
	if (len > max)
		return "is too long";
	for (i = 0; i < len; i++) {
		if ((unsigned char)s[i] < 0x20 || s[i] == 0x7f)
			return "holds a control character";
	}
	return NULL;
}

static int check_text(struct sv_xml *x, const xmlNode *node, const char *what, const char *value,
		      size_t max)
{
	const char *fault = text_fault(value, max);

	return fault ? sv_xml_fail(x, node, "%s %s (1 to %zu bytes)", what, fault, max) : 0;
}

static int read_part(struct sv_xml *x, const xmlNode *node, char **into)
{
	char what[64];
	int r = sv_xml_plain_text(x, node, into);

	if (r < 0)
		return r;
	(void)snprintf(what, sizeof(what), "<%s>", (const char *)node->name);
	return check_text(x, node, what, *into, MAX_LABEL);
}

static int read_label(struct sv_xml *x, const xmlNode *node, void *into)
{
	struct parts *parts = into;

	parts->n++;
	return read_part(x, node, &parts->label);
}

static int read_imagelabel(struct sv_xml *x, const xmlNode *node, void *into)
{
	struct parts *parts = into;

	parts->n++;
	return read_part(x, node, &parts->imagelabel);
}

static int read_baselabel(struct sv_xml *x, const xmlNode *node, void *into)
{
	struct parts *parts = into;

	parts->n++;
	return read_part(x, node, &parts->baselabel);
}

static int read_policytype(struct sv_xml *x, const xmlNode *node, void *into)
{
	struct parts *parts = into;

	parts->n++;
	return read_part(x, node, &parts->policytype);
}

static int read_parts(struct sv_xml *x, const xmlNode *node, struct parts *parts)
{
	static const struct sv_xml_rule rules[] = {
		SV_XML_READ("label", read_label),
		SV_XML_READ("imagelabel", read_imagelabel),
		SV_XML_READ("baselabel", read_baselabel),
		SV_XML_READ("policytype", read_policytype),
		SV_XML_END,
	};

	return sv_xml_children(x, node, rules, parts);
}

static int read_model(struct sv_xml *x, const xmlNode *node, char **ret)
{
	const char *model = sv_xml_attr(node, "model");
	int r;

	if (!model)
		return 0;
	r = check_text(x, node, "model of <seclabel>", model, MAX_MODEL);
	return r < 0 ? r : sv_strdup(model, ret, x->err);
}

/* Without a type, a label means the first sVirt prototype, where every label was static. */
static int read_type(struct sv_xml *x, const xmlNode *node, const struct parts *parts,
		     enum sv_seclabel_type *ret)
{
	static const char *const types[] = {"dynamic", "static", "none", NULL};
	static const enum sv_seclabel_type values[] = {SV_SECLABEL_DYNAMIC, SV_SECLABEL_STATIC,
						       SV_SECLABEL_NONE};
	unsigned at = parts->label ? 1 : 0;
	int r = sv_xml_attr_choice(x, node, "type", types, &at);

	if (r >= 0)
		*ret = sv_streq(sv_xml_attr(node, "model"), "none") ? SV_SECLABEL_NONE : values[at];
	return r;
}

static int read_relabel(struct sv_xml *x, const xmlNode *node, bool by_default, bool *ret)
{
	static const char *const words[] = {"no", "yes", NULL};
	unsigned at = by_default;
	int r = sv_xml_attr_choice(x, node, "relabel", words, &at);

	if (r >= 0)
		*ret = at == 1;
	return r;
}

static int check_room(struct sv_xml *x, const xmlNode *node, size_t n)
{
	return n < MAX_SECLABELS ? 0
				 : sv_xml_fail(x, node, "more than %u <seclabel>", MAX_SECLABELS);
}

static int check_dynamic(struct sv_xml *x, const xmlNode *node, const struct sv_seclabel *label)
{
	if (label->relabel)
		return 0;
	(void)sv_xml_fail(x, node,
			  "a dynamic <seclabel> needs relabel='yes': without it the "
			  "guest could not open its own files");
	return sv_hint(x->err, "remove relabel='no', or use type='static' with a <label>");
}

static int check_static(struct sv_xml *x, const xmlNode *node, const struct parts *parts)
{
	if (parts->baselabel) {
		(void)sv_xml_fail(x, node, "<baselabel> has no meaning in a static <seclabel>");
		return sv_hint(x->err, "use type='dynamic' to get a level of its own");
	}
	if (parts->label)
		return 0;
	(void)sv_xml_fail(x, node, "a static <seclabel> has no <label>");
	return sv_hint(x->err, "put <label>...</label> into it, or use type='dynamic'");
}

static int check_none(struct sv_xml *x, const xmlNode *node, const struct parts *parts,
		      const struct sv_seclabel *label)
{
	if (parts->n) {
		(void)sv_xml_fail(x, node, "a <seclabel> of type or model 'none' has a <%s>",
				  parts->label	      ? "label"
				  : parts->imagelabel ? "imagelabel"
				  : parts->baselabel  ? "baselabel"
						      : "policytype");
		return sv_hint(x->err, "remove it, or use type='static' or type='dynamic'");
	}
	if (!label->relabel)
		return 0;
	(void)sv_xml_fail(x, node, "relabel='yes' in a <seclabel> of type or model 'none'");
	return sv_hint(x->err, "remove it: there is no label to give to the files");
}

static int check_by_type(struct sv_xml *x, const xmlNode *node, const struct parts *parts,
			 const struct sv_seclabel *label)
{
	switch (label->type) {
	case SV_SECLABEL_DYNAMIC:
		return check_dynamic(x, node, label);
	case SV_SECLABEL_STATIC:
		return check_static(x, node, parts);
	case SV_SECLABEL_NONE:
		return check_none(x, node, parts, label);
	}
	return 0;
}

/* Lists the children that were understood and mean nothing for this type. */
static int note_unused(struct sv_xml *x, const xmlNode *node, const struct sv_seclabel *label)
{
	const xmlNode *child;
	int r = 0;

	for (child = node->children; r >= 0 && child; child = child->next) {
		const char *name = (const char *)child->name;

		if (child->type != XML_ELEMENT_NODE)
			continue;
		if (sv_streq(name, "policytype"))
			r = sv_xml_ignore(x, child, "policytype of the first prototype");
		else if (sv_streq(name, "imagelabel"))
			r = sv_xml_ignore(x, child, "label of a running guest's files");
		else if (sv_streq(name, "label") && label->type == SV_SECLABEL_DYNAMIC)
			r = sv_xml_ignore(x, child, "a dynamic label is drawn at every start");
	}
	return r;
}

int sv_xml_seclabel(struct sv_xml *x, const xmlNode *node, void *unused)
{
	static const struct sv_xml_attr known[] = {
		{"type", NULL}, {"model", NULL}, {"relabel", NULL}, {NULL, NULL}};
	sv_cleanup(free_parts) struct parts parts = {0};
	struct sv_seclabel *label;
	int r;

	(void)unused;
	r = check_room(x, node, x->dom->n_seclabels);
	if (r < 0)
		return r;
	label = sv_xml_add(x, x->dom->seclabels, x->dom->n_seclabels);
	if (!label)
		return -(int)x->err->code;
	label->line = sv_xml_line(node);
	r = sv_xml_attrs(x, node, known);
	if (r >= 0)
		r = read_parts(x, node, &parts);
	if (r >= 0)
		r = read_model(x, node, &label->model);
	if (r >= 0)
		r = read_type(x, node, &parts, &label->type);
	if (r >= 0)
		r = read_relabel(x, node, label->type == SV_SECLABEL_DYNAMIC, &label->relabel);
	if (r >= 0)
		r = check_by_type(x, node, &parts, label);
	if (r >= 0)
		r = note_unused(x, node, label);
	if (r < 0)
		return r;
	if (label->type == SV_SECLABEL_STATIC)
		label->label = sv_take_ptr(parts.label);
	label->baselabel = sv_take_ptr(parts.baselabel);
	return 0;
}

static int check_override(struct sv_xml *x, const xmlNode *node,
			  const struct sv_device_seclabel *label)
{
	if (label->label && !label->relabel) {
		(void)sv_xml_fail(x, node, "a <label> and relabel='no' in one <seclabel>");
		return sv_hint(x->err, "keep the <label> to set it, or relabel='no' to leave the "
				       "file alone");
	}
	if (label->label || !label->relabel)
		return 0;
	(void)sv_xml_fail(x, node, "a <seclabel> of a device that changes nothing");
	return sv_hint(x->err, "put a <label> into it, or write relabel='no'");
}

int sv_xml_device_seclabel(struct sv_xml *x, const xmlNode *node, struct sv_device_seclabel **list,
			   size_t *n)
{
	static const struct sv_xml_rule rules[] = {SV_XML_READ("label", read_label), SV_XML_END};
	static const struct sv_xml_attr known[] = {
		{"model", NULL},
		{"relabel", NULL},
		{"labelskip", "state of a running guest"},
		{NULL, NULL},
	};
	sv_cleanup(free_parts) struct parts parts = {0};
	struct sv_device_seclabel *label;
	size_t i;
	int r = check_room(x, node, *n);

	if (r < 0)
		return r;
	label = sv_xml_add(x, *list, *n);
	if (!label)
		return -(int)x->err->code;
	label->line = sv_xml_line(node);
	r = sv_xml_attrs(x, node, known);
	if (r >= 0)
		r = sv_xml_children(x, node, rules, &parts);
	if (r >= 0)
		r = read_model(x, node, &label->model);
	if (r >= 0)
		r = read_relabel(x, node, true, &label->relabel);
	if (r < 0)
		return r;
	label->label = sv_take_ptr(parts.label);
	for (i = 0; i + 1 < *n; i++) {
		if (sv_streq((*list)[i].model, label->model))
			return sv_xml_fail(x, node,
					   "a second <seclabel> for the same model in "
					   "this device");
	}
	return check_override(x, node, label);
}

static int fail_at_label(struct sv_xml *x, unsigned line, const char *text)
{
	return sv_fail_at(x->err, x->dom->file, line, "%s", text);
}

static int check_models(struct sv_xml *x)
{
	const struct sv_seclabel *list = x->dom->seclabels;
	size_t n = x->dom->n_seclabels;
	char shown[64];
	size_t i, k;

	for (i = 0; i < n; i++) {
		for (k = 0; k < i; k++) {
			if (!sv_streq(list[i].model, list[k].model))
				continue;
			(void)sv_fail_at(
				x->err, x->dom->file, list[i].line, "a second <seclabel> %s%s",
				list[i].model ? "for model " : "without model",
				list[i].model ? sv_escape(list[i].model, shown, sizeof(shown))
					      : "");
			return sv_hint(x->err, "keep one; the first is in line %u", list[k].line);
		}
	}
	for (i = 0; n > 1 && i < n; i++) {
		if (list[i].model)
			continue;
		(void)fail_at_label(x, list[i].line,
				    "several <seclabel> and this one names no model");
		return sv_hint(x->err, "write model='selinux' (or 'dac', ...) into each of them");
	}
	return 0;
}

/* The domain's label that a device's label of this model overrides; NULL: there is none. A label
 * without a model is for the host's model, which is not known here, so it counts as this one. */
static const struct sv_seclabel *overridden(const struct sv_domain *dom, const char *model)
{
	if (!model)
		return dom->n_seclabels ? &dom->seclabels[0] : NULL;
	return sv_domain_seclabel(dom, model, true);
}

static int check_overrides(struct sv_xml *x, const struct sv_device_seclabel *list, size_t n)
{
	const struct sv_domain *dom = x->dom;
	size_t i;

	for (i = 0; i < n; i++) {
		const struct sv_seclabel *label = overridden(dom, list[i].model);

		if (!list[i].model && dom->n_seclabels > 1) {
			(void)fail_at_label(x, list[i].line,
					    "this <seclabel> names no model, and "
					    "the domain has several");
			return sv_hint(x->err, "write model='selinux' (or 'dac', ...)");
		}
		if (!label || label->relabel)
			continue;
		(void)fail_at_label(x, list[i].line,
				    "this <seclabel> overrides a label of the "
				    "domain that has relabel='no'");
		return sv_hint(x->err, "remove it, or write relabel='yes' in line %u", label->line);
	}
	return 0;
}

/* A model 'none' means no confinement by the host's own model. It is stored without a model,
 * because no driver has the name 'none'. */
static void forget_none(struct sv_domain *dom)
{
	size_t i;

	for (i = 0; i < dom->n_seclabels; i++) {
		if (!sv_streq(dom->seclabels[i].model, "none"))
			continue;
		free(dom->seclabels[i].model);
		dom->seclabels[i].model = NULL;
	}
}

static int check_disk_overrides(struct sv_xml *x, const struct sv_disk *disk)
{
	int r = check_overrides(x, disk->seclabels, disk->n_seclabels);
	size_t i;

	if (r >= 0)
		r = check_overrides(x, disk->data.seclabels, disk->data.n_seclabels);
	for (i = 0; r >= 0 && i < disk->n_chain; i++) {
		const struct sv_backing *backing = &disk->chain[i];

		r = check_overrides(x, backing->seclabels, backing->n_seclabels);
		if (r >= 0)
			r = check_overrides(x, backing->data.seclabels, backing->data.n_seclabels);
	}
	return r;
}

int sv_xml_check_seclabels(struct sv_xml *x)
{
	struct sv_domain *dom = x->dom;
	int r = check_models(x);
	size_t i;

	if (r >= 0)
		forget_none(dom);
	for (i = 0; r >= 0 && i < dom->n_disks; i++)
		r = check_disk_overrides(x, &dom->disks[i]);
	for (i = 0; r >= 0 && i < dom->n_chars; i++)
		r = check_overrides(x, dom->chars[i].source.seclabels,
				    dom->chars[i].source.n_seclabels);
	for (i = 0; r >= 0 && i < dom->n_redirs; i++)
		r = check_overrides(x, dom->redirs[i].source.seclabels,
				    dom->redirs[i].source.n_seclabels);
	return r < 0 ? r
		     : check_overrides(x, dom->tpm.source.seclabels, dom->tpm.source.n_seclabels);
}
