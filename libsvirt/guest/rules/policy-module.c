/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The administrator's view of svirt's policy module: see policy-module.h. */
#include "guest/rules/policy-module.h"

#include "base/string.h"
#include "guest/rules/policy-mark.h"
#include "policy/policy.h"

#include <errno.h>

static void progress(void *data, const char *text)
{
	sv_warn(data, "%s", text);
}

/* A tree at rest has a store of its own; nothing is loaded for it. */
static struct sv_policy_store store_of(struct svirt *sv)
{
	return (struct sv_policy_store){
		.root = sv->root[0] ? sv->root : NULL,
		.progress = progress,
		.data = sv,
	};
}

/* 1, 0, or -1: unknown. */
static int is_current(const struct svirt *sv, const struct sv_driver *driver)
{
	struct sv_error ignored = {0};
	int r = sv_policy_is_current(sv, driver, &ignored);

	return r < 0 ? -1 : r == 0;
}

int sv_policy_module_read(struct svirt *sv, struct svirt_policy **ret, struct sv_error *err)
{
	sv_cleanup(svirt_policy_free) struct svirt_policy *p = calloc(1, sizeof(*p));
	struct sv_policy_store store = store_of(sv);
	const struct sv_driver *driver = NULL;
	struct sv_policy_status status;
	struct sv_host_mac mac = {0};
	struct sv_error e = {0};
	int r = p ? sv_policy_module_file(sv, &p->file, err) : sv_fail_oom(err);

	if (r == 0)
		r = sv_policy_query(&store, p->file, &status, err);
	if (r < 0)
		return r;
	p->installed = status.installed;
	p->enabled = status.enabled;
	p->loaded = status.loaded;
	p->current = status.same;
	if (store.root || sv_driver_main(NULL, &driver, &mac, &e) != 0)
		p->loaded = -1;
	else if (p->current && driver->ask->rules_loaded)
		p->current = is_current(sv, driver);
	r = sv_strdup(mac.policy[0] ? mac.policy : NULL, &p->store, err);
	if (r == 0)
		*ret = sv_take_ptr(p);
	return r;
}

int sv_policy_module_install(struct svirt *sv, bool dry_run, struct sv_error *err)
{
	struct sv_policy_store store = store_of(sv);
	struct sv_policy_status status;
	sv_auto_free char *file = NULL;
	int r = sv_policy_module_file(sv, &file, err);

	if (r == 0 && dry_run && access(file, R_OK) < 0)
		r = sv_fail_errno(err, errno, "%s", file);
	if (r < 0)
		return r;
	return dry_run ? sv_policy_query(&store, NULL, &status, err)
		       : sv_policy_install(&store, file, err);
}

int sv_policy_module_remove(struct svirt *sv, bool dry_run, struct sv_error *err)
{
	struct sv_policy_store store = store_of(sv);
	struct sv_policy_status status;
	int r = dry_run ? sv_policy_query(&store, NULL, &status, err)
			: sv_policy_remove(&store, err);

	if (r == 0 && dry_run && (!status.installed || status.priority < SV_POLICY_PRIORITY))
		r = SV_NONE;
	if (r == SV_NONE)
		return sv_fail(err, SV_E_NOTFOUND, 0, "the policy module is not installed");
	return r;
}
