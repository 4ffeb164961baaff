/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * <input>: the ones that QEMU makes up itself are left out, an input device of the host is either
 * given to the guest or read for it. Knows the names of devices, not whether they are there.
 */
#include "domain/xml/parts.h"

enum { TABLET, MOUSE, KEYBOARD, PASSTHROUGH, EVDEV };

static int read_passthrough_source(struct sv_xml *x, const xmlNode *node, void *into)
{
	static const struct sv_xml_attr known[] = {{"evdev", NULL}, {NULL, NULL}};
	struct sv_input *input = into;
	int r = sv_xml_leaf(x, node, known);

	return r < 0 ? r
		     : sv_xml_need_path(x, node, "evdev", "path of an input device", &input->path);
}

static int read_evdev_source(struct sv_xml *x, const xmlNode *node, void *into)
{
	static const struct sv_xml_attr known[] = {{"dev", NULL},
						   {"grab", NULL},
						   {"grabToggle", NULL},
						   {"repeat", NULL},
						   {NULL, NULL}};
	static const char *const grabs[] = {"all", NULL};
	static const char *const toggles[] = {"ctrl-ctrl", "alt-alt",	 "shift-shift",
					      "meta-meta", "scrolllock", "ctrl-scrolllock",
					      NULL};
	static const char *const switches[] = {"off", "on", NULL};
	struct sv_input *input = into;
	unsigned at, repeat = 0;
	int r = sv_xml_leaf(x, node, known);

	if (r >= 0)
		r = sv_xml_attr_choice(x, node, "grab", grabs, &at);
	if (r >= 0)
		r = sv_xml_attr_choice(x, node, "grabToggle", toggles, &at);
	if (r >= 0)
		r = sv_strdup(sv_xml_attr(node, "grabToggle"), &input->grab_toggle, x->err);
	if (r >= 0)
		r = sv_xml_attr_choice(x, node, "repeat", switches, &repeat);
	if (r < 0)
		return r;
	input->grab_all = sv_xml_attr(node, "grab") != NULL;
	input->repeat = repeat == 1;
	return sv_xml_need_path(x, node, "dev", "path of an input device", &input->path);
}

static int read_host_input(struct sv_xml *x, const xmlNode *node, enum sv_input_type type)
{
	static const struct sv_xml_attr known[] = {
		{"type", NULL}, {"bus", NULL}, {"model", SV_XML_HARMLESS}, {NULL, NULL}};
	static const struct sv_xml_rule passthrough[] = {
		SV_XML_READ("source", read_passthrough_source),
		SV_XML_IGNORE("address", SV_XML_HARMLESS),
		SV_XML_IGNORE("alias", SV_XML_HARMLESS),
		SV_XML_IGNORE("driver", SV_XML_HARMLESS),
		SV_XML_END,
	};
	static const struct sv_xml_rule evdev[] = {
		SV_XML_READ("source", read_evdev_source),
		SV_XML_IGNORE("address", SV_XML_HARMLESS),
		SV_XML_IGNORE("alias", SV_XML_HARMLESS),
		SV_XML_END,
	};
	static const char *const buses[] = {"virtio", NULL};
	struct sv_input *input = sv_xml_add(x, x->dom->inputs, x->dom->n_inputs);
	bool whole = type == SV_INPUT_PASSTHROUGH;
	unsigned at;
	int r;

	if (!input)
		return -(int)x->err->code;
	*input = (struct sv_input){.line = sv_xml_line(node), .type = type};
	r = sv_xml_attrs(x, node, known);
	if (r >= 0 && whole)
		r = sv_xml_need_choice(x, node, "bus", buses, &at);
	if (r >= 0)
		r = sv_xml_children(x, node, whole ? passthrough : evdev, input);
	if (r < 0 || input->path)
		return r;
	(void)sv_xml_fail(x, node, "an <input> of the host has no <source>");
	return sv_hint(x->err, "put <source %s='/dev/input/eventN'/> into it",
		       whole ? "evdev" : "dev");
}

int sv_xml_input(struct sv_xml *x, const xmlNode *node, void *unused)
{
	static const char *const types[] = {
		[TABLET] = "tablet",	       [MOUSE] = "mouse", [KEYBOARD] = "keyboard",
		[PASSTHROUGH] = "passthrough", [EVDEV] = "evdev", NULL,
	};
	unsigned at;
	int r = sv_xml_need_choice(x, node, "type", types, &at);

	(void)unused;
	if (r < 0)
		return r;
	if (at < PASSTHROUGH)
		return sv_xml_ignore(x, node, SV_XML_HARMLESS);
	return read_host_input(x, node, at == EVDEV ? SV_INPUT_EVDEV : SV_INPUT_PASSTHROUGH);
}
