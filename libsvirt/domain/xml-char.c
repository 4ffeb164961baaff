/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * <serial> and <console>. The first console of a guest usually repeats its first serial port;
 * that it really does is checked, because a console that does not is a resource of its own.
 */
#include "domain/xml-parts.h"

#define MAX_PORT 63u

static const char *const types[] = {"null", "pty", "file", "unix", NULL};
static const enum sv_char_type type_values[] = {SV_CHAR_NULL, SV_CHAR_PTY, SV_CHAR_FILE,
						SV_CHAR_UNIX};
_Static_assert(SV_N_ELEMENTS(types) == SV_N_ELEMENTS(type_values) + 1, "one value for each type");

/* port is given later when the document does not; 0 is a port. */
#define NO_PORT UINT32_MAX

static int read_seclabel(struct sv_xml *x, const xmlNode *node, void *into)
{
	struct sv_char *chr = into;

	if (chr->type != SV_CHAR_FILE && chr->type != SV_CHAR_UNIX) {
		(void)sv_xml_fail(x, node, "<seclabel> of a %s device would have no effect",
				  types[chr->type]);
		return sv_hint(x->err, "remove it; only 'file' and 'unix' have a file to label");
	}
	return sv_xml_device_seclabel(x, node, &chr->seclabels, &chr->n_seclabels);
}

/* An attribute with two words: *ret says whether it is the second. */
static int read_switch(struct sv_xml *x, const xmlNode *node, const char *attr,
		       const char *const *words, bool *ret)
{
	const char *value = sv_xml_attr(node, attr);
	char what[64];
	unsigned at;
	int r;

	if (!value)
		return 0;
	(void)snprintf(what, sizeof(what), "%s of <source>", attr);
	r = sv_xml_choice(x, node, what, value, words, &at);
	if (r >= 0)
		*ret = at == 1;
	return r;
}

static int read_source_path(struct sv_xml *x, const xmlNode *node, struct sv_char *chr)
{
	static const char *const off_on[] = {"off", "on", NULL};
	static const char *const modes[] = {"connect", "bind", NULL};
	const char *path = sv_xml_attr(node, "path");
	int r;

	if (!path)
		return sv_xml_missing(x, node, "path");
	if (chr->type == SV_CHAR_FILE) {
		r = sv_xml_path(x, node, "path of <source>", path, &chr->path);
		return r < 0 ? r : read_switch(x, node, "append", off_on, &chr->append);
	}
	r = sv_xml_socket_path(x, node, "path of <source>", path, &chr->path);
	return r < 0 ? r : read_switch(x, node, "mode", modes, &chr->listen);
}

static int read_source(struct sv_xml *x, const xmlNode *node, void *into)
{
	static const struct sv_xml_rule rules[] = {
		SV_XML_READ_MANY("seclabel", read_seclabel),
		SV_XML_IGNORE("reconnect", SV_XML_HARMLESS),
		SV_XML_END,
	};
	static const struct sv_xml_attr of_none[] = {{NULL, NULL}};
	static const struct sv_xml_attr of_pty[] = {
		{"path", "the terminal of a running guest"},
		{NULL, NULL},
	};
	static const struct sv_xml_attr of_file[] = {
		{"path", NULL}, {"append", NULL}, {NULL, NULL}};
	static const struct sv_xml_attr of_unix[] = {{"path", NULL}, {"mode", NULL}, {NULL, NULL}};
	static const struct sv_xml_attr *const of[] = {
		[SV_CHAR_NULL] = of_none,
		[SV_CHAR_PTY] = of_pty,
		[SV_CHAR_FILE] = of_file,
		[SV_CHAR_UNIX] = of_unix,
	};
	struct sv_char *chr = into;
	int r = sv_xml_attrs(x, node, of[chr->type]);

	if (r >= 0)
		r = sv_xml_children(x, node, rules, chr);
	if (r < 0 || chr->type == SV_CHAR_NULL || chr->type == SV_CHAR_PTY)
		return r;
	return read_source_path(x, node, chr);
}

static int read_target(struct sv_xml *x, const xmlNode *node, void *into)
{
	static const struct sv_xml_rule rules[] = {
		SV_XML_IGNORE("model", SV_XML_HARMLESS),
		SV_XML_END,
	};
	static const struct sv_xml_attr known[] = {{"type", NULL}, {"port", NULL}, {NULL, NULL}};
	static const char *const of_serial[] = {"isa-serial", "pci-serial", "usb-serial",
						"system-serial", NULL};
	static const char *const of_console[] = {"serial", "virtio", NULL};
	struct sv_char *chr = into;
	const char *type, *port;
	unsigned at;
	int r = sv_xml_attrs(x, node, known);

	if (r >= 0)
		r = sv_xml_children(x, node, rules, NULL);
	if (r < 0)
		return r;
	type = sv_xml_attr(node, "type");
	port = sv_xml_attr(node, "port");
	if (type)
		r = sv_xml_choice(x, node, "type of <target>", type,
				  chr->kind == SV_CHAR_SERIAL ? of_serial : of_console, &at);
	if (r >= 0)
		r = sv_strdup(type, &chr->target, x->err);
	if (r < 0 || !port)
		return r;
	r = sv_parse_u32(port, 0, MAX_PORT, "port of <target>", &chr->port, x->err);
	return r < 0 ? sv_xml_at(x, node) : 0;
}

static int read_type(struct sv_xml *x, const xmlNode *node, struct sv_char *chr)
{
	static const struct sv_xml_attr known[] = {
		{"type", NULL},
		{"tty", "the terminal of a running guest"},
		{NULL, NULL},
	};
	const char *type;
	unsigned at;
	int r;

	type = sv_xml_attr(node, "type");
	if (!type)
		return sv_xml_missing(x, node, "type");
	r = sv_xml_choice(x, node,
			  chr->kind == SV_CHAR_SERIAL ? "type of <serial>" : "type of <console>",
			  type, types, &at);
	if (r < 0)
		return r;
	chr->type = type_values[at];
	return sv_xml_attrs(x, node, known);
}

static int read_char(struct sv_xml *x, const xmlNode *node, enum sv_char_kind kind)
{
	static const struct sv_xml_rule rules[] = {
		SV_XML_READ("source", read_source),
		SV_XML_READ("target", read_target),
		SV_XML_IGNORE("address", SV_XML_HARMLESS),
		SV_XML_IGNORE("alias", SV_XML_HARMLESS),
		SV_XML_REFUSE("log"),
		SV_XML_REFUSE("protocol"),
		SV_XML_END,
	};
	struct sv_char *chr = sv_xml_add(x, x->dom->chars, x->dom->n_chars);
	char shown[64];
	int r;

	if (!chr)
		return -(int)x->err->code;
	chr->line = sv_xml_line(node);
	chr->kind = kind;
	chr->port = NO_PORT;
	r = read_type(x, node, chr);
	if (r >= 0)
		r = sv_xml_children(x, node, rules, chr);
	if (r < 0)
		return r;
	if (!chr->path && (chr->type == SV_CHAR_FILE || chr->type == SV_CHAR_UNIX))
		return sv_xml_fail(x, node, "<%s type='%s'> has no <source>",
				   sv_xml_name(node, shown, sizeof(shown)), types[chr->type]);
	return 0;
}

int sv_xml_serial(struct sv_xml *x, const xmlNode *node, void *unused)
{
	(void)unused;
	return read_char(x, node, SV_CHAR_SERIAL);
}

int sv_xml_console(struct sv_xml *x, const xmlNode *node, void *unused)
{
	(void)unused;
	return read_char(x, node, SV_CHAR_CONSOLE);
}

static struct sv_char *first_of(struct sv_domain *dom, enum sv_char_kind kind)
{
	size_t i;

	for (i = 0; i < dom->n_chars; i++) {
		if (dom->chars[i].kind == kind)
			return &dom->chars[i];
	}
	return NULL;
}

static bool is_serial_console(const struct sv_char *chr)
{
	return chr->kind == SV_CHAR_CONSOLE && (!chr->target || sv_streq(chr->target, "serial"));
}

static void drop(struct sv_domain *dom, struct sv_char *chr)
{
	size_t at = (size_t)(chr - dom->chars);

	free(chr->path);
	free(chr->target);
	sv_device_seclabels_free(chr->seclabels, chr->n_seclabels);
	memmove(chr, chr + 1, (dom->n_chars - at - 1) * sizeof(*chr));
	dom->n_chars--;
}

static int note_mirror(struct sv_xml *x, unsigned line)
{
	struct sv_ignored *item = sv_xml_add(x, x->dom->ignored, x->dom->n_ignored);
	int r;

	if (!item)
		return -(int)x->err->code;
	item->line = line;
	r = sv_strdup("devices/console", &item->element, x->err);
	return r < 0 ? r : sv_strdup("the same as the first serial port", &item->reason, x->err);
}

/* libvirt's rule: the first console is the first serial port under another name, or becomes it. */
static int settle_console(struct sv_xml *x)
{
	struct sv_char *serial = first_of(x->dom, SV_CHAR_SERIAL);
	struct sv_char *console = first_of(x->dom, SV_CHAR_CONSOLE);
	int r;

	if (!console || !is_serial_console(console))
		return 0;
	if (!serial) {
		console->kind = SV_CHAR_SERIAL;
		free(console->target);
		console->target = NULL;
		return 0;
	}
	if (console->type != serial->type || !sv_streq(console->path, serial->path)) {
		(void)sv_fail_at(x->err, x->dom->file, console->line,
				 "the first <console> differs from the first <serial> (line %u)",
				 serial->line);
		return sv_hint(x->err, "make them equal, or remove the <console>, or give it "
				       "<target type='virtio'/>");
	}
	r = note_mirror(x, console->line);
	if (r >= 0)
		drop(x->dom, console);
	return r;
}

static bool port_taken(const struct sv_domain *dom, const struct sv_char *chr, uint32_t port)
{
	size_t i;

	for (i = 0; i < dom->n_chars; i++) {
		const struct sv_char *other = &dom->chars[i];

		if (other != chr && other->kind == chr->kind && other->port == port)
			return true;
	}
	return false;
}

static int settle_port(struct sv_xml *x, struct sv_char *chr)
{
	if (chr->port != NO_PORT) {
		if (!port_taken(x->dom, chr, chr->port))
			return 0;
		return sv_fail_at(x->err, x->dom->file, chr->line,
				  "port %u is given to two devices", chr->port);
	}
	chr->port = 0;
	while (port_taken(x->dom, chr, chr->port))
		chr->port++;
	if (chr->port > MAX_PORT)
		return sv_fail_at(x->err, x->dom->file, chr->line,
				  "more than %u serial ports or consoles", MAX_PORT + 1);
	return 0;
}

int sv_xml_check_chars(struct sv_xml *x)
{
	struct sv_domain *dom = x->dom;
	int r = settle_console(x);
	size_t i;

	for (i = 0; r >= 0 && i < dom->n_chars; i++) {
		if (is_serial_console(&dom->chars[i]))
			return sv_fail_at(x->err, dom->file, dom->chars[i].line,
					  "only the first <console> can be a serial port");
	}
	for (i = 0; r >= 0 && i < dom->n_chars; i++)
		r = settle_port(x, &dom->chars[i]);
	return r;
}
