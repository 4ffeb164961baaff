/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether labels may be set: see relabel.h. */
#include "guest/prepare/relabel.h"

#include "base/string.h"

#include <sys/stat.h>

struct asked {
	const struct sv_step *step;
	const char *self;
};

static int ask_as(const struct sv_step *step, const struct sv_relabel *how, struct sv_error *err)
{
	return step->driver->ask->may_set ? step->driver->ask->may_set(how, err) : 0;
}

/* Asks about one label of a tree. Which object has the label is looked up only when the change
 * would be refused. */
static int ask(void *data, const char *label, struct sv_error *err)
{
	const struct asked *asked = data;
	const struct sv_step *step = asked->step;
	struct sv_relabel how = {
		.self = asked->self,
		.path = step->path,
		.from = label,
		.to = step->to,
		.mode = step->tree ? S_IFREG : step->node->mode,
	};
	sv_auto_free char *path = NULL;
	struct sv_error first = {0};
	struct stat st;
	int r;

	if (sv_streq(label, step->to))
		return 0;
	r = ask_as(step, &how, step->tree ? &first : err);
	if (r == 0 || !step->tree)
		return r;
	r = sv_step_labelled(step, label, &path, err);
	if (r < 0 || lstat(path, &st) < 0)
		return r; /* it is gone */
	how.path = path;
	how.mode = st.st_mode;
	return ask_as(step, &how, err);
}

int sv_relabel_check(const struct sv_step *step, const char *self, struct sv_error *err)
{
	struct asked asked = {step, self};

	return step->action == SV_STEP_SET ? sv_step_each_label(step, ask, &asked, err) : 0;
}

int sv_relabel_check_all(const struct sv_domain *dom, const struct sv_prepared *prep,
			 struct sv_error *err)
{
	enum sv_mac_state state = prep->identity.choice.mac.state;
	int r = 0;

	if (state != SV_MAC_ENFORCING && state != SV_MAC_DOMAIN_PERMISSIVE)
		return 0;
	for (size_t i = 0; r == 0 && i < prep->plan.n; i++) {
		const struct sv_step *step = &prep->plan.items[i];

		r = sv_relabel_check(step, NULL, err);
		if (r < 0)
			(void)sv_error_place(err, dom->file, step->line);
	}
	return r;
}
