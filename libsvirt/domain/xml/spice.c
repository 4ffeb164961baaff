/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * <graphics type='spice'>. Its encryption needs a private key of the host, which the guest's VMM
 * would have to read: none of it is accepted.
 */
#include "domain/xml/parts.h"

static const struct {
	const char *element, *attr;
	const char *words[7];
} settings[SV_SPICE_SETTINGS] = {
	[SV_SPICE_IMAGE] = {"image",
			    "compression",
			    {"auto_glz", "auto_lz", "quic", "glz", "lz", "off", NULL}},
	[SV_SPICE_JPEG] = {"jpeg", "compression", {"auto", "never", "always", NULL}},
	[SV_SPICE_ZLIB] = {"zlib", "compression", {"auto", "never", "always", NULL}},
	[SV_SPICE_PLAYBACK] = {"playback", "compression", {"on", "off", NULL}},
	[SV_SPICE_STREAMING] = {"streaming", "mode", {"filter", "all", "off", NULL}},
	[SV_SPICE_CLIPBOARD] = {"clipboard", "copypaste", {"yes", "no", NULL}},
	[SV_SPICE_FILES] = {"filetransfer", "enable", {"yes", "no", NULL}},
	[SV_SPICE_MOUSE] = {"mouse", "mode", {"server", "client", NULL}},
};

/* The table of rules has no other element for read_setting(). */
static size_t setting_of(const xmlNode *node)
{
	size_t i = 0;

	while (!sv_streq((const char *)node->name, settings[i].element))
		i++;
	return i;
}

static int read_setting(struct sv_xml *x, const xmlNode *node, void *into)
{
	size_t i = setting_of(node);
	const struct sv_xml_attr known[] = {{settings[i].attr, NULL}, {NULL, NULL}};
	struct sv_graphics *graphics = into;
	unsigned at;
	int r = sv_xml_leaf(x, node, known);

	if (r >= 0)
		r = sv_xml_need_choice(x, node, settings[i].attr, settings[i].words, &at);
	if (r >= 0)
		graphics->spice[i] = settings[i].words[at];
	return r;
}

/* The last of them is the one that needs a key. */
static const char *const modes[] = {"any", "insecure", "secure", NULL};
enum { MODE_SECURE = 2 };

static int refuse_tls(struct sv_xml *x, const xmlNode *node, const char *what)
{
	(void)sv_xml_fail(x, node, "%s: svirt gives a guest no private key of the host", what);
	return sv_hint(x->err, "remove it; write <listen type='socket'/>, and let ssh(1) encrypt "
			       "what leaves the host");
}

static int read_channel(struct sv_xml *x, const xmlNode *node, void *into)
{
	static const struct sv_xml_attr known[] = {{"name", NULL}, {"mode", NULL}, {NULL, NULL}};
	unsigned at = 0;
	int r = sv_xml_leaf(x, node, known);

	(void)into;
	if (r >= 0)
		r = sv_xml_need_choice(x, node, "mode", modes, &at);
	return r < 0 || at != MODE_SECURE ? r : refuse_tls(x, node, "mode='secure' of <channel>");
}

static int read_gl(struct sv_xml *x, const xmlNode *node, void *into)
{
	static const struct sv_xml_attr known[] = {
		{"enable", NULL}, {"rendernode", NULL}, {NULL, NULL}};
	const char *enable = sv_xml_attr(node, "enable");
	bool on = false;
	int r = sv_xml_leaf(x, node, known);

	if (r < 0)
		return r;
	if (!enable)
		return sv_xml_missing(x, node, "enable");
	if (sv_parse_yes_no(enable, "enable of <gl>", &on, x->err) < 0)
		return sv_xml_at(x, node);
	return on ? sv_xml_render_node(x, node, into) : 0;
}

static int check_tls(struct sv_xml *x, const xmlNode *node)
{
	const char *port = sv_xml_attr(node, "tlsPort");
	unsigned at = 0;
	int r;

	/* -1 is what a document says that leaves it to libvirt, which may have no keys either */
	if (port && !sv_streq(port, "-1"))
		return refuse_tls(x, node, "tlsPort of <graphics>");
	r = sv_xml_attr_choice(x, node, "defaultMode", modes, &at);
	return r < 0 || at != MODE_SECURE
		       ? r
		       : refuse_tls(x, node, "defaultMode='secure' of <graphics>");
}

static bool is_loopback(const char *address)
{
	return sv_starts_with(address, "127.") || sv_streq(address, "::1");
}

/* QEMU does not look for a free port of SPICE, and a port that svirt found could be taken before
 * QEMU listens. A socket has a name of its own, and only processes at this guest's level reach it.
 */
static int settle_port(struct sv_xml *x, const xmlNode *node, struct sv_graphics *graphics)
{
	int r = sv_xml_graphics_port(x, node, 1, graphics);
	bool remote = graphics->listen && !is_loopback(graphics->listen);

	if (r < 0)
		return r;
	if (graphics->autoport && !graphics->socket && !graphics->closed) {
		graphics->own = !remote;
		if (!remote)
			return 0;
		(void)sv_xml_fail(x, node, "svirt looks for no free port of SPICE");
		return sv_hint(x->err, "write port='5900' autoport='no'; or <listen "
				       "type='socket'/> for a socket in the guest's directory");
	}
	if (!graphics->render_node || graphics->socket || graphics->own || graphics->closed)
		return 0;
	(void)sv_xml_fail(x, node, "<gl enable='yes'> works through a socket only");
	return sv_hint(x->err, "take the port out and write <listen type='socket'/>; or <graphics "
			       "type='egl-headless'> beside it, with the <gl> in there");
}

int sv_xml_spice(struct sv_xml *x, const xmlNode *node, struct sv_graphics *graphics)
{
	static const struct sv_xml_attr known[] = {
		{"type", NULL},
		{"port", NULL},
		{"tlsPort", NULL},
		{"autoport", NULL},
		{"listen", NULL},
		{"socket", NULL},
		{"passwd", NULL},
		{"defaultMode", NULL},
		{"connected", SV_XML_HARMLESS},
		{"keymap", SV_XML_HARMLESS},
		{NULL, NULL},
	};
	static const struct sv_xml_rule rules[] = {
		SV_XML_READ("listen", sv_xml_graphics_listen),
		SV_XML_READ_MANY("channel", read_channel),
		SV_XML_READ("image", read_setting),
		SV_XML_READ("jpeg", read_setting),
		SV_XML_READ("zlib", read_setting),
		SV_XML_READ("playback", read_setting),
		SV_XML_READ("streaming", read_setting),
		SV_XML_READ("clipboard", read_setting),
		SV_XML_READ("filetransfer", read_setting),
		SV_XML_READ("mouse", read_setting),
		SV_XML_READ("gl", read_gl),
		SV_XML_IGNORE("audio", SV_XML_HARMLESS),
		SV_XML_IGNORE("alias", SV_XML_HARMLESS),
		SV_XML_END,
	};
	int r = sv_xml_graphics_attrs(x, node, known, graphics);

	if (r >= 0)
		r = check_tls(x, node);
	if (r >= 0)
		r = sv_xml_children(x, node, rules, graphics);
	return r < 0 ? r : settle_port(x, node, graphics);
}

static bool is_spice(const struct sv_chardev *chardev)
{
	return chardev->type == SV_CHAR_SPICEVMC || chardev->type == SV_CHAR_SPICEPORT;
}

/* What is at the other end of the SPICE connection needs one. */
int sv_xml_check_spice(struct sv_xml *x)
{
	const struct sv_domain *dom = x->dom;
	unsigned line = 0;
	size_t i;

	for (i = 0; i < dom->n_graphics; i++) {
		if (dom->graphics[i].type == SV_GRAPHICS_SPICE)
			return 0;
	}
	for (i = 0; !line && i < dom->n_chars; i++)
		line = is_spice(&dom->chars[i].source) ? dom->chars[i].line : 0;
	for (i = 0; !line && i < dom->n_redirs; i++)
		line = is_spice(&dom->redirs[i].source) ? dom->redirs[i].line : 0;
	if (!line)
		return 0;
	(void)sv_fail_at(x->err, dom->file, line,
			 "a part of SPICE in a domain that has no <graphics type='spice'>");
	return sv_hint(x->err, "remove it, or put <graphics type='spice'/> into <devices>");
}
