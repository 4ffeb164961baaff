/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The list of security models: a new driver is one file and one line here. */
#include "driver/driver.h"

#include "base/string.h"

/* dac comes after those whose enter() needs the rights that it gives up, and before the one that
 * needs its no_new_privs. */
const struct sv_driver *const sv_drivers[] = {
	&sv_driver_selinux, &sv_driver_smack,	 &sv_driver_apparmor,
	&sv_driver_dac,	    &sv_driver_landlock, NULL,
};

const struct sv_driver *sv_driver_find(const char *name)
{
	for (const struct sv_driver *const *d = sv_drivers; *d; d++)
		if (sv_streq((*d)->name, name))
			return *d;
	return NULL;
}

int sv_driver_need(const char *name, const struct sv_driver **ret, struct sv_error *err)
{
	static const struct sv_driver *const unlisted[] = {&sv_driver_exclusive, &sv_driver_pci};
	const struct sv_driver *driver = sv_driver_find(name);
	char shown[64];

	for (size_t i = 0; !driver && i < SV_N_ELEMENTS(unlisted); i++)
		if (sv_streq(name, unlisted[i]->name))
			driver = unlisted[i];
	if (!driver)
		return sv_fail(err, SV_E_HOST, 0, "this svirt has no driver for %s labels",
			       sv_escape(name, shown, sizeof(shown)));
	*ret = driver;
	return 0;
}

static bool counts(const struct sv_strv *models, const struct sv_driver *driver)
{
	bool listed = !models || !models->n;

	for (size_t i = 0; !listed && i < models->n; i++)
		listed = sv_streq(models->v[i], driver->name);
	return driver->mac && listed;
}

int sv_driver_main(const struct sv_strv *models, const struct sv_driver **ret,
		   struct sv_host_mac *state, struct sv_error *err)
{
	for (const struct sv_driver *const *d = sv_drivers; *d; d++) {
		struct sv_host_mac found = {0};
		int r;

		if (!counts(models, *d))
			continue;
		r = (*d)->probe(&found, err);
		if (r < 0)
			return r;
		if (found.state == SV_MAC_DISABLED)
			continue;
		*ret = *d;
		if (state)
			*state = found;
		return 0;
	}
	return SV_NONE;
}
