/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a start is refused for before anything is changed: see preflight.h. */
#include "guest/preflight.h"

#include "base/string.h"
#include "label/context.h"

#include <sys/stat.h>

struct asked {
	const struct sv_step *step;
	const char *self;
};

static int ask_as(const struct sv_step *step, const struct sv_relabel *how, struct sv_error *err)
{
	return step->driver->may_set ? step->driver->may_set(how, err) : 0;
}

/* In a tree a label is most often one of files: which object has it is looked up when that is
 * refused. */
static int ask(void *data, const char *label, struct sv_error *err)
{
	const struct asked *asked = data;
	const struct sv_step *step = asked->step;
	struct sv_relabel how = {
		.self = asked->self,
		.path = step->path,
		.from = label,
		.to = step->to,
		.mode = step->tree ? S_IFREG : step->node->mode,
	};
	sv_auto_free char *path = NULL;
	struct sv_error first = {0};
	struct stat st;
	int r;

	if (sv_streq(label, step->to))
		return 0;
	r = ask_as(step, &how, step->tree ? &first : err);
	if (r == 0 || !step->tree)
		return r;
	r = sv_step_labelled(step, label, &path, err);
	if (r < 0 || lstat(path, &st) < 0)
		return r; /* it is gone */
	how.path = path;
	how.mode = st.st_mode;
	return ask_as(step, &how, err);
}

int sv_preflight_step(const struct sv_step *step, const char *self, struct sv_error *err)
{
	struct asked asked = {step, self};

	return step->action == SV_STEP_SET ? sv_step_each_label(step, ask, &asked, err) : 0;
}

int sv_preflight_labels(const struct sv_domain *dom, const struct sv_prepared *prep,
			struct sv_error *err)
{
	enum sv_mac_state state = prep->choice.mac.state;
	int r = 0;

	if (state != SV_MAC_ENFORCING && state != SV_MAC_DOMAIN_PERMISSIVE)
		return 0;
	for (size_t i = 0; r == 0 && i < prep->plan.n; i++) {
		const struct sv_step *step = &prep->plan.items[i];

		r = sv_preflight_step(step, NULL, err);
		if (r < 0)
			(void)sv_error_place(err, dom->file, step->line);
	}
	return r;
}

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

int sv_preflight_code(const struct sv_domain *dom, const struct sv_prepared *prep,
		      struct sv_error *err)
{
	const struct sv_driver *driver = prep->choice.main;
	sv_auto_context struct sv_context guest = {0};
	struct sv_switch opener = {0};
	int r;

	if (dom->virt != SV_VIRT_QEMU || !driver || !driver->may_translate)
		return 0;
	r = driver->may_translate(prep->subject.label, &opener, err);
	if (r == SV_NONE && sv_context_parse(prep->subject.label, &guest, err) < 0)
		return -(int)err->code;
	if (r != SV_NONE)
		return r;
	sv_fail(err, SV_E_PERMISSION, 0,
		"the policy does not let %s run code that it wrote (process { execmem }), as an "
		"emulator without KVM does",
		guest.type);
	if (opener.name)
		sv_hint(err,
			"<domain type='kvm'>, on a host that has it; or setsebool -P %s on, which "
			"lets %s",
			opener.name, opener.opens);
	else
		sv_hint(err, "<domain type='kvm'>, on a host that has it; or a <baselabel> whose "
			     "type may");
	return sv_error_place(err, dom->file, dom->line);
}

/* "Could not find out" is no reason to refuse: the kernel will say. */
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

	if (sv_prepared_is_enforced(prep))
		r = settle(sv_preflight_code(dom, prep, err), &blocker, err);
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
