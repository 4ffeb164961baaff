/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How the files of the XML reader walk a document: by tables that name every element and every
 * attribute they know. What no table names is an error, so nothing is ever skipped in silence.
 * For domain/xml*.c only; knows no element by name.
 */
#pragma once

#include "base/string.h"
#include "domain/model.h"

#include <libxml/tree.h>

/* The state of the readers. */
struct sv_xml {
	struct sv_domain *dom; /* being filled; complete only when every reader has succeeded */
	struct sv_error *err;
	const xmlNode *smbios;		 /* <sysinfo type='smbios'> */
	struct sv_domain_faults *faults; /* gets the errors of refused elements, or NULL */
	bool os_boot, os_boot_hd; /* <os><boot dev=> was there; one of them named the hard disk */
};

/* A document of the first bytes of a hostile file, see load.c. The caller frees *ret. */
int sv_xml_load(const char *bytes, size_t len, const char *file, xmlDoc **ret,
		struct sv_error *err) sv_must_check;

/* One element that may stand in its parent. Three kinds: with read, it is read; with reason, it
 * is harmless and listed in dom->ignored; with neither, it is refused. */
struct sv_xml_rule {
	const char *name;
	const char *ns; /* the namespace it is of, NULL: none */
	int (*read)(struct sv_xml *x, const xmlNode *node, void *into);
	const char *reason;
	bool many;     /* may stand there more than once */
	bool may_lack; /* without attributes and content it is as if it were not there */
};

#define SV_XML_READ(n, fn)                \
	{                                 \
		.name = (n), .read = (fn) \
	}
#define SV_XML_READ_MANY(n, fn)                         \
	{                                               \
		.name = (n), .read = (fn), .many = true \
	}
/* Programs write some elements whether or not there is a value: <kernel/> names no kernel. */
#define SV_XML_READ_FILLED(n, fn)                           \
	{                                                   \
		.name = (n), .read = (fn), .may_lack = true \
	}
#define SV_XML_IGNORE(n, why)                              \
	{                                                  \
		.name = (n), .reason = (why), .many = true \
	}
#define SV_XML_REFUSE(n)    \
	{                   \
		.name = (n) \
	}
#define SV_XML_END           \
	{                    \
		.name = NULL \
	}

/* One attribute that an element may have; with reason, it is ignored and listed. */
struct sv_xml_attr {
	const char *name;
	const char *reason;
};

#define SV_XML_QEMU_NS "http://libvirt.org/schemas/domain/qemu/1.0"

#define SV_XML_HARMLESS "no effect on confinement"
/* A limit is refused: without it the guest could take what the document does not give it. */
#define SV_XML_LIMIT "a limit that svirt does not set"
/* What somebody may rely on is not passed over in silence: struct sv_ignored. */
#define SV_XML_TOGETHER	    "svirt pins all threads of a guest together"
#define SV_XML_NO_SCHEDULER "svirt gives a guest no real-time priority"
#define SV_XML_NO_PLACEMENT "the kernel chooses on which node memory lies"
#define SV_XML_NO_SOUND	    "svirt gives a guest no sound"
#define SV_XML_NO_TABLES    "svirt does not show a guest the tables of the host"
#define SV_XML_NO_PORT	    "there is no port, so no client can connect"
#define SV_XML_NO_BALLOON   "without a <memballoon> the guest has all of its memory"
#define SV_XML_NO_NETWORK   "svirt does not know the address of a network: 127.0.0.1 is taken"

extern const struct sv_xml_attr sv_xml_no_attrs[];
extern const struct sv_xml_rule sv_xml_no_children[];

/* Reads the children of parent by rules (which end with SV_XML_END) into a struct of the
 * caller's. Text between elements, unknown and refused elements and repetitions are errors. */
int sv_xml_children(struct sv_xml *x, const xmlNode *parent, const struct sv_xml_rule *rules,
		    void *into) sv_must_check;

/* Checks that node has no attributes but the known ones (a list that ends with NULL). */
int sv_xml_attrs(struct sv_xml *x, const xmlNode *node,
		 const struct sv_xml_attr *known) sv_must_check;

/* Checks that node has no other attributes, and neither children nor text. */
int sv_xml_leaf(struct sv_xml *x, const xmlNode *node,
		const struct sv_xml_attr *known) sv_must_check;

/* The value of an attribute without namespace, borrowed; NULL when there is none or when it is not
 * plain text (which sv_xml_attrs() refuses). */
const char *sv_xml_attr(const xmlNode *node, const char *name);

/* The text of an element without children. The caller owns *ret. _trimmed: without the blanks
 * and line ends around it. */
int sv_xml_text(struct sv_xml *x, const xmlNode *node, char **ret) sv_must_check;
int sv_xml_text_trimmed(struct sv_xml *x, const xmlNode *node, char **ret) sv_must_check;

/* Lists node in dom->ignored. An attribute below it that names a path or a descriptor of the
 * host is an error, whatever the table said. */
int sv_xml_ignore(struct sv_xml *x, const xmlNode *node, const char *reason) sv_must_check;

/* Lists node, or an attribute of it, without looking at what it says: nothing of it is used. */
int sv_xml_note(struct sv_xml *x, const xmlNode *node, const char *attr,
		const char *reason) sv_must_check;

bool sv_xml_has_child(const xmlNode *node, const char *name);
unsigned sv_xml_line(const xmlNode *node);
/* "qemu:commandline", escaped. Returns out. */
const char *sv_xml_name(const xmlNode *node, char *out, size_t room);

/* An error at node. */
int sv_xml_fail(struct sv_xml *x, const xmlNode *node, const char *fmt, ...) sv_printf(3, 4);
/* Puts the place of node into an error of a function that knew no place. Returns -code. */
int sv_xml_at(struct sv_xml *x, const xmlNode *node);

/* Makes room for one more: see sv_xml_add(). Returns the new item, zeroed, NULL without memory. */
void *sv_xml_grow(struct sv_xml *x, void **items, size_t *n, size_t size);

/* The address of a new zeroed item at the end of an array, NULL when out of memory (err is
 * filled). Invalidates pointers into the array. */
#define sv_xml_add(x, items, n)                                               \
	({                                                                    \
		void *all_ = (items);                                         \
		void *new_ = sv_xml_grow((x), &all_, &(n), sizeof(*(items))); \
		(items) = all_;                                               \
		new_;                                                         \
	})
