/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Would this domain start here, and what is the first thing in the way? The same steps as a start,
 * one by one, and nothing is changed. See check.h.
 */
#include "guest/check.h"

#include "base/string.h"
#include "domain/xml.h"
#include "guest/hostdev.h"
#include "guest/prepare.h"
#include "guest/registry.h"

#include <errno.h>

static const struct sv_rule domain_valid = {"svirt-domain-valid", "high"};
static const struct sv_rule label_valid = {"svirt-label-valid", "high"};
static const struct sv_rule label_unique = {"svirt-label-unique", "high"};
static const struct sv_rule resource_access = {"svirt-resource-access", "medium"};
static const struct sv_rule emulator_rule = {"svirt-emulator", "medium"};

/* Files that are left as they are have to be usable as they are. */
static int judge_left(const struct sv_prepared *prep, const struct sv_plan *plan,
		      struct sv_error *err)
{
	size_t i;

	for (i = 0; i < plan->n; i++) {
		const struct sv_step *s = &plan->items[i];
		const struct sv_subject *subject = s->driver->mac ? &prep->subject : &prep->owner;
		struct sv_denial why = {0};
		int r;

		if (s->action != SV_STEP_LEAVE || !s->from)
			continue;
		r = s->driver->may_use(subject->label, s->from, s->node->mode, s->access, &why,
				       err);
		if (r < 0)
			return r;
		if (r == 0)
			continue;
		return sv_fail(err, SV_E_PERMISSION, 0, "%s: %s may not { %s } it (%s, %s)",
			       !s->driver->mac ? "dac-open"
			       : why.category  ? "category-mismatch"
					       : "type-denied",
			       subject->label, why.missing, why.tclass, s->from);
	}
	return 0;
}

/* SV_NONE: the guest will not use it. */
static int judge_one(const struct sv_domain *dom, struct sv_prepared *prep,
		     struct sv_resource *resource, struct sv_error *err)
{
	struct sv_resources one = {.items = resource, .n = 1};
	struct sv_party parties[SV_MAX_PARTIES];
	const struct sv_plan_request req = {
		.resources = &one,
		.parties = parties,
		.n_parties = sv_prepared_parties(prep, parties),
		.file = dom->file,
		.nodes = &prep->files.nodes,
	};
	sv_auto_plan struct sv_plan plan = {0};
	int r = sv_plan_build(&req, &plan, err);

	if (r == 0 && plan.n == 0)
		return SV_NONE;
	return r < 0 ? r : judge_left(prep, &plan, err);
}

static void on_problem(void *data, struct sv_error *err)
{
	sv_check_error(data, &resource_access, err);
}

/* Each path by itself, so that each has its own first blocker. */
static void check_paths(const struct svirt *sv, struct sv_domain *dom, struct sv_prepared *prep,
			struct sv_checker *c)
{
	const struct sv_resources *all = &prep->files.resources;
	const char *whole = c->object;
	struct sv_error err = {0};
	size_t i;
	int r;

	if (sv_files_of(sv, dom, on_problem, c, &prep->files, &err) < 0) {
		sv_check_error(c, &resource_access, &err);
		return;
	}
	for (i = 0; i < all->n; i++) {
		sv_auto_free char *object = NULL;

		if (sv_asprintf(&object, &err, "%s: %s", whole, all->items[i].path) == 0)
			c->object = object;
		r = judge_one(dom, prep, &all->items[i], &err);
		if (r == 0)
			sv_check_pass(c, &resource_access, "%s (%s) can be used",
				      all->items[i].target, sv_access_name(all->items[i].access));
		else if (r < 0)
			sv_check_error(c, &resource_access, &err);
		c->object = whole;
	}
}

static void check_emulator(struct svirt *sv, const struct sv_domain *dom, struct sv_checker *c)
{
	const char *path = dom->emulator ? dom->emulator : sv->conf.emulator;
	struct sv_error err = {0};

	if (access(path, X_OK) < 0) {
		sv_fail_errno(&err, errno, "emulator %s", path);
		sv_hint(&err, "install it, or name another in <emulator> or in svirt.conf(5)");
		sv_check_error(c, &emulator_rule, &err);
		return;
	}
	sv_check_pass(c, &emulator_rule, "%s can be executed", path);
}

static void check_loaded(struct svirt *sv, struct sv_domain *dom, struct sv_checker *c)
{
	sv_auto_prepared struct sv_prepared prep = {.lock = -1};
	sv_auto_store struct sv_store *store = NULL;
	struct sv_error err = {0};
	int r;

	check_emulator(sv, dom, c);
	r = sv_choose(sv, dom, 0, &prep.choice, &err);
	if (r == 0)
		r = sv_store_open(sv->state_dir, SV_STORE_READ, &store, &err);
	if (r >= 0)
		r = sv_prepare_labels(sv, store, dom, &prep, &err);
	if (r < 0) {
		bool level = err.code == SV_E_BUSY || err.code == SV_E_EXHAUSTED;

		sv_check_error(c, level ? &label_unique : &label_valid, &err);
		return;
	}
	sv_check_pass(c, &label_unique, "nobody else is at its level");
	sv_check_pass(c, &label_valid, "its label is valid here (%s)",
		      prep.subject.label ? prep.subject.label : prep.owner.label);
	check_paths(sv, dom, &prep, c);
}

int sv_check_domain(struct svirt *sv, const char *spec, int fd, struct svirt_report **ret,
		    struct sv_error *err)
{
	sv_auto_domain struct sv_domain *dom = NULL;
	sv_auto_free char *object = NULL;
	struct sv_error e = {0};
	struct sv_checker c;
	int r = fd >= 0 ? sv_domain_read(fd, spec, &dom, &e) : sv_registry_load(sv, spec, &dom, &e);

	/* no such domain is a wrong question, not a finding */
	if (r < 0 && e.code != SV_E_USAGE) {
		*err = e;
		return r;
	}
	r = sv_asprintf(&object, err, "domain %s", dom ? dom->name : spec);
	if (r == 0)
		r = sv_report_new(&c, object, err);
	if (r < 0)
		return r;
	if (dom) {
		sv_check_pass(&c, &domain_valid, "the description is valid");
		check_loaded(sv, dom, &c);
	} else {
		sv_check_error(&c, &domain_valid, &e);
	}
	return sv_report_take(&c, ret, err);
}
