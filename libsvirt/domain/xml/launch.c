/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * <launchSecurity>: memory of the guest that the host cannot read. Knows the numbers of no
 * processor: those of the document have to be right, or QEMU does not start.
 */
#include "domain/xml/parts.h"

static int read_number(struct sv_xml *x, const xmlNode *node, uint32_t max, uint32_t *ret)
{
	sv_auto_free char *text = NULL;
	int r = sv_xml_plain_text(x, node, &text);

	if (r < 0)
		return r;
	r = sv_parse_u32(text, 0, max, (const char *)node->name, ret, x->err);
	return r < 0 ? sv_xml_at(x, node) : 0;
}

static int read_cbitpos(struct sv_xml *x, const xmlNode *node, void *into)
{
	return read_number(x, node, 63, &((struct sv_sev *)into)->cbitpos);
}

static int read_reduced_phys_bits(struct sv_xml *x, const xmlNode *node, void *into)
{
	return read_number(x, node, 63, &((struct sv_sev *)into)->reduced_phys_bits);
}

/* libvirt takes every policy as hexadecimal, with or without "0x": what could be two numbers is
 * none. */
static int read_policy(struct sv_xml *x, const xmlNode *node, void *into)
{
	struct sv_sev *sev = into;
	sv_auto_free char *text = NULL;
	char shown[64];
	int r = sv_xml_plain_text(x, node, &text);

	if (r < 0)
		return r;
	if (text[0] && text[1] && !sv_starts_with(text, "0x")) {
		(void)sv_xml_fail(x, node, "policy '%s' does not begin with 0x",
				  sv_escape(text, shown, sizeof(shown)));
		return sv_hint(x->err, "write it as in <policy>0x0001</policy>: the digits are "
				       "hexadecimal");
	}
	r = sv_parse_number(text, UINT32_MAX, "policy", &sev->policy, x->err);
	return r < 0 ? sv_xml_at(x, node) : 0;
}

/* Refused, because they would have to become files that the guest may read, and svirt makes none.
 */
static int refuse_data(struct sv_xml *x, const xmlNode *node, void *unused)
{
	char shown[64];

	(void)unused;
	(void)sv_xml_fail(x, node, "<%s> of <launchSecurity> is not supported",
			  sv_xml_name(node, shown, sizeof(shown)));
	return sv_hint(x->err, "remove it: the guest is encrypted without a session of its owner, "
			       "and can be measured (kernelHashes='yes')");
}

static int check_complete(struct sv_xml *x, const xmlNode *node)
{
	static const char *const needed[] = {"cbitpos", "reducedPhysBits", "policy"};
	size_t i;

	for (i = 0; i < SV_N_ELEMENTS(needed); i++) {
		if (sv_xml_has_child(node, needed[i]))
			continue;
		(void)sv_xml_fail(x, node, "<launchSecurity> has no <%s>", needed[i]);
		return sv_hint(x->err,
			       "<cbitpos>, <reducedPhysBits> and <policy> are needed; virsh "
			       "domcapabilities shows the first two of this host, such as 51 "
			       "and 1");
	}
	if (x->dom->virt == SV_VIRT_KVM)
		return 0;
	(void)sv_xml_fail(x, node, "<launchSecurity> needs KVM: nothing else encrypts memory");
	return sv_hint(x->err, "write <domain type='kvm'>");
}

int sv_xml_launch_security(struct sv_xml *x, const xmlNode *node, void *unused)
{
	static const struct sv_xml_attr known[] = {
		{"type", NULL}, {"kernelHashes", NULL}, {NULL, NULL}};
	static const struct sv_xml_rule rules[] = {
		SV_XML_READ("cbitpos", read_cbitpos),
		SV_XML_READ("reducedPhysBits", read_reduced_phys_bits),
		SV_XML_READ("policy", read_policy),
		SV_XML_READ("dhCert", refuse_data),
		SV_XML_READ("session", refuse_data),
		SV_XML_END,
	};
	static const char *const types[] = {"sev", NULL};
	const char *hashes = sv_xml_attr(node, "kernelHashes");
	struct sv_sev *sev = &x->dom->sev;
	unsigned at;
	int r = sv_xml_need_choice(x, node, "type", types, &at);

	(void)unused;
	if (r >= 0)
		r = sv_xml_attrs(x, node, known);
	if (r < 0)
		return r;
	sev->line = sv_xml_line(node);
	sev->has_hashes = hashes != NULL;
	if (hashes && sv_parse_yes_no(hashes, "kernelHashes", &sev->kernel_hashes, x->err) < 0)
		return sv_xml_at(x, node);
	r = sv_xml_children(x, node, rules, sev);
	return r < 0 ? r : check_complete(x, node);
}
