/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The domain against headers: see given.h. Reads no file. */
#include "domain/image/given.h"

#include "base/string.h"

#define ROOM 256

static const struct words {
	const char *element, *none, *file, *remedy;
} words[] = {
	[SV_IMAGE_WHOLE] = {"<backingStore>", "no backing file", "the backing file ",
			    "qemu-img rebase -u -F FORMAT -b FILE"},
	[SV_IMAGE_DATA] = {"<dataStore>", "no data file", "the data file ",
			   "qemu-img amend -o data_file=FILE"},
};

static int about(const char *image, struct sv_error *err)
{
	char shown[192];

	return sv_wrap(err, "image '%s'", sv_escape(image, shown, sizeof(shown)));
}

static int fail_differs(const char *image, const struct words *w, const char *header,
			const char *domain, struct sv_error *err)
{
	char shown[192];

	(void)sv_fail(err, SV_E_BUSY, 0, "its header names %s, and %s %s", header, w->element,
		      domain);
	(void)about(image, err);
	return sv_hint(err,
		       "a guest that writes an image writes its header: see who did, then correct "
		       "%s, or the header: %s '%s'",
		       w->element, w->remedy, sv_escape(image, shown, sizeof(shown)));
}

/* text in quotes behind word; none when there is no text. */
static const char *quoted(const char *word, const char *text, const char *none, char out[ROOM])
{
	char shown[192];

	if (text)
		(void)snprintf(out, ROOM, "%s'%s'", word, sv_escape(text, shown, sizeof(shown)));
	else
		(void)snprintf(out, ROOM, "%s", none);
	return out;
}

static int check_name(const char *image, const struct words *w, const struct sv_image_ref *ref,
		      const char *path, struct sv_error *err)
{
	sv_auto_free char *named = NULL;
	char header[ROOM], domain[ROOM];
	int r = ref && ref->path ? sv_image_resolve(image, ref->path, &named, err) : 0;

	if (r < 0)
		return about(image, err);
	if (path ? sv_streq(named, path) : !ref)
		return 0;
	if (ref && !named)
		quoted(w->file, ref->text ? ref->text : ref->scheme, w->none, header);
	else
		quoted(w->file, named, w->none, header);
	return fail_differs(image, w, header, quoted("", path, "none", domain), err);
}

int sv_image_check_backing(const char *image, const struct sv_image_header *header,
			   const struct sv_image_given *given, struct sv_error *err)
{
	const struct words *w = &words[SV_IMAGE_WHOLE];
	const char *named = header->backing_format, *format = given ? given->format : NULL;
	char in_header[ROOM], in_domain[ROOM];
	int r = check_name(image, w, header->backing, given ? given->path : NULL, err);

	if (r < 0 || !format || !named || sv_streq(format, named))
		return r;
	return fail_differs(image, w, quoted("the backing format ", named, "", in_header),
			    quoted("", format, "", in_domain), err);
}

int sv_image_check_data(const char *image, const struct sv_image_header *header,
			const struct sv_image_ref *ref, const char *path, struct sv_error *err)
{
	if (header->has_data_file && !ref)
		return 0;
	return check_name(image, &words[SV_IMAGE_DATA], header->has_data_file ? ref : NULL, path,
			  err);
}
