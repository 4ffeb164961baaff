/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * <domain>: which children it may have, and those that hold one plain value. Anything that could
 * give the guest a part of the host is read elsewhere or refused by the table here.
 */
#include "domain/xml/parts.h"

#define MAX_NAME  64u
#define MAX_VCPUS 1024u

static int check_name(struct sv_xml *x, const xmlNode *node, const char *name)
{
	size_t len = strlen(name);
	const char *fault = NULL;
	char shown[4 * MAX_NAME + 8];

	(void)sv_escape(name, shown, sizeof(shown));
	if (len == 0)
		fault = "is empty";
	else if (len > MAX_NAME)
		fault = "is longer than 64 bytes";
	else if (strchr(name, '/'))
		fault = "holds a '/'";
	else if (name[0] == '.' || name[0] == '-')
		fault = "begins with a '.' or a '-'";
	else if (!sv_streq(name, shown))
		fault = "holds a control character";
	else if (name[0] == ' ' || name[len - 1] == ' ')
		fault = "begins or ends with a blank";
	else if (len > 4 && sv_streq(name + len - 4, ".xml"))
		fault = "ends in .xml, which would make it a file on the command line";
	if (!fault)
		return 0;
	(void)sv_xml_fail(x, node, "name '%s' %s", shown, fault);
	return sv_hint(x->err, "a name has 1 to 64 bytes and becomes a part of file names");
}

static int read_name(struct sv_xml *x, const xmlNode *node, void *unused)
{
	int r = sv_xml_attrs(x, node, sv_xml_no_attrs);

	(void)unused;
	if (r >= 0)
		r = sv_xml_text(x, node, &x->dom->name);
	return r < 0 ? r : check_name(x, node, x->dom->name);
}

static int read_uuid(struct sv_xml *x, const xmlNode *node, void *unused)
{
	sv_auto_free char *text = NULL;
	int r = sv_xml_plain_text(x, node, &text);

	(void)unused;
	if (r < 0)
		return r;
	r = sv_parse_uuid(text, x->dom->uuid, x->err);
	return r < 0 ? sv_xml_at(x, node) : 0;
}

static int read_size(struct sv_xml *x, const xmlNode *node, void *into)
{
	static const struct sv_xml_attr known[] = {
		{"unit", NULL},
		{"dumpCore", SV_XML_HARMLESS},
		{NULL, NULL},
	};
	int r = sv_xml_attrs(x, node, known);

	return r < 0 ? r : sv_xml_memory(x, node, into);
}

static int read_memory(struct sv_xml *x, const xmlNode *node, void *unused)
{
	(void)unused;
	return read_size(x, node, &x->dom->memory_kib);
}

static int read_current_memory(struct sv_xml *x, const xmlNode *node, void *unused)
{
	(void)unused;
	return read_size(x, node, &x->dom->current_memory_kib);
}

static int read_vcpu(struct sv_xml *x, const xmlNode *node, void *unused)
{
	static const struct sv_xml_attr known[] = {
		{"placement", SV_XML_HARMLESS},
		{"cpuset", NULL},
		{"current", "all virtual CPUs are online from the start"},
		{NULL, NULL},
	};
	sv_auto_free char *text = NULL;
	int r = sv_xml_attrs(x, node, known);

	(void)unused;
	if (r >= 0 && sv_xml_attr(node, "cpuset"))
		r = sv_xml_cpuset(x, node, "cpuset", &x->dom->limits.any);
	if (r >= 0)
		r = sv_xml_text_trimmed(x, node, &text);
	if (r < 0)
		return r;
	r = sv_parse_u32(text, 1, MAX_VCPUS, "vcpu", &x->dom->vcpus, x->err);
	return r < 0 ? sv_xml_at(x, node) : 0;
}

static int read_on_reboot(struct sv_xml *x, const xmlNode *node, void *unused)
{
	sv_auto_free char *text = NULL;
	int r = sv_xml_plain_text(x, node, &text);

	(void)unused;
	if (r < 0)
		return r;
	x->dom->no_reboot = sv_streq(text, "destroy");
	if (x->dom->no_reboot || sv_streq(text, "restart"))
		return 0;
	return sv_xml_ignore(x, node, "only 'destroy' makes a difference");
}

static const struct sv_xml_rule rules[] = {
	SV_XML_READ("name", read_name),
	SV_XML_READ("uuid", read_uuid),
	SV_XML_READ("memory", read_memory),
	SV_XML_READ("currentMemory", read_current_memory),
	SV_XML_READ("vcpu", read_vcpu),
	SV_XML_READ("os", sv_xml_os),
	SV_XML_READ("cpu", sv_xml_cpu),
	SV_XML_READ("features", sv_xml_features),
	SV_XML_READ("metadata", sv_xml_metadata),
	SV_XML_READ("on_reboot", read_on_reboot),
	SV_XML_READ("devices", sv_xml_devices),
	SV_XML_READ_MANY("seclabel", sv_xml_seclabel),
	{.name = "commandline", .ns = SV_XML_QEMU_NS, .read = sv_xml_commandline},
	SV_XML_IGNORE("title", "free text"),
	SV_XML_IGNORE("description", "free text"),
	SV_XML_IGNORE("genid", SV_XML_HARMLESS),
	SV_XML_IGNORE("clock", SV_XML_HARMLESS),
	SV_XML_IGNORE("on_poweroff", SV_XML_HARMLESS),
	SV_XML_IGNORE("on_crash", SV_XML_HARMLESS),
	SV_XML_IGNORE("on_lockfailure", SV_XML_HARMLESS),
	SV_XML_IGNORE("pm", SV_XML_HARMLESS),
	SV_XML_IGNORE("perf", SV_XML_HARMLESS),
	SV_XML_READ_MANY("sysinfo", sv_xml_sysinfo),
	SV_XML_READ("maxMemory", sv_xml_max_memory),
	SV_XML_IGNORE("vcpus", "all virtual CPUs are online from the start"),
	SV_XML_IGNORE("iothreads", SV_XML_HARMLESS),
	SV_XML_IGNORE("iothreadids", SV_XML_HARMLESS),
	SV_XML_IGNORE("defaultiothread", SV_XML_HARMLESS),
	SV_XML_READ("cputune", sv_xml_cputune),
	SV_XML_READ("numatune", sv_xml_numatune),
	SV_XML_READ("blkiotune", sv_xml_blkiotune),
	SV_XML_READ("memtune", sv_xml_memtune),
	SV_XML_READ("resource", sv_xml_resource),
	SV_XML_READ("memoryBacking", sv_xml_memory_backing),
	SV_XML_READ("launchSecurity", sv_xml_launch_security),
	SV_XML_REFUSE("bootloader"),
	SV_XML_REFUSE("bootloader_args"),
	SV_XML_REFUSE("idmap"),
	SV_XML_END,
};

static int read_type(struct sv_xml *x, const xmlNode *root)
{
	static const char *const types[] = {"kvm", "qemu", NULL};
	static const struct sv_xml_attr known[] = {
		{"type", NULL},
		{"id", "number of a running guest"},
		{NULL, NULL},
	};
	unsigned at;
	int r = sv_xml_attrs(x, root, known);

	if (r < 0)
		return r;
	x->dom->line = sv_xml_line(root);
	if (!sv_xml_attr(root, "type")) {
		(void)sv_xml_missing(x, root, "type");
		return sv_hint(x->err, "write <domain type='kvm'>, or type='qemu' without KVM");
	}
	r = sv_xml_attr_choice(x, root, "type", types, &at);
	if (r >= 0)
		x->dom->virt = at == 0 ? SV_VIRT_KVM : SV_VIRT_QEMU;
	return r;
}

/* The guest gives back what it has too much of: the balloon is told how much (qemu/settle.h). */
static int check_balloon(struct sv_xml *x, const xmlNode *root)
{
	struct sv_domain *dom = x->dom;
	const xmlNode *node;

	if (dom->memballoon ||
	    dom->current_memory_kib + sv_memory_beside_ram(&dom->memory) >= dom->memory_kib)
		return 0;
	dom->current_memory_kib = dom->memory_kib;
	for (node = root->children; node; node = node->next) {
		if (node->type == XML_ELEMENT_NODE &&
		    sv_streq((const char *)node->name, "currentMemory"))
			return sv_xml_note(x, node, NULL, SV_XML_NO_BALLOON);
	}
	return 0;
}

static int check_complete(struct sv_xml *x, const xmlNode *root)
{
	struct sv_domain *dom = x->dom;

	if (!dom->name) {
		(void)sv_xml_fail(x, root, "the domain has no name");
		return sv_hint(x->err, "put <name>...</name> into <domain>");
	}
	if (!dom->memory_kib) {
		(void)sv_xml_fail(x, root, "the domain has no memory");
		return sv_hint(x->err, "put <memory unit='MiB'>...</memory> into <domain>");
	}
	if (!dom->current_memory_kib)
		dom->current_memory_kib = dom->memory_kib;
	if (dom->current_memory_kib > dom->memory_kib) {
		(void)sv_xml_fail(x, root, "currentMemory is larger than memory");
		return sv_hint(x->err, "make <memory> the larger one");
	}
	if (!dom->vcpus)
		dom->vcpus = 1;
	return check_balloon(x, root);
}

int sv_xml_domain(struct sv_xml *x, const xmlNode *root)
{
	char shown[64];
	int r;

	if (root->ns || !sv_streq((const char *)root->name, "domain")) {
		(void)sv_xml_fail(x, root, "the document is a <%s>, not a <domain>",
				  sv_xml_name(root, shown, sizeof(shown)));
		return sv_hint(x->err, "give the XML description of a guest");
	}
	r = read_type(x, root);
	if (r >= 0)
		r = sv_xml_children(x, root, rules, NULL);
	if (r < 0)
		return r;
	if (!sv_xml_has_child(root, "os")) {
		(void)sv_xml_fail(x, root, "the domain has no <os>");
		return sv_hint(x->err, "put <os><type>hvm</type></os> into <domain>");
	}
	return check_complete(x, root);
}
