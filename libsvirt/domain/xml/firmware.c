/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * <loader>, <nvram>, <dtb> and the ACPI tables of <os>: the files that a guest's firmware consists
 * of and gets, or which firmware is wanted. Which machine can have them is the business of
 * qemu/argv, which files of the host they are that of guest/files.
 */
#include "domain/xml/parts.h"

/* Without a path the file is left to the host, where that may be. */
static int read_optional_file(struct sv_xml *x, const xmlNode *node, bool optional,
			      struct sv_boot_file *file)
{
	sv_auto_free char *text = NULL;
	int r = sv_xml_text_trimmed(x, node, &text);

	file->line = sv_xml_line(node);
	if (r < 0 || (optional && !*text))
		return r;
	return sv_xml_path(x, node, (const char *)node->name, text, &file->path);
}

int sv_xml_boot_file(struct sv_xml *x, const xmlNode *node, struct sv_boot_file *file)
{
	return read_optional_file(x, node, false, file);
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

int sv_xml_attr_wish(struct sv_xml *x, const xmlNode *node, const char *attr,
		     const char *const words[2], enum sv_wish *ret)
{
	const char *const choices[] = {words[0], words[1], NULL};
	unsigned at = 0;
	int r = sv_xml_attr_choice(x, node, attr, choices, &at);

	if (r >= 0 && sv_xml_attr(node, attr))
		*ret = at == 0 ? SV_WISH_NO : SV_WISH_YES;
	return r;
}

static const char *const no_yes[2] = {"no", "yes"};
static const char *const kinds[] = {
	[SV_FIRMWARE_NAMED] = "",
	[SV_FIRMWARE_BIOS] = "bios",
	[SV_FIRMWARE_EFI] = "efi",
	NULL,
};

int sv_xml_firmware_kind(struct sv_xml *x, const xmlNode *node)
{
	struct sv_firmware *firmware = &x->dom->boot.firmware;
	unsigned at = 0;
	int r = sv_xml_attr_choice(x, node, "firmware", kinds + 1, &at);

	if (r < 0 || !sv_xml_attr(node, "firmware"))
		return r;
	firmware->kind = (enum sv_firmware_kind)(at + 1);
	firmware->line = sv_xml_line(node);
	return 0;
}

static int read_feature(struct sv_xml *x, const xmlNode *node, void *into)
{
	static const struct sv_xml_attr known[] = {{"enabled", NULL}, {"name", NULL}, {NULL, NULL}};
	static const char *const names[] = {"secure-boot", "enrolled-keys", NULL};
	struct sv_firmware *firmware = into;
	enum sv_wish *const wishes[] = {&firmware->secure_boot, &firmware->enrolled_keys};
	unsigned at = 0;
	int r = sv_xml_leaf(x, node, known);

	if (r >= 0)
		r = sv_xml_need_choice(x, node, "name", names, &at);
	if (r < 0)
		return r;
	if (!sv_xml_attr(node, "enabled"))
		return sv_xml_missing(x, node, "enabled");
	if (*wishes[at] != SV_WISH_NONE)
		return sv_xml_fail(x, node, "a second <feature name='%s'>", names[at]);
	return sv_xml_attr_wish(x, node, "enabled", no_yes, wishes[at]);
}

int sv_xml_firmware(struct sv_xml *x, const xmlNode *node, void *unused)
{
	static const struct sv_xml_rule rules[] = {
		SV_XML_READ_MANY("feature", read_feature),
		SV_XML_END,
	};
	struct sv_firmware *firmware = &x->dom->boot.firmware;
	int r = sv_xml_attrs(x, node, sv_xml_no_attrs);

	(void)unused;
	if (r < 0 || firmware->kind == SV_FIRMWARE_EFI)
		return r < 0 ? r : sv_xml_children(x, node, rules, firmware);
	(void)sv_xml_fail(x, node, "<firmware> is for <os firmware='efi'>");
	return sv_hint(x->err, "add the attribute, or remove <firmware>");
}

/* A <loader> without a path is what firmware= asks for: its type follows. */
static int check_unnamed_loader(struct sv_xml *x, const xmlNode *node)
{
	struct sv_loader *loader = &x->dom->boot.loader;
	enum sv_firmware_kind kind = x->dom->boot.firmware.kind;
	enum sv_loader_type type = kind == SV_FIRMWARE_EFI ? SV_LOADER_PFLASH : SV_LOADER_ROM;

	if (sv_xml_attr(node, "type") && loader->type != type) {
		(void)sv_xml_fail(x, node, "a <loader> of type '%s' is not firmware='%s'",
				  sv_xml_attr(node, "type"), kinds[kind]);
		return sv_hint(x->err, "remove the type, or name the path of the file");
	}
	loader->type = type;
	if (loader->readonly || type == SV_LOADER_ROM)
		return 0;
	(void)sv_xml_fail(x, node, "a <loader> that is written, without a path");
	return sv_hint(x->err, "name the path of a file of the guest's own, or remove readonly=");
}

/* A flash chip is read-only unless the document says otherwise: its file is often all guests'. */
int sv_xml_loader(struct sv_xml *x, const xmlNode *node, void *unused)
{
	static const struct sv_xml_attr known[] = {
		{"readonly", NULL}, {"type", NULL},	 {"secure", NULL},
		{"format", NULL},   {"stateless", NULL}, {NULL, NULL},
	};
	static const char *const types[] = {"rom", "pflash", NULL};
	struct sv_firmware *firmware = &x->dom->boot.firmware;
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
		r = sv_xml_attr_wish(x, node, "secure", no_yes, &firmware->secure);
	if (r >= 0)
		r = read_flag(x, node, "stateless", &firmware->stateless);
	if (r >= 0)
		r = check_raw(x, node, "format");
	if (r >= 0)
		r = read_optional_file(x, node, firmware->kind != SV_FIRMWARE_NAMED, &loader->file);
	if (r < 0)
		return r;
	loader->secure = firmware->secure == SV_WISH_YES;
	loader->type = at == SV_LOADER_ROM ? SV_LOADER_ROM : SV_LOADER_PFLASH;
	if (!loader->file.path)
		r = check_unnamed_loader(x, node);
	if (r < 0)
		return r;
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
	boot->nvram_wanted = true;
	if (sv_xml_attr(node, "type"))
		return read_nvram_type(x, node);
	if (sv_xml_has_child(node, "source")) {
		(void)sv_xml_fail(x, node, "<source> in <nvram> needs type='file'");
		return sv_hint(x->err, "write <nvram type='file'>, or <nvram>/full/path</nvram>");
	}
	return read_optional_file(x, node, true, &boot->nvram);
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
	if (!boot->nvram_wanted)
		return 0;
	if (boot->firmware.stateless) {
		(void)sv_fail_at(x->err, x->dom->file, boot->nvram.line,
				 "<nvram> beside a <loader> that is stateless");
		return sv_hint(x->err, "remove one of the two");
	}
	if (boot->loader.file.path ? boot->loader.type == SV_LOADER_PFLASH
				   : boot->firmware.kind == SV_FIRMWARE_EFI)
		return 0;
	(void)sv_fail_at(x->err, x->dom->file, boot->nvram.line,
			 "<nvram> needs a <loader type='pflash'>");
	return sv_hint(x->err, "add it, or remove <nvram>");
}
