/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * <metadata>: other programs keep their notes here, each in a namespace of its own. Ours hold
 * demands and memberships, so a misspelt one must not pass for a note.
 */
#include "domain/xml/parts.h"

#define SVIRT_NS     "urn:svirt:1"
#define SVIRT_NS_ANY "urn:svirt:"

static int read_require(struct sv_xml *x, const xmlNode *node)
{
	static const struct sv_xml_attr known[] = {{"enforcing", NULL}, {NULL, NULL}};
	const char *enforcing;
	bool wanted;
	int r = sv_xml_leaf(x, node, known);

	if (r < 0)
		return r;
	enforcing = sv_xml_attr(node, "enforcing");
	if (!enforcing)
		return sv_xml_missing(x, node, "enforcing");
	r = sv_parse_yes_no(enforcing, "enforcing", &wanted, x->err);
	if (r < 0)
		return sv_xml_at(x, node);
	x->dom->require_enforcing = x->dom->require_enforcing || wanted;
	return 0;
}

static int read_share_group(struct sv_xml *x, const xmlNode *node)
{
	static const struct sv_xml_attr known[] = {{"name", NULL}, {NULL, NULL}};
	const char *name;
	int r = sv_xml_leaf(x, node, known);

	if (r < 0)
		return r;
	name = sv_xml_attr(node, "name");
	if (!name)
		return sv_xml_missing(x, node, "name");
	if (x->dom->share_group)
		return sv_xml_fail(x, node,
				   "a second <svirt:share-group>: a guest is in one group");
	r = sv_share_group_check(name, x->err);
	if (r < 0)
		return sv_xml_at(x, node);
	x->dom->share_group_line = sv_xml_line(node);
	return sv_strdup(name, &x->dom->share_group, x->err);
}

static int read_note(struct sv_xml *x, const xmlNode *node)
{
	const char *ns = node->ns ? (const char *)node->ns->href : NULL;
	const char *name = (const char *)node->name;
	char shown[64];

	if (sv_streq(ns, SVIRT_NS) && sv_streq(name, "require"))
		return read_require(x, node);
	if (sv_streq(ns, SVIRT_NS) && sv_streq(name, "share-group"))
		return read_share_group(x, node);
	if (ns && !sv_starts_with(ns, SVIRT_NS_ANY))
		return 0;
	(void)sv_xml_fail(x, node, "element <%s> is not known in <metadata>",
			  sv_xml_name(node, shown, sizeof(shown)));
	return sv_hint(x->err,
		       "svirt knows <svirt:require enforcing='yes'/> and "
		       "<svirt:share-group name='...'/> here, with xmlns:svirt='" SVIRT_NS "'");
}

int sv_xml_metadata(struct sv_xml *x, const xmlNode *node, void *unused)
{
	const xmlNode *child;
	int r = sv_xml_attrs(x, node, sv_xml_no_attrs);

	(void)unused;
	for (child = node->children; r >= 0 && child; child = child->next) {
		if (child->type == XML_ELEMENT_NODE)
			r = read_note(x, child);
	}
	return r;
}
