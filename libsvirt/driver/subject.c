/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What all models share: release of subjects, bounds of levels, names of states, the kernel's list.
 */
#include "driver/driver.h"

#include "base/parse.h"
#include "base/string.h"

void sv_subject_done(struct sv_subject *subject)
{
	free(subject->label);
	for (size_t i = 0; i < SV_N_ELEMENTS(subject->image); i++)
		free(subject->image[i]);
	*subject = (struct sv_subject){0};
}

void sv_stack_done(struct sv_stack *stack)
{
	for (size_t i = 0; i < stack->n; i++) {
		sv_subject_done(&stack->v[i].subject);
		if (stack->v[i].ruleset)
			sv_close_fd(&stack->v[i].ruleset);
		stack->v[i].ruleset = 0;
	}
	stack->n = 0;
}

bool sv_is_guest_label(const char *label)
{
	const size_t before = strlen(SV_GUEST_LABEL);
	char canonical[SV_UUID_LEN + 1];
	struct sv_error ignored = {0};

	return sv_starts_with(label, SV_GUEST_LABEL) && strlen(label) == before + SV_UUID_LEN &&
	       sv_parse_uuid(label + before, canonical, &ignored) == 0;
}

int sv_same_text(const char *a, const char *b, struct sv_error *err)
{
	(void)err;
	return sv_streq(a, b) ? 0 : SV_NONE;
}

bool sv_lsm_is_listed(const char *list, const char *name)
{
	size_t len = strlen(name);

	for (const char *p = list; (p = strstr(p, name)); p += len)
		if ((p == list || p[-1] == ',') && (!p[len] || p[len] == ',' || p[len] == '\n'))
			return true;
	return false;
}

int sv_range_demand(const struct sv_range *mine, const struct sv_range *wanted,
		    struct sv_error *err)
{
	sv_auto_free char *range = NULL, *level = NULL;
	int r;

	if (sv_level_dominates(&mine->high, &wanted->high) &&
	    sv_level_dominates(&wanted->low, &mine->low))
		return 0;
	r = sv_range_format(mine, &range, err);
	if (r == 0)
		r = sv_range_format(wanted, &level, err);
	if (r < 0)
		return r;
	(void)sv_fail(err, SV_E_PERMISSION, 0,
		      "the guest's level %s is outside this process' own range %s", level, range);
	return sv_hint(err, "start svirt from a context whose range has it: see 'semanage login "
			    "-l', or runcon -l");
}

const char *sv_mac_state_name(enum sv_mac_state state)
{
	switch (state) {
	case SV_MAC_DISABLED:
		return "disabled";
	case SV_MAC_NO_POLICY:
		return "no-policy";
	case SV_MAC_PERMISSIVE:
		return "permissive";
	case SV_MAC_ENFORCING:
		return "enforcing";
	case SV_MAC_DOMAIN_PERMISSIVE:
		return "domain-permissive";
	}
	return "unknown";
}

bool sv_restorecon_helps(const struct sv_driver *driver, const char *path, mode_t mode,
			 const char *now, bool (*would)(const void *data, const char *label),
			 const void *data)
{
	sv_auto_free char *label = NULL;
	struct sv_error ignored = {0};

	return now && driver->label && driver->label->fallback(path, mode, &label, &ignored) == 0 &&
	       driver->same(label, now, &ignored) == SV_NONE && would(data, label);
}
