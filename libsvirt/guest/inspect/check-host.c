/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Can this host confine guests, and can svirt use it? Each answer is the kernel's. See check.h. */
#include "guest/inspect/check.h"

#include "base/string.h"
#include "guest/inspect/inspect.h"
#include "guest/level/levels.h"
#include "guest/prepare/choose.h"
#include "guest/rules/policy-mark.h"
#include "guest/state/leases.h"
#include "guest/state/runtime.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#define MANAGER SV_PKGLIBEXECDIR "/svirt-manager"

static const struct sv_rule host_enforcing = {"svirt-host-enforcing", "high"};
static const struct sv_rule host_contexts = {"svirt-host-contexts", "high"};
static const struct sv_rule policy_module = {"svirt-policy-module", "high"};
static const struct sv_rule policy_mcs = {"svirt-policy-mcs", "high"};
static const struct sv_rule domain_enforced = {"svirt-domain-not-permissive", "high"};
static const struct sv_rule manager_transition = {"svirt-manager-transition", "high"};
static const struct sv_rule own_files = {"svirt-own-files", "high"};
static const struct sv_rule capacity = {"svirt-capacity", "medium"};
static const struct sv_rule stale_state = {"svirt-stale-state", "low"};

/* Specimens of guests to ask the kernel about, as they would be started now, at a level that nobody
 * has. A policy may have another domain for guests that QEMU translates (<domain type='qemu'>). */
enum { HARDWARE, TRANSLATED, N_KINDS };
struct specimen {
	const struct sv_driver *driver;
	struct sv_host_mac mac;
	struct sv_level level;
	struct sv_subject subjects[N_KINDS];
	size_t n; /* of different ones */
};

static void specimen_done(struct specimen *s)
{
	for (size_t i = 0; i < N_KINDS; i++)
		sv_subject_done(&s->subjects[i]);
}

static void check_enforcing(struct sv_checker *c, const struct specimen *s)
{
	struct sv_error err = {0};

	if (s->mac.state == SV_MAC_ENFORCING) {
		sv_check_pass(c, &host_enforcing, "%s is enforcing%s%s%s", s->driver->name,
			      s->mac.policy[0] ? " (policy " : "", s->mac.policy,
			      s->mac.policy[0] ? ")" : "");
		return;
	}
	sv_fail(&err, SV_E_HOST, 0, "%s is not enforcing (%s)", s->driver->name,
		sv_mac_state_name(s->mac.state));
	sv_hint(&err, "%s", s->driver->enforce);
	sv_check_error(c, &host_enforcing, &err);
}

/* The first two categories that guests may have. */
static int make_level(const struct svirt *sv, struct specimen *s, struct sv_error *err)
{
	struct sv_level pool;
	unsigned first;
	int r = sv_level_pool(sv, s->driver, &pool, err);

	if (r < 0)
		return r;
	s->level.sens = pool.sens;
	first = sv_catset_next(&pool.cats, 0);
	sv_catset_add(&s->level.cats, first);
	sv_catset_add(&s->level.cats, sv_catset_next(&pool.cats, first + 1));
	return 0;
}

static int make_specimen(const struct svirt *sv, struct specimen *s, struct sv_error *err)
{
	struct sv_request request = {
		.type = SV_SECLABEL_DYNAMIC,
		.relabel = true,
		.uuid = SV_SPECIMEN_UUID,
	};
	unsigned kind;
	int r = s->driver->level ? make_level(sv, s, err) : 0;

	if (r < 0)
		return r;
	if (s->driver->level)
		request.level = &s->level;
	for (kind = HARDWARE; r == 0 && kind < N_KINDS; kind++) {
		request.tcg = kind == TRANSLATED;
		r = s->driver->subject(&request, &s->subjects[kind], err);
	}
	s->n = r == 0 && sv_streq(s->subjects[HARDWARE].label, s->subjects[TRANSLATED].label)
		       ? 1
		       : N_KINDS;
	return r;
}

static void check_subject(struct sv_checker *c, const struct specimen *s,
			  const struct sv_subject *subject)
{
	struct sv_error err = {0};

	if (!s->driver->ask->kept_apart)
		sv_check_skip(c, &policy_mcs, "%s cannot be asked that", s->driver->name);
	else if (s->driver->ask->kept_apart(subject, &err) == 0)
		sv_check_pass(c, &policy_mcs,
			      s->driver->level ? "categories separate guests (%s)"
					       : "no rule opens one guest to another (%s)",
			      subject->label);
	else
		sv_check_error(c, &policy_mcs, &err);

	if (subject->permissive) {
		sv_fail(&err, SV_E_HOST, 0, "guests would run in a permissive domain (%s)",
			subject->label);
		sv_hint(&err, "semanage permissive -d TYPE takes the exception away");
		sv_check_error(c, &domain_enforced, &err);
	} else {
		sv_check_pass(c, &domain_enforced, "the domain of guests is enforced (%s)",
			      subject->label);
	}
}

static void check_manager(const struct svirt *sv, struct sv_checker *c, const struct specimen *s,
			  const char *manager)
{
	struct sv_error err = {0};

	for (size_t i = 0; i < s->n; i++) {
		if (s->driver->ask->may_start(manager, &s->subjects[i], sv->conf.emulator, &err) ==
		    0)
			sv_check_pass(c, &manager_transition, "%s may start guests (%s)", manager,
				      s->subjects[i].label);
		else
			sv_check_error(c, &manager_transition, &err);
	}
}

/* Checks two labels: the one that dir has, and the one that restorecon(8) and tmpfiles would give
 * it.
 */
static int check_own_dir(const struct specimen *s, const char *manager, const char *dir,
			 struct sv_error *err)
{
	sv_auto_free char *now = NULL, *then = NULL;
	sv_auto_close int fd = open(dir, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int r = s->driver->label->fallback(dir, S_IFDIR | 0755, &then, err);

	if (fd < 0 && errno != ENOENT)
		return sv_fail_errno(err, errno, "%s", dir);
	/* a missing directory is made by the manager, with the right label */
	if (r == 0 && fd >= 0)
		r = s->driver->label->get(fd, &now, err);
	if (r < 0)
		return r;
	r = then ? s->driver->ask->may_use(manager, then, S_IFREG, SV_ACCESS_RW, NULL, err)
		 : SV_NONE;
	if (r == SV_NONE) {
		sv_fail(err, SV_E_HOST, 0,
			"the policy labels %s %s, where the manager may make no file", dir,
			then ? then : "nothing");
		return sv_hint(err, "svirt policy install; restorecon -RF %s", dir);
	}
	if (r == 0 && now)
		r = s->driver->ask->may_use(manager, now, S_IFREG, SV_ACCESS_RW, NULL, err);
	if (r == SV_NONE) {
		sv_fail(err, SV_E_HOST, 0, "%s is %s, where the manager may make no file", dir,
			now);
		return sv_hint(err, "restorecon -RF %s", dir);
	}
	return r;
}

static void check_own_dirs(const struct svirt *sv, struct sv_checker *c, const struct specimen *s,
			   const char *manager)
{
	const char *const dirs[] = {sv->run_dir, sv->state_dir};

	for (size_t i = 0; i < SV_N_ELEMENTS(dirs); i++) {
		struct sv_error err = {0};

		if (check_own_dir(s, manager, dirs[i], &err) == 0)
			sv_check_pass(c, &own_files, "the manager may make files in %s", dirs[i]);
		else
			sv_check_error(c, &own_files, &err);
	}
}

static void check_module(struct svirt *sv, struct sv_checker *c, const struct specimen *s)
{
	struct sv_error err = {0};
	int r;

	if (!s->driver->ask->rules_loaded) {
		sv_check_skip(c, &policy_module, "%s needs no policy module of svirt's",
			      s->driver->name);
		return;
	}
	r = s->driver->ask->rules_loaded(NULL, &err);
	if (r == SV_NONE) {
		sv_fail(&err, SV_E_HOST, 0, "svirt's policy module is not loaded");
		sv_hint(&err, "svirt policy install");
	} else if (r == 0) {
		r = sv_policy_is_current(sv, s->driver, &err);
		if (r == SV_NONE) {
			sv_fail(&err, SV_E_HOST, 0,
				"svirt's policy module is loaded, but not the one of this version");
			sv_hint(&err, "svirt policy install; restorecon -R " SV_PKGLIBEXECDIR);
		}
	}
	if (err.code == SV_OK)
		sv_check_pass(c, &policy_module, "the policy module is loaded");
	else
		sv_check_error(c, &policy_module, &err);
}

static void check_policy(struct svirt *sv, struct sv_checker *c, const struct specimen *s)
{
	sv_auto_free char *manager = NULL;
	struct sv_error err = {0};
	int r = 0;

	check_module(sv, c, s);
	for (size_t i = 0; i < s->n; i++)
		check_subject(c, s, &s->subjects[i]);
	/* in a model without transitions the manager keeps the label of whoever starts it */
	if (s->driver->ask->becomes)
		r = s->driver->ask->becomes(MANAGER, &manager, &err);
	else if (s->driver->of_pid)
		r = s->driver->of_pid(getpid(), &manager, &err);
	else
		r = sv_strdup("svirt", &manager, &err);
	if (r < 0) {
		sv_check_error(c, &manager_transition, &err);
		return;
	}
	check_manager(sv, c, s, manager);
	if (s->driver->label)
		check_own_dirs(sv, c, s, manager);
}

/* A permission error of this user is not an answer: "unknown". */
static void not_looked(struct sv_checker *c, const struct sv_rule *rule, struct sv_error *err)
{
	if (err->code == SV_E_PERMISSION)
		err->code = SV_E_UNKNOWN;
	sv_check_error(c, rule, err);
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
		not_looked(c, &capacity, &err);
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
		if (s.n == 1)
			sv_fail(&err, SV_E_FINDINGS, 0, "guest '%s' has lost its monitor", s.first);
		else
			sv_fail(&err, SV_E_FINDINGS, 0,
				"%u guests have lost their monitors, guest '%s' is the first", s.n,
				s.first);
		sv_hint(&err, "svirt restore --stale");
	}
	if (err.code == SV_OK)
		sv_check_pass(c, &stale_state, "nothing was left behind");
	else
		not_looked(c, &stale_state, &err);
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
		struct sv_error same = err;

		if (s->mac.mls)
			not_looked(c, &capacity, &same);
		not_looked(c, &stale_state, &err);
		return;
	}
	if (s->mac.mls)
		check_capacity(sv, store, c, s);
	check_stale(sv, store, c);
}

/* The rules for a tree at rest (--root). The kernel that answers here is not the one that will run
 * the tree, and nothing runs in it. */
static void check_tree(struct svirt *sv, struct sv_checker *c)
{
	static const struct sv_rule *const live[] = {
		&host_enforcing,  &host_contexts,      &policy_module, &policy_mcs,
		&domain_enforced, &manager_transition, &own_files,     &capacity,
	};
	sv_auto_store struct sv_store *store = NULL;
	struct sv_error err = {0};

	for (size_t i = 0; i < SV_N_ELEMENTS(live); i++)
		sv_check_skip(c, live[i], "%s is a tree at rest: only a running host can tell",
			      sv->root);
	if (sv_store_open(sv->state_dir, SV_STORE_READ, &store, &err) < 0)
		not_looked(c, &stale_state, &err);
	else
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
	if (sv->root[0]) {
		check_tree(sv, &c);
		return sv_report_take(&c, ret, err);
	}
	r = sv_driver_main(&sv->conf.models, &s.driver, &s.mac, &e);
	if (r == SV_NONE) {
		sv_fail(&e, SV_E_HOST, 0,
			"this host runs no security model that could confine a "
			"guest");
		sv_hint(&e, "%s", SV_MODELS_HINT);
	}
	if (e.code == SV_OK)
		check_model(sv, &c, &s);
	else
		sv_check_error(&c, &host_enforcing, &e);
	specimen_done(&s);
	return sv_report_take(&c, ret, err);
}
