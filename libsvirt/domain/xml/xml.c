/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The way from a descriptor to a struct sv_domain: read, load, walk, and the checks that need
 * the whole document. Knows no element: those are in domain.c and the files that it calls.
 */
#include "domain/xml/xml.h"

#include "domain/xml/parts.h"

#include <errno.h>

static void free_doc(xmlDoc **doc)
{
	if (*doc)
		xmlFreeDoc(*doc);
}

static int check_whole(struct sv_xml *x)
{
	static int (*const checks[])(struct sv_xml *) = {
		sv_xml_check_seclabels, sv_xml_check_disks,  sv_xml_check_chars,
		sv_xml_check_hostdevs,	sv_xml_check_boot,   sv_xml_check_firmware,
		sv_xml_check_sysinfo,	sv_xml_check_memory, sv_xml_check_filesystems,
		sv_xml_check_spice,	sv_xml_check_tpm,    sv_xml_check_limits,
		sv_xml_check_iotune,
	};
	size_t i;
	int r = 0;

	for (i = 0; r >= 0 && i < SV_N_ELEMENTS(checks); i++)
		r = checks[i](x);
	return r;
}

static int parse(const struct sv_buf *text, const char *file, struct sv_domain_faults *faults,
		 struct sv_domain **ret, struct sv_error *err)
{
	sv_cleanup(free_doc) xmlDoc *doc = NULL;
	sv_auto_domain struct sv_domain *dom = calloc(1, sizeof(*dom));
	struct sv_xml x = {.dom = dom, .err = err, .faults = faults};
	int r;

	if (!dom)
		return sv_fail_oom(err);
	r = sv_strdup(file, &dom->file, err);
	if (r >= 0)
		r = sv_xml_load(text->s ? text->s : "", text->len, file, &doc, err);
	if (r >= 0)
		r = sv_xml_domain(&x, xmlDocGetRootElement(doc));
	if (faults && faults->n && (r >= 0 || err->code == SV_E_USAGE)) {
		*err = faults->items[0];
		return -(int)err->code;
	}
	if (r >= 0)
		r = check_whole(&x);
	if (r < 0)
		return r;
	*ret = sv_take_ptr(dom);
	return 0;
}

int sv_domain_parse(const char *bytes, size_t len, const char *file, struct sv_domain **ret,
		    struct sv_error *err)
{
	/* borrowed */
	const struct sv_buf text = {.s = (char *)(uintptr_t)bytes, .len = len};

	return parse(&text, file, NULL, ret, err);
}

int sv_domain_read(int fd, const char *file, struct sv_domain_faults *faults,
		   struct sv_domain **ret, struct sv_error *err)
{
	sv_auto_buf struct sv_buf text = {0};
	char chunk[16384];

	/* one byte more than allowed shows that it is too much */
	while (text.len <= SV_XML_MAX_BYTES && !text.failed) {
		size_t left = SV_XML_MAX_BYTES + 1 - text.len;
		ssize_t got = read(fd, chunk, left < sizeof(chunk) ? left : sizeof(chunk));

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 && errno == EISDIR) {
			(void)sv_fail_at(err, file, 0, "a directory, not a description of a guest");
			return sv_hint(err, "give the XML description of a guest");
		}
		if (got < 0)
			return sv_fail_errno(err, errno, "cannot read '%s'", file);
		if (got == 0)
			break;
		sv_buf_add(&text, chunk, (size_t)got);
	}
	if (text.failed)
		return sv_fail_oom(err);
	return parse(&text, file, faults, ret, err);
}
