/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * <redirdev> and <smartcard>: a USB device or a card that somebody at the other end of a character
 * device has. The host's own card readers are none of a guest's.
 */
#include "domain/xml/parts.h"

#include <inttypes.h>

static int read_redir(struct sv_xml *x, const xmlNode *node, enum sv_redir_kind kind,
		      const struct sv_xml_attr *known)
{
	static const struct sv_xml_rule rules[] = {
		SV_XML_READ("source", sv_xml_chardev_source),
		SV_XML_READ("protocol", sv_xml_chardev_protocol),
		SV_XML_IGNORE("address", SV_XML_HARMLESS),
		SV_XML_IGNORE("alias", SV_XML_HARMLESS),
		SV_XML_END,
	};
	static const char *const spice_channels[] = {
		[SV_REDIR_USB] = "usbredir",
		[SV_REDIR_SMARTCARD] = "smartcard",
	};
	struct sv_redir *redir = sv_xml_add(x, x->dom->redirs, x->dom->n_redirs);
	struct sv_chardev *source;
	char shown[64];
	int r;

	if (!redir)
		return -(int)x->err->code;
	redir->line = sv_xml_line(node);
	redir->kind = kind;
	source = &redir->source;
	r = sv_xml_chardev_type(x, node, source);
	if (r < 0)
		return r;
	if (source->type == SV_CHAR_SPICEVMC) {
		r = sv_strdup(spice_channels[kind], &source->channel, x->err);
	} else if (source->type != SV_CHAR_TCP && source->type != SV_CHAR_UNIX) {
		(void)sv_xml_fail(x, node, "type of <%s>: '%s' is not supported",
				  sv_xml_name(node, shown, sizeof(shown)),
				  sv_chardev_types[source->type]);
		return sv_hint(x->err, "accepted: tcp, unix, spicevmc");
	}
	if (r >= 0)
		r = sv_xml_attrs(x, node, known);
	if (r >= 0)
		r = sv_xml_children(x, node, rules, source);
	if (r >= 0)
		r = sv_xml_chardev_done(x, node, source);
	if (r < 0 || source->type != SV_CHAR_UNIX || source->path)
		return r;
	return sv_asprintf(&source->own, x->err, "%s%zu.sock", sv_redir_kinds[kind],
			   x->dom->n_redirs - 1);
}

int sv_xml_redirdev(struct sv_xml *x, const xmlNode *node, void *unused)
{
	static const struct sv_xml_attr known[] = {{"bus", NULL}, {"type", NULL}, {NULL, NULL}};
	static const char *const buses[] = {"usb", NULL};
	unsigned at;
	int r = sv_xml_need_choice(x, node, "bus", buses, &at);

	(void)unused;
	return r < 0 ? r : read_redir(x, node, SV_REDIR_USB, known);
}

int sv_xml_smartcard(struct sv_xml *x, const xmlNode *node, void *unused)
{
	static const struct sv_xml_attr known[] = {{"mode", NULL}, {"type", NULL}, {NULL, NULL}};
	static const char *const modes[] = {"passthrough", NULL};
	const char *mode = sv_xml_attr(node, "mode");
	unsigned at;
	int r;

	(void)unused;
	if (sv_streq(mode, "host") || sv_streq(mode, "host-certificates")) {
		(void)sv_xml_fail(x, node, "mode of <smartcard>: '%s' is not supported", mode);
		return sv_hint(x->err, "every guest would reach the card readers or the keys of "
				       "the host: use mode='passthrough' and a program that owns "
				       "one card");
	}
	r = sv_xml_need_choice(x, node, "mode", modes, &at);
	return r < 0 ? r : read_redir(x, node, SV_REDIR_SMARTCARD, known);
}

/* A number of a rule; -1, or no attribute, is any. */
static int add_number(struct sv_xml *x, const xmlNode *node, const char *attr, uint32_t max,
		      struct sv_buf *rule)
{
	const char *value = sv_xml_attr(node, attr);
	uint32_t number;

	if (!value || sv_streq(value, "-1")) {
		sv_buf_puts(rule, "-1:");
		return 0;
	}
	if (sv_parse_number(value, max, attr, &number, x->err) < 0)
		return sv_xml_at(x, node);
	sv_buf_printf(rule, "%" PRIu32 ":", number);
	return 0;
}

/* "2.56" is 0x0256 in a device: two digits before the dot, and two behind it. */
static int add_version(struct sv_xml *x, const xmlNode *node, struct sv_buf *rule)
{
	const char *value = sv_xml_attr(node, "version"), *dot = value ? strchr(value, '.') : NULL;
	char major[8];
	uint32_t before, behind;

	if (!value || sv_streq(value, "-1")) {
		sv_buf_puts(rule, "-1:");
		return 0;
	}
	(void)snprintf(major, sizeof(major), "%.*s", dot ? (int)(dot - value) : 0, value);
	if (sv_parse_u32(major, 0, 99, "version", &before, x->err) < 0 ||
	    sv_parse_u32(dot ? dot + 1 : "", 0, 99, "version", &behind, x->err) < 0)
		return sv_xml_at(x, node);
	sv_buf_printf(rule, "0x%02" PRIu32 "%02" PRIu32 ":", before, behind);
	return 0;
}

static int read_usbdev(struct sv_xml *x, const xmlNode *node, void *into)
{
	static const struct sv_xml_attr known[] = {{"class", NULL},   {"vendor", NULL},
						   {"product", NULL}, {"version", NULL},
						   {"allow", NULL},   {NULL, NULL}};
	static const char *const answers[] = {"no", "yes", NULL};
	struct sv_buf *rules = into;
	unsigned allow = 0;
	int r = sv_xml_leaf(x, node, known);

	if (r >= 0)
		r = sv_xml_need_choice(x, node, "allow", answers, &allow);
	if (r < 0)
		return r;
	if (rules->len)
		sv_buf_puts(rules, "|");
	r = add_number(x, node, "class", UINT8_MAX, rules);
	if (r == 0)
		r = add_number(x, node, "vendor", UINT16_MAX, rules);
	if (r == 0)
		r = add_number(x, node, "product", UINT16_MAX, rules);
	if (r == 0)
		r = add_version(x, node, rules);
	sv_buf_printf(rules, "%u", allow);
	return r;
}

int sv_xml_redirfilter(struct sv_xml *x, const xmlNode *node, void *unused)
{
	static const struct sv_xml_rule rules[] = {SV_XML_READ_MANY("usbdev", read_usbdev),
						   SV_XML_END};
	sv_auto_buf struct sv_buf text = {0};
	int r = sv_xml_attrs(x, node, sv_xml_no_attrs);

	(void)unused;
	if (r >= 0)
		r = sv_xml_children(x, node, rules, &text);
	return r < 0 || !text.len ? r : sv_buf_take(&text, &x->dom->redir_filter, x->err);
}
