/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Devices whose other end is another process of the host, which works on the guest's memory
 * (vhost-user), or a device of the host that does so (vDPA): the socket or node in their <source>.
 */
#include "domain/xml/parts.h"

int sv_xml_vhost_user(struct sv_xml *x, const xmlNode *node, struct sv_vhost_user *ret)
{
	static const struct sv_xml_attr known[] = {
		{"type", NULL}, {"path", NULL}, {"mode", NULL}, {NULL, NULL}};
	static const struct sv_xml_rule rules[] = {
		SV_XML_READ("reconnect", sv_xml_chardev_reconnect),
		SV_XML_END,
	};
	static const char *const types[] = {"unix", NULL};
	static const char *const modes[] = {"client", "server", NULL};
	struct sv_chardev socket = {.type = SV_CHAR_UNIX};
	unsigned at = 0;
	int r = sv_xml_attrs(x, node, known);

	if (r >= 0)
		r = sv_xml_attr_choice(x, node, "type", types, &at);
	if (r >= 0)
		r = sv_xml_attr_choice(x, node, "mode", modes, &at);
	socket.listen = at == 1;
	if (r >= 0)
		r = sv_xml_children(x, node, rules, &socket);
	if (r < 0)
		return r;
	ret->listen = socket.listen;
	ret->reconnect = socket.reconnect;
	return sv_xml_need_socket_path(x, node, "path", "path of <source>", &ret->path);
}

int sv_xml_vdpa(struct sv_xml *x, const xmlNode *node, char **ret)
{
	static const struct sv_xml_attr known[] = {{"dev", NULL}, {NULL, NULL}};
	static const char prefix[] = "/dev/vhost-vdpa-";
	const char *dev = sv_xml_attr(node, "dev");
	char shown[96];
	int r = sv_xml_leaf(x, node, known);

	if (r >= 0)
		r = sv_xml_need_path(x, node, "dev", "dev of <source>", ret);
	if (r < 0 ||
	    (sv_starts_with(dev, prefix) && dev[sizeof(prefix) - 1] &&
	     strspn(dev + sizeof(prefix) - 1, "0123456789") == strlen(dev + sizeof(prefix) - 1)))
		return r;
	(void)sv_xml_fail(x, node, "dev of <source>: '%s' is no vDPA device",
			  sv_escape(dev, shown, sizeof(shown)));
	return sv_hint(x->err,
		       "'vdpa dev show' lists them, 'modprobe vhost_vdpa' makes /dev/vhost-vdpa-N "
		       "of each");
}
