/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * <sysinfo>: what the guest's firmware is told about its machine, as texts (SMBIOS) or as named
 * items, which can be files of the host (fw_cfg).
 */
#include "domain/xml/parts.h"

/* QEMU hands the text on; a line end is right in a fw_cfg item, nothing else below a blank is. */
static int check_text(struct sv_xml *x, const xmlNode *node, const char *text, const char *allowed)
{
	const char *c;

	for (c = text; *c; c++) {
		if (((unsigned char)*c < 0x20 || *c == 0x7f) && !strchr(allowed, *c))
			return sv_xml_fail(x, node, "<entry> holds a control character");
	}
	return 0;
}

static int check_item_name(struct sv_xml *x, const xmlNode *node, const char *name)
{
	static const char *const reserved[] = {"opt/ovmf/", "opt/org.qemu/"};
	const char *fault = NULL;
	char shown[96];
	size_t i;

	if (!sv_starts_with(name, "opt/") || !name[4])
		fault = "does not begin with 'opt/'";
	else if (strlen(name) > SV_FW_CFG_MAX_NAME)
		fault = "is longer than 55 bytes";
	for (i = 0; !fault && i < SV_N_ELEMENTS(reserved); i++) {
		if (sv_starts_with(name, reserved[i]))
			fault = "belongs to the firmware or to QEMU";
	}
	if (!fault)
		return check_text(x, node, name, "");
	(void)sv_xml_fail(x, node, "name of <entry>: '%s' %s",
			  sv_escape(name, shown, sizeof(shown)), fault);
	return sv_hint(x->err, "take a name such as 'opt/com.example/item'");
}

static int check_other_items(struct sv_xml *x, const xmlNode *node, const char *name)
{
	const struct sv_boot *boot = &x->dom->boot;
	char shown[96];
	size_t i;

	for (i = 0; i + 1 < boot->n_fw_cfgs; i++) {
		if (sv_streq(boot->fw_cfgs[i].name, name))
			return sv_xml_fail(x, node, "a second <entry> with the name '%s'",
					   sv_escape(name, shown, sizeof(shown)));
	}
	return 0;
}

static int read_item(struct sv_xml *x, const xmlNode *node, void *unused)
{
	static const struct sv_xml_attr known[] = {{"name", NULL}, {"file", NULL}, {NULL, NULL}};
	struct sv_fw_cfg *item = sv_xml_add(x, x->dom->boot.fw_cfgs, x->dom->boot.n_fw_cfgs);
	const char *name = sv_xml_attr(node, "name"), *file = sv_xml_attr(node, "file");
	int r;

	(void)unused;
	if (!item)
		return -(int)x->err->code;
	item->line = item->file.line = sv_xml_line(node);
	r = sv_xml_attrs(x, node, known);
	if (r < 0)
		return r;
	if (!name)
		return sv_xml_missing(x, node, "name");
	r = check_item_name(x, node, name);
	if (r >= 0)
		r = check_other_items(x, node, name);
	if (r >= 0)
		r = sv_strdup(name, &item->name, x->err);
	if (r >= 0)
		r = sv_xml_text_trimmed(x, node, &item->value);
	if (r >= 0)
		r = check_text(x, node, item->value, "\n\t");
	if (r < 0)
		return r;
	if ((file != NULL) == (item->value[0] != '\0'))
		return sv_xml_fail(x, node, "<entry> has %s",
				   file ? "a file and a value" : "neither a file nor a value");
	return file ? sv_xml_path(x, node, "file of <entry>", file, &item->file.path) : 0;
}

struct field {
	const char *name; /* in the document */
	const char *key;  /* on QEMU's command line */
};

struct table {
	unsigned number, block;
	const struct field *fields;
};

static const struct field bios_fields[] = {
	{"vendor", "vendor"},	{"version", "version"}, {"date", "date"},
	{"release", "release"}, {NULL, NULL},
};
static const struct field system_fields[] = {
	{"manufacturer", "manufacturer"},
	{"product", "product"},
	{"version", "version"},
	{"serial", "serial"},
	{"uuid", "uuid"},
	{"sku", "sku"},
	{"family", "family"},
	{NULL, NULL},
};
static const struct field board_fields[] = {
	{"manufacturer", "manufacturer"},
	{"product", "product"},
	{"version", "version"},
	{"serial", "serial"},
	{"asset", "asset"},
	{"location", "location"},
	{NULL, NULL},
};
static const struct field chassis_fields[] = {
	{"manufacturer", "manufacturer"},
	{"version", "version"},
	{"serial", "serial"},
	{"asset", "asset"},
	{"sku", "sku"},
	{NULL, NULL},
};

static const char *key_of(const struct field *fields, const char *name)
{
	for (; fields->name; fields++) {
		if (sv_streq(fields->name, name))
			return fields->key;
	}
	return NULL;
}

static bool has_field(const struct sv_boot *boot, unsigned block, const char *key)
{
	size_t i;

	for (i = 0; i < boot->n_smbios; i++) {
		if (boot->smbios[i].block == block && sv_streq(boot->smbios[i].key, key))
			return true;
	}
	return false;
}

static int add_field(struct sv_xml *x, const xmlNode *node, const struct table *table,
		     const char *key)
{
	struct sv_smbios *field = sv_xml_add(x, x->dom->boot.smbios, x->dom->boot.n_smbios);
	int r;

	if (!field)
		return -(int)x->err->code;
	field->line = sv_xml_line(node);
	field->table = table->number;
	field->block = table->block;
	r = sv_xml_text_trimmed(x, node, &field->value);
	if (r >= 0)
		r = check_text(x, node, field->value, "");
	field->key = key;
	return r;
}

static int read_field(struct sv_xml *x, const xmlNode *node, void *into)
{
	static const struct sv_xml_attr known[] = {{"name", NULL}, {NULL, NULL}};
	const char *name = sv_xml_attr(node, "name"), *key;
	const struct table *table = into;
	char shown[64];
	int r = sv_xml_attrs(x, node, known);

	if (r < 0)
		return r;
	if (!name)
		return sv_xml_missing(x, node, "name");
	key = key_of(table->fields, name);
	if (!key || has_field(&x->dom->boot, table->block, key))
		return sv_xml_fail(x, node, "%s '%s' in <%s>", key ? "a second" : "no field",
				   sv_escape(name, shown, sizeof(shown)),
				   (const char *)node->parent->name);
	return add_field(x, node, table, key);
}

static int read_oem_string(struct sv_xml *x, const xmlNode *node, void *into)
{
	int r = sv_xml_attrs(x, node, sv_xml_no_attrs);

	return r < 0 ? r : add_field(x, node, into, "value");
}

static int read_table(struct sv_xml *x, const xmlNode *node, unsigned number,
		      const struct field *fields)
{
	const struct sv_boot *boot = &x->dom->boot;
	const struct sv_xml_rule rules[] = {
		SV_XML_READ_MANY("entry", fields ? read_field : read_oem_string),
		SV_XML_END,
	};
	struct table table = {.number = number, .fields = fields};
	int r = sv_xml_attrs(x, node, sv_xml_no_attrs);

	if (boot->n_smbios)
		table.block = boot->smbios[boot->n_smbios - 1].block + 1;
	return r < 0 ? r : sv_xml_children(x, node, rules, &table);
}

static int read_bios(struct sv_xml *x, const xmlNode *node, void *unused)
{
	(void)unused;
	return read_table(x, node, 0, bios_fields);
}

static int read_system(struct sv_xml *x, const xmlNode *node, void *unused)
{
	(void)unused;
	return read_table(x, node, 1, system_fields);
}

static int read_board(struct sv_xml *x, const xmlNode *node, void *unused)
{
	(void)unused;
	return read_table(x, node, 2, board_fields);
}

static int read_chassis(struct sv_xml *x, const xmlNode *node, void *unused)
{
	(void)unused;
	return read_table(x, node, 3, chassis_fields);
}

static int read_oem_strings(struct sv_xml *x, const xmlNode *node, void *unused)
{
	(void)unused;
	return read_table(x, node, 11, NULL);
}

int sv_xml_sysinfo(struct sv_xml *x, const xmlNode *node, void *unused)
{
	static const struct sv_xml_rule smbios_rules[] = {
		SV_XML_READ("bios", read_bios),
		SV_XML_READ("system", read_system),
		SV_XML_READ_MANY("baseBoard", read_board),
		SV_XML_READ("chassis", read_chassis),
		SV_XML_READ("oemStrings", read_oem_strings),
		SV_XML_END,
	};
	static const struct sv_xml_rule item_rules[] = {
		SV_XML_READ_MANY("entry", read_item),
		SV_XML_END,
	};
	static const struct sv_xml_attr known[] = {{"type", NULL}, {NULL, NULL}};
	static const char *const types[] = {"smbios", "fwcfg", NULL};
	unsigned at;
	int r = sv_xml_attrs(x, node, known);

	(void)unused;
	if (r >= 0)
		r = sv_xml_need_choice(x, node, "type", types, &at);
	if (r >= 0 && at == 0 && x->smbios)
		return sv_xml_fail(x, node, "a second <sysinfo type='smbios'>");
	if (r >= 0 && at == 0)
		x->smbios = node;
	return r < 0 ? r : sv_xml_children(x, node, at == 0 ? smbios_rules : item_rules, NULL);
}

int sv_xml_smbios(struct sv_xml *x, const xmlNode *node, void *unused)
{
	static const struct sv_xml_attr known[] = {{"mode", NULL}, {NULL, NULL}};
	enum { EMULATE, NONE, SYSINFO, HOST };
	static const char *const modes[] = {[EMULATE] = "emulate",
					    [NONE] = "none",
					    [SYSINFO] = "sysinfo",
					    [HOST] = "host",
					    NULL};
	unsigned at = EMULATE;
	int r = sv_xml_leaf(x, node, known);

	(void)unused;
	if (r >= 0)
		r = sv_xml_need_choice(x, node, "mode", modes, &at);
	x->dom->boot.smbios_wanted = r >= 0 && at == SYSINFO;
	return r < 0 || at != HOST ? r : sv_xml_note(x, node, "mode", SV_XML_NO_TABLES);
}

/* Refuses a UUID that differs from the domain's: with two identities a guest could look like two
 * machines to the licences of its software. */
int sv_xml_check_sysinfo(struct sv_xml *x)
{
	const struct sv_domain *dom = x->dom;
	char uuid[SV_UUID_LEN + 1];
	size_t i;

	if (x->smbios && !dom->boot.smbios_wanted)
		return sv_xml_ignore(x, x->smbios, "<os> has no <smbios mode='sysinfo'/>");
	if (dom->boot.smbios_wanted && !dom->boot.n_smbios) {
		(void)sv_fail_at(x->err, dom->file, 0,
				 "<smbios mode='sysinfo'> without a <sysinfo type='smbios'>");
		return sv_hint(x->err, "add it, or remove <smbios>");
	}
	for (i = 0; i < dom->boot.n_smbios; i++) {
		const struct sv_smbios *field = &dom->boot.smbios[i];

		if (!sv_streq(field->key, "uuid"))
			continue;
		if (sv_parse_uuid(field->value, uuid, x->err) < 0)
			return sv_error_place(x->err, dom->file, field->line);
		if (!sv_streq(uuid, dom->uuid)) {
			(void)sv_fail_at(x->err, dom->file, field->line,
					 "the uuid in <sysinfo> is not that of the domain");
			return sv_hint(x->err, "make <uuid> of <domain> the same");
		}
	}
	return 0;
}
