/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The host's end of a character device: type, <source>, <protocol> and <log>, which are the same
 * for every device that has one. What stands at the guest's end is the business of its callers.
 */
#include "domain/xml/parts.h"

#include <arpa/inet.h>

#define MAX_RECONNECT 86400u

/* Types that libvirt has and svirt does not, and what to do about it. */
static const struct {
	const char *type, *instead;
} refused[] = {
	{"stdio", "a guest has no terminal of its own: use pty, file or unix"},
	{"qemu-vdagent", "svirt does not share the clipboard: remove it"},
	{"dbus", "it is a part of D-Bus graphics, which svirt does not support: use unix"},
	{"nmdm", "it exists on FreeBSD only: use pty or unix"},
};

int sv_xml_chardev_type(struct sv_xml *x, const xmlNode *node, struct sv_chardev *chardev)
{
	const char *type = sv_xml_attr(node, "type");
	char shown[64];
	unsigned at;
	size_t i;
	int r;

	for (i = 0; i < SV_N_ELEMENTS(refused); i++) {
		if (!sv_streq(refused[i].type, type))
			continue;
		(void)sv_xml_fail(x, node, "type of <%s>: '%s' is not supported",
				  sv_xml_name(node, shown, sizeof(shown)), type);
		return sv_hint(x->err, "%s", refused[i].instead);
	}
	r = sv_xml_need_choice(x, node, "type", sv_chardev_types, &at);
	if (r >= 0)
		chardev->type = (enum sv_chardev_type)at;
	return r;
}

static bool has_path(const struct sv_chardev *chardev)
{
	return chardev->type == SV_CHAR_DEV || chardev->type == SV_CHAR_FILE ||
	       chardev->type == SV_CHAR_PIPE || chardev->type == SV_CHAR_UNIX;
}

static int read_seclabel(struct sv_xml *x, const xmlNode *node, void *into)
{
	struct sv_chardev *chardev = into;

	if (!has_path(chardev)) {
		(void)sv_xml_fail(x, node, "<seclabel> of a %s device would have no effect",
				  sv_chardev_types[chardev->type]);
		return sv_hint(x->err, "remove it; only 'dev', 'file', 'pipe' and 'unix' have a "
				       "file to label");
	}
	return sv_xml_device_seclabel(x, node, &chardev->seclabels, &chardev->n_seclabels);
}

/* An attribute with two words: *ret says whether it is the second. */
static int read_switch(struct sv_xml *x, const xmlNode *node, const char *attr,
		       const char *const *words, bool *ret)
{
	unsigned at = *ret;
	int r = sv_xml_attr_choice(x, node, attr, words, &at);

	*ret = at == 1;
	return r;
}

static const char *const off_on[] = {"off", "on", NULL};
static const char *const no_yes[] = {"no", "yes", NULL};
static const char *const modes[] = {"connect", "bind", NULL};

int sv_xml_chardev_reconnect(struct sv_xml *x, const xmlNode *node, void *into)
{
	static const struct sv_xml_attr known[] = {
		{"enabled", NULL}, {"timeout", NULL}, {NULL, NULL}};
	struct sv_chardev *chardev = into;
	const char *timeout;
	bool enabled = false;
	int r = sv_xml_leaf(x, node, known);

	if (r < 0)
		return r;
	if (!sv_xml_attr(node, "enabled"))
		return sv_xml_missing(x, node, "enabled");
	r = read_switch(x, node, "enabled", no_yes, &enabled);
	if (r < 0 || !enabled)
		return r;
	if ((chardev->type != SV_CHAR_TCP && chardev->type != SV_CHAR_UNIX) || chardev->listen) {
		(void)sv_xml_fail(x, node, "<reconnect> of a device that does not connect");
		return sv_hint(x->err, "remove it, or use mode='connect' with type tcp or unix");
	}
	timeout = sv_xml_attr(node, "timeout");
	if (!timeout)
		return sv_xml_missing(x, node, "timeout");
	r = sv_parse_u32(timeout, 1, MAX_RECONNECT, "timeout of <reconnect>", &chardev->reconnect,
			 x->err);
	return r < 0 ? sv_xml_at(x, node) : 0;
}

int sv_xml_inet_host(struct sv_xml *x, const xmlNode *node, const char *host, char **ret)
{
	unsigned char address[sizeof(struct in6_addr)];
	char what[96], shown[64];

	if (inet_pton(AF_INET6, host, address) == 1)
		return sv_strdup(host, ret, x->err);
	(void)snprintf(what, sizeof(what), "host of <%s>", sv_xml_name(node, shown, sizeof(shown)));
	return sv_xml_word(x, node, what, host, ret);
}

static int read_inet(struct sv_xml *x, const xmlNode *node, struct sv_inet *into)
{
	const char *host = sv_xml_attr(node, "host"), *service = sv_xml_attr(node, "service");
	int r;

	if (!service)
		return sv_xml_missing(x, node, "service");
	r = sv_parse_u32(service, 1, 65535, "service of <source>", &into->port, x->err);
	if (r < 0)
		return sv_xml_at(x, node);
	return host ? sv_xml_inet_host(x, node, host, &into->host) : 0;
}

/* Another <source> before this one; only udp has two, one for each mode. */
static int check_first(struct sv_xml *x, const xmlNode *node, bool udp)
{
	const char *mode = sv_xml_attr(node, "mode");
	const xmlNode *n;
	char shown[64];

	for (n = node->prev; n; n = n->prev) {
		const char *other;

		if (n->type != XML_ELEMENT_NODE || !sv_streq((const char *)n->name, "source"))
			continue;
		other = sv_xml_attr(n, "mode");
		if (!udp || sv_streq(mode ? mode : modes[0], other ? other : modes[0]))
			return sv_xml_fail(x, node, "a second <source>%s in <%s>",
					   udp ? " of one mode" : "",
					   sv_xml_name(node->parent, shown, sizeof(shown)));
	}
	return 0;
}

static int read_udp(struct sv_xml *x, const xmlNode *node, struct sv_chardev *chardev)
{
	bool bind = false;
	int r = read_switch(x, node, "mode", modes, &bind);

	return r < 0 ? r : read_inet(x, node, bind ? &chardev->at : &chardev->to);
}

static int read_tcp(struct sv_xml *x, const xmlNode *node, struct sv_chardev *chardev)
{
	bool tls = false;
	int r = read_switch(x, node, "tls", no_yes, &tls);

	if (r >= 0 && tls) {
		(void)sv_xml_fail(x, node, "tls='yes' of <source> is not supported");
		return sv_hint(x->err, "use tls='no' and encrypt outside of the guest");
	}
	if (r >= 0)
		r = read_switch(x, node, "mode", modes, &chardev->listen);
	if (r >= 0 && !sv_xml_attr(node, "host"))
		return sv_xml_missing(x, node, "host");
	return r < 0 ? r : read_inet(x, node, &chardev->to);
}

static int read_unix(struct sv_xml *x, const xmlNode *node, struct sv_chardev *chardev)
{
	const char *path = sv_xml_attr(node, "path");
	int r = read_switch(x, node, "mode", modes, &chardev->listen);

	if (r < 0)
		return r;
	if (path)
		return sv_xml_socket_path(x, node, "path of <source>", path, &chardev->path);
	if (chardev->listen)
		return 0;
	(void)sv_xml_missing(x, node, "path");
	return sv_hint(x->err, "name the socket to connect to; mode='bind' without a path makes "
			       "one in the guest's own directory");
}

static int read_spice_channel(struct sv_xml *x, const xmlNode *node, struct sv_chardev *chardev)
{
	const char *channel = sv_xml_attr(node, "channel");

	return channel ? sv_xml_word(x, node, "channel of <source>", channel, &chardev->channel)
		       : sv_xml_missing(x, node, "channel");
}

static int read_values(struct sv_xml *x, const xmlNode *node, struct sv_chardev *chardev)
{
	int r;

	switch (chardev->type) {
	case SV_CHAR_NULL:
	case SV_CHAR_VC:
	case SV_CHAR_PTY:
	case SV_CHAR_SPICEVMC:
		return 0;
	case SV_CHAR_DEV:
	case SV_CHAR_FILE:
	case SV_CHAR_PIPE:
		r = sv_xml_need_path(x, node, "path", "path of <source>", &chardev->path);
		return r < 0 ? r : read_switch(x, node, "append", off_on, &chardev->append);
	case SV_CHAR_TCP:
		return read_tcp(x, node, chardev);
	case SV_CHAR_UDP:
		return read_udp(x, node, chardev);
	case SV_CHAR_UNIX:
		return read_unix(x, node, chardev);
	case SV_CHAR_SPICEPORT:
		return read_spice_channel(x, node, chardev);
	}
	return 0;
}

int sv_xml_chardev_source(struct sv_xml *x, const xmlNode *node, void *into)
{
	static const struct sv_xml_rule rules[] = {
		SV_XML_READ_MANY("seclabel", read_seclabel),
		SV_XML_READ("reconnect", sv_xml_chardev_reconnect),
		SV_XML_END,
	};
	static const struct sv_xml_attr none[] = {{NULL, NULL}};
	static const struct sv_xml_attr pty[] = {
		{"path", "the terminal of a running guest"},
		{NULL, NULL},
	};
	static const struct sv_xml_attr path[] = {{"path", NULL}, {NULL, NULL}};
	static const struct sv_xml_attr file[] = {{"path", NULL}, {"append", NULL}, {NULL, NULL}};
	static const struct sv_xml_attr unix_socket[] = {
		{"path", NULL}, {"mode", NULL}, {NULL, NULL}};
	static const struct sv_xml_attr channel[] = {{"channel", NULL}, {NULL, NULL}};
	static const struct sv_xml_attr udp[] = {
		{"mode", NULL}, {"host", NULL}, {"service", NULL}, {NULL, NULL}};
	static const struct sv_xml_attr tcp[] = {
		{"mode", NULL}, {"host", NULL}, {"service", NULL}, {"tls", NULL}, {NULL, NULL}};
	static const struct sv_xml_attr *const of[] = {
		[SV_CHAR_NULL] = none,	       [SV_CHAR_VC] = none,
		[SV_CHAR_PTY] = pty,	       [SV_CHAR_DEV] = path,
		[SV_CHAR_FILE] = file,	       [SV_CHAR_PIPE] = path,
		[SV_CHAR_TCP] = tcp,	       [SV_CHAR_UDP] = udp,
		[SV_CHAR_UNIX] = unix_socket,  [SV_CHAR_SPICEVMC] = none,
		[SV_CHAR_SPICEPORT] = channel,
	};
	struct sv_chardev *chardev = into;
	int r = check_first(x, node, chardev->type == SV_CHAR_UDP);

	if (r >= 0)
		r = sv_xml_attrs(x, node, of[chardev->type]);
	if (r >= 0)
		r = read_values(x, node, chardev);
	return r < 0 ? r : sv_xml_children(x, node, rules, chardev);
}

int sv_xml_chardev_protocol(struct sv_xml *x, const xmlNode *node, void *into)
{
	static const struct sv_xml_attr known[] = {{"type", NULL}, {NULL, NULL}};
	static const char *const types[] = {"raw", "telnet", NULL};
	struct sv_chardev *chardev = into;
	int r = sv_xml_leaf(x, node, known);

	if (r < 0)
		return r;
	if (chardev->type != SV_CHAR_TCP) {
		(void)sv_xml_fail(x, node, "<protocol> of a %s device would have no effect",
				  sv_chardev_types[chardev->type]);
		return sv_hint(x->err, "remove it; only 'tcp' has a protocol");
	}
	if (!sv_xml_attr(node, "type"))
		return sv_xml_missing(x, node, "type");
	return read_switch(x, node, "type", types, &chardev->telnet);
}

int sv_xml_chardev_log(struct sv_xml *x, const xmlNode *node, void *into)
{
	static const struct sv_xml_attr known[] = {{"file", NULL}, {"append", NULL}, {NULL, NULL}};
	struct sv_chardev *chardev = into;
	int r = sv_xml_leaf(x, node, known);

	if (r >= 0)
		r = sv_xml_need_path(x, node, "file", "file of <log>", &chardev->log);
	return r < 0 ? r : read_switch(x, node, "append", off_on, &chardev->log_append);
}

int sv_xml_chardev_done(struct sv_xml *x, const xmlNode *node, const struct sv_chardev *chardev)
{
	bool inet = chardev->type == SV_CHAR_TCP || chardev->type == SV_CHAR_UDP;
	char shown[64];

	sv_xml_name(node, shown, sizeof(shown));
	if (chardev->type == SV_CHAR_UDP && chardev->at.port && !chardev->to.port)
		return sv_xml_fail(x, node, "<%s type='udp'> has no <source mode='connect'>",
				   shown);
	if ((inet && !chardev->to.port) ||
	    (has_path(chardev) && !chardev->path && !chardev->listen) ||
	    (chardev->type == SV_CHAR_SPICEPORT && !chardev->channel))
		return sv_xml_fail(x, node, "<%s type='%s'> has no <source>", shown,
				   sv_chardev_types[chardev->type]);
	return 0;
}
