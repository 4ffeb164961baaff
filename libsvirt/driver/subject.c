/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What every model's labels have in common: their release, and the names of states. */
#include "driver/driver.h"

#include "base/string.h"

void sv_subject_done(struct sv_subject *subject)
{
	free(subject->label);
	for (size_t i = 0; i < SV_N_ELEMENTS(subject->image); i++)
		free(subject->image[i]);
	*subject = (struct sv_subject){0};
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
