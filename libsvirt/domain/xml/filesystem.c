/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * <filesystem>: a directory of the host that QEMU itself exports to the guest (9p), or the socket
 * of a virtiofsd that somebody else has started. Where QEMU would have to start a helper, it is
 * refused: svirt labels what it starts, and it starts no virtiofsd.
 */
#include "domain/xml/parts.h"

#include <ctype.h>

/* A mount tag without its terminator: MAX_TAG_LEN of 9p, and 36 bytes of virtio-fs. */
enum { TAG_MAX_9P = 31, TAG_MAX_VIRTIOFS = 35 };

static const char *const drivers[] = {"path", "virtiofs", NULL};
static const enum sv_fs_driver driver_values[] = {SV_FS_PATH, SV_FS_VIRTIOFS};
_Static_assert(SV_N_ELEMENTS(drivers) == SV_N_ELEMENTS(driver_values) + 1, "one value for each");

static const char *const modes[] = {"passthrough", "mapped", "squash", NULL};
static const enum sv_fs_mode mode_values[] = {SV_FS_PASSTHROUGH, SV_FS_MAPPED, SV_FS_SQUASH};
_Static_assert(SV_N_ELEMENTS(modes) == SV_N_ELEMENTS(mode_values) + 1, "one value for each");

static int read_driver(struct sv_xml *x, const xmlNode *node, void *into)
{
	static const struct sv_xml_attr known[] = {
		{"type", NULL}, {"queue", SV_XML_HARMLESS}, {NULL, NULL}};
	struct sv_filesystem *fs = into;
	unsigned at;
	int r = sv_xml_leaf(x, node, known);

	if (r >= 0)
		r = sv_xml_need_choice(x, node, "type", drivers, &at);
	if (r >= 0)
		fs->driver = driver_values[at];
	return r;
}

/* Whether dir or socket is needed is checked when the whole element was read. */
static int read_source(struct sv_xml *x, const xmlNode *node, void *into)
{
	static const struct sv_xml_attr known[] = {{"dir", NULL}, {"socket", NULL}, {NULL, NULL}};
	struct sv_filesystem *fs = into;
	const char *socket = sv_xml_attr(node, "socket");
	int r = sv_xml_leaf(x, node, known);

	if (r < 0)
		return r;
	if (socket && sv_xml_attr(node, "dir"))
		return sv_xml_fail(x, node, "<source> has both dir and socket");
	if (socket)
		return sv_xml_socket_path(x, node, "socket of <source>", socket, &fs->socket);
	return sv_xml_need_path(x, node, "dir", "dir of <source>", &fs->dir);
}

static int read_target(struct sv_xml *x, const xmlNode *node, void *into)
{
	static const struct sv_xml_attr known[] = {{"dir", NULL}, {NULL, NULL}};
	struct sv_filesystem *fs = into;
	const char *tag = sv_xml_attr(node, "dir"), *c;
	int r = sv_xml_leaf(x, node, known);

	if (r < 0)
		return r;
	if (!tag)
		return sv_xml_missing(x, node, "dir");
	if (!*tag)
		return sv_xml_fail(x, node, "the tag of the filesystem is empty");
	for (c = tag; *c; c++) {
		if (iscntrl((unsigned char)*c))
			return sv_xml_fail(x, node,
					   "the tag of the filesystem has a control character");
	}
	return sv_strdup(tag, &fs->tag, x->err);
}

static int read_readonly(struct sv_xml *x, const xmlNode *node, void *into)
{
	struct sv_filesystem *fs = into;

	fs->readonly = true;
	return sv_xml_leaf(x, node, sv_xml_no_attrs);
}

static int check_tag(struct sv_xml *x, const xmlNode *node, const struct sv_filesystem *fs)
{
	size_t max = fs->driver == SV_FS_PATH ? TAG_MAX_9P : TAG_MAX_VIRTIOFS;

	if (!fs->tag)
		return sv_xml_fail(x, node, "<filesystem> has no <target>");
	if (strlen(fs->tag) <= max)
		return 0;
	sv_xml_fail(x, node, "the tag of the filesystem has %zu bytes: there is room for %zu",
		    strlen(fs->tag), max);
	return sv_hint(x->err, "the guest mounts it by this name: take a shorter one");
}

static int check_9p(struct sv_xml *x, const xmlNode *node, const struct sv_filesystem *fs)
{
	if (fs->dir)
		return 0;
	return sv_xml_fail(x, node, "a filesystem with driver 'path' needs <source dir='...'/>");
}

static int check_virtiofs(struct sv_xml *x, const xmlNode *node, const struct sv_filesystem *fs)
{
	if (!fs->socket) {
		sv_xml_fail(x, node, "svirt starts no virtiofsd: virtiofs needs the socket of one");
		return sv_hint(x->err, "start virtiofsd --socket-path=SOCKET, labelled for this "
				       "guest alone, and write <source socket='SOCKET'/>; or use "
				       "<driver type='path'/>");
	}
	if (fs->mode != SV_FS_PASSTHROUGH) {
		sv_xml_fail(x, node, "accessmode '%s' has no meaning for virtiofs",
			    modes[fs->mode]);
		return sv_hint(x->err, "how owners are mapped is an option of virtiofsd itself");
	}
	if (fs->readonly) {
		sv_xml_fail(x, node, "<readonly/> has no effect on a virtiofsd that runs already");
		return sv_hint(x->err, "remove it, and start virtiofsd with --readonly");
	}
	return 0;
}

static int read_attrs(struct sv_xml *x, const xmlNode *node, struct sv_filesystem *fs)
{
	static const struct sv_xml_attr known[] = {
		{"type", NULL}, {"accessmode", NULL}, {NULL, NULL}};
	static const char *const types[] = {"mount", NULL};
	unsigned type, mode = 0;
	int r = sv_xml_attrs(x, node, known);

	/* without a type it is the only one there is */
	if (r >= 0)
		r = sv_xml_attr_choice(x, node, "type", types, &type);
	if (r >= 0)
		r = sv_xml_attr_choice(x, node, "accessmode", modes, &mode);
	fs->mode = mode_values[mode];
	return r;
}

int sv_xml_filesystem(struct sv_xml *x, const xmlNode *node, void *unused)
{
	static const struct sv_xml_rule rules[] = {
		SV_XML_READ("driver", read_driver),
		SV_XML_READ("source", read_source),
		SV_XML_READ("target", read_target),
		SV_XML_READ("readonly", read_readonly),
		SV_XML_IGNORE("address", SV_XML_HARMLESS),
		SV_XML_IGNORE("alias", SV_XML_HARMLESS),
		SV_XML_REFUSE("binary"),
		SV_XML_REFUSE("idmap"),
		SV_XML_REFUSE("space_hard_limit"),
		SV_XML_REFUSE("space_soft_limit"),
		SV_XML_END,
	};
	struct sv_filesystem *fs = sv_xml_add(x, x->dom->filesystems, x->dom->n_filesystems);
	int r;

	(void)unused;
	if (!fs)
		return -(int)x->err->code;
	fs->line = sv_xml_line(node);
	r = read_attrs(x, node, fs);
	if (r >= 0)
		r = sv_xml_children(x, node, rules, fs);
	if (r >= 0)
		r = check_tag(x, node, fs);
	if (r < 0)
		return r;
	return fs->driver == SV_FS_PATH ? check_9p(x, node, fs) : check_virtiofs(x, node, fs);
}

int sv_xml_check_filesystems(struct sv_xml *x)
{
	const struct sv_domain *dom = x->dom;
	char shown[64];
	size_t i, k;

	for (i = 0; i < dom->n_filesystems; i++) {
		for (k = 0; k < i; k++) {
			if (sv_streq(dom->filesystems[i].tag, dom->filesystems[k].tag))
				return sv_fail_at(
					x->err, dom->file, dom->filesystems[i].line,
					"the tag '%s' is given to two filesystems",
					sv_escape(dom->filesystems[i].tag, shown, sizeof(shown)));
		}
	}
	return 0;
}
