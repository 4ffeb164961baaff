/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checks before anything is changed: see preflight.h. */
#include "guest/prepare/preflight.h"

#include "base/string.h"
#include "guest/prepare/blocker.h"
#include "label/context.h"

bool sv_preflight_kvm(const struct sv_domain *dom, struct sv_resource *ret)
{
	*ret = (struct sv_resource){
		.kind = SV_RES_KVM,
		.access = SV_ACCESS_RW,
		.path = "/dev/kvm",
		.target = (char *)(uintptr_t) "kvm",
		.line = dom->line,
	};
	return dom->virt == SV_VIRT_KVM;
}

int sv_preflight_code(const struct sv_domain *dom, const struct sv_identity *identity,
		      struct sv_error *err)
{
	const struct sv_driver *driver = identity->choice.main;
	sv_auto_context struct sv_context guest = {0};
	struct sv_boolean boolean = {0};
	int r;

	if (dom->virt != SV_VIRT_QEMU || !driver || !driver->ask->may_translate)
		return 0;
	r = driver->ask->may_translate(sv_identity_main(identity)->label, &boolean, err);
	if (r == SV_NONE && sv_context_parse(sv_identity_main(identity)->label, &guest, err) < 0)
		return -(int)err->code;
	if (r != SV_NONE)
		return r;
	sv_fail(err, SV_E_PERMISSION, 0,
		"the policy does not let %s run code that it wrote (process { execmem }), as an "
		"emulator without KVM does",
		guest.type);
	if (boolean.name)
		sv_hint(err,
			"<domain type='kvm'>, on a host that has it; or setsebool -P %s on, which "
			"lets %s",
			boolean.name, boolean.opens);
	else
		sv_hint(err, "<domain type='kvm'>, on a host that has it; or a <baselabel> whose "
			     "type may");
	return sv_error_place(err, dom->file, dom->line);
}

/* What could not be found out is not a reason to refuse: the kernel will decide. */
static int settle(int r, struct sv_blocker *blocker, struct sv_error *err)
{
	if (r == SV_NONE) {
		*err = blocker->what;
		return -(int)err->code;
	}
	if (r < 0 && err->code == SV_E_UNKNOWN) {
		sv_error_clear(err);
		return 0;
	}
	return r;
}

int sv_preflight(const struct sv_domain *dom, struct sv_prepared *prep, struct sv_error *err)
{
	struct sv_searched searched = {0};
	struct sv_blocker_case look = {.dom = dom,
				       .prep = prep,
				       .nodes = &prep->files.nodes,
				       .start = true,
				       .searched = &searched};
	struct sv_blocker blocker = {0};
	struct sv_resource kvm;
	size_t i;
	int r = 0;

	if (sv_identity_is_enforced(&prep->identity))
		r = settle(sv_preflight_code(dom, &prep->identity, err), &blocker, err);
	if (r == 0 && sv_preflight_kvm(dom, &kvm)) {
		look.res = &kvm;
		r = settle(sv_blocker_find(&look, &blocker, err), &blocker, err);
	}
	for (i = 0; r == 0 && i < prep->files.resources.n; i++) {
		look.res = &prep->files.resources.items[i];
		r = settle(sv_blocker_find(&look, &blocker, err), &blocker, err);
	}
	return r;
}
