/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The orchestration of label and start: see start.h. */
#include "guest/life/start.h"

#include "base/string.h"
#include "guest/life/launch.h"
#include "guest/prepare/apply.h"
#include "guest/prepare/blocker.h"
#include "guest/prepare/prepare.h"
#include "guest/restore/release.h"
#include "guest/state/leases.h"
#include "guest/state/result.h"
#include "guest/state/rundir.h"

#include <errno.h>
#include <sys/stat.h>

static int copy_step(const struct sv_step *from, struct svirt_step *to, struct sv_error *err)
{
	const struct sv_text texts[] = {
		{from->driver->name, &to->driver},
		{sv_step_action_name(from->action), &to->action},
		{sv_access_name(from->access), &to->access},
		{from->path, &to->path},
		{from->target, &to->target},
		{from->from, &to->from},
		{from->action == SV_STEP_HOLD ? NULL : from->to, &to->to},
		{from->why, &to->why},
		{from->role, &to->role},
		{from->format, &to->format},
	};

	return sv_strdup_all(texts, SV_N_ELEMENTS(texts), err);
}

static int copy_ignored(const struct sv_domain *dom, struct svirt_plan *plan, struct sv_error *err)
{
	size_t i;
	int r = 0;

	plan->ignored = calloc(dom->n_ignored + 1, sizeof(*plan->ignored));
	if (!plan->ignored)
		return sv_fail_oom(err);
	for (i = 0; r == 0 && i < dom->n_ignored; i++, plan->n_ignored++) {
		plan->ignored[i].line = dom->ignored[i].line;
		r = sv_strdup(dom->ignored[i].element, &plan->ignored[i].element, err);
		if (r == 0)
			r = sv_strdup(dom->ignored[i].reason, &plan->ignored[i].reason, err);
	}
	return r;
}

static int copy_head(const struct sv_prepared *prep, struct svirt_plan *plan, struct sv_error *err)
{
	const struct sv_lease *l = &prep->lease;
	const struct sv_choice *c = &prep->identity.choice;
	const struct sv_lease_layer *main = sv_lease_main(l), *dac = sv_lease_layer(l, "dac");
	const char *type = c->request.type == SV_SECLABEL_STATIC ? "static" : "dynamic";
	const struct sv_text texts[] = {
		{l->name, &plan->name},
		{l->uuid, &plan->uuid},
		{main ? main->driver : NULL, &plan->model},
		{c->main ? type : "none", &plan->type},
		{main ? main->label : NULL, &plan->label},
		{main ? main->image : NULL, &plan->image},
		{dac ? dac->label : NULL, &plan->owner},
		{l->level, &plan->level},
		{l->group, &plan->share_group},
		{l->joined, &plan->joined},
	};
	int r = sv_strdup_all(texts, SV_N_ELEMENTS(texts), err);

	return r < 0 ? r : sv_layers_new(l, &plan->layers, &plan->n_layers, err);
}

/* Makes the public plan of what was prepared. Takes the argument vectors over. */
static int publish(const struct sv_domain *dom, struct sv_prepared *prep, struct svirt_plan **ret,
		   struct sv_error *err)
{
	sv_cleanup(svirt_plan_free) struct svirt_plan *plan = calloc(1, sizeof(*plan));
	size_t i;
	int r;

	if (!plan)
		return sv_fail_oom(err);
	r = copy_head(prep, plan, err);
	plan->steps = calloc(prep->plan.n + 1, sizeof(*plan->steps));
	if (r == 0 && !plan->steps)
		r = sv_fail_oom(err);
	for (i = 0; r == 0 && i < prep->plan.n; i++, plan->n_steps++)
		r = copy_step(&prep->plan.items[i], &plan->steps[i], err);
	if (r == 0)
		r = copy_ignored(dom, plan, err);
	if (r < 0)
		return r;
	plan->argv = prep->argv.v;
	prep->argv = (struct sv_strv){0};
	plan->tpm_argv = prep->tpm_argv.v;
	prep->tpm_argv = (struct sv_strv){0};
	*ret = sv_take_ptr(plan);
	return 0;
}

/* Warns about what the document asks for and svirt does not do, such as a limit: somebody may rely
 * on it. */
static void warn_ignored(const struct svirt *sv, const struct sv_domain *dom)
{
	char shown[128];

	for (size_t i = 0; i < dom->n_ignored; i++)
		if (dom->ignored[i].warn)
			sv_warn(sv, "%s:%u: %s: %s", dom->file, dom->ignored[i].line,
				sv_escape(dom->ignored[i].element, shown, sizeof(shown)),
				dom->ignored[i].reason);
}

/* Opens the store, or a copy of it in a rehearsal, repairs what was left behind and prepares. */
static int begin(struct svirt *sv, struct sv_domain *dom, const struct sv_guest_request *request,
		 struct sv_store **store, struct sv_prepared *prep, struct sv_error *err)
{
	int r = sv_handle_store_for(sv, request->flags & SV_PREPARE_DRY_RUN, store, err);

	if (r == 0)
		r = sv_repair(sv, *store, err);
	return r == 0 ? sv_prepare(sv, *store, dom, request, prep, err) : r;
}

/* The same steps, up to the first one that would change the host. */
static int dry_run(struct svirt *sv, struct sv_domain *dom, const struct sv_guest_request *request,
		   struct svirt_plan **ret, struct sv_error *err)
{
	sv_auto_prepared struct sv_prepared prep = {.lock = -1};
	sv_auto_store struct sv_store *store = NULL;
	int r = begin(sv, dom, request, &store, &prep, err);

	return r < 0 ? r : publish(dom, &prep, ret, err);
}

/* Ends an interrupted svirt label. What is labelled stays labelled; the next svirt label finds it
 * in the journal and goes on. The warning is given here, because the signal may end this process
 * before its caller can. */
static int pause_label(struct svirt *sv, struct sv_store *store, const struct sv_lease *lease,
		       struct sv_error *err)
{
	struct sv_error why = {0};

	if (sv_keep(store, lease->id, true, &why) < 0)
		sv_warn(sv, "%s", why.msg);
	else
		sv_warn(sv,
			"interrupted: the files of guest '%s' are labelled in part; the same "
			"command goes on from here, svirt restore %s puts them back",
			lease->name, lease->name);
	return -(int)err->code;
}

static int apply(struct svirt *sv, struct sv_store *store, const struct sv_domain *dom,
		 struct sv_prepared *prep, struct sv_error *err)
{
	struct sv_error undo = {0};
	int r = sv_prepare_apply(sv, store, dom, prep, err);

	if (r == 0)
		return prep->lease.kept ? 0 : sv_keep(store, prep->lease.id, true, err);
	if (err->sys == EINTR)
		return pause_label(sv, store, &prep->lease, err);
	if (sv_abandon(sv, store, &prep->lease, &undo) < 0)
		sv_warn(sv, "%s", undo.msg);
	return r;
}

static int label(struct svirt *sv, struct sv_domain *dom, const struct sv_guest_request *request,
		 struct svirt_plan **ret, struct sv_error *err)
{
	sv_auto_prepared struct sv_prepared prep = {.lock = -1};
	sv_auto_store struct sv_store *store = NULL;
	int r = begin(sv, dom, request, &store, &prep, err);

	if (r < 0)
		return r;
	r = apply(sv, store, dom, &prep, err);
	sv_guest_unlock(sv, dom->name, &prep.lock);
	return r < 0 ? r : publish(dom, &prep, ret, err);
}

/* Calls fn while signals that would end the process are held back; fn checks for them. */
static int undisturbed(struct svirt *sv, struct sv_domain *dom,
		       const struct sv_guest_request *request,
		       int (*fn)(struct svirt *sv, struct sv_domain *dom,
				 const struct sv_guest_request *request, struct svirt_plan **ret,
				 struct sv_error *err),
		       struct svirt_plan **ret, struct sv_error *err)
{
	sv_auto_signals struct sv_signals signals = SV_SIGNALS_EMPTY;
	int r = sv_signals_hold(&signals, err);

	if (r < 0)
		return r;
	sv->signals = &signals;
	r = fn(sv, dom, request, ret, err);
	sv->signals = NULL;
	return r;
}

int sv_guest_label(struct svirt *sv, struct sv_domain *dom, const struct svirt_options *options,
		   struct svirt_plan **ret, struct sv_error *err)
{
	struct sv_guest_request request;
	int r = sv_guest_request_read(sv, options, &request, err);

	if (r < 0)
		return r;
	warn_ignored(sv, dom);
	if (request.flags & SV_PREPARE_DRY_RUN)
		return dry_run(sv, dom, &request, ret, err);
	return undisturbed(sv, dom, &request, label, ret, err);
}

/* QEMU only says "Permission denied", so the first thing in the way of the guest's files is added
 * as a hint. The start has failed already, so it is not an error when nothing is found. */
static void explain_denial(const struct sv_domain *dom, struct sv_store *store,
			   const struct sv_prepared *prep, struct sv_error *err)
{
	/* files are opened again, because they may have changed since the plan */
	sv_auto_nodes struct sv_nodes nodes = {0};
	size_t i;

	for (i = 0; i < prep->files.resources.n; i++) {
		const struct sv_blocker_case path = {
			.dom = dom,
			.prep = prep,
			.store = store,
			.nodes = &nodes,
			.res = &prep->files.resources.items[i],
		};
		struct sv_blocker blocker;
		struct sv_error ignored = {0};

		if (sv_blocker_find(&path, &blocker, &ignored) != SV_NONE)
			continue;
		sv_hint(err, "%s: %s%s%s", blocker.name, blocker.what.msg,
			blocker.what.hint[0] ? "; " : "", blocker.what.hint);
		return;
	}
}

/* Adds hints that do not follow from a file's label: to make files in a directory, and the process
 * that listens at a socket. */
static void blame_other(const struct sv_prepared *prep, struct sv_error *err)
{
	const struct sv_lease *l = &prep->lease;
	char shown[192];
	size_t i;

	for (i = 0; i < prep->plan.n; i++) {
		const struct sv_step *s = &prep->plan.items[i];

		sv_escape(s->path, shown, sizeof(shown));
		if (s->made_anew)
			sv_hint(err,
				"the guest makes %s anew: %s has to be allowed to write its "
				"directory; a socket without a path is in a directory of the "
				"guest's own",
				shown, l->layers[0].label);
		else if (s->node && S_ISSOCK(s->node->mode))
			sv_hint(err,
				"who listens at %s has to be in a domain that %s may connect to "
				"(unix_stream_socket { connectto }), at a level without categories",
				shown, l->layers[0].label);
		if (err->hint[0])
			return;
	}
}

static void explain_failure(const struct sv_domain *dom, struct sv_store *store,
			    const struct sv_prepared *prep, struct sv_error *err)
{
	if (err->hint[0])
		return;
	/* with an errno the failure was before the VMM was executed */
	if (err->sys == 0 && (err->code == SV_E_PERMISSION || err->code == SV_E_HOST))
		explain_denial(dom, store, prep, err);
	if (err->sys == 0 && err->code == SV_E_PERMISSION && !err->hint[0])
		blame_other(prep, err);
}

static int start(struct svirt *sv, struct sv_domain *dom, const struct sv_guest_request *request,
		 struct svirt_plan **ret, struct sv_error *err)
{
	sv_auto_prepared struct sv_prepared prep = {.lock = -1};
	sv_auto_store struct sv_store *store = NULL;
	int r = begin(sv, dom, request, &store, &prep, err);

	if (r < 0)
		return r;
	r = sv_launch(sv, store, dom, &prep, err);
	if (r < 0) {
		explain_failure(dom, store, &prep, err);
		return r;
	}
	return publish(dom, &prep, ret, err);
}

int sv_guest_start(struct svirt *sv, struct sv_domain *dom, const struct svirt_options *options,
		   struct svirt_plan **ret, struct sv_error *err)
{
	struct sv_guest_request request;
	int r = sv_guest_request_read(sv, options, &request, err);

	if (r < 0)
		return r;
	request.flags |= SV_PREPARE_LAUNCH;
	warn_ignored(sv, dom);
	if (request.flags & SV_PREPARE_DRY_RUN)
		return dry_run(sv, dom, &request, ret, err);
	return undisturbed(sv, dom, &request, start, ret, err);
}
