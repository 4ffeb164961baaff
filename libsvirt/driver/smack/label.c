/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The labels of a guest. Each guest has one of its own, made of its UUID, so no rule is needed to
 * keep guests apart: Smack refuses what no rule allows. Must not know who else has a label.
 */
#include "driver/smack/smack.h"

#include "base/string.h"

int sv_smack_check(const char *label, struct sv_error *err)
{
	/* The kernel ends a label at the first of these. A comma would end an option of mount(2).
	 */
	static const char refused[] = "/\"\\',";
	size_t len = strlen(label);
	const char *why = NULL;
	char shown[128];

	if (len == 0)
		why = "it is empty";
	else if (len > SV_SMACK_MAX)
		why = "it is longer than 255 bytes";
	else if (label[0] == '-')
		why = "it begins with a dash";
	for (size_t i = 0; !why && i < len; i++) {
		unsigned char c = (unsigned char)label[i];

		if (c <= ' ' || c > '~' || strchr(refused, c))
			why = "it may have no blank, no slash, no backslash, no quote, no comma "
			      "and nothing beyond ASCII";
	}
	if (!why)
		return 0;
	return sv_fail(err, SV_E_USAGE, 0, "'%s' is no Smack label: %s",
		       sv_escape(label, shown, sizeof(shown)), why);
}

enum sv_name_kind sv_smack_kind(const char *label)
{
	/* floor, star, hat (reads all), and the label of the network */
	static const char *const common[] = {
		SV_SMACK_FLOOR, SV_SMACK_STAR, "^", "@", "?", SV_SMACK_CONTENT, SV_SMACK_SHARED,
	};

	for (size_t i = 0; i < SV_N_ELEMENTS(common); i++)
		if (sv_streq(label, common[i]))
			return SV_NAME_COMMON;
	return sv_is_guest_label(label) ? SV_NAME_GUEST : SV_NAME_OTHER;
}

static int dynamic_label(const struct sv_request *req, char **ret, struct sv_error *err)
{
	sv_auto_free char *label = NULL;
	char shown[128];

	if (req->baselabel) {
		(void)sv_fail(err, SV_E_USAGE, 0, "baselabel '%s': a Smack label has no parts",
			      sv_escape(req->baselabel, shown, sizeof(shown)));
		return sv_hint(err, "take the <baselabel> out; the label is made of the UUID");
	}
	if (req->uuid && sv_asprintf(&label, err, SV_GUEST_LABEL "%s", req->uuid) < 0)
		return -(int)err->code;
	if (!label || !sv_is_guest_label(label))
		return sv_fail(err, SV_E_USAGE, 0, "a Smack label takes the UUID of the guest");
	*ret = sv_take_ptr(label);
	return 0;
}

int sv_smack_subject(const struct sv_request *req, struct sv_subject *ret, struct sv_error *err)
{
	sv_auto_subject struct sv_subject subject = {.relabel = req->relabel};
	int r = -1;

	switch (req->type) {
	case SV_SECLABEL_DYNAMIC:
		r = dynamic_label(req, &subject.label, err);
		break;
	case SV_SECLABEL_STATIC:
		r = sv_smack_check(req->label, err);
		if (r == 0)
			r = sv_strdup(req->label, &subject.label, err);
		break;
	case SV_SECLABEL_NONE:
		r = sv_fail(err, SV_E_UNKNOWN, 0, "no label is needed for a guest without one");
		break;
	}
	if (r == 0 && req->relabel)
		r = sv_strdup_all(
			(const struct sv_text[]){
				{subject.label, &subject.image[SV_ACCESS_RW]},
				{SV_SMACK_CONTENT, &subject.image[SV_ACCESS_RO]},
				{SV_SMACK_SHARED, &subject.image[SV_ACCESS_SHARED]},
			},
			3, err);
	if (r < 0)
		return r;
	*ret = subject;
	subject = (struct sv_subject){0};
	return 0;
}
