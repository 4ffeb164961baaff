/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From a domain to what is decided for it: see decide.h. */
#include "guest/prepare/decide.h"

#include "guest/level/users.h"
#include "guest/prepare/assign.h"
#include "guest/prepare/naming.h"
#include "guest/prepare/objects.h"
#include "guest/prepare/preflight.h"
#include "guest/prepare/relabel.h"
#include "guest/prepare/rules.h"
#include "guest/run/handover.h"
#include "guest/run/sockets.h"
#include "guest/run/taps.h"
#include "guest/run/tpm.h"
#include "guest/run/vhost.h"
#include "guest/state/rundir.h"
#include "qemu/argv.h"
#include "qemu/swtpm.h"

#include <errno.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>

/* What the model of a layer is asked for. A <seclabel> speaks of its own model only. */
static struct sv_request request_of(const struct svirt *sv, const struct sv_domain *dom,
				    const struct sv_identity *identity,
				    const struct sv_driver *driver)
{
	const struct sv_assignment *assigned = &identity->assigned;
	struct sv_request request = identity->choice.request;
	const struct sv_seclabel *own;

	request.uuid = identity->uuid;
	/* a check of a domain that has no UUID yet */
	if (!request.uuid[0])
		request.uuid = dom->uuid[0] ? dom->uuid : SV_SPECIMEN_UUID;
	if (driver == identity->choice.main) {
		if (driver->level && request.type == SV_SECLABEL_DYNAMIC) {
			request.level = &assigned->level;
			request.shared = assigned->group ? &assigned->shared : NULL;
		}
		return request;
	}
	own = sv_domain_seclabel(dom, driver->name, false);
	request.baselabel = NULL;
	request.type = SV_SECLABEL_DYNAMIC;
	request.label = NULL;
	if (own && own->type == SV_SECLABEL_STATIC) {
		request.type = SV_SECLABEL_STATIC;
		request.label = own->label;
	}
	request.relabel = (own ? own->relabel : true) && !sv->user;
	if (identity->user && driver->label && driver->label->owner) {
		request.uid = identity->user;
		request.own_user = true;
	}
	return request;
}

/* When the document gave the label, an error of the label gets the place in the document. */
static int make_stack(const struct svirt *sv, const struct sv_domain *dom,
		      struct sv_identity *identity, struct sv_error *err)
{
	const struct sv_choice *c = &identity->choice;
	struct sv_stack *stack = &identity->stack;
	int r = 0;

	for (size_t i = 0; r == 0 && i < c->n_layers; i++) {
		const struct sv_driver *driver = c->layers[i];
		struct sv_layer *layer = &stack->v[stack->n];
		struct sv_request request = request_of(sv, dom, identity, driver);

		*layer = (struct sv_layer){.driver = driver};
		r = driver->subject(&request, &layer->subject, err);
		stack->n += r == 0;
		if (r < 0 && driver == c->main && err->code == SV_E_USAGE && c->seclabel)
			return sv_error_place(err, dom->file, c->seclabel->line);
	}
	return r;
}

static int make_uuid(char ret[SV_UUID_LEN + 1], struct sv_error *err)
{
	unsigned char b[16];

	if (getrandom(b, sizeof(b), 0) != (ssize_t)sizeof(b))
		return sv_fail_errno(err, errno, "getrandom");
	b[6] = (unsigned char)((b[6] & 0x0f) | 0x40); /* version 4, RFC 4122 section 4.4 */
	b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
	(void)snprintf(ret, SV_UUID_LEN + 1,
		       "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0],
		       b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12],
		       b[13], b[14], b[15]);
	return 0;
}

static int fill_layers(const struct sv_stack *stack, struct sv_lease *lease, struct sv_error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < stack->n; i++) {
		const struct sv_layer *layer = &stack->v[i];

		r = sv_lease_wear(lease, layer->driver->name, layer->subject.label,
				  layer->subject.image[SV_ACCESS_RW], err);
	}
	return r;
}

static int fill_lease(const struct sv_domain *dom, struct sv_prepared *prep, struct sv_error *err)
{
	const struct sv_identity *identity = &prep->identity;
	const struct sv_assignment *assigned = &identity->assigned;
	const struct sv_choice *c = &identity->choice;
	struct sv_lease *l = &prep->lease;
	bool has_level = c->main && sv_catset_count(&assigned->level.cats) > 0;
	const struct sv_text texts[] = {
		{dom->name, &l->name},
		{assigned->group, &l->group},
		{assigned->joins ? assigned->joined.name : NULL, &l->joined},
	};
	int r = sv_strdup_all(texts, SV_N_ELEMENTS(texts), err);

	if (r == 0)
		r = fill_layers(&identity->stack, l, err);
	if (r == 0 && has_level)
		r = sv_level_format(&assigned->level, &l->level, err);
	if (r < 0)
		return r;
	memcpy(l->uuid, identity->uuid, sizeof(l->uuid));
	l->category = assigned->category;
	l->own_user = identity->user != 0;
	l->dynamic = c->main && c->request.type == SV_SECLABEL_DYNAMIC;
	l->vcpus = dom->vcpus;
	l->memory_kib = dom->current_memory_kib;
	l->max_memory_kib = dom->memory_kib;
	l->created = (int64_t)time(NULL);
	return 0;
}

int sv_prepare_argv(struct svirt *sv, const struct sv_domain *dom, struct sv_prepared *prep,
		    struct sv_error *err)
{
	struct sv_qemu_host host = {
		.emulator = sv->conf.emulator,
		.qmp_fd = SV_VMM_CONTROL_FD,
		.tpm_fd = SV_VMM_FIRST_FD,
		.tap_fd = SV_VMM_FIRST_FD + sv_tpm_is_emulated(dom),
		.uuid = prep->identity.uuid,
		.images = &prep->files.images,
	};
	sv_auto_free char *run_dir = NULL;
	int end, r = sv_guest_path(sv, dom->name, SV_GUEST_OWN, &run_dir, err);

	host.vhost_fd = host.tap_fd + (int)sv_taps_count(dom);
	end = host.vhost_fd + (int)sv_vhosts_count(dom);
	/* a user's guest makes no socket itself */
	if (sv->user) {
		host.own_fd = end;
		end += (int)sv_sockets_count(dom);
	}
	host.run_dir = run_dir;
	if (r == 0 && end - SV_VMM_FIRST_FD > (int)SV_VMM_MAX_FDS)
		r = sv_fail_at(err, dom->file, dom->line,
			       "the guest needs more than %u descriptors, for its taps, vhost and "
			       "sockets",
			       SV_VMM_MAX_FDS);
	return r == 0 ? sv_qemu_argv(dom, &host, &prep->argv, err) : r;
}

/* Asks the policy first, because its answer names what is missing. */
int sv_prepare_emulator(const struct sv_identity *identity, const char *self, const char *emulator,
			struct sv_error *err)
{
	const struct sv_choice *c = &identity->choice;
	int r = 0;

	if (access(emulator, F_OK) < 0) {
		sv_fail_errno(err, errno, "emulator %s", emulator);
		return sv_hint(err, "install it, name another in <emulator>, or set emulator= in "
				    "svirt.conf(5)");
	}
	if (c->main)
		r = c->main->ask->may_start(self, sv_identity_main(identity), emulator, err);
	if (r == 0 && c->host && c->host != c->main && c->host->ask->may_execute &&
	    c->host_state == SV_MAC_ENFORCING && c->host->ask->may_execute(emulator, err) < 0)
		return sv_hint(err, "the loaded policy lets svirt run no guest without a label: %s",
			       c->main ? "add its model to models= in svirt.conf(5)"
				       : "take the <seclabel> out, or give the guest a static one");
	if (r == 0 && access(emulator, X_OK) < 0) {
		sv_fail_errno(err, errno, "emulator %s", emulator);
		return sv_hint(err, "chmod +x %s", emulator);
	}
	return r;
}

static int tpm_command_line(const struct sv_domain *dom, struct sv_prepared *prep,
			    struct sv_error *err)
{
	const struct sv_driver *driver = prep->identity.choice.main;
	int r = sv_tpm_check(dom, err);

	if (r < 0 || !sv_tpm_is_emulated(dom))
		return r;
	/* the policy first, as for the emulator */
	if (driver)
		r = driver->ask->may_start(NULL, sv_identity_main(&prep->identity), SV_SWTPM, err);
	if (r == 0 && access(SV_SWTPM, X_OK) < 0)
		r = sv_fail_errno(err, errno, "TPM emulator " SV_SWTPM);
	return r < 0 ? r : sv_swtpm_argv(&dom->tpm, SV_VMM_CONTROL_FD, &prep->tpm_argv, err);
}

static int command_line(struct svirt *sv, const struct sv_domain *dom, struct sv_prepared *prep,
			struct sv_error *err)
{
	const char *emulator;
	int r = sv_prepare_argv(sv, dom, prep, err);

	if (r < 0)
		return r;
	prep->locked_kib = sv_domain_locked_kib(dom);
	prep->network = sv_needs_of(dom) & SV_NEED_INET;
	emulator = prep->argv.v[0];
	r = sv_strdup(emulator, &prep->lease.emulator, err);
	if (r == 0)
		r = sv_prepare_emulator(&prep->identity, NULL, emulator, err);
	if (r == 0)
		r = tpm_command_line(dom, prep, err);
	return r < 0 ? r : sv_handover_check(err);
}

/* Under MLS only an equal level may write, but the shared level of a group is below its members.
 * The kernel is asked whether members could write. */
static int check_shared(const struct sv_identity *identity, struct sv_error *err)
{
	const struct sv_subject *subject = sv_identity_main(identity);
	const char *shared = subject->image[SV_ACCESS_SHARED];
	struct sv_denial why = {0};
	char shown[80];
	int r = shared ? identity->choice.main->ask->may_use(subject->label, shared, S_IFREG,
							     SV_ACCESS_SHARED, &why, err)
		       : 0;

	if (r != SV_NONE)
		return r;
	sv_fail(err, SV_E_HOST, 0,
		"share group '%s': the loaded policy does not let a member use what the group "
		"shares (%s { %s })",
		sv_escape(identity->assigned.group, shown, sizeof(shown)), why.tclass, why.missing);
	return sv_hint(err, "an MLS policy lets a guest write only at its very level: share groups "
			    "need a policy with MCS");
}

static bool has_static_user(const struct sv_domain *dom)
{
	const struct sv_seclabel *s = sv_domain_seclabel(dom, sv_driver_dac.name, false);

	return s && s->type == SV_SECLABEL_STATIC;
}

/* Whether the guest may have the user that its document names. */
static int check_user(const struct sv_assign_case *c, struct sv_identity *identity,
		      struct sv_error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < identity->stack.n; i++) {
		const struct sv_layer *layer = &identity->stack.v[i];

		if (layer->driver == &sv_driver_dac)
			r = sv_naming_check_user(c, layer->subject.label, &identity->user_alone,
						 err);
	}
	return r;
}

int sv_prepare_labels(struct svirt *sv, struct sv_store *store, const struct sv_domain *dom,
		      const struct sv_guest_request *request, struct sv_identity *identity,
		      struct sv_error *err)
{
	const struct sv_assign_case level = {sv, store, dom, request, &identity->choice};
	const struct sv_driver *driver = identity->choice.main;
	const struct sv_user_case user = {sv, store, sv_user_range_of(sv, driver), dom->name,
					  identity->user_before};
	int r = driver && driver->level ? sv_assign_level(&level, &identity->assigned, err) : 0;

	if (r == 0 && user.range.last && !has_static_user(dom))
		r = sv_user_choose(&user, &identity->user, err);
	identity->user_alone = identity->user;
	if (r == 0)
		r = make_stack(sv, dom, identity, err);
	if (r == 0 && has_static_user(dom))
		r = check_user(&level, identity, err);
	if (r == 0 && driver && driver->kind)
		r = sv_naming_check(&level, sv_identity_main(identity)->label, err);
	return r == 0 && identity->assigned.group ? check_shared(identity, err) : r;
}

/* Also for svirt label: is the guest's label kept apart by categories? A start asks that last. */
static int check_apart(const struct sv_identity *identity, struct sv_error *err)
{
	const struct sv_driver *driver = identity->choice.main;

	return driver && driver->ask->kept_apart
		       ? driver->ask->kept_apart(sv_identity_main(identity), err)
		       : 0;
}

void sv_prepare_plan_request(const struct svirt *sv, const struct sv_domain *dom,
			     struct sv_prepared *prep, struct sv_plan_request *ret)
{
	*ret = (struct sv_plan_request){
		.resources = &prep->files.resources,
		.layers = prep->identity.stack.v,
		.n_layers = prep->identity.stack.n,
		.on_unlabelled = prep->request.on_unlabelled,
		.file = dom->file,
		.nodes = &prep->files.nodes,
		.watch = &sv->watch,
		.own = &prep->files.own,
		.bindings = &prep->files.bindings,
	};
}

/* A start would be refused for it; a label alone is not. */
static void warn_code(const struct svirt *sv, const struct sv_domain *dom,
		      const struct sv_prepared *prep)
{
	struct sv_error err = {0};

	if (sv_identity_is_enforced(&prep->identity) &&
	    sv_preflight_code(dom, &prep->identity, &err) < 0 && err.code == SV_E_PERMISSION)
		sv_warn(sv, "svirt start will refuse this guest: %s (%s)", err.msg, err.hint);
}

int sv_prepare_decide(struct svirt *sv, struct sv_store *store, const struct sv_domain *dom,
		      struct sv_prepared *prep, struct sv_error *err)
{
	struct sv_plan_request req;
	int r = prep->identity.uuid[0] ? 0 : make_uuid(prep->identity.uuid, err);

	if (r == 0)
		r = sv_prepare_labels(sv, store, dom, &prep->request, &prep->identity, err);
	if (r < 0)
		return r;
	sv_prepare_plan_request(sv, dom, prep, &req);
	r = sv_plan_build(&req, &prep->plan, err);
	if (r == 0)
		r = sv_objects_check(prep, dom, &prep->plan, store, err);
	if (r == 0)
		r = sv_relabel_check_all(dom, prep, err);
	if (r == 0)
		r = fill_lease(dom, prep, err);
	if (r < 0)
		return r;
	if (!(prep->request.flags & SV_PREPARE_LAUNCH)) {
		warn_code(sv, dom, prep);
		return check_apart(&prep->identity, err);
	}
	r = command_line(sv, dom, prep, err);
	if (r == 0)
		r = sv_rules_check(sv, dom, prep, err);
	return r < 0 ? r : sv_preflight(dom, prep, err);
}

void sv_prepare_reset(struct sv_prepared *prep)
{
	sv_lease_done(&prep->lease);
	sv_stack_done(&prep->identity.stack);
	sv_plan_done(&prep->plan);
	sv_strv_done(&prep->argv);
	sv_strv_done(&prep->tpm_argv);
}

int sv_prepare_remember(const struct svirt *sv, struct sv_store *store,
			const struct sv_lease *lease, struct sv_prepared *prep,
			struct sv_error *err)
{
	if (!prep->identity.uuid[0])
		memcpy(prep->identity.uuid, lease->uuid, sizeof(lease->uuid));
	prep->identity.user_before =
		sv_user_of(sv_user_range_of(sv, prep->identity.choice.main), lease);
	return sv_assign_former(store, lease, &prep->request, &prep->identity.assigned, err);
}
