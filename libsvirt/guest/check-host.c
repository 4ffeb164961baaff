/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Can this host confine guests, and can svirt use it? Each answer is the kernel's. See check.h. */
#include "guest/check.h"

#include "base/string.h"
#include "guest/facts.h"
#include "guest/leases.h"
#include "guest/levels.h"
#include "guest/runtime.h"

#define MANAGER SV_PKGLIBEXECDIR "/svirt-manager"

static const struct sv_rule host_enforcing = {"svirt-host-enforcing", "high"};
static const struct sv_rule host_contexts = {"svirt-host-contexts", "high"};
static const struct sv_rule policy_module = {"svirt-policy-module", "high"};
static const struct sv_rule policy_mcs = {"svirt-policy-mcs", "high"};
static const struct sv_rule domain_enforced = {"svirt-domain-not-permissive", "high"};
static const struct sv_rule manager_transition = {"svirt-manager-transition", "high"};
static const struct sv_rule capacity = {"svirt-capacity", "medium"};
static const struct sv_rule stale_state = {"svirt-stale-state", "low"};

/* What is asked about: a guest as it would be started now, at a level nobody has. */
struct specimen {
	const struct sv_driver *driver;
	struct sv_host_mac mac;
	struct sv_level level;
	struct sv_subject subject;
};

static void check_enforcing(struct sv_checker *c, const struct specimen *s)
{
	struct sv_error err = {0};

	if (s->mac.state == SV_MAC_ENFORCING) {
		sv_check_pass(c, &host_enforcing, "%s is enforcing (policy %s)", s->driver->name,
			      s->mac.policy);
		return;
	}
	sv_fail(&err, SV_E_HOST, 0, "%s is not enforcing (%s)", s->driver->name,
		sv_mac_state_name(s->mac.state));
	sv_hint(&err, "setenforce 1, and SELINUX=enforcing in /etc/selinux/config");
	sv_check_error(c, &host_enforcing, &err);
}

static int make_specimen(const struct svirt *sv, struct specimen *s, struct sv_error *err)
{
	struct sv_request request = {
		.type = SV_SECLABEL_DYNAMIC,
		.relabel = true,
		.level = &s->level,
	};
	struct sv_level pool;
	unsigned first;
	int r = sv_level_pool(sv, s->driver, &pool, err);

	if (r < 0)
		return r;
	s->level.sens = pool.sens;
	first = sv_catset_next(&pool.cats, 0);
	sv_catset_add(&s->level.cats, first);
	sv_catset_add(&s->level.cats, sv_catset_next(&pool.cats, first + 1));
	return s->driver->subject(&request, &s->subject, err);
}

static void check_policy(struct svirt *sv, struct sv_checker *c, const struct specimen *s)
{
	sv_auto_free char *manager = NULL;
	struct sv_error err = {0};
	int r = s->driver->rules_loaded(&err);

	if (r == SV_NONE) {
		sv_fail(&err, SV_E_HOST, 0, "svirt's policy module is not loaded");
		sv_hint(&err, "svirt policy install");
	}
	if (err.code == SV_OK)
		sv_check_pass(c, &policy_module, "the policy module is loaded");
	else
		sv_check_error(c, &policy_module, &err);

	if (s->driver->kept_apart(&s->subject, &err) == 0)
		sv_check_pass(c, &policy_mcs, "categories separate guests (%s)", s->subject.label);
	else
		sv_check_error(c, &policy_mcs, &err);

	if (s->subject.permissive) {
		sv_fail(&err, SV_E_HOST, 0, "guests would run in a permissive domain (%s)",
			s->subject.label);
		sv_hint(&err, "semanage permissive -d TYPE takes the exception away");
		sv_check_error(c, &domain_enforced, &err);
	} else {
		sv_check_pass(c, &domain_enforced, "the domain of guests is enforced");
	}

	r = s->driver->becomes(MANAGER, &manager, &err);
	if (r == 0)
		r = s->driver->may_start(manager, &s->subject, sv->conf.emulator, &err);
	if (r == 0)
		sv_check_pass(c, &manager_transition, "%s may start guests", manager);
	else
		sv_check_error(c, &manager_transition, &err);
}

static void check_capacity(struct svirt *sv, struct sv_store *store, struct sv_checker *c,
			   const struct specimen *s)
{
	struct sv_error err = {0};
	uint32_t all = 0, left = 0;

	if (sv_capacity_read(sv, s->driver, store, &all, &left, &err) == 0 && left == 0) {
		sv_fail(&err, SV_E_EXHAUSTED, 0, "none of %u labels is free", all);
		sv_hint(&err, "'svirt list --levels' shows who holds them");
	}
	if (err.code == SV_OK)
		sv_check_pass(c, &capacity, "%u of %u labels are free", left, all);
	else
		sv_check_error(c, &capacity, &err);
}

struct stale {
	struct svirt *sv;
	unsigned n;
	char first[65];
};

static int count_stale(void *data, const struct sv_lease *lease, struct sv_error *err)
{
	struct stale *s = data;
	struct sv_runtime rt;
	int r = sv_runtime_read(s->sv, lease->name, &rt, err);

	if (r == 0 && !rt.watched && s->n++ == 0)
		(void)snprintf(s->first, sizeof(s->first), "%s", lease->name);
	return r;
}

static void check_stale(struct svirt *sv, struct sv_store *store, struct sv_checker *c)
{
	struct stale s = {.sv = sv};
	struct sv_error err = {0};

	if (store && sv_lease_each(store, SV_LEASES_WATCHED, count_stale, &s, &err) == 0 && s.n) {
		sv_fail(&err, SV_E_FINDINGS, 0, "%u guests have lost their monitor ('%s')", s.n,
			s.first);
		sv_hint(&err, "svirt restore --stale");
	}
	if (err.code == SV_OK)
		sv_check_pass(c, &stale_state, "nothing was left behind");
	else
		sv_check_error(c, &stale_state, &err);
}

static void check_model(struct svirt *sv, struct sv_checker *c, struct specimen *s)
{
	sv_auto_store struct sv_store *store = NULL;
	struct sv_error err = {0};

	check_enforcing(c, s);
	if (s->mac.state == SV_MAC_NO_POLICY)
		return;
	if (make_specimen(sv, s, &err) == 0) {
		sv_check_pass(c, &host_contexts, "the policy's contexts are valid");
		check_policy(sv, c, s);
	} else {
		sv_check_error(c, &host_contexts, &err);
	}
	if (sv_store_open(sv->state_dir, SV_STORE_READ, &store, &err) < 0) {
		sv_check_error(c, &stale_state, &err);
		return;
	}
	if (s->mac.mls)
		check_capacity(sv, store, c, s);
	check_stale(sv, store, c);
}

int sv_check_host(struct svirt *sv, struct svirt_report **ret, struct sv_error *err)
{
	struct specimen s = {0};
	struct sv_error e = {0};
	struct sv_checker c;
	int r = sv_report_new(&c, "host", err);

	if (r < 0)
		return r;
	r = sv_driver_main(&s.driver, &s.mac, &e);
	if (r == SV_NONE) {
		sv_fail(&e, SV_E_HOST, 0, "this host runs no mandatory access control");
		sv_hint(&e, "boot with security=selinux and a policy");
	}
	if (e.code == SV_OK)
		check_model(sv, &c, &s);
	else
		sv_check_error(&c, &host_enforcing, &e);
	sv_subject_done(&s.subject);
	return sv_report_take(&c, ret, err);
}
