/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * <graphics>: where the guest's screen is drawn, and how it can be viewed. There is at most one of
 * each type.
 */
#include "domain/xml/parts.h"

#include <arpa/inet.h>

/* The attribute of <graphics> and that of its <listen> say the same thing twice. */
static int set_once(struct sv_xml *x, const xmlNode *node, const char *what, const char *value,
		    char **into)
{
	unsigned char address[sizeof(struct in6_addr)];
	char shown[128];

	/* the short form of 0.0.0.0, as inet_aton(3) has it */
	if (sv_streq(what, "listen") && sv_streq(value, "0"))
		value = "0.0.0.0";
	if (*into && sv_streq(*into, value))
		return 0;
	if (*into)
		return sv_xml_fail(x, node, "<graphics> and <listen> name different values of %s",
				   what);
	if (sv_streq(what, "socket"))
		return sv_xml_socket_path(x, node, "socket of <graphics>", value, into);
	if (inet_pton(AF_INET, value, address) == 1 || inet_pton(AF_INET6, value, address) == 1)
		return sv_strdup(value, into, x->err);
	(void)sv_xml_fail(x, node, "listen of <graphics>: '%s' is not a numeric address",
			  sv_escape(value, shown, sizeof(shown)));
	return sv_hint(x->err, "write an address such as 127.0.0.1 or ::1");
}

int sv_xml_graphics_listen(struct sv_xml *x, const xmlNode *node, void *into)
{
	static const struct sv_xml_attr known[] = {
		{"type", NULL},	   {"address", NULL}, {"socket", NULL},
		{"network", NULL}, {NULL, NULL},
	};
	enum { ADDRESS, SOCKET, NONE, NETWORK };
	static const char *const types[] = {[ADDRESS] = "address",
					    [SOCKET] = "socket",
					    [NONE] = "none",
					    [NETWORK] = "network",
					    NULL};
	struct sv_graphics *graphics = into;
	const char *address = sv_xml_attr(node, "address"), *socket = sv_xml_attr(node, "socket");
	unsigned at;
	int r = sv_xml_leaf(x, node, known);

	if (r >= 0)
		r = sv_xml_need_choice(x, node, "type", types, &at);
	if (r < 0)
		return r;
	if ((at != SOCKET && socket) || (at != ADDRESS && at != NETWORK && address) ||
	    (at != NETWORK && sv_xml_attr(node, "network")))
		return sv_xml_fail(x, node, "<listen type='%s'> has an address of the other type",
				   types[at]);
	graphics->closed = at == NONE;
	if (socket)
		return set_once(x, node, "socket", socket, &graphics->socket);
	graphics->own = at == SOCKET && !graphics->socket;
	if (address)
		return set_once(x, node, "listen", address, &graphics->listen);
	/* an attribute listen= beside it is what libvirt found out about a guest that ran */
	return at == NETWORK && !graphics->listen ? sv_xml_note(x, node, NULL, SV_XML_NO_NETWORK)
						  : 0;
}

/* VNC compares eight bytes, so one that differs after them lets in whoever knows those; SPICE
 * refuses what is longer than its ticket. The password itself is in no message. */
static int read_password(struct sv_xml *x, const xmlNode *node, struct sv_graphics *graphics)
{
	static const size_t longest[SV_GRAPHICS_EGL + 1] = {
		[SV_GRAPHICS_VNC] = 8, [SV_GRAPHICS_SPICE] = 59};
	const char *text = sv_xml_attr(node, "passwd");
	size_t max;

	if (!text)
		return 0;
	max = longest[graphics->type];
	if (*text && strlen(text) <= max)
		return sv_strdup(text, &graphics->password, x->err);
	(void)sv_xml_fail(x, node, "passwd of <graphics> has not 1 to %zu bytes", max);
	return sv_hint(x->err, "%s", *text ? "make it shorter" : "remove it, or write a password");
}

int sv_xml_graphics_attrs(struct sv_xml *x, const xmlNode *node, const struct sv_xml_attr *known,
			  struct sv_graphics *graphics)
{
	const char *listen = sv_xml_attr(node, "listen"), *socket = sv_xml_attr(node, "socket");
	int r;

	r = sv_xml_attrs(x, node, known);
	if (r >= 0)
		r = read_password(x, node, graphics);
	if (r >= 0 && listen)
		r = set_once(x, node, "listen", listen, &graphics->listen);
	if (r >= 0 && socket)
		r = set_once(x, node, "socket", socket, &graphics->socket);
	return r;
}

int sv_xml_graphics_port(struct sv_xml *x, const xmlNode *node, uint32_t first,
			 struct sv_graphics *graphics)
{
	const char *port = sv_xml_attr(node, "port"), *autoport = sv_xml_attr(node, "autoport");
	bool given = port && !sv_streq(port, "-1"), socket = graphics->socket || graphics->own;
	const char *instead = graphics->closed ? "<listen type='none'>" : "a socket";

	if (graphics->closed && socket)
		return sv_xml_fail(x, node, "<graphics> has a socket and %s", instead);
	if ((graphics->closed || socket) && (graphics->listen || given))
		return sv_xml_fail(x, node, "<graphics> has %s and %s", instead,
				   graphics->listen ? "an address" : "a port");
	graphics->autoport = !given;
	if (autoport && sv_parse_yes_no(autoport, "autoport", &graphics->autoport, x->err) < 0)
		return sv_xml_at(x, node);
	if (graphics->autoport || graphics->closed || socket)
		return 0;
	graphics->closed = !given;
	if (!given)
		return sv_xml_note(x, node, NULL, SV_XML_NO_PORT);
	if (sv_parse_u32(port, first, 65535, "port of <graphics>", &graphics->port, x->err) < 0)
		return sv_xml_at(x, node);
	return 0;
}

static int read_websocket(struct sv_xml *x, const xmlNode *node, struct sv_graphics *graphics)
{
	const char *port = sv_xml_attr(node, "websocket");

	if (!port || graphics->closed)
		return 0;
	if (graphics->socket || graphics->own) {
		(void)sv_xml_fail(x, node, "<graphics> has a socket and a websocket");
		return sv_hint(x->err, "remove one of the two; a websocket is a port");
	}
	graphics->websocket = true;
	if (sv_streq(port, "-1"))
		return 0;
	return sv_parse_u32(port, 1, 65535, "websocket of <graphics>", &graphics->websocket_port,
			    x->err) < 0
		       ? sv_xml_at(x, node)
		       : 0;
}

static int read_vnc(struct sv_xml *x, const xmlNode *node, struct sv_graphics *graphics)
{
	static const struct sv_xml_attr known[] = {
		{"type", NULL},
		{"port", NULL},
		{"autoport", NULL},
		{"listen", NULL},
		{"socket", NULL},
		{"passwd", NULL},
		{"websocket", NULL},
		{"keymap", SV_XML_HARMLESS},
		{"sharePolicy", SV_XML_HARMLESS},
		{NULL, NULL},
	};
	static const struct sv_xml_rule rules[] = {
		SV_XML_READ("listen", sv_xml_graphics_listen),
		SV_XML_IGNORE("audio", SV_XML_HARMLESS),
		SV_XML_IGNORE("alias", SV_XML_HARMLESS),
		SV_XML_END,
	};
	/* QEMU counts displays from there */
	static const uint32_t first_port = 5900;
	int r = sv_xml_graphics_attrs(x, node, known, graphics);

	if (r >= 0)
		r = sv_xml_children(x, node, rules, graphics);
	if (r >= 0)
		r = sv_xml_graphics_port(x, node, first_port, graphics);
	return r < 0 ? r : read_websocket(x, node, graphics);
}

/* A render node has to be named: QEMU would take the first one that it may open, but the file has
 * to be known before. */
int sv_xml_render_node(struct sv_xml *x, const xmlNode *node, struct sv_graphics *graphics)
{
	static const char dir[] = "/dev/dri/";
	static const char which[] = "ls /dev/dri/ shows those of this host: write "
				    "rendernode='/dev/dri/renderD128'";
	const char *path = sv_xml_attr(node, "rendernode");
	char shown[128];

	for (size_t i = 0; i < x->dom->n_graphics; i++) {
		if (!x->dom->graphics[i].render_node)
			continue;
		(void)sv_xml_fail(x, node, "a second <gl>: the <graphics> of line %u has the GPU",
				  x->dom->graphics[i].line);
		return sv_hint(x->err, "take it out of one of the two");
	}
	if (!path) {
		(void)sv_xml_missing(x, node, "rendernode");
		return sv_hint(x->err, which);
	}
	if (strncmp(path, dir, strlen(dir)) == 0)
		return sv_xml_path(x, node, "rendernode of <gl>", path, &graphics->render_node);
	(void)sv_xml_fail(x, node, "rendernode of <gl>: '%s' is not in /dev/dri",
			  sv_escape(path, shown, sizeof(shown)));
	return sv_hint(x->err, which);
}

static int read_egl_node(struct sv_xml *x, const xmlNode *node, void *into)
{
	static const struct sv_xml_attr known[] = {{"rendernode", NULL}, {NULL, NULL}};
	int r = sv_xml_leaf(x, node, known);

	return r < 0 ? r : sv_xml_render_node(x, node, into);
}

static int read_egl(struct sv_xml *x, const xmlNode *node, struct sv_graphics *graphics)
{
	static const struct sv_xml_attr known[] = {{"type", NULL}, {NULL, NULL}};
	static const struct sv_xml_rule rules[] = {
		SV_XML_READ("gl", read_egl_node),
		SV_XML_IGNORE("alias", SV_XML_HARMLESS),
		SV_XML_END,
	};
	int r = sv_xml_attrs(x, node, known);

	if (r >= 0)
		r = sv_xml_children(x, node, rules, graphics);
	if (r < 0 || graphics->render_node)
		return r;
	(void)sv_xml_fail(x, node, "<graphics type='egl-headless'> names no render node");
	return sv_hint(x->err, "put <gl rendernode='/dev/dri/renderD128'/> into it; ls /dev/dri/ "
			       "shows those of this host");
}

int sv_xml_graphics(struct sv_xml *x, const xmlNode *node, void *unused)
{
	static int (*const readers[])(struct sv_xml *, const xmlNode *, struct sv_graphics *) = {
		[SV_GRAPHICS_VNC] = read_vnc,
		[SV_GRAPHICS_SPICE] = sv_xml_spice,
		[SV_GRAPHICS_EGL] = read_egl,
	};
	struct sv_graphics *graphics;
	unsigned at;
	size_t i;
	int r = sv_xml_need_choice(x, node, "type", sv_graphics_types, &at);

	(void)unused;
	if (r < 0)
		return r;
	for (i = 0; i < x->dom->n_graphics; i++) {
		if (x->dom->graphics[i].type != (enum sv_graphics_type)at)
			continue;
		(void)sv_xml_fail(x, node, "a second <graphics type='%s'>", sv_graphics_types[at]);
		return sv_hint(x->err, "keep the one that is meant and remove the other");
	}
	graphics = sv_xml_add(x, x->dom->graphics, x->dom->n_graphics);
	if (!graphics)
		return -(int)x->err->code;
	graphics->line = sv_xml_line(node);
	graphics->type = (enum sv_graphics_type)at;
	return readers[at](x, node, graphics);
}
