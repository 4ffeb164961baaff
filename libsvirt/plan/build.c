/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Makes the steps of a plan, one for each resource and driver, with a reason when a file is left.
 * Looks at the host and changes nothing. kind.c checks whether a file fits its use. Labels are text
 * that only the drivers understand.
 */
#include "base/array.h"
#include "plan/bind.h"
#include "plan/device.h"
#include "plan/fixed.h"
#include "plan/held.h"
#include "plan/host.h"
#include "plan/kind.h"
#include "plan/label.h"
#include "plan/object.h"
#include "plan/tree.h"

#include "base/string.h"

#include <sys/stat.h>

#define SHOWN 256

struct build {
	const struct sv_plan_request *req;
	struct sv_plan *plan;
	struct sv_mounts mounts;
};

/* The decision for one resource and one driver; all text is borrowed. */
struct draft {
	const struct sv_layer *layer;
	enum sv_step_action action;
	const char *from, *to, *why;
	bool denied;
};

static void build_done(struct build *build)
{
	sv_mounts_done(&build->mounts);
}

/* Adds the place in the domain file to err. */
static int place(const struct build *build, unsigned line, struct sv_error *err)
{
	return build->req->file ? sv_error_place(err, build->req->file, line) : -(int)err->code;
}

static const char *label_for(const struct build *build, const struct sv_resource *res,
			     const struct sv_node *node, size_t layer, const char **why)
{
	return sv_plan_label(res, node, &build->req->layers[layer], layer == 0, why);
}

static int add_step(struct build *build, const struct sv_resource *res, const struct sv_node *node,
		    const struct draft *draft, struct sv_error *err)
{
	struct sv_step *step = sv_array_add(build->plan->items, build->plan->n);

	if (!step)
		return sv_fail_oom(err);
	*step = (struct sv_step){
		.driver = draft->layer->driver,
		.action = draft->action,
		.access = res->access,
		.line = res->line,
		.node = node,
		.why = draft->why,
		.role = res->role,
		.format = res->format,
		.made_anew = node && S_ISSOCK(node->mode) && res->may_create,
		.denied = draft->denied,
	};
	if (sv_strdup(res->path, &step->path, err) < 0 ||
	    sv_strdup(res->target, &step->target, err) < 0 ||
	    sv_strdup(draft->from, &step->from, err) < 0 ||
	    sv_strdup(draft->to, &step->to, err) < 0)
		return -(int)err->code;
	return 0;
}

/* Whether a and b are one inode, or two nodes of one device. */
static bool is_same(const struct sv_node *a, const struct sv_node *b)
{
	uint64_t device = sv_devnum_of(a);

	return (a->dev == b->dev && a->ino == b->ino) || (device && device == sv_devnum_of(b));
}

/* Two devices of the guest may have one inode, also by two names (a bind mount), only for reading
 * and with one label. */
static int check_twice(const struct build *build, const struct sv_resource *res,
		       const struct sv_node *node, const struct draft *draft, struct sv_error *err)
{
	char shown[SHOWN], other[SHOWN];
	size_t i;

	for (i = 0; i < build->plan->n; i++) {
		const struct sv_step *step = &build->plan->items[i];

		if (step->tree && step->node != node && sv_tree_has(step->tree, node) &&
		    step->node->ino != node->ino)
			return sv_fail(err, SV_E_USAGE, 0, "%s is in the directory %s of line %u",
				       sv_escape(res->path, shown, sizeof(shown)),
				       sv_escape(step->path, other, sizeof(other)), step->line);
		if (!step->node || step->driver != draft->layer->driver ||
		    !is_same(step->node, node) || sv_kind_is_common(res, node))
			continue;
		if (step->access == SV_ACCESS_RO && res->access == SV_ACCESS_RO &&
		    sv_streq(step->to, draft->to))
			continue;
		return sv_fail(err, SV_E_USAGE, 0,
			       "%s is the same file as %s in line %u: only two readers with one "
			       "label can share it",
			       sv_escape(res->path, shown, sizeof(shown)),
			       sv_escape(step->path, other, sizeof(other)), step->line);
	}
	return 0;
}

/* Checks a device's own label, which is a static one: the driver asks the kernel before anything is
 * changed. */
static int check_override(const struct build *build, const struct sv_resource *res, size_t layer,
			  struct sv_error *err)
{
	const struct sv_device_seclabel *override =
		sv_plan_override(res, &build->req->layers[layer], layer == 0);
	struct sv_request request = {.type = SV_SECLABEL_STATIC};
	sv_auto_subject struct sv_subject subject = {0};
	int r;

	if (!override || !override->label)
		return 0;
	request.label = override->label;
	r = build->req->layers[layer].driver->subject(&request, &subject, err);
	return r < 0 ? place(build, override->line, err) : 0;
}

static int check_label(const struct build *build, const struct sv_resource *res,
		       const struct sv_node *node, size_t layer, struct sv_error *err)
{
	char shown[SHOWN];
	int r = check_override(build, res, layer, err);

	if (r < 0)
		return r;
	if (sv_kind_is_common(res, node))
		return sv_fail(err, SV_E_USAGE, 0,
			       "%s is used by every process: it keeps its label",
			       sv_escape(res->path, shown, sizeof(shown)));
	return sv_node_check_target(node, res->path, err);
}

/* Finds the file's present label, and decides what to do about the one that it should have. */
static int plan_label(struct build *build, const struct sv_resource *res,
		      const struct sv_node *node, struct draft *draft, char **ret_now,
		      struct sv_error *err)
{
	const struct sv_layer *layer = draft->layer;
	struct sv_fixed file = {
		.layer = layer,
		.on_unlabelled = build->req->on_unlabelled,
		.res = res,
		.node = node,
		.to = draft->to,
	};
	int r = layer->driver->label->get(node->fd, ret_now, err);

	file.now = *ret_now;
	if (r == 0)
		r = sv_object_same(layer->driver, file.now, file.to, err);
	draft->action = r == 0 ? SV_STEP_KEEP : SV_STEP_SET;
	if (r == SV_NONE)
		r = sv_fixed_judge(&build->mounts, &file, &draft->why, &draft->denied, err);
	if (r == SV_NONE) {
		draft->action = SV_STEP_LEAVE;
		draft->to = NULL;
	}
	return r;
}

/* Refuses a tree that has a file of another step. Files are compared by inode, because a bind mount
 * in the tree may show a file that lies elsewhere. The tree's root may have a step of its own, for
 * a driver that leaves it as it is. */
static int check_tree(const struct build *build, const struct sv_tree *tree,
		      const struct sv_resource *res, const struct sv_node *root,
		      struct sv_error *err)
{
	char shown[SHOWN], other[SHOWN];
	size_t i;

	for (i = 0; i < build->plan->n; i++) {
		const struct sv_step *step = &build->plan->items[i];

		if (step->node && step->node != root && step->tree == NULL &&
		    sv_tree_has(tree, step->node))
			return sv_fail(err, SV_E_USAGE, 0, "%s of line %u is in the directory %s",
				       sv_escape(step->path, other, sizeof(other)), step->line,
				       sv_escape(res->path, shown, sizeof(shown)));
	}
	return 0;
}

/* Refuses a tree with a file of svirt's, which a bind mount may show there. */
static int check_own(const struct build *build, const struct sv_resource *res,
		     const struct sv_tree *tree, struct sv_error *err)
{
	const struct sv_own *own = build->req->own;
	char path[SHOWN];

	for (size_t i = 0; own && i < own->n; i++) {
		const struct sv_node node = {.dev = own->items[i].dev, .ino = own->items[i].ino};

		if (!sv_tree_has(tree, &node))
			continue;
		sv_fail(err, SV_E_USAGE, 0, "%s holds a file that is svirt's own",
			sv_escape(res->path, path, sizeof(path)));
		return sv_hint(err,
			       "find it with find '%s' -inum %llu, and give the guest a "
			       "directory of its own",
			       path, (unsigned long long)node.ino);
	}
	return 0;
}

/* Adds a step for each entry of the tree that keeps its label, because the guest may not be able to
 * use it. */
static int add_left(struct build *build, const struct sv_resource *res, const struct sv_tree *tree,
		    const struct draft *draft, struct sv_error *err)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < tree->n_left; i++) {
		const struct draft left = {
			.layer = draft->layer,
			.action = SV_STEP_LEAVE,
			.why = tree->left[i].why,
		};
		struct sv_resource entry = *res;

		entry.path = tree->left[i].path;
		r = add_step(build, &entry, NULL, &left, err);
	}
	return r;
}

static int plan_tree(struct build *build, const struct sv_resource *res, const struct sv_node *node,
		     struct draft *draft, struct sv_error *err)
{
	const struct sv_tree_request tree_req = {
		.root = node,
		.path = res->path,
		.driver = draft->layer->driver,
		.wanted = draft->to,
		.watch = build->req->watch,
	};
	sv_auto_tree struct sv_tree *tree = NULL;
	sv_auto_free char *now = NULL;
	int r = sv_object_label(draft->layer->driver, node, res->path, &now, err);

	if (r == 0)
		r = sv_tree_read(&tree_req, &tree, err);
	if (r == 0)
		r = check_own(build, res, tree, err);
	if (r == 0)
		r = sv_host_check_tree(res, tree, err);
	if (r == 0)
		r = check_twice(build, res, node, draft, err);
	if (r == 0)
		r = check_tree(build, tree, res, node, err);
	if (r < 0)
		return r;
	draft->from = now;
	draft->action = sv_tree_is_labelled(tree) ? SV_STEP_KEEP : SV_STEP_SET;
	r = add_step(build, res, node, draft, err);
	if (r < 0)
		return r;
	build->plan->items[build->plan->n - 1].tree = tree;
	return add_left(build, res, sv_take_ptr(tree), draft, err);
}

/* Refuses the socket of a service that the guest may not connect to: it could not start. */
static int check_service(const struct sv_layer *layer, const struct sv_resource *res,
			 const struct sv_node *node, const char *now, struct sv_error *err)
{
	const struct sv_driver *driver = layer->driver;
	const char *label = layer->subject.label;
	struct sv_denial why = {0};
	char path[SHOWN];
	int r = 0;

	if (driver->ask->may_open)
		r = driver->ask->may_open(label, node, res->access, &why, err);
	else if (driver->ask->may_use)
		r = driver->ask->may_use(label, now, node->mode, res->access, &why, err);
	if (r != SV_NONE)
		return r;
	sv_escape(res->path, path, sizeof(path));
	sv_fail(err, SV_E_PERMISSION, 0,
		"%s stays as it is, for others connect to it too, and the guest (%s) may not: { %s }",
		path, label, why.missing);
	return driver->mac
		       ? sv_hint(err, "have it made in a directory of the guest's, where it can be "
				      "labelled, or of a type that the policy lets guests use")
		       : sv_hint(err, "let the guest's user connect: setfacl -m u:%.*s:rw '%s'",
				 (int)strcspn(label + 1, ":"), label + 1, path);
}

static int plan_existing(struct build *build, const struct sv_resource *res,
			 const struct sv_node *node, size_t layer, struct sv_error *err)
{
	struct draft draft = {.layer = &build->req->layers[layer], .action = SV_STEP_LEAVE};
	sv_auto_free char *now = NULL;
	int r;

	draft.to = label_for(build, res, node, layer, &draft.why);
	if (draft.to && sv_resource_is_tree(res))
		return plan_tree(build, res, node, &draft, err);
	if (draft.to) {
		r = check_label(build, res, node, layer, err);
		if (r == 0)
			r = plan_label(build, res, node, &draft, &now, err);
	} else {
		r = draft.layer->driver->label->get(node->fd, &now, err);
		if (r == 0 && draft.why == sv_plan_service_stays)
			r = check_service(draft.layer, res, node, now, err);
	}
	draft.from = now;
	if (r >= 0)
		r = check_twice(build, res, node, &draft, err);
	return r < 0 ? r : add_step(build, res, node, &draft, err);
}

static int plan_missing(struct build *build, const struct sv_resource *res, size_t layer,
			struct sv_error *err)
{
	struct draft draft = {.layer = &build->req->layers[layer], .action = SV_STEP_CREATE};
	const struct sv_device_seclabel *override =
		sv_plan_override(res, &build->req->layers[layer], layer == 0);
	char shown[SHOWN];

	if (override && override->label) {
		sv_fail(err, SV_E_USAGE, 0,
			"%s does not exist, and what the guest makes does not get the label of "
			"its <seclabel>",
			sv_escape(res->path, shown, sizeof(shown)));
		sv_hint(err, "%s",
			res->kind == SV_RES_CHAR_FILE && !res->own
				? "create it first, or remove the <seclabel>"
				: "remove the <seclabel>");
		return place(build, override->line, err);
	}
	draft.to = label_for(build, res, NULL, layer, &draft.why);
	draft.why = "made by the guest's own process";
	if (res->later) {
		draft.action = SV_STEP_LATER;
		draft.why = "there once its device is bound";
	}
	return add_step(build, res, NULL, &draft, err);
}

/* SV_NONE: it does not exist and may be created. */
static int open_resource(const struct build *build, const struct sv_resource *res,
			 const struct sv_node **ret, struct sv_error *err)
{
	struct sv_error missing = {0};
	int r;

	/* the guest's own directory is made after the plan, empty and with its label */
	if (res->own)
		return SV_NONE;
	r = sv_nodes_open(build->req->nodes, res->path, ret, &missing);
	if (r == 0)
		return sv_kind_refuse(res, *ret, build->req->own, err);
	if (missing.code == SV_E_NOTFOUND && res->later)
		return SV_NONE;
	if (missing.code == SV_E_NOTFOUND && res->may_create) {
		r = sv_kind_check_parent(res, build->req->own, err);
		return r < 0 ? r : SV_NONE;
	}
	*err = missing;
	return missing.code == SV_E_NOTFOUND ? sv_kind_hint_missing(res, err) : r;
}

static bool is_written(const struct sv_resource *res, const struct sv_node *node)
{
	return res->access == SV_ACCESS_RW &&
	       (S_ISREG(node->mode) || S_ISBLK(node->mode) || S_ISDIR(node->mode));
}

/* Adds a step that only holds the file, when no step from the one with the number first on does. */
static int plan_exclusive(struct build *build, const struct sv_resource *res,
			  const struct sv_node *node, size_t first, struct sv_error *err)
{
	static const struct sv_layer exclusive = {.driver = &sv_driver_exclusive};
	struct draft draft = {
		.layer = &exclusive,
		.action = SV_STEP_HOLD,
		.to = SV_EXCLUSIVE,
		.why = "no other guest gets what this one writes",
	};
	const size_t at = build->plan->n;
	int r;

	for (size_t i = first; i < at; i++)
		if (sv_step_is_held(&build->plan->items[i]))
			return 0;
	if (S_ISDIR(node->mode))
		r = plan_tree(build, res, node, &draft, err);
	else
		r = add_step(build, res, node, &draft, err);
	/* the steps after it are of what is left as it is in a directory */
	if (r == 0)
		build->plan->items[at].action = SV_STEP_HOLD;
	return r;
}

static int plan_resource(struct build *build, const struct sv_resource *res, struct sv_error *err)
{
	const struct sv_node *node = NULL;
	const size_t first = build->plan->n;
	size_t i;
	int found, r = sv_kind_check_place(res, err);

	if (r < 0)
		return r;
	found = open_resource(build, res, &node, err);
	if (found < 0)
		return found;
	for (i = 0; r == 0 && i < build->req->n_layers; i++)
		if (build->req->layers[i].driver->label)
			r = found == 0 ? plan_existing(build, res, node, i, err)
				       : plan_missing(build, res, i, err);
	if (r == 0 && found == 0 && is_written(res, node))
		r = plan_exclusive(build, res, node, first, err);
	return r;
}

static int plan_resources(struct build *build, bool later, struct sv_error *err)
{
	const struct sv_resources *all = build->req->resources;
	int r = 0;

	for (size_t i = 0; r == 0 && i < all->n; i++) {
		if (all->items[i].later != later)
			continue;
		r = plan_resource(build, &all->items[i], err);
		if (r < 0)
			return place(build, all->items[i].line, err);
	}
	return r;
}

static int plan_binding(struct build *build, size_t i, struct sv_error *err)
{
	static const struct sv_layer binding = {.driver = &sv_driver_pci};
	const struct sv_binding *b = &build->req->bindings->items[i];
	const struct sv_resource res = {
		.access = SV_ACCESS_RW, .path = b->path, .target = b->target, .line = b->line};
	sv_auto_bind_look struct sv_bind_look look = {0};
	struct draft draft = {.layer = &binding};
	int r = sv_bind_look(build->req->bindings, i, build->req->nodes, &look, err);

	draft.from = look.from;
	draft.to = look.to;
	draft.action = sv_streq(look.from, look.to) ? SV_STEP_KEEP : SV_STEP_BIND;
	if (r == 0)
		r = add_step(build, &res, look.node, &draft, err);
	if (r < 0)
		return place(build, b->line, err);
	build->plan->items[build->plan->n - 1].over = look.below;
	look.below = (struct sv_devices){0};
	return 0;
}

/* Devices are bound after all files were labelled, and the nodes that appear then come last. So a
 * plan that is made while they are there has the same order. */
int sv_plan_build(const struct sv_plan_request *req, struct sv_plan *ret, struct sv_error *err)
{
	sv_auto_plan struct sv_plan plan = {.bindings = req->bindings};
	sv_cleanup(build_done) struct build build = {.req = req, .plan = &plan};
	int r = plan_resources(&build, false, err);

	for (size_t i = 0; r == 0 && req->bindings && i < req->bindings->n; i++)
		r = plan_binding(&build, i, err);
	if (r == 0)
		r = plan_resources(&build, true, err);
	if (r == 0)
		r = sv_held_look(&plan, err);
	if (r < 0)
		return r;
	*ret = plan;
	plan = (struct sv_plan){0};
	return 0;
}
