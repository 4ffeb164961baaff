/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What machine the guest sees: <os>, <cpu>, <features>.
 */
#include "domain/xml/parts.h"

#include <ctype.h>

static int read_os_type(struct sv_xml *x, const xmlNode *node, void *unused)
{
	static const struct sv_xml_attr known[] = {{"arch", NULL}, {"machine", NULL}, {NULL, NULL}};
	static const char *const types[] = {"hvm", NULL};
	sv_auto_free char *text = NULL;
	const char *arch, *machine;
	unsigned at;
	int r = sv_xml_attrs(x, node, known);

	(void)unused;
	if (r >= 0)
		r = sv_xml_text_trimmed(x, node, &text);
	if (r >= 0)
		r = sv_xml_choice(x, node, "<type> of <os>", text, types, &at);
	if (r < 0)
		return r;
	arch = sv_xml_attr(node, "arch");
	machine = sv_xml_attr(node, "machine");
	if (arch)
		r = sv_xml_word(x, node, "arch", arch, &x->dom->arch);
	if (r >= 0 && machine)
		r = sv_xml_word(x, node, "machine", machine, &x->dom->machine);
	return r;
}

static int read_os_boot(struct sv_xml *x, const xmlNode *node, void *unused)
{
	static const struct sv_xml_attr known[] = {{"dev", NULL}, {NULL, NULL}};
	static const char *const devs[] = {"hd", "cdrom", "network", NULL};
	const char *dev;
	unsigned at;
	int r = sv_xml_leaf(x, node, known);

	(void)unused;
	if (r < 0)
		return r;
	dev = sv_xml_attr(node, "dev");
	if (!dev)
		return sv_xml_missing(x, node, "dev");
	r = sv_xml_choice(x, node, "boot device", dev, devs, &at);
	if (r < 0)
		return r;
	x->os_boot = true;
	if (at == 0)
		x->os_boot_hd = true;
	else if (at == 1)
		x->dom->boot_cdrom_first = x->dom->boot_cdrom_first || !x->os_boot_hd;
	else
		x->dom->boot_network = true;
	return 0;
}

static int read_kernel(struct sv_xml *x, const xmlNode *node, void *unused)
{
	int r = sv_xml_attrs(x, node, sv_xml_no_attrs);

	(void)unused;
	return r < 0 ? r : sv_xml_boot_file(x, node, &x->dom->kernel);
}

static int read_initrd(struct sv_xml *x, const xmlNode *node, void *unused)
{
	int r = sv_xml_attrs(x, node, sv_xml_no_attrs);

	(void)unused;
	return r < 0 ? r : sv_xml_boot_file(x, node, &x->dom->initrd);
}

static int read_cmdline(struct sv_xml *x, const xmlNode *node, void *unused)
{
	const char *c;
	int r = sv_xml_plain_text(x, node, &x->dom->cmdline);

	(void)unused;
	if (r < 0)
		return r;
	for (c = x->dom->cmdline; *c; c++) {
		if (iscntrl((unsigned char)*c))
			return sv_xml_fail(x, node, "<cmdline> holds a control character");
	}
	return 0;
}

/* QEMU refuses them too, but without a place. */
static int check_boot_files(struct sv_xml *x, const xmlNode *node)
{
	const char *of_none = x->dom->initrd.path ? "initrd" : x->dom->cmdline ? "cmdline" : NULL;

	if (x->dom->kernel.path || !of_none)
		return 0;
	(void)sv_xml_fail(x, node, "<os> has <%s>, but no <kernel>", of_none);
	return sv_hint(x->err, "name the <kernel>, or remove <%s>", of_none);
}

int sv_xml_os(struct sv_xml *x, const xmlNode *node, void *unused)
{
	static const struct sv_xml_rule rules[] = {
		SV_XML_READ("type", read_os_type),
		SV_XML_READ_MANY("boot", read_os_boot),
		SV_XML_IGNORE("bootmenu", SV_XML_HARMLESS),
		SV_XML_IGNORE("bios", SV_XML_HARMLESS),
		SV_XML_READ("smbios", sv_xml_smbios),
		SV_XML_READ_FILLED("loader", sv_xml_loader),
		SV_XML_READ_FILLED("nvram", sv_xml_nvram),
		SV_XML_REFUSE("varstore"),
		SV_XML_READ("firmware", sv_xml_firmware),
		SV_XML_READ_FILLED("kernel", read_kernel),
		SV_XML_READ_FILLED("initrd", read_initrd),
		SV_XML_READ_FILLED("cmdline", read_cmdline),
		SV_XML_REFUSE("shim"),
		SV_XML_READ_FILLED("dtb", sv_xml_dtb),
		SV_XML_READ("acpi", sv_xml_acpi_tables),
		SV_XML_END,
	};
	static const struct sv_xml_attr known[] = {{"firmware", NULL}, {NULL, NULL}};
	int r = sv_xml_attrs(x, node, known);

	(void)unused;
	if (r >= 0)
		r = sv_xml_firmware_kind(x, node);
	if (r >= 0)
		r = sv_xml_children(x, node, rules, NULL);
	if (r >= 0)
		r = check_boot_files(x, node);
	if (r < 0)
		return r;
	if (sv_xml_has_child(node, "type"))
		return 0;
	(void)sv_xml_fail(x, node, "<os> has no <type>");
	return sv_hint(x->err, "put <type>hvm</type> into <os>");
}

static int read_cpu_model(struct sv_xml *x, const xmlNode *node, void *unused)
{
	static const struct sv_xml_attr known[] = {
		{"fallback", SV_XML_HARMLESS},
		{"vendor_id", SV_XML_HARMLESS},
		{NULL, NULL},
	};
	sv_auto_free char *text = NULL;
	int r = sv_xml_attrs(x, node, known);

	(void)unused;
	if (r >= 0)
		r = sv_xml_text_trimmed(x, node, &text);
	/* <model fallback='allow'/> was written beside every mode, and names no model */
	if (r < 0 || !*text)
		return r;
	return sv_xml_word(x, node, "CPU model", text, &x->dom->cpu_model);
}

/* A feature that is demanded or taken away may be what protects the guest (ssbd, vmx). */
static int read_cpu_feature(struct sv_xml *x, const xmlNode *node, void *unused)
{
	static const struct sv_xml_attr known[] = {{"name", NULL}, {"policy", NULL}, {NULL, NULL}};
	enum { OPTIONAL, DISABLE, FORCE, REQUIRE };
	static const char *const policies[] = {"optional", "disable", "force", "require", NULL};
	struct sv_cpu_feature *feature;
	const char *policy, *name;
	unsigned at = REQUIRE;
	int r = sv_xml_leaf(x, node, known);

	(void)unused;
	if (r < 0)
		return r;
	policy = sv_xml_attr(node, "policy");
	name = sv_xml_attr(node, "name");
	if (!name)
		return sv_xml_missing(x, node, "name");
	if (policy)
		r = sv_xml_choice(x, node, "policy of a CPU feature", policy, policies, &at);
	if (r < 0)
		return r;
	if (at == OPTIONAL)
		return sv_xml_ignore(x, node, "an optional feature");
	feature = sv_xml_add(x, x->dom->cpu_features, x->dom->n_cpu_features);
	if (!feature)
		return -(int)x->err->code;
	feature->on = at != DISABLE;
	feature->demanded = at == REQUIRE;
	return sv_xml_word(x, node, "name of a CPU feature", name, &feature->name);
}

int sv_xml_cpu(struct sv_xml *x, const xmlNode *node, void *unused)
{
	static const struct sv_xml_rule rules[] = {
		SV_XML_READ("model", read_cpu_model),
		SV_XML_READ_MANY("feature", read_cpu_feature),
		SV_XML_IGNORE("vendor", SV_XML_HARMLESS),
		SV_XML_IGNORE("topology", SV_XML_HARMLESS),
		SV_XML_IGNORE("cache", SV_XML_HARMLESS),
		SV_XML_IGNORE("maxphysaddr", SV_XML_HARMLESS),
		SV_XML_IGNORE("numa", SV_XML_HARMLESS),
		SV_XML_END,
	};
	static const struct sv_xml_attr known[] = {
		{"mode", NULL},
		{"match", SV_XML_HARMLESS},
		{"check", SV_XML_HARMLESS},
		{"migratable", SV_XML_HARMLESS},
		{"deprecated_features", SV_XML_HARMLESS},
		{NULL, NULL},
	};
	static const char *const modes[] = {"custom", "host-model", "host-passthrough", "maximum",
					    NULL};
	unsigned at = 0;
	int r = sv_xml_attrs(x, node, known);

	(void)unused;
	if (r >= 0)
		r = sv_xml_children(x, node, rules, NULL);
	if (r >= 0)
		r = sv_xml_attr_choice(x, node, "mode", modes, &at);
	if (r < 0)
		return r;
	if (!sv_xml_attr(node, "mode") && !x->dom->cpu_model)
		return 0; /* <cpu><topology/></cpu>: the host's default */
	if (at == 0 && !x->dom->cpu_model)
		return sv_xml_fail(x, node, "<cpu mode='custom'> has no <model>");
	if (at != 0 && x->dom->cpu_model)
		return sv_xml_fail(x, node, "<model> of <cpu> needs mode='custom'");
	return sv_strdup(modes[at], &x->dom->cpu_mode, x->err);
}

static int read_acpi(struct sv_xml *x, const xmlNode *node, void *unused)
{
	(void)unused;
	x->dom->acpi = true;
	return sv_xml_leaf(x, node, sv_xml_no_attrs);
}

static int read_apic(struct sv_xml *x, const xmlNode *node, void *unused)
{
	static const struct sv_xml_attr known[] = {{"eoi", SV_XML_HARMLESS}, {NULL, NULL}};

	(void)unused;
	x->dom->apic = true;
	return sv_xml_leaf(x, node, known);
}

/* Which firmware is chosen depends on it. Of QEMU it is asked where a firmware needs it. */
static int read_smm(struct sv_xml *x, const xmlNode *node, void *unused)
{
	static const char *const states[2] = {"off", "on"};
	enum sv_wish *smm = &x->dom->boot.firmware.smm;
	int r;

	(void)unused;
	*smm = SV_WISH_YES;
	r = sv_xml_attr_wish(x, node, "state", states, smm);
	return r < 0 ? r : sv_xml_ignore(x, node, SV_XML_HARMLESS);
}

int sv_xml_features(struct sv_xml *x, const xmlNode *node, void *unused)
{
	static const struct sv_xml_rule rules[] = {
		SV_XML_READ("acpi", read_acpi),
		SV_XML_READ("apic", read_apic),
		SV_XML_IGNORE("pae", SV_XML_HARMLESS),
		SV_XML_IGNORE("hap", SV_XML_HARMLESS),
		SV_XML_IGNORE("hyperv", SV_XML_HARMLESS),
		SV_XML_IGNORE("viridian", SV_XML_HARMLESS),
		SV_XML_IGNORE("kvm", SV_XML_HARMLESS),
		SV_XML_IGNORE("tcg", SV_XML_HARMLESS),
		SV_XML_IGNORE("pvspinlock", SV_XML_HARMLESS),
		SV_XML_IGNORE("pmu", SV_XML_HARMLESS),
		SV_XML_IGNORE("vmport", SV_XML_HARMLESS),
		SV_XML_IGNORE("ps2", SV_XML_HARMLESS),
		SV_XML_READ("smm", read_smm),
		SV_XML_IGNORE("gic", SV_XML_HARMLESS),
		SV_XML_IGNORE("ioapic", SV_XML_HARMLESS),
		SV_XML_IGNORE("vmcoreinfo", SV_XML_HARMLESS),
		SV_XML_IGNORE("msrs", SV_XML_HARMLESS),
		SV_XML_IGNORE("privnet", SV_XML_HARMLESS),
		SV_XML_IGNORE("async-teardown", SV_XML_HARMLESS),
		SV_XML_END,
	};
	int r = sv_xml_attrs(x, node, sv_xml_no_attrs);

	(void)unused;
	return r < 0 ? r : sv_xml_children(x, node, rules, NULL);
}
