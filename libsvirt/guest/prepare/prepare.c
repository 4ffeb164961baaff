/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From a domain to what a guest holds: see prepare.h. */
#include "guest/prepare/prepare.h"

#include "guest/files/collect.h"
#include "guest/prepare/choose.h"
#include "guest/prepare/reserve.h"
#include "guest/run/bounds.h"

static void warn_denied(const struct svirt *sv, const struct sv_prepared *prep)
{
	size_t i;

	for (i = 0; prep->request.on_unlabelled == SV_UNLABELLED_WARN && i < prep->plan.n; i++) {
		const struct sv_step *step = &prep->plan.items[i];
		char shown[256];

		if (step->denied)
			sv_warn(sv, "%s (%s) is left as it is: %s",
				sv_escape(step->path, shown, sizeof(shown)), step->driver->name,
				step->why);
	}
}

int sv_prepare(struct svirt *sv, struct sv_store *store, struct sv_domain *dom,
	       const struct sv_guest_request *request, struct sv_prepared *ret,
	       struct sv_error *err)
{
	sv_auto_prepared struct sv_prepared prep = {.request = *request, .lock = -1};
	struct sv_choice *choice = &prep.identity.choice;
	const struct sv_files_request files = {
		.sv = sv,
		.dom = dom,
		.store = store,
		.accept = request->accept,
	};
	int r = sv_handle_check_live(sv, err);

	if (r == 0)
		r = sv_choose(sv, dom, request->flags, choice, err);
	if (r == 0)
		r = sv_guest_request_check(request, dom, choice, err);
	if (r == 0)
		r = sv_files_of(&files, &prep.files, err);
	/* links to devices were followed */
	if (r == 0)
		r = sv_bounds_find(sv, dom, &prep.bounds, err);
	if (r < 0)
		return r;
	memcpy(prep.identity.uuid, dom->uuid, sizeof(prep.identity.uuid));
	r = sv_reserve(sv, store, dom, &prep, err);
	if (r < 0)
		return r;
	warn_denied(sv, &prep);
	*ret = prep;
	prep = (struct sv_prepared){.lock = -1};
	return 0;
}
