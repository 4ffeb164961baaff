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
	const char *path = sv_xml_attr(node, "evdev");
	int r = sv_xml_leaf(x, node, known);

	if (r < 0)
		return r;
	if (!path)
		return sv_xml_missing(x, node, "evdev");
	return sv_xml_path(x, node, "path of an input device", path, &input->path);
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
	const char *path = sv_xml_attr(node, "dev"), *grab = sv_xml_attr(node, "grab");
	const char *toggle = sv_xml_attr(node, "grabToggle"), *repeat = sv_xml_attr(node, "repeat");
	struct sv_input *input = into;
	unsigned at = 0;
	int r = sv_xml_leaf(x, node, known);

	if (r >= 0 && grab)
		r = sv_xml_choice(x, node, "grab of <source>", grab, grabs, &at);
	if (r >= 0 && toggle)
		r = sv_xml_choice(x, node, "grabToggle of <source>", toggle, toggles, &at);
	if (r >= 0)
		r = sv_strdup(toggle, &input->grab_toggle, x->err);
	at = 0;
	if (r >= 0 && repeat)
		r = sv_xml_choice(x, node, "repeat of <source>", repeat, switches, &at);
	if (r < 0)
		return r;
	input->grab_all = grab != NULL;
	input->repeat = at == 1;
	if (!path)
		return sv_xml_missing(x, node, "dev");
	return sv_xml_path(x, node, "path of an input device", path, &input->path);
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
	const char *bus = sv_xml_attr(node, "bus");
	unsigned at;
	int r;

	if (!input)
		return -(int)x->err->code;
	*input = (struct sv_input){.line = sv_xml_line(node), .type = type};
	r = sv_xml_attrs(x, node, known);
	if (r >= 0 && whole)
		r = bus ? sv_xml_choice(x, node, "bus of <input>", bus, buses, &at)
			: sv_xml_missing(x, node, "bus");
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
	const char *type = sv_xml_attr(node, "type");
	unsigned at;
	int r;

	(void)unused;
	if (!type)
		return sv_xml_missing(x, node, "type");
	r = sv_xml_choice(x, node, "type of <input>", type, types, &at);
	if (r < 0)
		return r;
	if (at < PASSTHROUGH)
		return sv_xml_ignore(x, node, SV_XML_HARMLESS);
	return read_host_input(x, node, at == EVDEV ? SV_INPUT_EVDEV : SV_INPUT_PASSTHROUGH);
}
