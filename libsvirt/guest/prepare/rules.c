/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules for one guest: see rules.h. Must not know what a rule says. */
#include "guest/prepare/rules.h"

#include "base/mount.h"
#include "base/string.h"
#include "guest/run/tpm.h"
#include "guest/state/rundir.h"
#include "qemu/swtpm.h"

/* Rules name a directory with all that is in it, by its path or by its place in the tree of
 * directories: what is mounted there is in it for the kernel. A label does not cross into another
 * filesystem, so only a model without labels on files lets a guest do so. */
static int check_mounts(const struct sv_domain *dom, const struct sv_prepared *prep,
			const struct sv_driver *model, struct sv_error *err)
{
	const struct sv_resources *resources = &prep->files.resources;
	char shown[128], at[128];

	for (size_t i = 0; i < resources->n; i++) {
		const struct sv_resource *res = &resources->items[i];
		sv_auto_free char *point = NULL;
		int r = sv_resource_is_tree(res) ? sv_mount_below(res->path, &point, err) : SV_NONE;

		if (r == SV_NONE)
			continue;
		if (r < 0)
			return r;
		(void)sv_fail(err, SV_E_HOST, 0,
			      "%s: another filesystem is mounted at %s, and %s would let the guest "
			      "use it",
			      sv_escape(res->path, shown, sizeof(shown)),
			      sv_escape(point, at, sizeof(at)), model->name);
		(void)sv_hint(err, "unmount it, or give the guest a directory without one");
		return sv_error_place(err, dom->file, res->line);
	}
	return 0;
}

static int each(const struct svirt *sv, const struct sv_domain *dom, struct sv_prepared *prep,
		bool load, struct sv_error *err)
{
	sv_auto_ports struct sv_ports ports = {0};
	sv_auto_free char *run_dir = NULL;
	struct sv_scope scope = {
		.resources = &prep->files.resources,
		.needs = sv_needs_of(dom),
		.emulator = prep->argv.v[0],
		.swtpm = sv_tpm_is_emulated(dom) ? SV_SWTPM : NULL,
		.ports = &ports,
		.nodes = &prep->files.nodes,
	};
	int r = sv_guest_path(sv, dom->name, SV_GUEST_OWN, &run_dir, err);

	if (r == 0)
		r = sv_ports_of(dom, &ports, err);
	scope.run_dir = run_dir;
	for (size_t i = 0; r == 0 && i < prep->identity.stack.n; i++) {
		struct sv_layer *layer = &prep->identity.stack.v[i];
		const struct sv_rule_ops *rules = layer->driver->rules;

		scope.alone = layer->driver == prep->identity.choice.main;
		if (rules && scope.alone && !layer->driver->label)
			r = check_mounts(dom, prep, layer->driver, err);
		if (r < 0)
			break;
		if (rules && load)
			r = rules->load(&layer->subject, &scope, &layer->ruleset, err);
		else if (rules && rules->check)
			r = rules->check(&layer->subject, &scope, err);
	}
	return r;
}

int sv_rules_check(const struct svirt *sv, const struct sv_domain *dom, struct sv_prepared *prep,
		   struct sv_error *err)
{
	return each(sv, dom, prep, false, err);
}

int sv_rules_load(const struct svirt *sv, const struct sv_domain *dom, struct sv_prepared *prep,
		  struct sv_error *err)
{
	return each(sv, dom, prep, true, err);
}
