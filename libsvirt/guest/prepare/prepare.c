/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From a domain to what a guest holds: see prepare.h. */
#include "guest/prepare/prepare.h"

#include "guest/files/collect.h"
#include "guest/prepare/choose.h"
#include "guest/prepare/reserve.h"

/* --join needs a guest with a level. A static label may be at the level of the joined guest. */
static int check_join(const struct sv_domain *dom, const struct sv_prepared *prep,
		      struct sv_error *err)
{
	const struct sv_choice *c = &prep->choice;
	char shown[80];

	if (!prep->wish.join)
		return 0;
	if (sv_streq(prep->wish.join, dom->name)) {
		sv_fail(err, SV_E_USAGE, 0, "guest '%s' cannot join itself",
			sv_escape(dom->name, shown, sizeof(shown)));
		return sv_hint(err, "name another guest: 'svirt list' shows them");
	}
	if (c->main)
		return 0;
	sv_fail(err, SV_E_USAGE, 0, "--join is for a guest with a label: this guest has none");
	sv_hint(err, "leave --join out");
	return c->seclabel ? sv_error_place(err, dom->file, c->seclabel->line) : -SV_E_USAGE;
}

/* --level and --share-group need a dynamic label of a model with levels. */
static int check_wish(const struct sv_domain *dom, const struct sv_prepared *prep,
		      struct sv_error *err)
{
	const struct sv_choice *c = &prep->choice;
	const char *option = prep->wish.has_level ? "--level"
			     : prep->wish.group	  ? "--share-group"
						  : NULL;

	if (!option || (c->main && c->request.type == SV_SECLABEL_DYNAMIC))
		return 0;
	sv_fail(err, SV_E_USAGE, 0, "%s is for a dynamic label: this guest has %s", option,
		c->main ? "a static one" : "none");
	if (c->main && prep->wish.has_level)
		sv_hint(err, "leave --level out, or write that level into the label");
	else
		sv_hint(err, "leave %s out", option);
	return c->seclabel ? sv_error_place(err, dom->file, c->seclabel->line) : -SV_E_USAGE;
}

/* --accept-chain has to name disks of the domain: a wrong name would silently accept nothing. */
static int check_accept(const struct sv_domain *dom, const char *const *accept,
			struct sv_error *err)
{
	sv_auto_buf struct sv_buf disks = {0};
	char shown[80];
	size_t i;

	for (; accept && *accept; accept++) {
		for (i = 0; i < dom->n_disks; i++) {
			if (dom->disks[i].path && sv_streq(dom->disks[i].target, *accept))
				break;
		}
		if (i == dom->n_disks)
			break;
	}
	if (!accept || !*accept)
		return 0;
	for (i = 0; i < dom->n_disks; i++)
		sv_buf_printf(&disks, "%s%s", i ? ", " : "", dom->disks[i].target);
	(void)sv_fail(err, SV_E_USAGE, 0, "--accept-chain=%s: the domain has no image of that name",
		      sv_escape(*accept, shown, sizeof(shown)));
	return sv_hint(err, "its disks are: %s", disks.len ? disks.s : "none");
}

static void warn_denied(const struct svirt *sv, const struct sv_prepared *prep)
{
	size_t i;

	for (i = 0; prep->wish.on_unlabelled == SV_UNLABELLED_WARN && i < prep->plan.n; i++) {
		const struct sv_step *step = &prep->plan.items[i];
		char shown[256];

		if (step->denied)
			sv_warn(sv, "%s (%s) is left as it is: %s",
				sv_escape(step->path, shown, sizeof(shown)), step->driver->name,
				step->why);
	}
}

int sv_prepare(struct svirt *sv, struct sv_store *store, struct sv_domain *dom,
	       const struct sv_wish *wish, struct sv_prepared *ret, struct sv_error *err)
{
	sv_auto_prepared struct sv_prepared prep = {.wish = *wish, .lock = -1};
	const struct sv_files_request files = {
		.sv = sv,
		.dom = dom,
		.store = store,
		.accept = wish->accept,
	};
	int r = sv_handle_check_live(sv, err);

	if (r == 0)
		r = sv_choose(sv, dom, wish->flags, &prep.choice, err);
	if (r == 0)
		r = check_wish(dom, &prep, err);
	if (r == 0)
		r = check_join(dom, &prep, err);
	if (r == 0)
		r = check_accept(dom, wish->accept, err);
	if (r == 0)
		r = sv_files_of(&files, &prep.files, err);
	if (r < 0)
		return r;
	memcpy(prep.lease.uuid, dom->uuid, sizeof(prep.lease.uuid));
	r = sv_reserve(sv, store, dom, &prep, err);
	if (r < 0)
		return r;
	warn_denied(sv, &prep);
	*ret = prep;
	/* the levels of the request point into the struct that has just moved */
	ret->choice.request.level = ret->choice.request.level ? &ret->level : NULL;
	ret->choice.request.shared = ret->choice.request.shared ? &ret->shared : NULL;
	prep = (struct sv_prepared){.lock = -1};
	return 0;
}
