/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Decides which model and which kind of label a guest gets, and makes every refusal that does not
 * depend on the guest's files. Fails closed: what is not understood is not started.
 */
#include "guest/prepare/choose.h"

#include "base/string.h"
#include "guest/prepare/user.h"

/* Whether the host can confine a guest in this model beside the main one. */
static bool is_beside(const struct sv_driver *driver)
{
	struct sv_host_mac mac = {0};
	struct sv_error ignored = {0};

	if (!driver->below)
		return !driver->mac;
	return driver->probe(&mac, &ignored) == 0 && mac.state == SV_MAC_ENFORCING;
}

/* Whether s asks for nothing but a label of the guest's own, by a model of other hosts that does
 * what the main one does here. libvirt writes such an element into the document of a guest that
 * runs. */
static bool is_any_label(const struct sv_seclabel *s, const struct sv_driver *driver,
			 const struct sv_driver *main_driver)
{
	return driver && driver->mac && !driver->below && main_driver &&
	       s->type == SV_SECLABEL_DYNAMIC && !s->baselabel;
}

/* Refuses a document that asks for something of a model that this host does not run. */
static int check_models(const struct svirt *sv, const struct sv_domain *dom,
			const struct sv_driver *main_driver, struct sv_error *err)
{
	size_t i;

	for (i = 0; i < dom->n_seclabels; i++) {
		const struct sv_seclabel *s = &dom->seclabels[i];
		const struct sv_driver *driver;
		char shown[64];

		if (!s->model || s->type == SV_SECLABEL_NONE)
			continue;
		driver = sv_driver_find(s->model);
		if (driver && (driver == main_driver || is_beside(driver)))
			continue;
		if (is_any_label(s, driver, main_driver)) {
			sv_warn(sv,
				"%s:%u: security model '%s' does not run on this host: %s "
				"confines the guest instead",
				dom->file, s->line, driver->name, main_driver->name);
			continue;
		}
		sv_fail(err, SV_E_HOST, 0, "security model '%s' does not run on this host",
			sv_escape(s->model, shown, sizeof(shown)));
		sv_hint(err, "this host runs: %s", main_driver ? main_driver->name : "none");
		return sv_error_place(err, dom->file, s->line);
	}
	return 0;
}

static int check_state(const struct svirt *sv, const struct sv_domain *dom, unsigned flags,
		       const struct sv_choice *choice, struct sv_error *err)
{
	const char *name = choice->main->name;
	const char *who = flags & SV_PREPARE_REQUIRE_ENFORCING ? "--require-enforcing"
			  : dom->require_enforcing	       ? "the domain's metadata"
			  : sv->conf.require_enforcing	       ? "svirt.conf"
							       : NULL;

	switch (choice->mac.state) {
	case SV_MAC_ENFORCING:
		return 0;
	case SV_MAC_DISABLED:
	case SV_MAC_NO_POLICY:
		sv_fail(err, SV_E_HOST, 0, "%s has no policy loaded: nothing would be kept apart",
			name);
		return sv_hint(err, "load the policy: load_policy -i, or reboot with it");
	case SV_MAC_PERMISSIVE:
	case SV_MAC_DOMAIN_PERMISSIVE:
		break;
	}
	if (who) {
		sv_fail(err, SV_E_HOST, 0, "%s is not enforcing (%s), and %s demands it", name,
			sv_mac_state_name(choice->mac.state), who);
		return sv_hint(err, "%s",
			       choice->mac.state == SV_MAC_PERMISSIVE
				       ? choice->main->enforce
				       : "semanage permissive -d TYPE takes the exception of "
					 "the guests' domain away");
	}
	sv_warn(sv, "%s is not enforcing (%s): guests are labelled, but nothing keeps them apart",
		name, sv_mac_state_name(choice->mac.state));
	return 0;
}

static int refuse_none(const struct sv_domain *dom, const struct sv_seclabel *s,
		       struct sv_error *err)
{
	sv_fail(err, SV_E_USAGE, 0, "<seclabel type='none'> asks for an unconfined guest");
	sv_hint(err, "take the element out for a label of the guest's own, or say --unconfined");
	return sv_error_place(err, dom->file, s->line);
}

/* A share group needs a dynamic label: a static one is used as it is. */
static int check_group(const struct sv_domain *dom, const struct sv_choice *choice,
		       const struct sv_seclabel *s, struct sv_error *err)
{
	bool fixed = choice->main && s && s->type == SV_SECLABEL_STATIC;

	if (dom->share_group && choice->main && !choice->main->level) {
		sv_fail(err, SV_E_USAGE, 0,
			"<svirt:share-group> is for a model with levels: this host runs %s",
			choice->main->name);
		sv_hint(err, "take the element out; what several guests are to use can be "
			     "<shareable/>");
		return sv_error_place(err, dom->file, dom->share_group_line);
	}
	if (!dom->share_group || (choice->main && !fixed))
		return 0;
	sv_fail(err, SV_E_USAGE, 0, "<svirt:share-group> is for a dynamic label: this guest has %s",
		fixed ? "a static one" : "none");
	sv_hint(err, "take the element out");
	return sv_error_place(err, dom->file, dom->share_group_line);
}

/* Whether a guest that is confined by another model gets this one as well. Its <seclabel> decides,
 * else svirt.conf. An unconfined guest gets none. */
static bool is_below(const struct svirt *sv, const struct sv_domain *dom,
		     const struct sv_choice *choice, const struct sv_driver *driver)
{
	const struct sv_seclabel *s = sv_domain_seclabel(dom, driver->name, false);
	bool wanted = s ? s->type != SV_SECLABEL_NONE : !sv->conf.landlock_off;

	return driver->below && choice->main && wanted && is_beside(driver);
}

static void choose_layers(const struct svirt *sv, const struct sv_domain *dom,
			  struct sv_choice *choice)
{
	for (const struct sv_driver *const *d = sv_drivers; *d; d++)
		if (*d == choice->main || !(*d)->mac || is_below(sv, dom, choice, *d))
			choice->layers[choice->n_layers++] = *d;
}

/* The model that the host runs, and the one that svirt.conf leaves to guests. */
static int find_models(const struct svirt *sv, unsigned flags, struct sv_choice *choice,
		       struct sv_error *err)
{
	struct sv_host_mac host = {0};
	int r = sv_driver_main(&sv->conf.models, &choice->main, &choice->mac, err);

	if (sv->user && r >= 0)
		r = sv_driver_landlock.for_user(err);
	if (r == SV_NONE && !(flags & SV_PREPARE_UNCONFINED)) {
		sv_fail(err, SV_E_HOST, 0,
			"this host runs no security model that could confine a "
			"guest");
		return sv_hint(err, "%s", SV_MODELS_HINT);
	}
	/* the host's own model decides what may be executed, whoever confines guests */
	if (r >= 0)
		r = sv_driver_main(NULL, &choice->host, &host, err);
	choice->host_state = host.state;
	return r < 0 ? r : 0;
}

int sv_choose(const struct svirt *sv, const struct sv_domain *dom, unsigned flags,
	      struct sv_choice *ret, struct sv_error *err)
{
	struct sv_choice choice = {0};
	const struct sv_seclabel *s;
	int r = sv_user_check(sv, dom, flags & SV_PREPARE_UNCONFINED, err);

	if (r == 0)
		r = find_models(sv, flags, &choice, err);

	if (r == 0)
		r = check_models(sv, dom, choice.main, err);
	if (r < 0)
		return r;
	s = choice.main ? sv_domain_seclabel(dom, choice.main->name, true) : NULL;
	if (s && s->type == SV_SECLABEL_NONE) {
		if (!(flags & SV_PREPARE_UNCONFINED))
			return refuse_none(dom, s, err);
		choice.main = NULL;
	}
	r = check_group(dom, &choice, s, err);
	if (r == 0 && choice.main)
		r = check_state(sv, dom, flags, &choice, err);
	if (r < 0)
		return r;
	if (sv->conf.user_fallback)
		sv_warn(sv, "this host has no user for VMMs: guests run as nobody; set user= in "
			    "svirt.conf(5)");
	choose_layers(sv, dom, &choice);
	choice.seclabel = s;
	choice.request = (struct sv_request){
		.name = dom->name,
		.type = s ? s->type : SV_SECLABEL_DYNAMIC,
		.label = s ? s->label : NULL,
		.baselabel = s ? s->baselabel : NULL,
		.tcg = dom->virt == SV_VIRT_QEMU,
		.relabel = (s ? s->relabel : true) && !sv->user,
		.uid = sv->conf.uid,
		.gid = sv->conf.gid,
	};
	*ret = choice;
	return 0;
}
