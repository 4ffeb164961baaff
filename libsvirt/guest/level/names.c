/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who has a label that is a name: see names.h. Must not know what is labelled with it. */
#include "guest/level/names.h"

#include "base/proc.h"
#include "base/string.h"
#include "guest/state/runtime.h"

struct search {
	const struct sv_name_case *c;
	const char *label;
	struct sv_runtime own; /* the processes of the guest that asks */
	char *holder;	       /* room for SV_NAME_HOLDER */
};

static int visit_process(void *data, pid_t pid, struct sv_error *err)
{
	const struct search *s = data;
	sv_auto_free char *label = NULL;
	struct sv_error ignored = {0};
	int r = s->c->driver->of_pid(pid, &label, err);

	if (r != 0 || !sv_streq(label, s->label) || sv_runtime_has(&s->own, pid, &ignored) == 0)
		return r < 0 ? r : 0;
	(void)snprintf(s->holder, SV_NAME_HOLDER, "process %d", (int)pid);
	return SV_SKIP;
}

int sv_name_leased(const struct sv_name_case *c, const char *label, char holder[SV_NAME_HOLDER],
		   struct sv_error *err)
{
	sv_auto_free char *guest = NULL;
	char shown[80];
	int r = SV_NONE;

	if (c->store)
		r = sv_lease_wearing(c->store, c->driver->name, (const char *const[]){label, label},
				     c->guest, &guest, err);
	if (r == 0)
		(void)snprintf(holder, SV_NAME_HOLDER, "guest '%s'",
			       sv_escape(guest, shown, sizeof(shown)));
	return r;
}

int sv_name_holder(const struct sv_name_case *c, const char *label, char holder[SV_NAME_HOLDER],
		   struct sv_error *err)
{
	struct search s = {.c = c, .label = label, .holder = holder};
	struct sv_error unread = {0};
	int r = sv_name_leased(c, label, holder, err);

	if (r != SV_NONE)
		return r;
	/* when the record cannot be read, processes with the label count as strangers */
	if (c->sv && c->guest)
		(void)!sv_runtime_read(c->sv, c->guest, &s.own, &unread);
	r = sv_proc_each(visit_process, &s, err);
	if (r < 0)
		return r;
	return r == SV_SKIP ? 0 : SV_NONE;
}
