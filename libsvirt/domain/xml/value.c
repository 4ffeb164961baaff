/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Values in a document: paths, words, sizes. Only their form is checked here, so that the same
 * file means the same on every host; what a path leads to is looked at when it is opened.
 */
#include "domain/xml/parts.h"

#include <inttypes.h>
#include <strings.h>
#include <sys/un.h>

/* 64 TiB: what the largest x86-64 hosts can address (46 bits). */
#define MAX_MEMORY_KIB (UINT64_C(1) << 36)

const char *const sv_xml_virtio_models[] = {
	[SV_VIRTIO_ANY] = "virtio",
	[SV_VIRTIO_TRANSITIONAL] = "virtio-transitional",
	[SV_VIRTIO_MODERN] = "virtio-non-transitional",
	NULL,
};

int sv_xml_path(struct sv_xml *x, const xmlNode *node, const char *what, const char *value,
		char **ret)
{
	const char *fault = sv_path_fault(value);
	char shown[128];

	if (!fault)
		return sv_strdup(value, ret, x->err);
	(void)sv_xml_fail(x, node, "%s: '%s' %s", what, sv_escape(value, shown, sizeof(shown)),
			  fault);
	return sv_hint(x->err, "write the full path from '/' on, without '.', '..' and '//'");
}

int sv_xml_socket_path(struct sv_xml *x, const xmlNode *node, const char *what, const char *value,
		       char **ret)
{
	static const size_t room = sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1;
	char shown[160];

	if (strlen(value) <= room)
		return sv_xml_path(x, node, what, value, ret);
	return sv_xml_fail(x, node, "%s: '%s' is longer than the %zu bytes of a socket's address",
			   what, sv_escape(value, shown, sizeof(shown)), room);
}

int sv_xml_word(struct sv_xml *x, const xmlNode *node, const char *what, const char *value,
		char **ret)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				      "0123456789._+-";
	size_t len = strlen(value);
	char shown[96];

	if (len >= 1 && len <= 64 && strspn(value, allowed) == len)
		return sv_strdup(value, ret, x->err);
	return sv_xml_fail(x, node, "%s: '%s' is not 1 to 64 letters, digits, '.', '_', '+', '-'",
			   what, sv_escape(value, shown, sizeof(shown)));
}

int sv_xml_choice(struct sv_xml *x, const xmlNode *node, const char *what, const char *value,
		  const char *const *choices, unsigned *ret)
{
	char shown[96], list[192] = "";
	size_t used = 0, i;

	if (sv_parse_choice(value, choices, ret) == 0)
		return 0;
	for (i = 0; choices[i] && used < sizeof(list); i++)
		used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s", i ? ", " : "",
					 choices[i]);
	(void)sv_xml_fail(x, node, "%s: '%s' is not supported", what,
			  sv_escape(value, shown, sizeof(shown)));
	return sv_hint(x->err, "accepted: %s", list);
}

int sv_xml_missing(struct sv_xml *x, const xmlNode *node, const char *attr)
{
	char shown[64];

	return sv_xml_fail(x, node, "attribute %s is missing in <%s>", attr,
			   sv_xml_name(node, shown, sizeof(shown)));
}

int sv_xml_attr_choice(struct sv_xml *x, const xmlNode *node, const char *attr,
		       const char *const *choices, unsigned *ret)
{
	const char *value = sv_xml_attr(node, attr);
	char what[96], shown[64];

	if (!value)
		return 0;
	(void)snprintf(what, sizeof(what), "%s of <%s>", attr,
		       sv_xml_name(node, shown, sizeof(shown)));
	return sv_xml_choice(x, node, what, value, choices, ret);
}

int sv_xml_need_choice(struct sv_xml *x, const xmlNode *node, const char *attr,
		       const char *const *choices, unsigned *ret)
{
	return sv_xml_attr(node, attr) ? sv_xml_attr_choice(x, node, attr, choices, ret)
				       : sv_xml_missing(x, node, attr);
}

int sv_xml_need_path(struct sv_xml *x, const xmlNode *node, const char *attr, const char *what,
		     char **ret)
{
	const char *value = sv_xml_attr(node, attr);

	return value ? sv_xml_path(x, node, what, value, ret) : sv_xml_missing(x, node, attr);
}

int sv_xml_need_socket_path(struct sv_xml *x, const xmlNode *node, const char *attr,
			    const char *what, char **ret)
{
	const char *value = sv_xml_attr(node, attr);

	return value ? sv_xml_socket_path(x, node, what, value, ret)
		     : sv_xml_missing(x, node, attr);
}

int sv_xml_plain_text(struct sv_xml *x, const xmlNode *node, char **ret)
{
	int r = sv_xml_attrs(x, node, sv_xml_no_attrs);

	return r < 0 ? r : sv_xml_text_trimmed(x, node, ret);
}

/* Bytes in one unit; 0: no such unit. Letter case does not matter, as in libvirt. */
static uint64_t unit_bytes(const char *unit)
{
	static const char prefixes[] = "kmgt";
	uint64_t binary = 1, decimal = 1;
	const char *p;

	if (strcasecmp(unit, "b") == 0 || strcasecmp(unit, "bytes") == 0)
		return 1;
	for (p = prefixes; *p; p++) {
		binary *= 1024;
		decimal *= 1000;
		if ((unit[0] | 0x20) != *p)
			continue;
		if (!unit[1] || strcasecmp(unit + 1, "ib") == 0)
			return binary;
		return strcasecmp(unit + 1, "b") == 0 ? decimal : 0;
	}
	return 0;
}

int sv_xml_memory_of(struct sv_xml *x, const xmlNode *node, const char *text, uint64_t *ret)
{
	const char *unit = sv_xml_attr(node, "unit");
	uint64_t each, value, bytes;
	char shown[64];

	each = unit ? unit_bytes(unit) : 1024;
	if (each == 0) {
		(void)sv_xml_fail(x, node, "%s: '%s' is not a unit of memory",
				  (const char *)node->name, sv_escape(unit, shown, sizeof(shown)));
		return sv_hint(x->err, "accepted: b, KB, KiB, MB, MiB, GB, GiB, TB, TiB");
	}
	if (sv_parse_u64(text, 1, UINT64_MAX, (const char *)node->name, &value, x->err) < 0)
		return sv_xml_at(x, node);
	if (__builtin_mul_overflow(value, each, &bytes) || bytes / 1024 > MAX_MEMORY_KIB)
		return sv_xml_fail(x, node, "%s: more than %" PRIu64 " GiB",
				   (const char *)node->name, MAX_MEMORY_KIB >> 20);
	*ret = bytes / 1024 + (bytes % 1024 != 0);
	return 0;
}

int sv_xml_memory(struct sv_xml *x, const xmlNode *node, uint64_t *ret)
{
	sv_auto_free char *text = NULL;
	int r = sv_xml_text_trimmed(x, node, &text);

	return r < 0 ? r : sv_xml_memory_of(x, node, text, ret);
}

int sv_xml_boot_order(struct sv_xml *x, const xmlNode *node, uint32_t *ret)
{
	static const struct sv_xml_attr known[] = {
		{"order", NULL}, {"loadparm", SV_XML_HARMLESS}, {NULL, NULL}};
	const char *order;
	int r = sv_xml_leaf(x, node, known);

	if (r < 0)
		return r;
	order = sv_xml_attr(node, "order");
	if (!order)
		return sv_xml_missing(x, node, "order");
	r = sv_parse_u32(order, 1, 1024, "boot order", ret, x->err);
	return r < 0 ? sv_xml_at(x, node) : 0;
}
