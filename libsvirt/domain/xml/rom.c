/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * <rom> of a network card or of a device of the host: the code that the guest's firmware runs for
 * it, which can be a file of the host.
 */
#include "domain/xml/parts.h"

int sv_xml_rom(struct sv_xml *x, const xmlNode *node, struct sv_rom *rom)
{
	static const struct sv_xml_attr known[] = {
		{"bar", NULL}, {"enabled", NULL}, {"file", NULL}, {NULL, NULL}};
	static const char *const bars[] = {"off", "on", NULL};
	const char *enabled = sv_xml_attr(node, "enabled"), *file = sv_xml_attr(node, "file");
	bool wanted = true;
	unsigned at = 1;
	int r = sv_xml_leaf(x, node, known);

	if (r >= 0)
		r = sv_xml_attr_choice(x, node, "bar", bars, &at);
	if (r < 0)
		return r;
	rom->no_bar = at == 0;
	if (enabled && sv_parse_yes_no(enabled, "enabled of <rom>", &wanted, x->err) < 0)
		return sv_xml_at(x, node);
	rom->none = !wanted;
	rom->file.line = sv_xml_line(node);
	if (!file)
		return 0;
	if (wanted)
		return sv_xml_path(x, node, "file of <rom>", file, &rom->file.path);
	(void)sv_xml_fail(x, node, "<rom enabled='no'> names a file");
	return sv_hint(x->err, "remove one of the two");
}
