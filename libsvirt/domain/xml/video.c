/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * <video>: only whether the adapter draws with a GPU of the host matters; the kind of adapter does
 * not. <graphics> names the GPU.
 */
#include "domain/xml/parts.h"

static const xmlNode *child_of(const xmlNode *node, const char *name)
{
	const xmlNode *child = node ? node->children : NULL;

	while (child &&
	       (child->type != XML_ELEMENT_NODE || !sv_streq((const char *)child->name, name)))
		child = child->next;
	return child;
}

int sv_xml_video(struct sv_xml *x, const xmlNode *node, void *unused)
{
	const xmlNode *model = child_of(node, "model");
	const xmlNode *acceleration = child_of(model, "acceleration");
	bool is_virtio = model && sv_streq(sv_xml_attr(model, "type"), "virtio"), is_3d = false;
	const char *accel3d;

	(void)unused;
	if (!acceleration)
		return sv_xml_ignore(x, node, SV_XML_HARMLESS);
	if (sv_xml_attr(acceleration, "rendernode")) {
		(void)sv_xml_fail(x, acceleration, "rendernode of <acceleration> is not supported");
		return sv_hint(x->err, "it is for a vhost-user process of its own; QEMU itself "
				       "draws by <graphics type='egl-headless'><gl "
				       "rendernode='/dev/dri/renderD128'/></graphics>");
	}
	accel3d = sv_xml_attr(acceleration, "accel3d");
	if (accel3d && sv_parse_yes_no(accel3d, "accel3d", &is_3d, x->err) < 0)
		return sv_xml_at(x, acceleration);
	x->dom->video_3d |= is_virtio && is_3d;
	return sv_xml_ignore(x, node, SV_XML_HARMLESS);
}
