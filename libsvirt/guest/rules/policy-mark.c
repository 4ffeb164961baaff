/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See policy-mark.h. Must not know libsemanage: the kernel is asked. */
#include "guest/rules/policy-mark.h"

#include "base/fs.h"
#include "base/string.h"

#define MODULE_FILE "/selinux/svirt.cil"
#define MODULE_MAX  (1024u * 1024)
#define MARK_BEGIN  "\n(typealias "
#define MARK_MAX    63

int sv_policy_module_file(const struct svirt *sv, char **ret, struct sv_error *err)
{
	return sv_asprintf(ret, err, "%s" SV_PKGDATADIR MODULE_FILE, sv->root);
}

int sv_policy_is_current(const struct svirt *sv, const struct sv_driver *driver,
			 struct sv_error *err)
{
	sv_auto_free char *file = NULL, *text = NULL;
	char *mark;
	int r = sv_policy_module_file(sv, &file, err);

	if (r == 0)
		r = sv_fs_read(file, MODULE_MAX, &text, NULL, err);
	if (r < 0)
		return r;
	mark = strstr(text, MARK_BEGIN);
	if (mark) {
		mark += strlen(MARK_BEGIN);
		mark[strcspn(mark, ")\n")] = '\0';
	}
	if (!mark || !*mark || strlen(mark) > MARK_MAX)
		return sv_fail(err, SV_E_UNKNOWN, 0, "%s does not say which version it is", file);
	return driver->ask->rules_loaded(mark, err);
}
