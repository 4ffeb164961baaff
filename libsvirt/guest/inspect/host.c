/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The host as it stands: models, contexts, range and capacity. See inspect.h. */
#include "guest/inspect/inspect.h"

#include "base/array.h"
#include "base/fs.h"
#include "base/string.h"
#include "guest/level/levels.h"
#include "guest/level/users.h"
#include "guest/rules/policy-mark.h"

#include <sys/utsname.h>

int sv_capacity_read(struct svirt *sv, const struct sv_driver *driver, struct sv_store *store,
		     uint32_t *capacity, uint32_t *left, struct sv_error *err)
{
	sv_auto_level_uses struct sv_level_uses uses = {0};
	sv_auto_alloc struct sv_alloc *alloc = NULL;
	int r = sv_level_uses_read(sv, driver, store, NULL, &uses, err);

	if (r == 0)
		r = sv_level_free(sv, driver, &uses, NULL, &alloc, err);
	if (r < 0)
		return r;
	*capacity = sv_alloc_capacity(alloc);
	*left = sv_alloc_left(alloc);
	return 0;
}

/* A fact that cannot be found out is left out, with a warning. */
static int gap(const struct svirt *sv, const char *what, int r, struct sv_error *err)
{
	if (r < 0) {
		sv_warn(sv, "%s: %s", what, err->msg);
		sv_error_clear(err);
	}
	return r;
}

static int add_system(struct svirt_host *h, struct sv_error *err)
{
	struct utsname u;
	sv_auto_free char *boot = NULL;
	int r;

	(void)uname(&u);
	r = sv_strdup(u.nodename, &h->hostname, err);
	if (r == 0)
		r = sv_strdup(u.release, &h->kernel, err);
	if (r == 0)
		r = sv_fs_read("/proc/sys/kernel/random/boot_id", 64, &boot, NULL, err);
	if (r < 0)
		return r;
	boot[strcspn(boot, "\n")] = '\0';
	h->boot_id = sv_take_ptr(boot);
	return 0;
}

static int add_drivers(struct svirt_host *h, struct sv_error *err)
{
	size_t n = 0;
	int r = 0;

	while (sv_drivers[n])
		n++;
	h->drivers = calloc(n + 1, sizeof(*h->drivers));
	if (!h->drivers)
		return sv_fail_oom(err);
	for (n = 0; r == 0 && sv_drivers[n]; n++, h->n_drivers++) {
		struct sv_host_mac mac;

		r = sv_drivers[n]->probe(&mac, err);
		if (r == 0)
			r = sv_strdup(sv_drivers[n]->name, &h->drivers[n].name, err);
		if (r == 0)
			r = sv_strdup(sv_mac_state_name(mac.state), &h->drivers[n].state, err);
	}
	return r;
}

/* Adds the contexts of guests, without a level of a guest. */
static int add_contexts(const struct sv_driver *driver, struct svirt_host *h, struct sv_error *err)
{
	sv_auto_subject struct sv_subject subject = {0};
	struct sv_request request = {.type = SV_SECLABEL_DYNAMIC, .relabel = true};
	struct sv_level bare = {0};
	struct sv_range range;
	int r = driver->level ? driver->level->range(&range, err) : 0;

	if (r < 0)
		return r;
	if (driver->level) {
		bare.sens = range.low.sens;
		request.level = &bare;
	}
	/* of a model whose labels are made of UUIDs */
	request.uuid = SV_SPECIMEN_UUID;
	r = driver->subject(&request, &subject, err);
	if (r == 0)
		r = sv_strdup(subject.label, &h->domain, err);
	if (r == 0)
		r = sv_strdup(subject.image[SV_ACCESS_RW], &h->image, err);
	if (r == 0)
		r = sv_strdup(subject.image[SV_ACCESS_RO], &h->content, err);
	return r;
}

static int add_range(struct svirt *sv, const struct sv_driver *driver, struct svirt_host *h,
		     struct sv_error *err)
{
	sv_auto_store struct sv_store *store = NULL;
	struct sv_range range = {0};
	uint32_t left;
	int r = sv_level_pool(sv, driver, &range.high, err);

	if (r < 0)
		return r;
	range.low.sens = range.high.sens;
	r = sv_range_format(&range, &h->range, err);
	if (r == 0)
		r = sv_store_open(sv->state_dir, SV_STORE_READ, &store, err);
	if (r >= 0)
		r = sv_capacity_read(sv, driver, store, &h->capacity, &left, err);
	if (r == 0)
		h->in_use = h->capacity - left;
	h->levels_known = r == 0;
	return r;
}

static int add_model(struct svirt *sv, struct svirt_host *h, struct sv_error *err)
{
	const struct sv_driver *driver = NULL;
	struct sv_host_mac mac = {0};
	int r = sv_driver_main(&sv->conf.models, &driver, &mac, err);

	if (r < 0)
		return r;
	if (r == SV_NONE)
		return sv_strdup(sv_mac_state_name(SV_MAC_DISABLED), &h->state, err);
	h->mls = mac.mls;
	r = sv_strdup(driver->name, &h->model, err);
	if (r == 0)
		r = sv_strdup(sv_mac_state_name(mac.state), &h->state, err);
	if (r == 0 && mac.policy[0])
		r = sv_strdup(mac.policy, &h->policy, err);
	if (r == 0 && driver->of_pid)
		(void)gap(sv, "own label", driver->of_pid(getpid(), &h->self, err), err);
	if (r < 0 || mac.state == SV_MAC_NO_POLICY)
		return r;
	(void)gap(sv, "contexts of guests", add_contexts(driver, h, err), err);
	if (mac.mls)
		(void)gap(sv, "levels", add_range(sv, driver, h, err), err);
	r = driver->ask->rules_loaded
		    ? gap(sv, "policy module", driver->ask->rules_loaded(NULL, err), err)
		    : 0;
	h->policy_module = r < 0 || !driver->ask->rules_loaded ? -1 : r == 0;
	if (r == 0 && driver->ask->rules_loaded)
		r = gap(sv, "version of the policy module", sv_policy_is_current(sv, driver, err),
			err);
	h->policy_current = r < 0 || !driver->ask->rules_loaded ? -1 : r == 0;
	return 0;
}

int sv_host_read(struct svirt *sv, struct svirt_host **ret, struct sv_error *err)
{
	sv_cleanup(svirt_host_free) struct svirt_host *h = calloc(1, sizeof(*h));
	struct sv_user_range range;
	int r = h ? add_system(h, err) : sv_fail_oom(err);

	if (r == 0)
		r = add_drivers(h, err);
	if (r == 0)
		r = add_model(sv, h, err);
	if (r == 0)
		r = sv_strdup(sv->conf.user_name, &h->user, err);
	if (r < 0)
		return r;
	range = sv_user_range_of(sv, h->model ? sv_driver_find(h->model) : NULL);
	if (range.last)
		r = sv_asprintf(&h->uid_range, err, "%u-%u", range.first, range.last);
	if (r < 0)
		return r;
	h->uid = sv->conf.uid;
	h->gid = sv->conf.gid;
	*ret = sv_take_ptr(h);
	return 0;
}

struct level_list {
	struct svirt_levels *all;
	size_t limit; /* of leases */
};

static int list_use(struct level_list *list, const char *level, const struct sv_level_use *use,
		    struct sv_error *err)
{
	static const char *const kinds[] = {
		[SV_LEVEL_LEASE] = "lease",
		[SV_LEVEL_PROCESS] = "process",
		[SV_LEVEL_STATIC] = "static",
		[SV_LEVEL_GROUP] = "group",
	};
	struct svirt_level_use *out = sv_array_add(list->all->items, list->all->n);
	char text[192];
	int r = out ? sv_strdup(level, &out->level, err) : sv_fail_oom(err);

	if (r == 0)
		r = sv_strdup(kinds[use->kind], &out->kind, err);
	if (r == 0)
		r = sv_strdup(sv_level_use_text(use, text, sizeof(text)), &out->holder, err);
	if (r == 0)
		r = sv_strdup(use->why, &out->why, err);
	return r;
}

static int list_lease(void *data, const struct sv_lease_level *lease, struct sv_error *err)
{
	struct sv_level_use use = {.kind = SV_LEVEL_LEASE, .holder = lease->name};
	struct level_list *list = data;
	struct svirt_level_use *out;
	int r;

	if (list->all->n == list->limit)
		return SV_SKIP;
	r = list_use(list, lease->level, &use, err);
	if (r < 0)
		return r;
	out = &list->all->items[list->all->n - 1];
	r = sv_strdup(lease->group, &out->share_group, err);
	return r < 0 ? r : sv_strdup(lease->joined, &out->joined, err);
}

/* Lists leases from the store itself, because uses has only the bits of their pairs. */
static int list_uses(struct level_list *list, struct sv_store *store,
		     const struct sv_level_uses *uses, struct sv_error *err)
{
	int r = store ? sv_lease_each_level(store, SV_LEVELS_ALL, list_lease, list, err) : 0;
	size_t i;

	list->all->complete = r != SV_SKIP;
	for (i = 0; r >= 0 && i < uses->n; i++) {
		sv_auto_free char *level = NULL;

		if (uses->items[i].kind == SV_LEVEL_LEASE)
			continue;
		r = sv_level_format(&uses->items[i].level, &level, err);
		if (r == 0)
			r = list_use(list, level, &uses->items[i], err);
	}
	return r;
}

int sv_levels_read(struct svirt *sv, bool all_leases, struct svirt_levels **ret,
		   struct sv_error *err)
{
	sv_cleanup(svirt_levels_free) struct svirt_levels *all = calloc(1, sizeof(*all));
	sv_auto_level_uses struct sv_level_uses uses = {0};
	sv_auto_store struct sv_store *store = NULL;
	sv_auto_alloc struct sv_alloc *alloc = NULL;
	const struct sv_driver *driver = NULL;
	struct level_list list = {.all = all, .limit = all_leases ? SIZE_MAX : SVIRT_LEASES_LISTED};
	int r = all ? sv_driver_main(&sv->conf.models, &driver, NULL, err) : sv_fail_oom(err);

	if (r == SV_NONE || (r == 0 && !driver->level))
		return sv_fail(err, SV_E_HOST, 0, "no security model of this host has levels");
	if (r == 0)
		r = sv_store_open(sv->state_dir, SV_STORE_READ, &store, err);
	if (r >= 0)
		r = sv_level_uses_read(sv, driver, store, NULL, &uses, err);
	if (r == 0)
		r = sv_level_free(sv, driver, &uses, NULL, &alloc, err);
	if (r == 0)
		r = list_uses(&list, store, &uses, err);
	if (r < 0)
		return r;
	all->capacity = sv_alloc_capacity(alloc);
	all->left = sv_alloc_left(alloc);
	*ret = sv_take_ptr(all);
	return 0;
}
