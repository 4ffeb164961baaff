/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * <redirdev> and <smartcard>: a USB device or a card that somebody at the other end of a character
 * device has. The host's own card readers are none of a guest's.
 */
#include "domain/xml/parts.h"

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
