/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Would this domain start here, and what is the first thing in the way? The same steps as a start,
 * one by one, and nothing is changed. See check.h.
 */
#include "guest/inspect/check.h"

#include "base/string.h"
#include "domain/xml/xml.h"
#include "guest/files/collect.h"
#include "guest/files/hostdev.h"
#include "guest/prepare/at-rest.h"
#include "guest/prepare/choose.h"
#include "guest/prepare/decide.h"
#include "guest/prepare/preflight.h"
#include "guest/prepare/rules.h"
#include "guest/run/bounds.h"
#include "guest/run/tpm.h"
#include "guest/state/registry.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

static const struct sv_rule domain_valid = {"svirt-domain-valid", "high"};
static const struct sv_rule label_valid = {"svirt-label-valid", "high"};
static const struct sv_rule label_unique = {"svirt-label-unique", "high"};
static const struct sv_rule resource_access = {"svirt-resource-access", "medium"};
static const struct sv_rule header_host = {"svirt-header-names-host-file", "high"};
static const struct sv_rule header_pin = {"svirt-header-differs-from-pin", "high"};
static const struct sv_rule limits_rule = {"svirt-limits", "medium"};
static const struct sv_rule at_rest = {"svirt-image-at-rest", "low"};
static const struct sv_rule emulator_rule = {"svirt-emulator", "medium"};

/* The state of the search for files, with the faults of headers that were found. */
struct finder {
	struct sv_checker *c;
	bool of_host, unpinned;
};

/* A permission error of root is an answer, because a start would fail too. For another user it is
 * not, and becomes "unknown". */
static struct sv_error *looked(struct sv_error *err)
{
	if (geteuid() != 0 && err->code == SV_E_PERMISSION && err->sys)
		err->code = SV_E_UNKNOWN;
	return err;
}

/* Reports what cannot be followed. It has no path that check_paths() could look at. */
static void on_problem(void *data, enum sv_files_part part, struct sv_error *err)
{
	struct finder *finder = data;
	struct sv_blocker blocker = {.what = *err};
	const char *missing = "missing";

	switch (part) {
	case SV_FILES_OF_HOST:
		finder->of_host = true;
		sv_check_error(finder->c, &header_host, err);
		return;
	case SV_FILES_UNPINNED:
		finder->unpinned = true;
		sv_check_error(finder->c, &header_pin, err);
		return;
	case SV_FILES_IMAGE:
		missing = "dangling-backing";
		break;
	case SV_FILES_DEVICE:
		break;
	}
	if (err->code != SV_E_NOTFOUND) {
		sv_check_error(finder->c, &resource_access, looked(err));
		return;
	}
	(void)snprintf(blocker.name, sizeof(blocker.name), "%s", missing);
	sv_check_blocker(finder->c, &resource_access, &blocker);
}

static bool has_images(const struct sv_images *images)
{
	for (size_t i = 0; i < images->n; i++) {
		if (images->graphs[i].n)
			return true;
	}
	return false;
}

/* Passes the rules about headers, unless a fault was reported. */
static void pass_headers(const struct finder *finder, const struct sv_images *images)
{
	if (!has_images(images))
		return;
	if (!finder->of_host)
		sv_check_pass(finder->c, &header_host,
			      "no image's header brings in what is the host's");
	if (!finder->unpinned)
		sv_check_pass(finder->c, &header_pin,
			      "each image's header names what was accepted, or no guest has had it "
			      "to write");
}

/* A file passes. For a device that all guests share the finding says that no label keeps guests
 * apart in it. */
static void pass(struct sv_checker *c, const struct sv_resource *res)
{
	sv_check_pass(c, &resource_access, "%s (%s) can be used%s", res->target,
		      sv_access_name(res->access),
		      sv_resource_is_shared_device(res)
			      ? "; all guests share the device, and no label keeps them apart in it"
			      : "");
}

static void check_path(struct sv_checker *c, const struct sv_blocker_case *path)
{
	const char *whole = c->object;
	sv_auto_free char *object = NULL;
	struct sv_blocker blocker;
	struct sv_error err = {0};
	int r;

	if (sv_asprintf(&object, &err, "%s: %s", whole, path->res->path) == 0)
		c->object = object;
	r = sv_blocker_find(path, &blocker, &err);
	if (r == 0)
		pass(c, path->res);
	else if (r == SV_NONE)
		sv_check_blocker(c, &resource_access, &blocker);
	else
		sv_check_error(c, &resource_access, looked(&err));
	c->object = whole;
}

/* May a guest without KVM run the code that its emulator translates? */
static void check_code(const struct sv_domain *dom, const struct sv_prepared *prep,
		       struct sv_checker *c)
{
	struct sv_error err = {0};

	if (dom->virt != SV_VIRT_QEMU)
		return;
	if (sv_preflight_code(dom, &prep->identity, &err) < 0)
		sv_check_error(c, &emulator_rule, &err);
	else
		sv_check_pass(c, &emulator_rule, "without KVM, it may run the code it translates");
}

/* The label that the manager gets when this process executes it. */
static int manager_label(const struct sv_driver *driver, char **ret, struct sv_error *err)
{
	return driver && driver->ask->becomes
		       ? driver->ask->becomes(SV_PKGLIBEXECDIR "/svirt-manager", ret, err)
		       : 0;
}

/* May the manager write what binding a device takes? */
static int check_writes(const struct sv_driver *driver, const char *manager,
			const struct sv_node *node, const char *address, struct sv_error *err)
{
	sv_auto_close int fd = openat(node->fd, "driver_override", O_PATH | O_CLOEXEC);
	sv_auto_free char *label = NULL;
	struct sv_denial why = {0};
	int r;

	if (!manager || !driver->label || !driver->ask->may_use)
		return 0;
	if (fd < 0)
		return sv_fail_errno(err, errno, "PCI device %s: driver_override", address);
	r = driver->label->get(fd, &label, err);
	if (r == 0)
		r = driver->ask->may_use(manager, label, S_IFREG, SV_ACCESS_RW, &why, err);
	if (r != SV_NONE)
		return r;
	sv_fail(err, SV_E_PERMISSION, 0,
		"PCI device %s: svirt-manager may not bind it to vfio-pci (%s { %s })", address,
		label ? label : "no label", why.missing);
	return sv_bind_hint_right(address, err);
}

/* May the device be taken from its driver? */
static void check_binding(const struct sv_bindings *all, size_t i, struct sv_prepared *prep,
			  const char *manager, struct sv_checker *c)
{
	sv_auto_bind_look struct sv_bind_look look = {0};
	const char *address = all->items[i].address;
	struct sv_error err = {0};
	int r = sv_bind_look(all, i, &prep->files.nodes, &look, &err);
	bool bound = r == 0 && sv_streq(look.from, look.to);

	if (r == 0 && !bound)
		r = check_writes(prep->identity.choice.main, manager, look.node, address, &err);
	if (r < 0)
		sv_check_error(c, &resource_access, looked(&err));
	else if (bound)
		sv_check_pass(c, &resource_access, "PCI device %s is bound to VFIO (%s)", address,
			      look.from);
	else
		sv_check_pass(
			c, &resource_access,
			"PCI device %s can be bound to vfio-pci; the host does not use it (%s)",
			address, look.from);
}

/* The files were found and opened. */
static void check_at_rest(const struct sv_prepared *prep, struct sv_checker *c)
{
	const struct sv_driver *driver = prep->identity.choice.main;
	const struct sv_resources *all = &prep->files.resources;
	size_t i, n = 0;

	/* in a model without levels every guest may read what has the host's own label */
	if (!driver || !driver->level || !driver->label)
		return;
	for (i = 0; i < all->n; i++) {
		struct sv_error what = {0};

		if (!sv_at_rest_is_open(prep, &all->items[i], &what))
			continue;
		sv_check_inform(c, &at_rest, &what);
		n++;
	}
	if (n == 0)
		sv_check_pass(c, &at_rest,
			      "what it writes is closed to other guests while it does not run");
}

/* Checks each path by itself, so that each has its own first blocker. */
static void check_paths(const struct svirt *sv, struct sv_domain *dom, struct sv_prepared *prep,
			struct sv_store *store, const char *manager, struct sv_checker *c)
{
	const struct sv_resources *all = &prep->files.resources;
	struct finder finder = {.c = c};
	const struct sv_files_request req = {
		.sv = sv,
		.dom = dom,
		.store = store,
		.fn = on_problem,
		.data = &finder,
	};
	struct sv_searched searched = {0};
	struct sv_blocker_case path = {.dom = dom,
				       .prep = prep,
				       .store = store,
				       .manager = manager,
				       .nodes = &prep->files.nodes,
				       .searched = &searched};
	struct sv_error err = {0};
	struct sv_resource kvm;
	size_t i;

	if (sv_files_of(&req, &prep->files, &err) < 0) {
		sv_check_error(c, &resource_access, &err);
		return;
	}
	pass_headers(&finder, &prep->files.images);
	prep->files.bindings.looks_only = true;
	for (i = 0; i < prep->files.bindings.n; i++)
		check_binding(&prep->files.bindings, i, prep, manager, c);
	path.res = &kvm;
	if (sv_preflight_kvm(dom, &kvm))
		check_path(c, &path);
	for (i = 0; i < all->n; i++) {
		path.res = &all->items[i];
		check_path(c, &path);
	}
	check_at_rest(prep, c);
}

/* Can the emulator's command line be written, and may the manager execute it as this guest? */
static void check_emulator(struct svirt *sv, const struct sv_domain *dom, struct sv_prepared *prep,
			   const char *manager, struct sv_checker *c)
{
	const char *path = dom->emulator ? dom->emulator : sv->conf.emulator;
	struct sv_error err = {0};
	int r = sv_prepare_argv(sv, dom, prep, &err);

	if (r == 0)
		r = sv_prepare_emulator(&prep->identity, manager, path, &err);
	if (r == 0)
		r = sv_rules_check(sv, dom, prep, &err);
	if (r < 0)
		sv_check_error(c, &emulator_rule, &err);
	else
		sv_check_pass(c, &emulator_rule, "%s can be executed", path);
}

/* May the manager start swtpm as this guest? */
static void check_tpm(const struct sv_domain *dom, const struct sv_prepared *prep,
		      const char *manager, const struct sv_error *unknown, struct sv_checker *c)
{
	const struct sv_driver *driver = prep->identity.choice.main;
	struct sv_error err = {0};
	int r = sv_tpm_check(dom, &err);

	if (!sv_tpm_is_emulated(dom))
		return;
	if (r == 0 && unknown->code != SV_OK) {
		err = *unknown;
		r = -(int)err.code;
	}
	if (r == 0 && manager)
		r = driver->ask->may_start(manager, sv_identity_main(&prep->identity), SV_SWTPM,
					   &err);
	if (r < 0)
		sv_check_error(c, &emulator_rule, &err);
	else
		sv_check_pass(c, &emulator_rule, SV_SWTPM " can be executed, for its TPM");
}

/* Can this host set the limits of the document? */
static void check_limits(const struct svirt *sv, const struct sv_domain *dom, struct sv_checker *c)
{
	sv_auto_limits struct sv_limit_list limits = {0};
	struct sv_error err = {0};
	bool asked = false;

	if (sv_bounds_find(sv, dom, &limits, &err) < 0)
		sv_check_error(c, &limits_rule, looked(&err));
	for (size_t i = 0; i < limits.n; i++)
		asked |= limits.items[i].line != 0;
	if (asked)
		sv_check_pass(c, &limits_rule, "this host can set its limits");
}

/* A guest that has a label already starts with that one. */
static int remember(const struct svirt *sv, struct sv_store *store, const char *name,
		    struct sv_prepared *prep, struct sv_error *err)
{
	sv_auto_lease struct sv_lease lease = {0};
	int r = sv_lease_find(store, name, &lease, err);

	return r == 0 ? sv_prepare_remember(sv, store, &lease, prep, err) : r;
}

/* With --root nothing is checked: the domain's paths and labels are those of another system. */
static void skip_all(const struct svirt *sv, struct sv_checker *c)
{
	static const struct sv_rule *const live[] = {&label_unique, &label_valid, &resource_access,
						     &emulator_rule};

	for (size_t i = 0; i < SV_N_ELEMENTS(live); i++)
		sv_check_skip(c, live[i], "%s is a tree at rest: only a running host can tell",
			      sv->root);
}

static void check_loaded(struct svirt *sv, struct sv_domain *dom, struct sv_checker *c)
{
	sv_auto_prepared struct sv_prepared prep = {.lock = -1};
	sv_auto_store struct sv_store *store = NULL;
	struct sv_error err = {0}, unknown = {0};
	sv_auto_free char *manager = NULL;
	const struct sv_driver *main_driver;
	int r;

	if (sv->root[0]) {
		skip_all(sv, c);
		return;
	}
	r = sv_choose(sv, dom, 0, &prep.identity.choice, &err);
	if (r == 0)
		r = sv_store_open(sv->state_dir, SV_STORE_READ, &store, &err);
	if (r < 0)
		(void)looked(&err);
	if (r == 0)
		r = remember(sv, store, dom->name, &prep, &err);
	if (r >= 0)
		r = sv_prepare_labels(sv, store, dom, &prep.request, &prep.identity, &err);
	if (r < 0) {
		bool level = err.code == SV_E_BUSY || err.code == SV_E_EXHAUSTED;

		sv_check_error(c, level ? &label_unique : &label_valid, &err);
		return;
	}
	main_driver = prep.identity.choice.main;
	if (prep.identity.assigned.joins)
		sv_check_pass(c, &label_unique,
			      "nobody is at its level but guest '%s' and who joined that one too",
			      prep.identity.assigned.joined.name);
	else
		sv_check_pass(c, &label_unique,
			      main_driver && !main_driver->level ? "nobody else has its label"
								 : "nobody else is at its level");
	sv_check_pass(c, &label_valid, "its label is valid here (%s)",
		      prep.identity.stack.v[0].subject.label);
	/* NULL when the manager is not installed, which another rule reports */
	(void)!manager_label(prep.identity.choice.main, &manager, &unknown);
	check_tpm(dom, &prep, manager, &unknown, c);
	check_code(dom, &prep, c);
	check_paths(sv, dom, &prep, store, manager, c);
	check_limits(sv, dom, c);
	check_emulator(sv, dom, &prep, manager, c);
}

int sv_check_domain(struct svirt *sv, const char *spec, int fd, struct svirt_report **ret,
		    struct sv_error *err)
{
	sv_auto_domain struct sv_domain *dom = NULL;
	sv_auto_free char *object = NULL;
	struct sv_error e = {0};
	struct sv_checker c;
	sv_auto_free struct sv_domain_faults *faults = calloc(1, sizeof(*faults));
	int r;

	if (!faults)
		return sv_fail_oom(err);
	r = fd >= 0 ? sv_domain_read(fd, spec, faults, &dom, &e)
		    : sv_registry_load(sv, spec, faults, &dom, &e);

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
	} else if (!faults->n) {
		sv_check_error(&c, &domain_valid, &e);
	}
	for (size_t i = 0; !dom && i < faults->n; i++)
		sv_check_error(&c, &domain_valid, &faults->items[i]);
	return sv_report_take(&c, ret, err);
}
