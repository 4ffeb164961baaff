/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether a guest may have a label that is a name: see naming.h. */
#include "guest/prepare/naming.h"

#include "base/string.h"
#include "guest/level/names.h"

/* A static label is an administrator's. */
static int check_static(const struct sv_assign_case *c, const char *label, struct sv_error *err)
{
	switch (c->choice->main->kind(label)) {
	case SV_NAME_OTHER:
		return 0;
	case SV_NAME_GUEST:
		(void)sv_fail(err, SV_E_USAGE, 0,
			      "the static label '%s' is a name that svirt makes of a guest's UUID",
			      label);
		return sv_hint(err, "take the <seclabel> out: the guest gets the name of its own "
				    "UUID");
	case SV_NAME_COMMON:
		break;
	}
	(void)sv_fail(err, SV_E_USAGE, 0,
		      "the static label '%s' is the host's, or that of what several guests use",
		      label);
	return sv_hint(err, "give it a label that nothing else has, or take the <seclabel> out");
}

static bool is_static(const struct sv_assign_case *c)
{
	return c->choice->request.type == SV_SECLABEL_STATIC;
}

static bool is_shared(const struct sv_assign_case *c)
{
	return is_static(c) && c->request->flags & SV_PREPARE_SHARED_LEVEL;
}

static struct sv_name_case name_case(const struct sv_assign_case *c)
{
	return (struct sv_name_case){c->sv, c->store, c->choice->main, c->dom->name};
}

/* Adds the place of the <seclabel>, when there is one. */
static int place(const struct sv_assign_case *c, struct sv_error *err)
{
	const struct sv_seclabel *seclabel = c->choice->seclabel;

	return seclabel ? sv_error_place(err, c->dom->file, seclabel->line) : -(int)err->code;
}

int sv_naming_check(const struct sv_assign_case *c, const char *label, struct sv_error *err)
{
	const struct sv_name_case asked = name_case(c);
	char holder[SV_NAME_HOLDER] = "";
	int r;

	if (is_static(c) && check_static(c, label, err) < 0)
		return place(c, err);
	r = is_shared(c) ? SV_NONE : sv_name_holder(&asked, label, holder, err);
	if (r != 0)
		return r < 0 ? r : 0;
	(void)sv_fail(err, SV_E_BUSY, 0, "the label '%s' is that of %s", label, holder);
	(void)sv_hint(err, is_static(c) ? "two with one label are not kept apart: give the guest "
					  "another one; --shared-level, when it is meant so"
					: "two guests with one UUID are not kept apart: give this "
					  "one another <uuid>");
	return place(c, err);
}

int sv_naming_again(const struct sv_assign_case *c, const char *label, struct sv_error *err)
{
	const struct sv_name_case asked = name_case(c);
	char holder[SV_NAME_HOLDER];
	int r = is_shared(c) ? SV_NONE : sv_name_leased(&asked, label, holder, err);

	if (r < 0)
		return r;
	return r == 0 ? SV_NONE : 0;
}
