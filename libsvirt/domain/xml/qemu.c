/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* <qemu:commandline>: arguments that go to QEMU as they are. What they mean: domain/extra. */
#include "domain/xml/parts.h"

#define MAX_ARGS 512u

static int read_arg(struct sv_xml *x, const xmlNode *node, void *unused)
{
	static const struct sv_xml_attr known[] = {{"value", NULL}, {NULL, NULL}};
	const char *value = sv_xml_attr(node, "value"), *c;
	struct sv_extra *extra = &x->dom->extra;
	struct sv_extra_arg *arg;
	int r = sv_xml_leaf(x, node, known);

	(void)unused;
	if (r < 0)
		return r;
	if (!value)
		return sv_xml_missing(x, node, "value");
	for (c = value; *c; c++) {
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			return sv_xml_fail(x, node,
					   "value of <qemu:arg> holds a control character");
	}
	if (extra->n_args == MAX_ARGS)
		return sv_xml_fail(x, node, "more than %u <qemu:arg>", MAX_ARGS);
	arg = sv_xml_add(x, extra->args, extra->n_args);
	if (!arg)
		return -(int)x->err->code;
	arg->line = sv_xml_line(node);
	return sv_strdup(value, &arg->text, x->err);
}

/* The environment affects the loader and every library before any check, so a guest gets none of
 * its document. What is about sound alone does nothing for a guest that has none. */
static int read_env(struct sv_xml *x, const xmlNode *node, void *unused)
{
	static const struct sv_xml_attr known[] = {{"name", NULL}, {"value", NULL}, {NULL, NULL}};
	static const char *const sound[] = {"QEMU_AUDIO_", "QEMU_PA_",	"QEMU_ALSA_", "QEMU_OSS_",
					    "PULSE_",	   "PIPEWIRE_", "SDL_AUDIO",  "QEMU_JACK_"};
	const char *name = sv_xml_attr(node, "name"), *value = sv_xml_attr(node, "value");
	int r = sv_xml_leaf(x, node, known);
	char shown[96];

	(void)unused;
	if (r < 0)
		return r;
	if (!name)
		return sv_xml_missing(x, node, "name");
	for (size_t i = 0; i < SV_N_ELEMENTS(sound); i++) {
		if (sv_starts_with(name, sound[i]))
			return sv_xml_note(x, node, NULL,
					   sv_streq(value, "none") ? SV_XML_HARMLESS
								   : SV_XML_NO_SOUND);
	}
	(void)sv_xml_fail(x, node, "<qemu:env> of '%s' is not supported",
			  sv_escape(name, shown, sizeof(shown)));
	return sv_hint(x->err, "remove it: a guest gets no environment from its document");
}

int sv_xml_commandline(struct sv_xml *x, const xmlNode *node, void *unused)
{
	static const struct sv_xml_rule rules[] = {
		{.name = "arg", .ns = SV_XML_QEMU_NS, .read = read_arg, .many = true},
		{.name = "env", .ns = SV_XML_QEMU_NS, .read = read_env, .many = true},
		SV_XML_END,
	};
	int r = sv_xml_attrs(x, node, sv_xml_no_attrs);

	(void)unused;
	if (r >= 0)
		r = sv_xml_children(x, node, rules, NULL);
	return r < 0 ? r : sv_extra_find_files(&x->dom->extra, x->dom->file, x->err);
}
