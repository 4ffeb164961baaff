/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules for one guest: see rules.h. Must not know what a rule says. */
#include "guest/prepare/rules.h"

#include "guest/run/tpm.h"
#include "guest/state/rundir.h"
#include "qemu/swtpm.h"

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
