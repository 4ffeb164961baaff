/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * <serial>, <parallel>, <console> and <channel>: what stands at the guest's end. The first console
 * of a guest repeats its first serial port. One that says something else is a warning, as nothing
 * of it is opened.
 */
#include "domain/xml/parts.h"

#define MAX_PORT 63u

/* port is given later when the document does not; 0 is a port. */
#define NO_PORT UINT32_MAX

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
	const char *port;
	unsigned at;
	int r = sv_xml_attrs(x, node, chr->kind == SV_CHAR_PARALLEL ? &known[1] : known);

	if (r >= 0)
		r = sv_xml_children(x, node, rules, NULL);
	if (r < 0)
		return r;
	port = sv_xml_attr(node, "port");
	r = sv_xml_attr_choice(x, node, "type",
			       chr->kind == SV_CHAR_SERIAL ? of_serial : of_console, &at);
	if (r >= 0)
		r = sv_strdup(sv_xml_attr(node, "type"), &chr->target, x->err);
	if (r < 0 || !port)
		return r;
	r = sv_parse_u32(port, 0, MAX_PORT, "port of <target>", &chr->port, x->err);
	return r < 0 ? sv_xml_at(x, node) : 0;
}

static int read_channel_target(struct sv_xml *x, const xmlNode *node, void *into)
{
	static const struct sv_xml_attr known[] = {
		{"type", NULL},
		{"name", NULL},
		{"state", "the state of a running guest"},
		{NULL, NULL},
	};
	static const char *const types[] = {"virtio", NULL};
	struct sv_char *chr = into;
	const char *name = sv_xml_attr(node, "name");
	unsigned at;
	int r = sv_xml_need_choice(x, node, "type", types, &at);

	if (r >= 0)
		r = sv_xml_leaf(x, node, known);
	if (r >= 0)
		r = sv_strdup(types[at], &chr->target, x->err);
	return r < 0 || !name ? r : sv_xml_word(x, node, "name of <target>", name, &chr->name);
}

static int read_source(struct sv_xml *x, const xmlNode *node, void *into)
{
	return sv_xml_chardev_source(x, node, &((struct sv_char *)into)->source);
}

static int read_protocol(struct sv_xml *x, const xmlNode *node, void *into)
{
	return sv_xml_chardev_protocol(x, node, &((struct sv_char *)into)->source);
}

static int read_log(struct sv_xml *x, const xmlNode *node, void *into)
{
	return sv_xml_chardev_log(x, node, &((struct sv_char *)into)->source);
}

/* libvirt's default when the document does not say: the channel of the agent for the mouse and the
 * clipboard. */
static int settle_spicevmc(struct sv_xml *x, const xmlNode *node, struct sv_char *chr)
{
	int r;

	if (chr->source.type != SV_CHAR_SPICEVMC)
		return 0;
	if (chr->kind != SV_CHAR_CHANNEL) {
		(void)sv_xml_fail(x, node, "type of <%s>: 'spicevmc' is not supported",
				  sv_char_kinds[chr->kind]);
		return sv_hint(x->err, "use spiceport; spicevmc is for <channel>, <redirdev> and "
				       "<smartcard>");
	}
	r = sv_strdup("vdagent", &chr->source.channel, x->err);
	return r < 0 || chr->name ? r : sv_strdup("com.redhat.spice.0", &chr->name, x->err);
}

static int read_char(struct sv_xml *x, const xmlNode *node, enum sv_char_kind kind)
{
	const struct sv_xml_rule rules[] = {
		SV_XML_READ_MANY("source", read_source),
		SV_XML_READ("target", kind == SV_CHAR_CHANNEL ? read_channel_target : read_target),
		SV_XML_READ("protocol", read_protocol),
		SV_XML_READ("log", read_log),
		SV_XML_IGNORE("address", SV_XML_HARMLESS),
		SV_XML_IGNORE("alias", SV_XML_HARMLESS),
		SV_XML_END,
	};
	static const struct sv_xml_attr known[] = {
		{"type", NULL},
		{"tty", "the terminal of a running guest"},
		{NULL, NULL},
	};
	struct sv_char *chr = sv_xml_add(x, x->dom->chars, x->dom->n_chars);
	int r;

	if (!chr)
		return -(int)x->err->code;
	chr->line = sv_xml_line(node);
	chr->kind = kind;
	chr->port = NO_PORT;
	r = sv_xml_chardev_type(x, node, &chr->source);
	if (r >= 0)
		r = sv_xml_attrs(x, node, known);
	if (r >= 0)
		r = sv_xml_children(x, node, rules, chr);
	if (r >= 0)
		r = settle_spicevmc(x, node, chr);
	if (r >= 0 && kind == SV_CHAR_CHANNEL && !chr->target)
		return sv_xml_fail(x, node, "<channel> has no <target>");
	/* libvirt's short form of the guest agent's channel: a socket that svirt names */
	if (kind == SV_CHAR_CHANNEL && chr->source.type == SV_CHAR_UNIX &&
	    !sv_xml_has_child(node, "source"))
		chr->source.listen = true;
	return r < 0 ? r : sv_xml_chardev_done(x, node, &chr->source);
}

int sv_xml_serial(struct sv_xml *x, const xmlNode *node, void *unused)
{
	(void)unused;
	return read_char(x, node, SV_CHAR_SERIAL);
}

int sv_xml_parallel(struct sv_xml *x, const xmlNode *node, void *unused)
{
	(void)unused;
	return read_char(x, node, SV_CHAR_PARALLEL);
}

int sv_xml_console(struct sv_xml *x, const xmlNode *node, void *unused)
{
	(void)unused;
	return read_char(x, node, SV_CHAR_CONSOLE);
}

int sv_xml_channel(struct sv_xml *x, const xmlNode *node, void *unused)
{
	(void)unused;
	return read_char(x, node, SV_CHAR_CHANNEL);
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

	sv_chardev_done(&chr->source);
	free(chr->target);
	memmove(chr, chr + 1, (dom->n_chars - at - 1) * sizeof(*chr));
	dom->n_chars--;
}

static int note_mirror(struct sv_xml *x, unsigned line, bool same)
{
	struct sv_ignored *item = sv_xml_add(x, x->dom->ignored, x->dom->n_ignored);
	int r;

	if (!item)
		return -(int)x->err->code;
	item->line = line;
	item->warn = !same;
	r = sv_strdup("devices/console", &item->element, x->err);
	return r < 0 ? r
		     : sv_strdup(same ? "the same as the first serial port"
				      : "the first serial port is the first console, not this",
				 &item->reason, x->err);
}

static bool same_inet(const struct sv_inet *a, const struct sv_inet *b)
{
	return a->port == b->port && sv_streq(a->host, b->host);
}

static bool same_source(const struct sv_chardev *a, const struct sv_chardev *b)
{
	return a->type == b->type && a->listen == b->listen && sv_streq(a->path, b->path) &&
	       same_inet(&a->to, &b->to) && same_inet(&a->at, &b->at) &&
	       sv_streq(a->channel, b->channel) && a->append == b->append &&
	       a->telnet == b->telnet && a->reconnect == b->reconnect;
}

static bool same_seclabels(const struct sv_chardev *a, const struct sv_chardev *b)
{
	size_t i;

	if (a->n_seclabels != b->n_seclabels)
		return false;
	for (i = 0; i < a->n_seclabels; i++) {
		const struct sv_device_seclabel *s = &a->seclabels[i], *t = &b->seclabels[i];

		if (s->relabel != t->relabel || !sv_streq(s->model, t->model) ||
		    !sv_streq(s->label, t->label))
			return false;
	}
	return true;
}

/* libvirt writes the first serial port once more as the first console, with all that it has; people
 * write the type and the source alone. */
static bool is_mirror(const struct sv_chardev *console, const struct sv_chardev *serial)
{
	bool log = !console->log || (sv_streq(console->log, serial->log) &&
				     console->log_append == serial->log_append);

	return log && same_source(console, serial) &&
	       (!console->n_seclabels || same_seclabels(console, serial));
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
	r = note_mirror(x, console->line, is_mirror(&console->source, &serial->source));
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
		return sv_fail_at(x->err, x->dom->file, chr->line, "more than %u <%s>",
				  MAX_PORT + 1, sv_char_kinds[chr->kind]);
	return 0;
}

/* A socket that the document does not name. */
static int settle_own(struct sv_xml *x, struct sv_char *chr)
{
	struct sv_chardev *source = &chr->source;

	return source->type == SV_CHAR_UNIX && !source->path ? sv_char_name_own(chr, x->err) : 0;
}

static int check_name(struct sv_xml *x, const struct sv_char *chr)
{
	const struct sv_char *other;

	for (other = x->dom->chars; chr->name && other < chr; other++) {
		if (sv_streq(other->name, chr->name))
			return sv_fail_at(x->err, x->dom->file, chr->line,
					  "a second <channel> with the name %s", chr->name);
	}
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
	for (i = 0; r >= 0 && i < dom->n_chars; i++) {
		r = settle_port(x, &dom->chars[i]);
		if (r >= 0)
			r = check_name(x, &dom->chars[i]);
		if (r >= 0)
			r = settle_own(x, &dom->chars[i]);
	}
	return r;
}
