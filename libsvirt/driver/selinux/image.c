/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which type the images of a guest get. A policy names one for guests (virtual_image_context), and
 * may have domains that use another one: refpolicy's template makes NAME_image_t for the domain
 * NAME_t. Which of them a domain may write is the kernel's answer.
 */
#include "driver/selinux/selinux.h"

#include "base/string.h"
#include "label/context.h"

#include <selinux/selinux.h>
#include <sys/stat.h>

#define TYPE_END "_t"

/* May label read and write a file of this context that is at its own level? 0, or SV_NONE. */
static int may_write(const char *label, const char *context, struct sv_error *err)
{
	sv_auto_free char *image = NULL;
	struct sv_level level;
	int r = sv_selinux_level_of(label, &level, err);

	if (r == 0)
		r = sv_context_with_level(context, &level, &image, err);
	if (r < 0)
		return r;
	return sv_selinux_may_use(label, image ? image : context, S_IFREG, SV_ACCESS_RW, NULL, err);
}

/* line with the type of images that belongs to the type of label. SV_NONE: the policy has none. */
static int of_own_type(const char *label, const char *line, char **ret, struct sv_error *err)
{
	sv_auto_context struct sv_context guest = {0}, image = {0};
	sv_auto_free char *type = NULL, *text = NULL;
	size_t len;
	int r = sv_context_parse(label, &guest, err);

	if (r == 0)
		r = sv_context_parse(line, &image, err);
	if (r < 0)
		return r;
	len = strlen(guest.type);
	if (len < strlen(TYPE_END) || !sv_streq(guest.type + len - strlen(TYPE_END), TYPE_END))
		return SV_NONE;
	r = sv_asprintf(&type, err, "%.*s" SV_SELINUX_IMAGES, (int)(len - strlen(TYPE_END)),
			guest.type);
	if (r < 0)
		return r;
	free(image.type);
	image.type = sv_take_ptr(type);
	r = sv_context_format(&image, &text, err);
	return r < 0 ? r : sv_selinux_canonical(text, ret, err);
}

int sv_selinux_image_context(const char *label, char **ret, struct sv_error *err)
{
	sv_auto_free char *line = NULL, *own = NULL;
	int r = sv_selinux_needed_line(selinux_virtual_image_context_path(), 1, &line, err);

	if (r < 0)
		return r;
	r = may_write(label, line, err);
	if (r == SV_NONE)
		r = of_own_type(label, line, &own, err);
	if (r == 0 && own)
		r = may_write(label, own, err);
	if (r < 0)
		return r;
	/* the domain may write neither: what refuses the guest names the policy's own */
	*ret = r == 0 && own ? sv_take_ptr(own) : sv_take_ptr(line);
	return 0;
}
