/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * <loader>, <nvram>, <dtb> and the ACPI tables of <os>: the files that a guest's firmware consists
 * of and gets. Which machine can have them is the business of qemu/argv.
 */
#include "domain/xml/parts.h"

int sv_xml_boot_file(struct sv_xml *x, const xmlNode *node, struct sv_boot_file *file)
{
	sv_auto_free char *text = NULL;
	int r = sv_xml_text_trimmed(x, node, &text);

	file->line = sv_xml_line(node);
	return r < 0 ? r : sv_xml_path(x, node, (const char *)node->name, text, &file->path);
}

static int read_flag(struct sv_xml *x, const xmlNode *node, const char *attr, bool *into)
{
	const char *value = sv_xml_attr(node, attr);

	if (value && sv_parse_yes_no(value, attr, into, x->err) < 0)
		return sv_xml_at(x, node);
	return 0;
}

static int check_raw(struct sv_xml *x, const xmlNode *node, const char *attr)
{
	static const char *const formats[] = {"raw", NULL};
	unsigned at;

	return sv_xml_attr_choice(x, node, attr, formats, &at);
}

/* A flash chip is read-only unless the document says otherwise: its file is often all guests'. */
int sv_xml_loader(struct sv_xml *x, const xmlNode *node, void *unused)
{
	static const struct sv_xml_attr known[] = {
		{"readonly", NULL}, {"type", NULL},	 {"secure", NULL},
		{"format", NULL},   {"stateless", NULL}, {NULL, NULL},
	};
	static const char *const types[] = {"rom", "pflash", NULL};
	struct sv_loader *loader = &x->dom->boot.loader;
	unsigned at = SV_LOADER_ROM;
	int r = sv_xml_attrs(x, node, known);

	(void)unused;
	loader->readonly = true;
	if (r >= 0)
		r = sv_xml_attr_choice(x, node, "type", types, &at);
	if (r >= 0)
		r = read_flag(x, node, "readonly", &loader->readonly);
	if (r >= 0)
		r = read_flag(x, node, "secure", &loader->secure);
	if (r >= 0)
		r = read_flag(x, node, "stateless", &x->stateless);
	if (r >= 0)
		r = check_raw(x, node, "format");
	if (r >= 0)
		r = sv_xml_boot_file(x, node, &loader->file);
	if (r < 0)
		return r;
	loader->type = at == SV_LOADER_ROM ? SV_LOADER_ROM : SV_LOADER_PFLASH;
	if (loader->type == SV_LOADER_PFLASH || (loader->readonly && !loader->secure))
		return 0;
	(void)sv_xml_fail(x, node, "a <loader> of type 'rom' cannot be %s",
			  loader->secure ? "secure" : "written");
	return sv_hint(x->err, "write type='pflash', or remove the attribute");
}

static int read_nvram_source(struct sv_xml *x, const xmlNode *node, void *into)
{
	static const struct sv_xml_attr known[] = {{"file", NULL}, {NULL, NULL}};
	struct sv_boot_file *nvram = into;
	int r = sv_xml_leaf(x, node, known);

	nvram->line = sv_xml_line(node);
	return r < 0 ? r : sv_xml_need_path(x, node, "file", "nvram", &nvram->path);
}

/* <nvram type='file'><source file='/path'/></nvram>: as a disk names its file. */
static int read_nvram_type(struct sv_xml *x, const xmlNode *node)
{
	static const struct sv_xml_rule rules[] = {
		SV_XML_READ("source", read_nvram_source),
		SV_XML_END,
	};
	static const char *const types[] = {"file", NULL};
	unsigned at;
	int r = sv_xml_need_choice(x, node, "type", types, &at);

	if (r >= 0)
		r = sv_xml_children(x, node, rules, &x->dom->boot.nvram);
	if (r >= 0 && !x->dom->boot.nvram.path)
		return sv_xml_fail(x, node, "<nvram type='file'> has no <source>");
	return r;
}

int sv_xml_nvram(struct sv_xml *x, const xmlNode *node, void *unused)
{
	static const struct sv_xml_attr known[] = {{"template", NULL},
						   {"templateFormat", NULL},
						   {"format", NULL},
						   {"type", NULL},
						   {NULL, NULL}};
	const char *template = sv_xml_attr(node, "template");
	struct sv_boot *boot = &x->dom->boot;
	int r = sv_xml_attrs(x, node, known);

	(void)unused;
	if (r >= 0)
		r = check_raw(x, node, "format");
	if (r >= 0)
		r = check_raw(x, node, "templateFormat");
	if (r >= 0 && template)
		r = sv_xml_path(x, node, "template of <nvram>", template, &boot->nvram_template);
	if (r < 0)
		return r;
	if (sv_xml_attr(node, "type"))
		return read_nvram_type(x, node);
	if (sv_xml_has_child(node, "source")) {
		(void)sv_xml_fail(x, node, "<source> in <nvram> needs type='file'");
		return sv_hint(x->err, "write <nvram type='file'>, or <nvram>/full/path</nvram>");
	}
	return sv_xml_boot_file(x, node, &boot->nvram);
}

int sv_xml_dtb(struct sv_xml *x, const xmlNode *node, void *unused)
{
	int r = sv_xml_attrs(x, node, sv_xml_no_attrs);

	(void)unused;
	return r < 0 ? r : sv_xml_boot_file(x, node, &x->dom->boot.dtb);
}

/* QEMU reads "a:b" as the two halves of one table. */
static int read_acpi_table(struct sv_xml *x, const xmlNode *node, void *unused)
{
	static const struct sv_xml_attr known[] = {{"type", NULL}, {NULL, NULL}};
	static const char *const types[] = {"slic", NULL};
	unsigned at;
	int r = sv_xml_attrs(x, node, known);

	(void)unused;
	if (r >= 0)
		r = sv_xml_need_choice(x, node, "type", types, &at);
	if (r >= 0)
		r = sv_xml_boot_file(x, node, &x->dom->boot.slic);
	if (r < 0 || !strchr(x->dom->boot.slic.path, ':'))
		return r;
	(void)sv_xml_fail(x, node, "the name of an ACPI table cannot hold a colon");
	return sv_hint(x->err, "rename it: QEMU would take it for several");
}

int sv_xml_acpi_tables(struct sv_xml *x, const xmlNode *node, void *unused)
{
	static const struct sv_xml_rule rules[] = {
		SV_XML_READ("table", read_acpi_table),
		SV_XML_END,
	};
	int r = sv_xml_attrs(x, node, sv_xml_no_attrs);

	(void)unused;
	return r < 0 ? r : sv_xml_children(x, node, rules, NULL);
}

/* Elements of <os> without effect are errors, because a file that is never opened is no resource.
 */
int sv_xml_check_firmware(struct sv_xml *x)
{
	const struct sv_boot *boot = &x->dom->boot;

	if (boot->dtb.path && !x->dom->kernel.path) {
		(void)sv_fail_at(x->err, x->dom->file, boot->dtb.line,
				 "<os> has <dtb>, but no <kernel>");
		return sv_hint(x->err, "name the <kernel>, or remove <dtb>");
	}
	if (!boot->nvram.path)
		return 0;
	if (x->stateless) {
		(void)sv_fail_at(x->err, x->dom->file, boot->nvram.line,
				 "<nvram> beside a <loader> that is stateless");
		return sv_hint(x->err, "remove one of the two");
	}
	if (boot->loader.file.path && boot->loader.type == SV_LOADER_PFLASH)
		return 0;
	(void)sv_fail_at(x->err, x->dom->file, boot->nvram.line,
			 "<nvram> needs a <loader type='pflash'>");
	return sv_hint(x->err, "add it, or remove <nvram>");
}
