/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Opens the handle with svirt.conf. Apart from handle.c, so that a monitor, which needs only the
 * paths, has no code that reads configuration. */
#include "guest/state/handle.h"

#include "base/string.h"

int sv_handle_open(const char *root, struct svirt **ret, struct sv_error *err)
{
	sv_auto_handle struct svirt *sv = NULL;
	sv_auto_free char *vendor = NULL;
	int r = sv_handle_paths(root, &sv, err);

	if (r == 0)
		r = sv_asprintf(&vendor, err, "%s" SV_PKGDATADIR, sv->root);
	if (r == 0)
		r = sv_config_read(vendor, sv->conf_dir, &sv->conf, err);
	if (r < 0)
		return r;
	*ret = sv_take_ptr(sv);
	return 0;
}
