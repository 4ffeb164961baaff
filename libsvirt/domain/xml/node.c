/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Walking a document by tables: see node.h. This is where "not understood" becomes an error,
 * once for all elements, so that no reader can forget it.
 */
#include "domain/xml/node.h"

#include "base/array.h"
#include "domain/xml/xml.h"

#include <stdarg.h>

const struct sv_xml_attr sv_xml_no_attrs[] = {{NULL, NULL}};
const struct sv_xml_rule sv_xml_no_children[] = {SV_XML_END};

unsigned sv_xml_line(const xmlNode *node)
{
	long line = xmlGetLineNo(node);

	return line > 0 ? (unsigned)line : 0;
}

static const char *text_of(const xmlChar *s)
{
	return (const char *)s;
}

const char *sv_xml_name(const xmlNode *node, char *out, size_t room)
{
	char full[128];

	if (node->ns && node->ns->prefix)
		(void)snprintf(full, sizeof(full), "%.60s:%.60s", text_of(node->ns->prefix),
			       text_of(node->name));
	else
		(void)snprintf(full, sizeof(full), "%.120s", text_of(node->name));
	return sv_escape(full, out, room);
}

int sv_xml_fail(struct sv_xml *x, const xmlNode *node, const char *fmt, ...)
{
	char text[sizeof(x->err->msg)];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return sv_fail_at(x->err, x->dom->file, sv_xml_line(node), "%s", text);
}

int sv_xml_at(struct sv_xml *x, const xmlNode *node)
{
	if (!x->err->file[0] && x->err->code == SV_E_USAGE) {
		x->err->line = sv_xml_line(node);
		(void)snprintf(x->err->file, sizeof(x->err->file), "%s", x->dom->file);
	}
	return -(int)x->err->code;
}

void *sv_xml_grow(struct sv_xml *x, void **items, size_t *n, size_t size)
{
	char *all = sv_array_room(*items, *n, size), *item;

	if (!all) {
		(void)sv_fail_oom(x->err);
		return NULL;
	}
	*items = all;
	item = all + *n * size;
	memset(item, 0, size);
	(*n)++;
	return item;
}

/* "devices/disk/address": the way from below the root element down to node. */
static void add_way(const xmlNode *node, struct sv_buf *buf)
{
	const xmlNode *up = node->parent;

	if (up && up->parent && up->parent->type == XML_ELEMENT_NODE) {
		add_way(up, buf);
		sv_buf_puts(buf, "/");
	}
	sv_buf_puts(buf, text_of(node->name));
}

int sv_xml_note(struct sv_xml *x, const xmlNode *node, const char *attr, const char *reason)
{
	static const char *const warned[] = {
		SV_XML_TOGETHER,   SV_XML_NO_SCHEDULER, SV_XML_NO_PLACEMENT,
		SV_XML_NO_SOUND,   SV_XML_NO_TABLES,	SV_XML_NO_PORT,
		SV_XML_NO_NETWORK, SV_XML_NO_BALLOON,	NULL};
	struct sv_ignored *item = sv_xml_add(x, x->dom->ignored, x->dom->n_ignored);
	sv_auto_buf struct sv_buf way = {0};
	unsigned at;
	int r;

	if (!item)
		return -(int)x->err->code;
	item->line = sv_xml_line(node);
	item->warn = sv_parse_choice(reason, warned, &at) == 0;
	add_way(node, &way);
	if (attr)
		sv_buf_printf(&way, "@%s", attr);
	r = sv_buf_take(&way, &item->element, x->err);
	return r < 0 ? r : sv_strdup(reason, &item->reason, x->err);
}

/* NULL: the value is not one piece of text. Without a DOCTYPE there are no entities, so this cannot
 * happen; it is only a second check. */
static const char *plain_value(const xmlAttr *attr)
{
	if (!attr->children)
		return "";
	if (attr->children->type != XML_TEXT_NODE || attr->children->next)
		return NULL;
	return text_of(attr->children->content);
}

const char *sv_xml_attr(const xmlNode *node, const char *name)
{
	const xmlAttr *attr;

	for (attr = node->properties; attr; attr = attr->next) {
		if (!attr->ns && sv_streq(text_of(attr->name), name))
			return plain_value(attr);
	}
	return NULL;
}

static int check_attr(struct sv_xml *x, const xmlNode *node, const xmlAttr *attr,
		      const struct sv_xml_attr *known)
{
	char shown[64], element[64];

	if (!plain_value(attr))
		return sv_xml_fail(x, node, "attribute %s is not plain text",
				   sv_escape(text_of(attr->name), shown, sizeof(shown)));
	for (; !attr->ns && known->name; known++) {
		if (sv_streq(text_of(attr->name), known->name))
			return known->reason ? sv_xml_note(x, node, known->name, known->reason) : 0;
	}
	(void)sv_xml_fail(x, node, "attribute %s of <%s> is not known",
			  sv_escape(text_of(attr->name), shown, sizeof(shown)),
			  sv_xml_name(node, element, sizeof(element)));
	return sv_hint(x->err, "remove it; svirt starts only what it understands completely");
}

int sv_xml_attrs(struct sv_xml *x, const xmlNode *node, const struct sv_xml_attr *known)
{
	const xmlAttr *attr;

	for (attr = node->properties; attr; attr = attr->next) {
		int r = check_attr(x, node, attr, known);

		if (r < 0)
			return r;
	}
	return 0;
}

int sv_xml_leaf(struct sv_xml *x, const xmlNode *node, const struct sv_xml_attr *known)
{
	int r = sv_xml_attrs(x, node, known);

	return r < 0 ? r : sv_xml_children(x, node, sv_xml_no_children, NULL);
}

int sv_xml_text(struct sv_xml *x, const xmlNode *node, char **ret)
{
	sv_auto_buf struct sv_buf text = {0};
	const xmlNode *child;
	char shown[64];

	for (child = node->children; child; child = child->next) {
		if (child->type != XML_TEXT_NODE)
			return sv_xml_fail(x, node, "<%s> holds more than text",
					   sv_xml_name(node, shown, sizeof(shown)));
		sv_buf_puts(&text, text_of(child->content));
	}
	return sv_buf_take(&text, ret, x->err);
}

int sv_xml_text_trimmed(struct sv_xml *x, const xmlNode *node, char **ret)
{
	static const char blanks[] = " \t\r\n";
	sv_auto_free char *text = NULL;
	size_t skip, len;
	int r = sv_xml_text(x, node, &text);

	if (r < 0)
		return r;
	skip = strspn(text, blanks);
	len = strlen(text + skip);
	while (len && strchr(blanks, text[skip + len - 1]))
		len--;
	memmove(text, text + skip, len);
	text[len] = '\0';
	*ret = sv_take_ptr(text);
	return 0;
}

/* Attributes by which libvirt's format hands a part of the host to a device. */
static bool names_host_resource(const xmlAttr *attr)
{
	static const char *const names[] = {"dev",  "evdev",	  "fd",	    "fdgroup", "file",
					    "path", "rendernode", "socket", NULL};
	const char *value = plain_value(attr);
	unsigned at;

	return !value || value[0] == '/' || sv_parse_choice(text_of(attr->name), names, &at) == 0;
}

/* The recursion is bounded by SV_XML_MAX_DEPTH. */
static int check_harmless(struct sv_xml *x, const xmlNode *node)
{
	const xmlNode *child;
	const xmlAttr *attr;
	char shown[64], element[64];

	for (attr = node->properties; attr; attr = attr->next) {
		if (!names_host_resource(attr))
			continue;
		(void)sv_xml_fail(x, node,
				  "attribute %s of <%s> names a host resource and is not supported",
				  sv_escape(text_of(attr->name), shown, sizeof(shown)),
				  sv_xml_name(node, element, sizeof(element)));
		return sv_hint(x->err, "remove the attribute or the element");
	}
	for (child = node->children; child; child = child->next) {
		int r = child->type == XML_ELEMENT_NODE ? check_harmless(x, child) : 0;

		if (r < 0)
			return r;
	}
	return 0;
}

int sv_xml_ignore(struct sv_xml *x, const xmlNode *node, const char *reason)
{
	int r = check_harmless(x, node);

	return r < 0 ? r : sv_xml_note(x, node, NULL, reason);
}

bool sv_xml_has_child(const xmlNode *node, const char *name)
{
	const xmlNode *child;

	for (child = node->children; child; child = child->next) {
		if (child->type == XML_ELEMENT_NODE && sv_streq(text_of(child->name), name))
			return true;
	}
	return false;
}

/* Extensions in a namespace of their own are options of the VMM, by any name. */
static int refuse(struct sv_xml *x, const xmlNode *node, bool known)
{
	char element[64], parent[64];

	(void)sv_xml_name(node, element, sizeof(element));
	if (known)
		(void)sv_xml_fail(x, node,
				  "element <%s> can carry a host resource and is not supported yet",
				  element);
	else
		(void)sv_xml_fail(x, node, "element <%s> is not known in <%s>", element,
				  sv_xml_name(node->parent, parent, sizeof(parent)));
	return sv_hint(x->err, "remove it; svirt starts only what it understands completely");
}

static const char *ns_of(const xmlNode *node)
{
	return node->ns ? text_of(node->ns->href) : NULL;
}

static bool seen_before(const xmlNode *node)
{
	const xmlNode *prev;

	for (prev = node->prev; prev; prev = prev->prev) {
		if (prev->type == XML_ELEMENT_NODE && sv_streq(ns_of(prev), ns_of(node)) &&
		    xmlStrEqual(prev->name, node->name))
			return true;
	}
	return false;
}

static bool is_empty(const xmlNode *node)
{
	const xmlNode *child = node->children;

	while (child && xmlIsBlankNode(child))
		child = child->next;
	return !child && !node->properties;
}

static int read_child(struct sv_xml *x, const xmlNode *node, const struct sv_xml_rule *rules,
		      void *into)
{
	const struct sv_xml_rule *rule = rules;
	char shown[64];

	/* an element of another namespace is never the one that we know by its name */
	while (rule->name &&
	       (!sv_streq(ns_of(node), rule->ns) || !sv_streq(text_of(node->name), rule->name)))
		rule++;
	if (!rule->name || (!rule->read && !rule->reason))
		return refuse(x, node, rule->name || node->ns);
	if (!rule->read)
		return sv_xml_ignore(x, node, rule->reason);
	if (!rule->many && seen_before(node)) {
		(void)sv_xml_fail(x, node, "a second <%s> in <%s>", rule->name,
				  sv_xml_name(node->parent, shown, sizeof(shown)));
		return sv_hint(x->err, "keep the one that is meant and remove the other");
	}
	return rule->may_lack && is_empty(node) ? 0 : rule->read(x, node, into);
}

/* An error in one child of <domain> or of <devices> does not affect the others. A caller that wants
 * to know all errors has them read too. */
static bool keep_fault(struct sv_xml *x, const xmlNode *parent)
{
	const xmlNode *root = xmlDocGetRootElement(parent->doc);

	if (!x->faults || x->err->code != SV_E_USAGE || x->faults->n == SV_DOMAIN_FAULTS_MAX ||
	    (parent != root &&
	     (parent->parent != root || !sv_streq(text_of(parent->name), "devices"))))
		return false;
	x->faults->items[x->faults->n++] = *x->err;
	sv_error_clear(x->err);
	return true;
}

int sv_xml_children(struct sv_xml *x, const xmlNode *parent, const struct sv_xml_rule *rules,
		    void *into)
{
	const xmlNode *child;
	char shown[64], element[64];
	int r;

	for (child = parent->children; child; child = child->next) {
		if (child->type == XML_ELEMENT_NODE) {
			r = read_child(x, child, rules, into);
			if (r < 0 && !keep_fault(x, parent))
				return r;
		} else if (child->type != XML_TEXT_NODE || !xmlIsBlankNode(child)) {
			(void)sv_xml_fail(x, parent,
					  "text '%s' in <%s>, where only elements belong",
					  sv_escape(child->content ? text_of(child->content) : "",
						    shown, sizeof(shown)),
					  sv_xml_name(parent, element, sizeof(element)));
			return sv_hint(x->err, "remove it, or put it into a comment");
		}
	}
	return 0;
}
