/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Guests as they are: lease, definition and the live process together. See inspect.h. */
#include "guest/inspect/inspect.h"

#include "base/array.h"
#include "base/string.h"
#include "guest/run/bounds.h"
#include "guest/state/leases.h"
#include "guest/state/registry.h"
#include "guest/state/result.h"
#include "guest/state/runtime.h"

/* Adds what the live process tells. The lease only says what was reserved. */
static int add_process(const struct sv_lease *l, const struct sv_proc_id *id, struct svirt_guest *g,
		       struct sv_error *err)
{
	const struct sv_lease_layer *main = sv_lease_main(l);
	const struct sv_driver *driver = main ? sv_driver_find(main->driver) : NULL;
	sv_auto_free char *label = NULL;
	uint64_t rss;
	int r = sv_proc_alive(id, err);

	if (r != 0)
		return r;
	g->pid = (int)id->pid;
	r = sv_proc_usage(id->pid, &g->cpu_ns, &rss, err);
	if (r != 0 || !driver || !driver->of_pid)
		return r;
	r = driver->of_pid(id->pid, &label, err);
	if (r != 0)
		return r;
	free(g->label);
	g->label = sv_take_ptr(label);
	g->verified = 1;
	return 0;
}

static int add_model(const struct sv_lease *l, struct svirt_guest *g, struct sv_error *err)
{
	const struct sv_lease_layer *main = sv_lease_main(l);
	const struct sv_driver *driver = main ? sv_driver_find(main->driver) : NULL;
	struct sv_host_mac mac;
	int r;

	r = main ? sv_strdup(main->driver, &g->model, err) : 0;
	/* a newer svirt may have stored it */
	if (!driver)
		return r;
	if (r == 0)
		r = sv_strdup(driver->doi, &g->doi, err);
	if (r == 0)
		r = driver->probe(&mac, err);
	if (r == 0)
		r = sv_strdup(mac.policy[0] ? mac.policy : NULL, &g->policy, err);
	if (r == 0)
		r = sv_strdup(mac.state == SV_MAC_ENFORCING ? "enforcing" : "permissive", &g->mode,
			      err);
	return r;
}

static const char *state_of(const struct sv_lease *l, const struct sv_runtime *rt)
{
	if (l->kept)
		return "labelled";
	return rt->watched ? sv_guest_state_name(rt->state) : "crashed";
}

static int add_peers(struct sv_store *store, const struct sv_lease *l, struct svirt_guest *g,
		     struct sv_error *err)
{
	sv_auto_strv struct sv_strv peers = {0};
	int r = l->level ? sv_lease_peers(store, l->id, &peers, err) : 0;

	if (r < 0)
		return r;
	g->joined_with = peers.v;
	peers = (struct sv_strv){0};
	return 0;
}

static int add_limit(const struct sv_bound_file *file, char *text, struct svirt_guest *g,
		     struct sv_error *err)
{
	struct svirt_limit *limit = sv_array_add(g->limits, g->n_limits);
	sv_auto_buf struct sv_buf value = {0};
	char *line;
	int r = limit ? sv_strdup(file->name, &limit->file, err) : sv_fail_oom(err);

	while (r == 0 && (line = strsep(&text, "\n")))
		sv_buf_printf(&value, "%s%s", value.len ? "; " : "", line);
	return r == 0 ? sv_buf_take(&value, &limit->value, err) : r;
}

/* The limits of the guest's control group as the kernel has them now. They are no reason to say
 * nothing of a guest: what may not be read is unknown. */
static int add_limits(const struct svirt *sv, const struct sv_cgroup *cg, struct svirt_guest *g,
		      struct sv_error *err)
{
	sv_auto_close int dir = -1;
	struct sv_error why = {0};
	int r = sv_cgroup_open(cg, &dir, &why);

	g->limits_unknown = r < 0 || r == SV_SKIP;
	for (const struct sv_bound_file *file = sv_bound_files; r == 0 && file->name; file++) {
		sv_auto_free char *text = NULL;

		r = sv_cgroup_get(dir, file->name, &text, &why);
		g->limits_unknown |= r < 0;
		r = r == 0 && !sv_streq(text, file->unlimited) ? add_limit(file, text, g, err) : 0;
	}
	if (why.code != SV_OK)
		sv_warn(sv, "the limits of guest '%s' are not known: %s", g->name, why.msg);
	return err->code == SV_OK ? 0 : -(int)err->code;
}

static int from_lease(struct svirt *sv, struct sv_store *store, const struct sv_lease *l,
		      struct svirt_guest *g, struct sv_error *err)
{
	const struct sv_lease_layer *main = sv_lease_main(l), *dac = sv_lease_layer(l, "dac");
	const struct sv_text texts[] = {
		{l->name, &g->name},
		{l->uuid, &g->uuid},
		{"hvm", &g->os_type},
		{main ? main->label : NULL, &g->label},
		{main ? main->image : NULL, &g->image},
		{l->level, &g->level},
		{dac ? dac->label : NULL, &g->owner},
		{l->group, &g->share_group},
	};
	struct sv_runtime rt;
	int r = sv_runtime_read(sv, l->name, &rt, err);

	if (r == 0)
		r = sv_strdup_all(texts, SV_N_ELEMENTS(texts), err);
	if (r == 0)
		r = sv_layers_new(l, &g->layers, &g->n_layers, err);
	if (r == 0)
		r = sv_strdup(state_of(l, &rt), &g->state, err);
	if (r == 0)
		r = add_model(l, g, err);
	if (r == 0)
		r = add_peers(store, l, g, err);
	if (r < 0)
		return r;
	g->id = l->id;
	g->vcpus = l->vcpus;
	g->max_memory = l->max_memory_kib;
	g->used_memory = l->memory_kib;
	g->monitor_pid = (int)rt.monitor.pid;
	g->created = l->created;
	if (rt.guest.pid > 0 && rt.cgroup.ino) {
		r = sv_strdup(rt.cgroup.path, &g->cgroup, err);
		if (r == 0)
			r = add_limits(sv, &rt.cgroup, g, err);
	}
	if (r < 0)
		return r;
	r = rt.guest.pid > 0 ? add_process(l, &rt.guest, g, err) : 0;
	return r < 0 ? r : 0;
}

static int from_definition(const struct sv_domain *dom, struct svirt_guest *g, struct sv_error *err)
{
	const struct sv_text texts[] = {
		{dom->name, &g->name},
		{dom->uuid, &g->uuid},
		{"hvm", &g->os_type},
		{"shut off", &g->state},
		{dom->share_group, &g->share_group},
	};

	g->vcpus = dom->vcpus;
	g->max_memory = dom->memory_kib;
	g->used_memory = dom->current_memory_kib;
	return sv_strdup_all(texts, SV_N_ELEMENTS(texts), err);
}

static int is_defined(struct svirt *sv, const char *name, int *ret, struct sv_error *err)
{
	sv_auto_free char *path = NULL;
	int r = sv_registry_path(sv, name, &path, err);

	if (r == 0)
		*ret = access(path, F_OK) == 0;
	return r;
}

int sv_guest_read(struct svirt *sv, const char *name, struct svirt_guest **ret,
		  struct sv_error *err)
{
	sv_cleanup(svirt_guest_free) struct svirt_guest *g = calloc(1, sizeof(*g));
	sv_auto_lease struct sv_lease lease = {0};
	sv_auto_store struct sv_store *store = NULL;
	sv_auto_domain struct sv_domain *dom = NULL;
	int r;

	if (!g)
		return sv_fail_oom(err);
	r = is_defined(sv, name, &g->persistent, err);
	if (r < 0)
		return r;
	r = sv_store_open(sv->state_dir, SV_STORE_READ, &store, err);
	if (r == 0)
		r = sv_lease_find(store, name, &lease, err);
	if (r < 0)
		return r;
	if (r == 0) {
		r = from_lease(sv, store, &lease, g, err);
	} else {
		if (!g->persistent)
			return sv_fail(err, SV_E_NOTFOUND, 0,
				       "guest '%s' is neither running nor defined", name);
		r = sv_registry_load(sv, name, NULL, &dom, err);
		if (r == 0)
			r = from_definition(dom, g, err);
	}
	if (r == 0)
		*ret = sv_take_ptr(g);
	return r;
}

static int append(struct svirt_guests *list, struct svirt_guest **guest, struct sv_error *err)
{
	struct svirt_guest **item = sv_array_add(list->items, list->n);

	if (!item)
		return sv_fail_oom(err);
	*item = sv_take_ptr(*guest);
	return 0;
}

static int append_leases(struct svirt *sv, struct svirt_guests *list, struct sv_error *err)
{
	sv_auto_leases struct sv_leases leases = {0};
	sv_auto_store struct sv_store *store = NULL;
	size_t i;
	int r = sv_store_open(sv->state_dir, SV_STORE_READ, &store, err);

	if (r != 0)
		return r < 0 ? r : 0;
	r = sv_leases_read(store, SV_LEASES_ALL, &leases, err);
	for (i = 0; r == 0 && i < leases.n; i++) {
		sv_cleanup(svirt_guest_free) struct svirt_guest *g = calloc(1, sizeof(*g));

		r = g ? from_lease(sv, store, &leases.items[i], g, err) : sv_fail_oom(err);
		if (r == 0)
			r = is_defined(sv, g->name, &g->persistent, err);
		if (r == 0)
			r = append(list, &g, err);
	}
	return r;
}

static bool listed(const struct svirt_guests *list, const char *name)
{
	size_t i;

	for (i = 0; i < list->n; i++) {
		if (sv_streq(list->items[i]->name, name))
			return true;
	}
	return false;
}

static int append_definitions(struct svirt *sv, struct svirt_guests *list, struct sv_error *err)
{
	sv_auto_strv struct sv_strv names = {0};
	size_t i;
	int r = sv_registry_names(sv, &names, err);

	for (i = 0; r == 0 && i < names.n; i++) {
		sv_cleanup(svirt_guest_free) struct svirt_guest *g = calloc(1, sizeof(*g));
		sv_auto_domain struct sv_domain *dom = NULL;
		struct sv_error e = {0};

		if (!g)
			return sv_fail_oom(err);
		if (listed(list, names.v[i]))
			continue;
		if (sv_registry_load(sv, names.v[i], NULL, &dom, &e) < 0) {
			sv_warn(sv, "domain '%s': %s:%u: %s", names.v[i], e.file, e.line, e.msg);
			continue;
		}
		g->persistent = 1;
		r = from_definition(dom, g, err);
		if (r == 0)
			r = append(list, &g, err);
	}
	return r;
}

int sv_guests_read(struct svirt *sv, bool all, struct svirt_guests **ret, struct sv_error *err)
{
	sv_cleanup(svirt_guests_free) struct svirt_guests *list = calloc(1, sizeof(*list));
	int r = list ? append_leases(sv, list, err) : sv_fail_oom(err);

	if (r == 0 && all)
		r = append_definitions(sv, list, err);
	if (r == 0)
		*ret = sv_take_ptr(list);
	return r;
}
