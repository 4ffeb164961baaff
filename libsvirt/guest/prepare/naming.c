/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether a guest may have a label that is a name: see naming.h. */
#include "guest/prepare/naming.h"

#include "base/string.h"
#include "guest/level/names.h"
#include "guest/level/users.h"

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

/* A guest may do everything to all files with its label. Which files have it, no index tells. */
static int fail_of_files(const struct sv_assign_case *c, const char *label, struct sv_error *err)
{
	(void)sv_fail(err, SV_E_BUSY, 0,
		      "files of the host may have the static label '%s', and a document does not "
		      "decide which files the guest gets",
		      label);
	(void)sv_hint(err,
		      "--shared-level, when all files with that label are meant for the guest; "
		      "or take the <seclabel> out");
	return place(c, err);
}

int sv_naming_check(const struct sv_assign_case *c, const char *label, struct sv_error *err)
{
	const struct sv_name_case asked = name_case(c);
	char holder[SV_NAME_HOLDER] = "";
	int r;

	if (is_static(c) && check_static(c, label, err) < 0)
		return place(c, err);
	r = is_shared(c) ? SV_NONE : sv_name_holder(&asked, label, holder, err);
	if (r == SV_NONE && is_static(c) && !is_shared(c) && c->choice->main->label)
		return fail_of_files(c, label, err);
	if (r != 0)
		return r < 0 ? r : 0;
	(void)sv_fail(err, SV_E_BUSY, 0, "the label '%s' is that of %s", label, holder);
	(void)sv_hint(err, is_static(c) ? "two with one label are not kept apart: give the guest "
					  "another one; --shared-level, when it is meant so"
					: "two guests with one UUID are not kept apart: give this "
					  "one another <uuid>");
	return place(c, err);
}

int sv_naming_check_user(const struct sv_assign_case *c, const char *label, uint32_t *ret,
			 struct sv_error *err)
{
	const struct sv_user_case asked = {.sv = c->sv, .store = c->store, .guest = c->dom->name};
	const struct sv_seclabel *own = sv_domain_seclabel(c->dom, sv_driver_dac.name, false);
	char holder[SV_USER_HOLDER] = "";
	uint32_t user = 0;
	int r;

	*ret = 0;
	/* a guest of a user has that user */
	if (c->sv->user || c->request->flags & SV_PREPARE_SHARED_LEVEL ||
	    sv_user_in(label, &user) != 0 || !sv_user_is_own(c->sv, c->choice->main, user))
		return 0;
	r = sv_user_holder(&asked, user, holder, err);
	if (r == SV_NONE)
		*ret = user;
	if (r != 0)
		return r < 0 ? r : 0;
	(void)sv_fail(err, SV_E_BUSY, 0, "the user %u is that of %s", user, holder);
	(void)sv_hint(err,
		      "%s does not keep apart what has one user: take the <seclabel> of model "
		      "'dac' out, and the guest gets a user of its own; --shared-level, when it "
		      "is meant so",
		      c->choice->main ? c->choice->main->name : "no model");
	return own ? sv_error_place(err, c->dom->file, own->line) : -(int)err->code;
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
