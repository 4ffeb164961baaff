/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Applying a plan, in one part or in two: see apply.h. Decides no label. */
#include "guest/prepare/apply.h"

#include "base/string.h"
#include "guest/prepare/decide.h"
#include "guest/prepare/objects.h"

#include <errno.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>

#define UDEV_MS	     10000 /* the longest wait for udev */
#define UDEV_TURN_MS 20
#define UDEV_RUNS    "/run/udev/control"

static bool has_later(const struct sv_plan *plan)
{
	for (size_t i = 0; i < plan->n; i++)
		if (plan->items[i].action == SV_STEP_LATER)
			return true;
	return false;
}

/* udev gives a new node its label and mode, and then writes what it knows about it. Until then it
 * would take the guest's label off. Where it does not come in time, the guest's own open shows it.
 */
static void await_udev(const char *path)
{
	const struct timespec turn = {.tv_nsec = UDEV_TURN_MS * 1000000L};
	char known[64];
	struct stat st;

	if (stat(path, &st) < 0 || !S_ISCHR(st.st_mode) || access(UDEV_RUNS, F_OK) < 0)
		return;
	(void)snprintf(known, sizeof(known), "/run/udev/data/c%u:%u", major(st.st_rdev),
		       minor(st.st_rdev));
	for (int ms = 0; ms < UDEV_MS && access(known, F_OK) < 0; ms += UDEV_TURN_MS)
		(void)nanosleep(&turn, NULL);
}

/* The resources that were not there when plan was made; they borrow from all. */
static int missing(const struct sv_resources *all, const struct sv_nodes *nodes,
		   struct sv_resources *ret, struct sv_error *err)
{
	ret->items = calloc(all->n + 1, sizeof(*ret->items));
	if (!ret->items)
		return sv_fail_oom(err);
	for (size_t i = 0; i < all->n; i++) {
		const struct sv_resource *res = &all->items[i];

		if (!res->later || sv_nodes_find(nodes, res->path))
			continue;
		await_udev(res->path);
		ret->items[ret->n++] = *res;
	}
	return 0;
}

static int fail_missing(const struct sv_plan *plan, struct sv_error *err)
{
	for (size_t i = 0; i < plan->n; i++)
		if (plan->items[i].action == SV_STEP_LATER)
			return sv_fail(err, SV_E_HOST, 0,
				       "the device is bound to vfio-pci, and there is no %s",
				       plan->items[i].path);
	return 0;
}

static int journal(struct sv_store *store, const struct sv_prepared *prep,
		   const struct sv_plan *more, struct sv_error *err)
{
	int r = sv_store_begin(store, err);

	if (r < 0)
		return r;
	r = sv_plan_journal_more(&prep->plan, more, store, prep->lease.id, err);
	if (r == 0)
		r = sv_store_commit(store, err);
	if (r < 0)
		sv_store_rollback(store);
	return r;
}

static int follow(struct svirt *sv, struct sv_store *store, const struct sv_domain *dom,
		  struct sv_prepared *prep, struct sv_error *err)
{
	sv_auto_plan struct sv_plan more = {0};
	struct sv_resources rest = {0};
	struct sv_plan_request req;
	int r = missing(&prep->files.resources, &prep->files.nodes, &rest, err);

	sv_prepare_plan_request(sv, dom, prep, &req);
	req.resources = &rest;
	req.bindings = NULL;
	if (r == 0)
		r = sv_plan_build(&req, &more, err);
	free(rest.items);
	if (r == 0)
		r = fail_missing(&more, err);
	if (r == 0)
		r = sv_objects_check(prep, dom, &more, store, err);
	if (r == 0)
		r = journal(store, prep, &more, err);
	if (r == 0)
		r = sv_plan_apply(&more, &sv->watch, err);
	return r == 0 ? sv_plan_join(&prep->plan, &more, err) : r;
}

int sv_prepare_apply(struct svirt *sv, struct sv_store *store, const struct sv_domain *dom,
		     struct sv_prepared *prep, struct sv_error *err)
{
	int r = sv_plan_apply(&prep->plan, &sv->watch, err);

	return r == 0 && has_later(&prep->plan) ? follow(sv, store, dom, prep, err) : r;
}
